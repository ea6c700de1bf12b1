use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::config::{AuthMethod, ByteSize, Config, LiveConfig};

fn config(data_dir: &std::path::Path) -> LiveConfig {
    let mut config = Config::defaults();
    config.auth.method = AuthMethod::Trust;
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.server.http_listen = config.server.listen;
    config.storage.map_bytes = ByteSize(64 << 20);
    config.storage.data_dir = data_dir.to_owned();
    LiveConfig::new(config)
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("HTTP listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_serves_and_leaves_cleanly() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let node = Node::start(config(data.path()), false).await.expect("a node");
    assert!(get(node.http_address(), "/readyz").await.starts_with("HTTP/1.1 200"));
    let scrape = get(node.http_address(), "/metrics").await;
    assert!(scrape.contains("fathom_storage_map_bytes 67108864"), "{scrape}");
    assert!(scrape.contains("fathom_ready 1"));

    let second = Node::start(config(data.path()), false).await;
    let error = second.err().expect("the folder is taken");
    assert!(format!("{error:#}").contains("55006"), "{error:#}");

    let (address, http) = (node.address, node.http_address());
    TcpStream::connect(address).await.expect("the node listens");
    node.stop().await.expect("a clean end");
    assert!(TcpStream::connect(address).await.is_err());
    assert!(TcpStream::connect(http).await.is_err());

    let again = Node::start(config(data.path()), false).await.expect("the lock is free");
    again.stop().await.expect("a clean end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ephemeral_node_leaves_nothing() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let node = Node::start(config(data.path()), true).await.expect("a node");
    let stored = node.data_dir().to_owned();
    assert!(stored.exists() && !stored.starts_with(data.path()));
    node.stop().await.expect("a clean end");
    assert!(!stored.exists());
}
