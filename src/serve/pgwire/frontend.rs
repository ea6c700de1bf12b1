//! What a client sends: frames, and the messages in them, every length checked.

use std::borrow::Cow;

use bytes::{Buf, Bytes, BytesMut};

use crate::{
    base::{Oid, PgError, Result, limits, sqlstate},
    err, pg_error,
    types::charset::Charset,
};

/// One message as framed: its type byte and its body without the length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub tag: u8,
    pub body: Bytes,
}

/// PostgreSQL's limit for messages that have no reason to be long.
const SHORT_BYTES_MAX: usize = 10_000;
const HEADER_BYTES: usize = 5;

/// Takes a frame off `input`, or tells that more bytes are needed.
///
/// Errors: FATAL 08P01 for an unknown type, a length below 4 or one above the type's limit.
pub fn take_frame(input: &mut BytesMut, bytes_max: usize) -> Result<Option<Frame>> {
    let Some(header) = input.first_chunk::<HEADER_BYTES>() else {
        return Ok(None);
    };
    let [tag, length @ ..] = *header;
    let long = match tag {
        b'Q' | b'P' | b'B' | b'd' | b'F' => true,
        b'C' | b'D' | b'E' | b'H' | b'S' | b'X' | b'c' | b'f' | b'p' => false,
        _ => {
            return Err(PgError::fatal(
                sqlstate::PROTOCOL_VIOLATION,
                format!("invalid frontend message type {tag}"),
            ));
        }
    };
    let limit = if long { bytes_max } else { bytes_max.min(SHORT_BYTES_MAX) };
    let length = usize::try_from(i32::from_be_bytes(length)).ok();
    let Some(body_bytes) = length.and_then(|length| length.checked_sub(4)) else {
        return Err(bad_length());
    };
    if body_bytes > limit {
        return Err(bad_length().detail(format!(
            "the message has {body_bytes} bytes, and at most {limit} are allowed"
        )));
    }
    if input.len() < HEADER_BYTES + body_bytes {
        return Ok(None);
    }
    input.advance(HEADER_BYTES);
    Ok(Some(Frame { tag, body: input.split_to(body_bytes).freeze() }))
}

fn bad_length() -> PgError {
    PgError::fatal(sqlstate::PROTOCOL_VIOLATION, "invalid message length")
}

/// A statement or a portal, for Describe and Close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Statement(String),
    Portal(String),
}

/// A message after authentication. The empty name is the unnamed statement or portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Query(String),
    Parse { name: String, sql: String, types: Vec<Oid> },
    Bind(Bind),
    Describe(Target),
    Execute { portal: String, rows_max: Option<u64> },
    Close(Target),
    Flush,
    Sync,
    Terminate,
    CopyData(Bytes),
    CopyDone,
    CopyFail(String),
    FunctionCall,
    Password,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    pub portal: String,
    pub statement: String,
    pub param_formats: Vec<i16>,
    pub params: Vec<Option<Bytes>>,
    pub result_formats: Vec<i16>,
}

impl Message {
    /// Of the extended protocol, whose answer goes on until Sync.
    pub fn is_extended(&self) -> bool {
        matches!(
            self,
            Message::Parse { .. }
                | Message::Bind(_)
                | Message::Describe(_)
                | Message::Execute { .. }
                | Message::Close(_)
                | Message::Flush
        )
    }

    /// Errors: 08P01 for a body that is not the message's, 22021 for text that is none of the
    /// client's encoding.
    pub fn decode(Frame { tag, body }: Frame, charset: Charset) -> Result<Self> {
        let mut body = Body(body);
        let message = match tag {
            b'Q' => Message::Query(body.text(charset)?),
            b'P' => Message::Parse {
                name: body.text(charset)?,
                sql: body.text(charset)?,
                types: body.many(4, |body| body.u32().map(Oid))?,
            },
            b'B' => Message::Bind(Bind {
                portal: body.text(charset)?,
                statement: body.text(charset)?,
                param_formats: body.many(2, Body::i16)?,
                params: body.many(4, Body::value)?,
                result_formats: body.many(2, Body::i16)?,
            }),
            b'D' => Message::Describe(body.target("DESCRIBE", charset)?),
            b'C' => Message::Close(body.target("CLOSE", charset)?),
            b'E' => {
                let portal = body.text(charset)?;
                let rows_max = u64::try_from(body.u32()? as i32).ok().filter(|rows| *rows > 0);
                Message::Execute { portal, rows_max }
            }
            b'H' => Message::Flush,
            b'S' => Message::Sync,
            b'X' => Message::Terminate,
            b'd' => return Ok(Message::CopyData(body.0)),
            b'c' => Message::CopyDone,
            b'f' => Message::CopyFail(body.text(charset)?),
            // Their bodies are not read: one is refused, the other comes too late.
            b'F' => return Ok(Message::FunctionCall),
            b'p' => return Ok(Message::Password),
            _ => return err!(PROTOCOL_VIOLATION, "invalid frontend message type {tag}"),
        };
        if !body.0.is_empty() {
            return err!(PROTOCOL_VIOLATION, "invalid message format");
        }
        Ok(message)
    }
}

/// The unread rest of a body.
pub struct Body(pub Bytes);

impl Body {
    fn take(&mut self, count: usize) -> Result<Bytes> {
        if count > self.0.len() {
            return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
        }
        Ok(self.0.split_to(count))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?;
        Ok(bytes.as_ref().try_into().expect("take gives as many bytes as were asked"))
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn i16(&mut self) -> Result<i16> {
        self.array().map(i16::from_be_bytes)
    }

    /// A string up to its terminating zero byte.
    pub fn text(&mut self, charset: Charset) -> Result<String> {
        let Some(end) = self.0.iter().position(|byte| *byte == 0) else {
            return err!(PROTOCOL_VIOLATION, "invalid string in message");
        };
        let bytes = self.0.split_to(end);
        self.0.advance(1);
        charset.decode(&bytes).map(Cow::into_owned)
    }

    /// A parameter's value; length -1 is NULL.
    pub fn value(&mut self) -> Result<Option<Bytes>> {
        match self.u32()? as i32 {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length)
                    .map_err(|_| pg_error!(PROTOCOL_VIOLATION, "invalid message format"))?;
                self.take(length).map(Some)
            }
        }
    }

    /// A 16-bit count, then so many items of at least `item_bytes` each.
    fn many<T>(
        &mut self,
        item_bytes: usize,
        item: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let count = usize::from(u16::from_be_bytes(self.array()?));
        debug_assert!(count <= limits::PARAMETERS_MAX);
        // A count is believed only as far as the message can hold it.
        let mut items = Vec::with_capacity(count.min(self.0.len() / item_bytes));
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn target(&mut self, verb: &str, charset: Charset) -> Result<Target> {
        let [kind] = self.array()?;
        let name = self.text(charset)?;
        match kind {
            b'S' => Ok(Target::Statement(name)),
            b'P' => Ok(Target::Portal(name)),
            _ => err!(PROTOCOL_VIOLATION, "invalid {verb} message subtype {kind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(tag: u8, body: &[u8]) -> BytesMut {
        let mut bytes = BytesMut::from(&[tag][..]);
        bytes.extend_from_slice(&(body.len() as i32 + 4).to_be_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn frames_wait_for_their_last_byte() {
        let whole = framed(b'Q', b"select 1\0");
        for end in 0..whole.len() {
            let mut part = BytesMut::from(&whole[..end]);
            assert_eq!(take_frame(&mut part, 1000).expect("a part is no error"), None);
            assert_eq!(part.len(), end);
        }
        let mut input = whole.clone();
        let frame = take_frame(&mut input, 1000).expect("a frame").expect("whole");
        assert_eq!(Message::decode(frame, Charset::utf8()), Ok(Message::Query("select 1".into())));
    }

    #[test]
    fn wrong_lengths_and_types_are_fatal() {
        for bytes in [
            &b"Q\0\0\0\x03"[..],
            b"Q\xff\xff\xff\xff",
            b"Q\x7f\xff\xff\xff",
            b"Q\0\0\x04\0",
            b"S\0\0\x30\0",
            b"?\0\0\0\x04",
        ] {
            let error = take_frame(&mut BytesMut::from(bytes), 1000).expect_err("refused");
            assert_eq!(error.severity, crate::base::Severity::Fatal, "{bytes:?}");
        }
    }

    #[test]
    fn truncated_counts_are_refused() {
        for body in [&b"\0\0\xff\xff"[..], b"\0\0\0\0\0\x01\0\0\0\x05ab\0\0", b"\0", b"\0\0\0"] {
            let frame = Frame { tag: b'B', body: Bytes::copy_from_slice(body) };
            let error = Message::decode(frame, Charset::utf8()).expect_err("a truncated Bind");
            assert_eq!(error.code, sqlstate::PROTOCOL_VIOLATION);
        }
    }

    #[test]
    fn text_that_is_not_utf8_names_its_bytes() {
        let frame = Frame { tag: b'Q', body: Bytes::from_static(b"select '\xe2\x28\xa1'\0") };
        let error = Message::decode(frame, Charset::utf8()).expect_err("not UTF-8");
        assert_eq!(error.code, sqlstate::CHARACTER_NOT_IN_REPERTOIRE);
        assert_eq!(error.message, "invalid byte sequence for encoding \"UTF8\": 0xe2 0x28 0xa1");
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut input = BytesMut::from(bytes.as_slice());
            while let Ok(Some(frame)) = take_frame(&mut input, 100) {
                let _ = Message::decode(frame, Charset::utf8());
            }
        }

        #[test]
        fn no_body_stops_the_decoder(
            tag in proptest::sample::select(b"QPBDCEHSXdcfFp".to_vec()),
            body in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..60),
        ) {
            let _ = Message::decode(Frame { tag, body: body.into() }, Charset::utf8());
        }
    }
}
