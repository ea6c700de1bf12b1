//! Characters by number: `ascii`, `chr`, `unistr`.

use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::functions::{Context, args::int4},
    types::Datum,
};

pub fn ascii(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(args[0].as_str().chars().next().map_or(0, |c| c as i32)))
}

pub fn chr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let number = int4(&args[0]);
    match u32::try_from(number) {
        Err(_) => err!(INVALID_PARAMETER_VALUE, "character number must be positive"),
        Ok(0) => err!(PROGRAM_LIMIT_EXCEEDED, "null character not permitted"),
        Ok(number) if number > u32::from(char::MAX) => {
            err!(PROGRAM_LIMIT_EXCEEDED, "requested character too large for encoding: {number}")
        }
        Ok(number) => match char::from_u32(number) {
            Some(c) => Ok(c.to_string().into()),
            None => {
                err!(PROGRAM_LIMIT_EXCEEDED, "requested character not valid for encoding: {number}")
            }
        },
    }
}

fn invalid_escape() -> PgError {
    pg_error!(SYNTAX_ERROR, "invalid Unicode escape")
        .hint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
}

fn invalid_pair() -> PgError {
    pg_error!(SYNTAX_ERROR, "invalid Unicode surrogate pair")
}

/// The code point after a backslash, and the text behind it.
fn escape(rest: &str) -> Result<(u32, &str)> {
    let (digits, rest) = match rest.as_bytes().first() {
        Some(b'+') => (6, &rest[1..]),
        Some(b'u') => (4, &rest[1..]),
        Some(b'U') => (8, &rest[1..]),
        _ => (4, rest),
    };
    let code = rest
        .get(..digits)
        .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .ok_or_else(invalid_escape)?;
    if code == 0 || code > u32::from(char::MAX) {
        return err!(SYNTAX_ERROR, "invalid Unicode code point: {code:04X}");
    }
    Ok((code, &rest[digits..]))
}

/// Replaces Unicode escapes; two of them may form a surrogate pair.
pub fn unistr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut rest = args[0].as_str();
    let mut out = String::with_capacity(rest.len());
    let mut high: Option<u32> = None;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' || rest.starts_with('\\') {
            if high.is_some() {
                return Err(invalid_pair());
            }
            if c == '\\' {
                rest = &rest[1..];
            }
            out.push(c);
            continue;
        }
        let (code, tail) = escape(rest)?;
        rest = tail;
        match (high.take(), code) {
            (None, 0xd800..=0xdbff) => high = Some(code),
            (Some(high), 0xdc00..=0xdfff) => {
                let joined = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
                out.push(char::from_u32(joined).ok_or_else(invalid_pair)?);
            }
            (None, code) => out.push(char::from_u32(code).ok_or_else(invalid_pair)?),
            _ => return Err(invalid_pair()),
        }
    }
    if high.is_some() {
        return Err(invalid_pair());
    }
    Ok(out.into())
}
