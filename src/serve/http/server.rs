//! The HTTP listener, on a thread of its own: it answers while the rest is busy.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};

use super::endpoints::routes;
use crate::serve::health::Health;

/// The running listener.
pub struct Endpoint {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl Endpoint {
    /// Listens on `address`. Errors: the address cannot be taken.
    pub fn start(address: SocketAddr, health: Health) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        let address = socket.local_addr()?;
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("http".to_owned()).spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let data = web::Data::new(health);
                let server =
                    HttpServer::new(move || App::new().app_data(data.clone()).configure(routes))
                        .workers(1)
                        .disable_signals()
                        .max_connections(64)
                        .client_request_timeout(Duration::from_secs(5))
                        .shutdown_timeout(1)
                        .listen(socket)?
                        .run();
                let _ = sender.send(server.handle());
                server.await
            })
        })?;
        let handle = receiver.recv().map_err(|_| io::Error::other("the HTTP thread has ended"))?;
        Ok(Self { address, handle, thread })
    }

    /// Ends the listener after the requests in flight. Errors: those the listener ended with.
    pub async fn stop(self) -> io::Result<()> {
        self.handle.stop(true).await;
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await;
        joined.ok().and_then(Result::ok).unwrap_or_else(|| Err(io::Error::other("HTTP panicked")))
    }
}
