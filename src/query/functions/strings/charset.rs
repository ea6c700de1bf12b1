//! Character sets other than UTF-8: `convert_from`, `convert_to`, `convert`.

use crate::{
    base::{PgError, Result},
    pg_error,
    query::functions::{Context, args::bytea},
    types::Datum,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Latin1,
    /// Bytes are what they are; only valid UTF-8 can become text.
    SqlAscii,
}

impl Charset {
    /// Names are compared without case and punctuation: `utf-8`, `UTF8`, `iso_8859_1`.
    pub fn named(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Some(match plain.as_str() {
            "utf8" | "unicode" => Charset::Utf8,
            "latin1" | "iso88591" => Charset::Latin1,
            "sqlascii" => Charset::SqlAscii,
            _ => return None,
        })
    }

    pub fn decode(self, bytes: &[u8]) -> Result<String> {
        match self {
            Charset::Utf8 | Charset::SqlAscii => {
                let zero = bytes.iter().position(|byte| *byte == 0);
                match (std::str::from_utf8(bytes), zero) {
                    (Ok(text), None) => Ok(text.to_owned()),
                    (Err(error), zero) if zero.is_none_or(|at| at > error.valid_up_to()) => {
                        Err(invalid_sequence(bytes, error))
                    }
                    _ => Err(zero_byte("UTF8")),
                }
            }
            Charset::Latin1 if bytes.contains(&0) => Err(zero_byte("LATIN1")),
            Charset::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        }
    }

    fn encode(self, text: &str) -> Result<Vec<u8>> {
        match self {
            Charset::Utf8 | Charset::SqlAscii => Ok(text.as_bytes().to_vec()),
            Charset::Latin1 => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).map_err(|_| no_equivalent(c)))
                .collect(),
        }
    }
}

fn zero_byte(encoding: &str) -> PgError {
    pg_error!(
        CHARACTER_NOT_IN_REPERTOIRE,
        "invalid byte sequence for encoding \"{encoding}\": 0x00"
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// 22021, naming the bytes that the lead byte promises.
fn invalid_sequence(bytes: &[u8], error: std::str::Utf8Error) -> PgError {
    let rest = &bytes[error.valid_up_to()..];
    let promised = match rest[0] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    pg_error!(
        CHARACTER_NOT_IN_REPERTOIRE,
        "invalid byte sequence for encoding \"UTF8\": {}",
        hex(&rest[..promised.min(rest.len())])
    )
}

fn no_equivalent(c: char) -> PgError {
    pg_error!(
        UNTRANSLATABLE_CHARACTER,
        "character with byte sequence {} in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"",
        hex(c.encode_utf8(&mut [0; 4]).as_bytes())
    )
}

fn source(name: &Datum) -> Result<Charset> {
    let name = name.as_str();
    Charset::named(name).ok_or_else(|| {
        pg_error!(INVALID_PARAMETER_VALUE, "invalid source encoding name \"{name}\"")
    })
}

fn destination(name: &Datum) -> Result<Charset> {
    let name = name.as_str();
    Charset::named(name).ok_or_else(|| {
        pg_error!(INVALID_PARAMETER_VALUE, "invalid destination encoding name \"{name}\"")
    })
}

pub fn pg_convert_from(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(source(&args[1])?.decode(bytea(&args[0]))?.into())
}

pub fn pg_convert_to(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bytea(destination(&args[1])?.encode(args[0].as_str())?.into()))
}

pub fn pg_convert(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (from, to) = (source(&args[1])?, destination(&args[2])?);
    Ok(Datum::Bytea(to.encode(&from.decode(bytea(&args[0]))?)?.into()))
}

pub fn getdatabaseencoding(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok("UTF8".into())
}
