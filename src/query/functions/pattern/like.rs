//! LIKE and ILIKE.

use datafusion::arrow::array::ArrayRef;

use super::test::text_columns;
use crate::{
    base::Result,
    err,
    query::functions::{Context, args::bytea, strings::lower_text},
    types::Datum,
};

/// How many bytes the character at `at` has; bytes count one each in byte strings.
fn width(text: &[u8], at: usize, is_text: bool) -> usize {
    match text[at] {
        0xc0..=0xdf if is_text => 2,
        0xe0..=0xef if is_text => 3,
        0xf0.. if is_text => 4,
        _ => 1,
    }
}

/// Whether the whole text matches. A `%` that failed is retried one character further on.
fn matches(text: &[u8], pattern: &[u8], is_text: bool) -> Result<bool> {
    let (mut t, mut p) = (0, 0);
    // Behind the last `%`, and where in the text it stands.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match pattern.get(p) {
            Some(b'%') => {
                p += 1;
                if p == pattern.len() {
                    return Ok(true);
                }
                retry = Some((p, t));
                continue;
            }
            Some(b'_') if t < text.len() => {
                t += width(text, t, is_text);
                p += 1;
                continue;
            }
            Some(b'\\') => match pattern.get(p + 1) {
                None => {
                    return err!(
                        INVALID_ESCAPE_SEQUENCE,
                        "LIKE pattern must not end with escape character"
                    );
                }
                Some(escaped) if text.get(t) == Some(escaped) => {
                    t += 1;
                    p += 2;
                    continue;
                }
                Some(_) => {}
            },
            Some(byte) if text.get(t) == Some(byte) => {
                t += 1;
                p += 1;
                continue;
            }
            None if t == text.len() => return Ok(true),
            _ => {}
        }
        match retry {
            Some((behind, at)) if at < text.len() => {
                let next = at + width(text, at, is_text);
                retry = Some((behind, next));
                (p, t) = (behind, next);
            }
            _ => return Ok(false),
        }
    }
}

fn like(text: &str, pattern: &str) -> Result<bool> {
    matches(text.as_bytes(), pattern.as_bytes(), true)
}

fn ilike(text: &str, pattern: &str) -> Result<bool> {
    like(&lower_text(text), &lower_text(pattern))
}

macro_rules! tests {
    ($($name:ident $columns:ident $test:ident $expected:literal;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool($test(args[0].as_str(), args[1].as_str())? == $expected))
        }

        pub fn $columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
            text_columns(args, rows, |text, pattern| Ok($test(text, pattern)? == $expected))
        }
    )*};
}

tests! {
    textlike textlike_columns like true;
    textnlike textnlike_columns like false;
    texticlike texticlike_columns ilike true;
    texticnlike texticnlike_columns ilike false;
}

pub fn bytealike(_: &Context, args: &[Datum]) -> Result<Datum> {
    matches(bytea(&args[0]), bytea(&args[1]), false).map(Datum::Bool)
}

pub fn byteanlike(_: &Context, args: &[Datum]) -> Result<Datum> {
    matches(bytea(&args[0]), bytea(&args[1]), false).map(|found| Datum::Bool(!found))
}

/// Rewrites a pattern with its own escape character to one with backslashes.
fn with_backslashes(pattern: &[u8], escape: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut escaped = false;
    let mut rest = pattern;
    while let Some(byte) = rest.first() {
        if !escape.is_empty() && !escaped && rest.starts_with(escape) {
            out.push(b'\\');
            escaped = true;
            rest = &rest[escape.len()..];
            continue;
        }
        out.push(*byte);
        if *byte == b'\\' && !escaped {
            out.push(b'\\');
        }
        escaped = false;
        rest = &rest[1..];
    }
    out
}

fn check_escape(is_single: bool) -> Result<()> {
    if !is_single {
        return Err(crate::pg_error!(INVALID_ESCAPE_SEQUENCE, "invalid escape string")
            .hint("Escape string must be empty or one character."));
    }
    Ok(())
}

pub fn like_escape(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (pattern, escape) = (args[0].as_str(), args[1].as_str());
    check_escape(escape.chars().count() <= 1)?;
    if escape == "\\" {
        return Ok(args[0].clone());
    }
    let rewritten = with_backslashes(pattern.as_bytes(), escape.as_bytes());
    Ok(String::from_utf8_lossy(&rewritten).into_owned().into())
}

pub fn like_escape_bytea(_: &Context, args: &[Datum]) -> Result<Datum> {
    let escape = bytea(&args[1]);
    check_escape(escape.len() <= 1)?;
    if escape == b"\\" {
        return Ok(args[0].clone());
    }
    Ok(Datum::Bytea(with_backslashes(bytea(&args[0]), escape).into()))
}
