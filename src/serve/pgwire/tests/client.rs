//! A client that speaks bytes, and a server of scripted sessions for it.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
};

use super::script::{Log, ScriptEngine};
use crate::{
    config::Config,
    serve::pgwire::{Backends, Credentials, Doors, Listener, Phase, scram},
};

pub type Answer = (u8, Bytes);

pub struct Server {
    pub address: SocketAddr,
    pub phase: watch::Sender<Phase>,
    pub backends: Arc<Backends>,
    log: Log,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let config = super::config(change);
        let (phase, receiver) = super::phases();
        let log = Log::default();
        let backends = Arc::new(Backends::default());
        let credentials = Arc::new(Credentials::new(&config.load().auth));
        let listener = Listener {
            engine: Arc::new(ScriptEngine(log.clone())),
            config,
            credentials,
            backends: backends.clone(),
            phase: receiver,
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let doors = Doors::open(address, None).await.expect("a free port");
        let address = doors.address().expect("an address");
        let task = tokio::spawn(listener.run(doors));
        Self { address, phase, backends, log, task }
    }

    /// What sessions have done since the last call.
    pub fn log(&self) -> Vec<String> {
        self.log.take()
    }

    pub async fn wait_for(&self, event: &str) {
        while !self.log.contains(event) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub async fn streams_closed(&self) {
        while self.log.streams() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub async fn ended(self) {
        self.task.await.expect("the listener ends");
    }
}

pub struct Client {
    stream: TcpStream,
    input: BytesMut,
    pub pid: i32,
    pub key: Vec<u8>,
}

impl Client {
    pub async fn silent(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).await.expect("the server listens");
        Self { stream, input: BytesMut::new(), pid: 0, key: Vec::new() }
    }

    /// Sends a start-up packet and reads until ready or closed.
    pub async fn greet(server: &Server, parameters: &str) -> (Self, Vec<Answer>) {
        let mut client = Self::silent(server).await;
        let mut packet = (parameters.len() as i32 + 8).to_be_bytes().to_vec();
        packet.extend((3i32 << 16).to_be_bytes());
        packet.extend(parameters.as_bytes());
        client.send_raw(&packet).await;
        let mut answers = Vec::new();
        while let Some(answer) = client.answer().await {
            let over = matches!(answer.0, b'Z' | b'E');
            let asked = answer.0 == b'R' && answer.1[..4] != [0; 4];
            answers.push(answer);
            if over || asked {
                break;
            }
        }
        (client, answers)
    }

    pub async fn connect(server: &Server) -> (Self, Vec<Answer>) {
        let (mut client, answers) = Self::greet(server, "user\0postgres\0\0").await;
        let (_, key) = answers.iter().find(|(tag, _)| *tag == b'K').expect("a key");
        client.pid = i32::from_be_bytes(key[..4].try_into().expect("a pid"));
        client.key = key[4..].to_vec();
        (client, answers)
    }

    pub async fn authenticate(server: &Server, user: &str, password: &str) -> Vec<Answer> {
        let (mut client, asked) = Self::greet(server, &format!("user\0{user}\0\0")).await;
        assert!(asked[0].1.ends_with(b"SCRAM-SHA-256\0\0"));
        let first = scram::client::FIRST;
        let mut body = b"SCRAM-SHA-256\0".to_vec();
        body.extend((first.len() as i32).to_be_bytes());
        body.extend(first.as_bytes());
        client.send(b'p', &body).await;
        let (_, server_first) = client.answer().await.expect("a challenge");
        let server_first = std::str::from_utf8(&server_first[4..]).expect("text");
        client.send(b'p', scram::client::last(password, server_first).as_bytes()).await;
        let mut answers = Vec::new();
        while let Some(answer) = client.answer().await {
            let over = answer.0 == b'Z';
            answers.push(answer);
            if over {
                break;
            }
        }
        answers
    }

    pub async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the server reads");
    }

    pub async fn send(&mut self, tag: u8, body: &[u8]) {
        let mut message = vec![tag];
        message.extend((body.len() as i32 + 4).to_be_bytes());
        message.extend(body);
        self.send_raw(&message).await;
    }

    /// The next message; `None` when the server has closed.
    pub async fn answer(&mut self) -> Option<Answer> {
        loop {
            if let Some([tag, length @ ..]) = self.input.first_chunk::<5>() {
                let (tag, length) = (*tag, i32::from_be_bytes(*length) as usize);
                if self.input.len() > length {
                    let message = self.input.split_to(1 + length).freeze();
                    return Some((tag, message.slice(5..)));
                }
            }
            if self.stream.read_buf(&mut self.input).await.unwrap_or_default() == 0 {
                return None;
            }
        }
    }

    pub async fn read(&mut self, count: usize) -> Vec<Answer> {
        let mut answers = Vec::new();
        while answers.len() < count {
            answers.push(self.answer().await.expect("the server answers"));
        }
        answers
    }

    pub async fn until_ready(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while answers.last().is_none_or(|(tag, _)| *tag != b'Z') {
            answers.push(self.answer().await.expect("the server gets ready"));
        }
        answers
    }

    pub async fn until_closed(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.answer().await {
            answers.push(answer);
        }
        answers
    }

    pub async fn query(&mut self, sql: &str) -> Vec<Answer> {
        self.send(b'Q', format!("{sql}\0").as_bytes()).await;
        self.until_ready().await
    }

    pub async fn parse(&mut self, name: &str, sql: &str) {
        self.send(b'P', format!("{name}\0{sql}\0\0\0").as_bytes()).await;
    }

    pub async fn bind(
        &mut self,
        portal: &str,
        statement: &str,
        formats: &[i16],
        params: &[Option<&[u8]>],
        results: &[i16],
    ) {
        let mut body = format!("{portal}\0{statement}\0").into_bytes();
        let codes = |codes: &[i16], body: &mut Vec<u8>| {
            body.extend((codes.len() as i16).to_be_bytes());
            body.extend(codes.iter().flat_map(|code| code.to_be_bytes()));
        };
        codes(formats, &mut body);
        body.extend((params.len() as i16).to_be_bytes());
        for param in params {
            body.extend(param.map_or(-1, |bytes| bytes.len() as i32).to_be_bytes());
            body.extend(param.unwrap_or_default());
        }
        codes(results, &mut body);
        self.send(b'B', &body).await;
    }

    pub async fn describe(&mut self, kind: u8, name: &str) {
        let mut body = vec![kind];
        body.extend(name.as_bytes());
        body.push(0);
        self.send(b'D', &body).await;
    }

    pub async fn execute(&mut self, portal: &str, rows: i32) {
        let mut body = format!("{portal}\0").into_bytes();
        body.extend(rows.to_be_bytes());
        self.send(b'E', &body).await;
    }

    pub async fn flush(&mut self) {
        self.send(b'H', b"").await;
    }

    pub async fn sync(&mut self) {
        self.send(b'S', b"").await;
    }

    /// Sends this connection's cancel key over another, and waits for that one's end.
    pub async fn cancel(&self, server: &Server) {
        let mut other = Self::silent(server).await;
        let mut packet = (12 + self.key.len() as i32).to_be_bytes().to_vec();
        packet.extend(80_877_102i32.to_be_bytes());
        packet.extend(self.pid.to_be_bytes());
        packet.extend(&self.key);
        other.send_raw(&packet).await;
        assert!(other.until_closed().await.is_empty());
    }
}

/// The messages' types as one string.
pub fn tags(answers: &[Answer]) -> String {
    answers.iter().map(|(tag, _)| *tag as char).collect()
}

pub fn text((_, body): &Answer) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// An error's or a notice's fields by their letter.
pub fn error((tag, body): &Answer) -> HashMap<String, String> {
    assert!(matches!(tag, b'E' | b'N'), "an error, found {}: {body:?}", *tag as char);
    text(&(*tag, body.clone()))
        .split('\0')
        .filter(|field| !field.is_empty())
        .map(|field| (field[..1].to_owned(), field[1..].to_owned()))
        .collect()
}

/// A DataRow's text values.
pub fn row((tag, body): &Answer) -> Vec<Option<String>> {
    assert_eq!(*tag, b'D');
    let mut rest = &body[2..];
    let mut values = Vec::new();
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        let length = i32::from_be_bytes(*length);
        let (value, tail) = tail.split_at(length.max(0) as usize);
        values.push((length >= 0).then(|| String::from_utf8_lossy(value).into_owned()));
        rest = tail;
    }
    values
}
