//! The start of a connection: encryption asked for and declined, cancel requests, the start-up
//! packet, and the version both sides speak.

use bytes::{Buf, BufMut, Bytes};
use pgwire::messages::startup::{GssEncRequest, NegotiateProtocolVersion, SslRequest};

use super::{
    frontend::Body,
    session::SessionStart,
    wire::{Failure, Transport, Wire},
};
use crate::{
    base::{PgError, Result, sqlstate},
    types::charset::Charset,
};

/// PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
const PACKET_BYTES_MAX: usize = 10_000;
/// Protocol 3.2, the newest of both PostgreSQL 18 and ours.
const NEWEST: Version = Version { major: 3, minor: 2 };

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
}

impl Version {
    /// Cancel keys were lengthened in 3.2.
    pub fn cancel_key_bytes(self) -> usize {
        if self >= NEWEST { 32 } else { 4 }
    }
}

/// What a new connection wants.
#[derive(Debug)]
pub enum Opening {
    Start {
        start: SessionStart,
        version: Version,
    },
    Cancel {
        pid: i32,
        key: Bytes,
    },
    /// The client closed, or sent what is no start-up packet at all: neither is answered.
    Closed,
}

/// Reads packets until one says what the client wants. Each kind of encryption may be asked for
/// once, and is declined.
pub async fn open<T: Transport>(wire: &mut Wire<T>) -> Result<Opening, Failure> {
    let (mut ssl_asked, mut gss_asked) = (false, false);
    loop {
        let Some(mut packet) = wire.packet(PACKET_BYTES_MAX).await? else {
            return Ok(Opening::Closed);
        };
        let code = packet.get_i32();
        let (asked, what) = match code {
            CANCEL_CODE => return Ok(cancel(packet)),
            SslRequest::BODY_MAGIC_NUMBER => (&mut ssl_asked, "SSL request"),
            GssEncRequest::BODY_MAGIC_NUMBER => (&mut gss_asked, "GSSAPI encryption request"),
            code => return start(wire, code as u32, packet).map_err(Failure::Report),
        };
        if std::mem::replace(asked, true) {
            return Err(unsupported_version(code as u32).into());
        }
        if wire.buffered() > 0 {
            // Whoever sits in between could have put them there (CVE-2021-23214).
            let error = PgError::fatal(
                sqlstate::PROTOCOL_VIOLATION,
                format!("received unencrypted data after {what}"),
            )
            .detail(
                "This could be either a client-software bug or evidence of an attempted \
                 man-in-the-middle attack.",
            );
            return Err(error.into());
        }
        wire.output.bytes.put_u8(b'N');
        wire.flush().await?;
    }
}

const CANCEL_CODE: i32 = 80_877_102;

fn cancel(mut packet: Bytes) -> Opening {
    // Shorter keys than 3.0's and longer ones than 3.2 allows are no keys.
    if !(8..=260).contains(&packet.len()) {
        return Opening::Closed;
    }
    let pid = packet.get_i32();
    Opening::Cancel { pid, key: packet }
}

fn unsupported_version(code: u32) -> PgError {
    PgError::fatal(
        sqlstate::FEATURE_NOT_SUPPORTED,
        format!(
            "unsupported frontend protocol {}.{}: server supports 3.0 to {}.{}",
            code >> 16,
            code & 0xffff,
            NEWEST.major,
            NEWEST.minor
        ),
    )
}

fn start<T: Transport>(wire: &mut Wire<T>, code: u32, packet: Bytes) -> Result<Opening> {
    let asked = Version { major: (code >> 16) as u16, minor: code as u16 };
    if asked.major != 3 {
        return Err(unsupported_version(code));
    }
    let Packet { start, protocol_options } = parameters(packet)?;
    if asked > NEWEST || !protocol_options.is_empty() {
        let newest = i32::from(NEWEST.major) << 16 | i32::from(NEWEST.minor);
        wire.output.message(&NegotiateProtocolVersion::new(newest, protocol_options));
    }
    Ok(Opening::Start { start, version: asked.min(NEWEST) })
}

struct Packet {
    start: SessionStart,
    /// `_pq_.*` options: none is known, and the client is told so.
    protocol_options: Vec<String>,
}

fn parameters(packet: Bytes) -> Result<Packet> {
    if packet.last() != Some(&0) {
        return Err(PgError::fatal(
            sqlstate::PROTOCOL_VIOLATION,
            "invalid startup packet layout: expected terminator as last byte",
        ));
    }
    let (mut user, mut database) = (None, None);
    let (mut settings, mut options) = (Vec::new(), Vec::new());
    let mut protocol_options = Vec::new();
    let mut body = Body(packet);
    let text = |body: &mut Body| {
        body.text(Charset::utf8())
            .map_err(|error| PgError { severity: crate::base::Severity::Fatal, ..error })
    };
    loop {
        let name = text(&mut body)?;
        if name.is_empty() {
            break;
        }
        let value = text(&mut body)?;
        match name.as_str() {
            "user" => user = Some(value),
            "database" => database = Some(value),
            "options" => options = command_line(&value)?,
            "replication" => match value.to_ascii_lowercase().as_str() {
                "false" | "off" | "no" | "0" => {}
                _ => {
                    return Err(PgError::fatal(
                        sqlstate::FEATURE_NOT_SUPPORTED,
                        "replication connections are not supported",
                    ));
                }
            },
            name if name.starts_with("_pq_.") => protocol_options.push(name.to_owned()),
            _ => settings.push((name, value)),
        }
    }
    if !body.0.is_empty() {
        return Err(PgError::fatal(
            sqlstate::PROTOCOL_VIOLATION,
            "invalid startup packet layout: expected terminator as last byte",
        ));
    }
    let Some(user) = user.filter(|user| !user.is_empty()) else {
        return Err(PgError::fatal(
            sqlstate::INVALID_AUTHORIZATION_SPECIFICATION,
            "no PostgreSQL user name specified in startup packet",
        ));
    };
    let database = database.filter(|database| !database.is_empty()).unwrap_or_else(|| user.clone());
    // Command-line options come first, as in PostgreSQL: the packet's own settings win.
    options.extend(settings);
    let start = SessionStart { user, database, options, peer: None };
    Ok(Packet { start, protocol_options })
}

/// Reads `-c name=value`, `-cname=value` and `--name=value`; a backslash takes the next
/// character as it is.
fn command_line(line: &str) -> Result<Vec<(String, String)>> {
    let wrong = |argument: &str| {
        PgError::fatal(
            sqlstate::SYNTAX_ERROR,
            format!("invalid command-line argument for server process: {argument}"),
        )
        .hint("Try \"-c name=value\".")
    };
    let mut settings = Vec::new();
    let mut arguments = split_arguments(line).into_iter();
    while let Some(argument) = arguments.next() {
        let setting = if let Some(long) = argument.strip_prefix("--") {
            long.to_owned()
        } else if argument == "-c" {
            arguments.next().ok_or_else(|| wrong(&argument))?
        } else if let Some(short) = argument.strip_prefix("-c") {
            short.to_owned()
        } else {
            return Err(wrong(&argument));
        };
        let (name, value) = setting.split_once('=').ok_or_else(|| wrong(&argument))?;
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

fn split_arguments(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c' => arguments.extend(current.take()),
            '\\' => current.get_or_insert_default().extend(characters.next()),
            other => current.get_or_insert_default().push(other),
        }
    }
    arguments.extend(current);
    arguments
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn packet(code: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = (body.len() as u32 + 8).to_be_bytes().to_vec();
        bytes.extend(code.to_be_bytes());
        bytes.extend(body);
        bytes
    }

    const SSL: u32 = SslRequest::BODY_MAGIC_NUMBER as u32;
    const V3: u32 = 3 << 16;

    /// Sends `bytes` at once and closes; returns what was understood and answered.
    fn opening(bytes: &[u8]) -> (Result<Opening, Failure>, Vec<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let (mut client, server) = tokio::io::duplex(1 << 16);
            let mut wire = Wire::new(server, 1 << 20, Duration::from_secs(5));
            client.write_all(bytes).await.expect("the pipe takes it");
            client.shutdown().await.expect("the pipe closes");
            let opening = open(&mut wire).await;
            let _ = wire.flush().await;
            drop(wire);
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).await.expect("the pipe is read");
            (opening, answer)
        })
    }

    fn refused(bytes: &[u8]) -> String {
        match opening(bytes).0 {
            Err(Failure::Report(error)) => error.message,
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    #[test]
    fn settings_come_from_the_options_and_the_packet() {
        let body = b"user\0ada\0options\0-c geqo=off --search-path=a\\ b -cx=1\0application_name\0psql\0\0";
        let (Ok(Opening::Start { start, version }), _) = opening(&packet(V3, body)) else {
            panic!("a start-up packet");
        };
        assert_eq!((start.user.as_str(), start.database.as_str()), ("ada", "ada"));
        let settings: Vec<_> =
            start.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            settings,
            [("geqo", "off"), ("search_path", "a b"), ("x", "1"), ("application_name", "psql")]
        );
        assert_eq!(version.cancel_key_bytes(), 4);
    }

    #[test]
    fn a_newer_version_is_negotiated_down() {
        let (opening, answer) = opening(&packet(V3 + 9999, b"user\0ada\0_pq_.x\0\x31\0\0"));
        let Ok(Opening::Start { version, .. }) = opening else { panic!("a start-up packet") };
        assert_eq!(version, NEWEST);
        assert_eq!(answer[0], b'v');
        assert_eq!(&answer[5..9], &(V3 + 2).to_be_bytes());
        assert!(answer.ends_with(b"_pq_.x\0"));
    }

    #[test]
    fn encryption_is_declined_once_and_nothing_may_follow_it_unasked() {
        let (opening, answer) = opening(&packet(SSL, b""));
        assert!(matches!(opening, Ok(Opening::Closed)));
        assert_eq!(answer, b"N");
        let mut injected = packet(SSL, b"");
        injected.extend(packet(V3, b"user\0ada\0\0"));
        assert_eq!(refused(&injected), "received unencrypted data after SSL request");
    }

    #[test]
    fn wrong_packets_are_refused_in_postgresqls_words() {
        assert_eq!(
            refused(&packet(2 << 16, b"user\0")),
            "unsupported frontend protocol 2.0: server supports 3.0 to 3.2"
        );
        assert_eq!(
            refused(&packet(V3, b"database\0x\0\0")),
            "no PostgreSQL user name specified in startup packet"
        );
        assert_eq!(
            refused(&packet(V3, b"user\0ada")),
            "invalid startup packet layout: expected terminator as last byte"
        );
        assert!(refused(&packet(V3, b"user\0ada\0options\0-z\0\0")).contains("-z"));
        for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\0\0\0\x07", b"\xff\xff\xff\xff", b""] {
            assert!(
                matches!(opening(nonsense), (Ok(Opening::Closed), answer) if answer.is_empty())
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_start_up(
            code in prop_oneof![Just(V3), Just(SSL), Just(CANCEL_CODE as u32), any::<u32>()],
            body in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..60),
            tail in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut bytes = packet(code, &body);
            bytes.extend(&tail);
            let _ = opening(&bytes);
            let _ = opening(&tail);
        }
    }
}
