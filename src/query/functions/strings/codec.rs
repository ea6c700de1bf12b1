//! Bytes as text and back, digests, and integers in other bases.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::Md5;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::functions::{
        Context,
        args::{bytea, int4},
    },
    types::Datum,
};

/// Base64 lines are no longer than this, as RFC 2045 has it.
const BASE64_LINE: usize = 76;

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn unrecognized<T>(name: &str) -> Result<T> {
    err!(INVALID_PARAMETER_VALUE, "unrecognized encoding: \"{name}\"")
}

pub fn binary_encode(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (bytes, format) = (bytea(&args[0]), args[1].as_str());
    Ok(match format.to_ascii_lowercase().as_str() {
        "hex" => hex(bytes),
        "base64" => {
            let whole = STANDARD.encode(bytes);
            let lines: Vec<&str> = whole
                .as_bytes()
                .chunks(BASE64_LINE)
                .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
                .collect();
            lines.join("\n")
        }
        "escape" => escape(bytes),
        _ => return unrecognized(format),
    }
    .into())
}

/// Zero bytes and bytes above 127 in octal, backslashes doubled.
fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            0 | 0x80.. => out.push_str(&format!("\\{byte:03o}")),
            byte => out.push(char::from(*byte)),
        }
    }
    out
}

pub fn binary_decode(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (text, format) = (args[0].as_str(), args[1].as_str());
    let bytes = match format.to_ascii_lowercase().as_str() {
        "hex" => unhex(text)?,
        "base64" => unbase64(text)?,
        "escape" => unescape(text)?,
        _ => return unrecognized(format),
    };
    Ok(Datum::Bytea(bytes.into()))
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    for c in text.chars().filter(|c| !matches!(c, ' ' | '\n' | '\t' | '\r')) {
        match c.to_digit(16) {
            Some(digit) => digits.push(digit as u8),
            None => {
                return err!(INVALID_PARAMETER_VALUE, "invalid hexadecimal digit: \"{c}\"");
            }
        }
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return err!(INVALID_PARAMETER_VALUE, "invalid hexadecimal data: odd number of digits");
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn unbase64(text: &str) -> Result<Vec<u8>> {
    let mut compact = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !matches!(c, ' ' | '\n' | '\t' | '\r')) {
        if !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')) {
            return err!(
                INVALID_PARAMETER_VALUE,
                "invalid symbol \"{c}\" found while decoding base64 sequence"
            );
        }
        compact.push(c);
    }
    STANDARD.decode(compact).map_err(|_| {
        pg_error!(INVALID_PARAMETER_VALUE, "invalid base64 end sequence")
            .hint("Input data is missing padding, is truncated, or is otherwise corrupted.")
    })
}

fn unescape(text: &str) -> Result<Vec<u8>> {
    fn malformed() -> PgError {
        pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type bytea")
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        (rest, _) = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => (tail, out.push(b'\\')),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                (tail, out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0')))
            }
            (b'\\', _) => return Err(malformed()),
            (byte, tail) => (tail, out.push(*byte)),
        };
    }
    Ok(out)
}

pub fn md5_text(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(hex(&Md5::digest(args[0].as_str())).into())
}

pub fn md5_bytea(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(hex(&Md5::digest(bytea(&args[0]))).into())
}

macro_rules! digests {
    ($($name:ident $digest:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bytea($digest::digest(bytea(&args[0])).as_slice().into()))
        }
    )*};
}

digests! {
    sha224_bytea Sha224;
    sha256_bytea Sha256;
    sha384_bytea Sha384;
    sha512_bytea Sha512;
}

pub fn crc32_bytea(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int8(i64::from(crc32fast::hash(bytea(&args[0])))))
}

/// Castagnoli's polynomial, reflected, bit by bit.
pub fn crc32c_bytea(_: &Context, args: &[Datum]) -> Result<Datum> {
    let sum = bytea(&args[0]).iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (if sum & 1 == 1 { 0x82f6_3b78 } else { 0 })
        })
    });
    Ok(Datum::Int8(i64::from(!sum)))
}

macro_rules! bases {
    ($($narrow:ident $wide:ident $format:literal;)*) => {$(
        pub fn $narrow(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(format!($format, int4(&args[0]) as u32).into())
        }

        pub fn $wide(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(format!($format, args[0].as_i64() as u64).into())
        }
    )*};
}

bases! {
    to_hex32 to_hex64 "{:x}";
    to_bin32 to_bin64 "{:b}";
    to_oct32 to_oct64 "{:o}";
}
