//! The real program as a child process, and a plain client for it.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

pub fn fathom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fathom"));
    command.args(arguments).env("FATHOM__LOG__FORMAT", "json").env_remove("NOTIFY_SOCKET");
    command
}

/// A running server; killed when dropped.
pub struct Daemon {
    child: Child,
    log: Receiver<serde_json::Value>,
    pub address: SocketAddr,
    pub http: SocketAddr,
}

impl Daemon {
    /// Starts `fathom serve` on free ports, without passwords, and waits until it is ready.
    pub fn start(arguments: &[&str]) -> Self {
        let free = ["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--auth", "trust"];
        let all = [&["serve"], arguments, &free].concat();
        let mut child = fathom(&all).stderr(Stdio::piped()).spawn().expect("the program is built");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let entry = serde_json::from_str(&line)
                    .unwrap_or_else(|_| serde_json::json!({ "message": line }));
                if sender.send(entry).is_err() {
                    break;
                }
            }
        });
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut daemon = Self { child, log, address: nowhere, http: nowhere };
        let ready = daemon.wait_for("ready");
        let address = |field: &str| ready[field].as_str().and_then(|text| text.parse().ok());
        daemon.address = address("address").expect("an address");
        daemon.http = address("http").expect("an address");
        daemon
    }

    /// The next log entry with this message.
    pub fn wait_for(&self, message: &str) -> serde_json::Value {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(left) {
                Ok(entry) if entry["message"] == message => return entry,
                Ok(entry) => seen.push(entry.to_string()),
                Err(error) => panic!("no {message:?} ({error}):\n{}", seen.join("\n")),
            }
        }
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill {signal}");
    }

    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the program does not end");
    }

    /// A page of the HTTP listener: status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.http).expect("HTTP listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head[9..12].parse().expect("a status"), body.to_owned())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An ErrorResponse's fields by their letter.
pub type Fields = HashMap<char, String>;
pub type Row = Vec<Option<String>>;

/// A connection that speaks the simple protocol.
pub struct Client {
    pub stream: TcpStream,
}

impl Client {
    /// Errors: the server's refusal.
    pub fn connect(address: SocketAddr) -> Result<Self, Fields> {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut client = Self { stream };
        let parameters = b"user\0postgres\0database\0postgres\0\0";
        let mut packet = (parameters.len() as u32 + 8).to_be_bytes().to_vec();
        packet.extend((3u32 << 16).to_be_bytes());
        packet.extend(parameters);
        client.stream.write_all(&packet).expect("sent");
        client.answer().map(|_| client)
    }

    /// Rows of all statements, as text. Errors: the first error's fields; one of a lost
    /// connection has no code.
    pub fn query(&mut self, sql: &str) -> Result<Vec<Row>, Fields> {
        let mut message = vec![b'Q'];
        message.extend((sql.len() as u32 + 5).to_be_bytes());
        message.extend(sql.as_bytes());
        message.push(0);
        if self.stream.write_all(&message).is_err() {
            return Err(Fields::new());
        }
        self.answer()
    }

    /// The one value of the one row.
    pub fn value(&mut self, sql: &str) -> String {
        let rows = self.query(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        rows[0][0].clone().unwrap_or_default()
    }

    /// Reads until ready.
    pub fn answer(&mut self) -> Result<Vec<Row>, Fields> {
        let mut rows = Vec::new();
        let mut failed = None;
        loop {
            let Some((tag, body)) = self.message() else {
                return Err(failed.unwrap_or_default());
            };
            match tag {
                b'Z' => return failed.map_or(Ok(rows), Err),
                b'D' => rows.push(row(&body)),
                b'E' => {
                    failed.get_or_insert_with(|| fields(&body));
                }
                _ => {}
            }
        }
    }

    /// The next message: its tag and its body.
    pub fn message(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut header = [0; 5];
        self.stream.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
        let mut body = vec![0; length as usize - 4];
        self.stream.read_exact(&mut body).ok()?;
        Some((header[0], body))
    }
}

pub fn row(body: &[u8]) -> Row {
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

pub fn fields(body: &[u8]) -> Fields {
    String::from_utf8_lossy(body)
        .split('\0')
        .filter_map(|field| Some((field.chars().next()?, field.get(1..)?.to_owned())))
        .collect()
}
