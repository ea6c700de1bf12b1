//! `halfvec` as text: `[1,2.5,-3e-05]`, each element printed as the `real` it is.

use std::sync::Arc;

use super::{check_element, decode, half};
use crate::{
    base::{PgError, Result, limits::VECTOR_DIMENSIONS_MAX},
    err, pg_error,
    types::{
        text_io::float,
        vector::{self, short_decimal, skip_space},
    },
};

/// Errors: as [`parse_into`].
pub fn parse(text: &str, typmod: i32) -> Result<Arc<[u16]>> {
    let mut stored = Vec::new();
    parse_into(text, typmod, &mut stored)?;
    decode(&stored)
}

/// Appends the stored bytes of a halfvec's text; nothing is appended if it is refused.
///
/// Errors: 22P02 for a bad form, 22003 for an element out of range, 22000 for NaN, infinity, no
/// element or a dimension that the typmod (-1: any) does not allow, 54000 past 16,000 elements.
pub fn parse_into(text: &str, typmod: i32, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let parsed = elements(text, typmod, out);
    if parsed.is_err() {
        out.truncate(start);
    }
    parsed
}

fn elements(text: &str, typmod: i32, out: &mut Vec<u8>) -> Result<()> {
    let bytes = text.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'[') {
        return Err(syntax(text).detail("Vector contents must start with \"[\"."));
    }
    at = skip_space(bytes, at + 1);
    if bytes.get(at) == Some(&b']') {
        return super::check_dimensions(0);
    }
    let mut count = 0;
    loop {
        if count == VECTOR_DIMENSIONS_MAX {
            return super::check_dimensions(count + 1);
        }
        at = skip_space(bytes, at);
        let (value, end) = match short_decimal(bytes, at) {
            Some(found) => found,
            None => float::prefix_f32(&text[at..])
                .map(|(value, length)| (value, at + length))
                .ok_or_else(|| syntax(text))?,
        };
        out.extend(element(value, &text[at..end])?.to_le_bytes());
        count += 1;
        at = skip_space(bytes, end);
        match bytes.get(at) {
            Some(b',') => at += 1,
            Some(b']') => break,
            _ => return Err(syntax(text)),
        }
    }
    if skip_space(bytes, at + 1) != bytes.len() {
        return Err(syntax(text).detail("Junk after closing right brace."));
    }
    vector::check_typmod(typmod, count)
}

fn element(value: f32, written: &str) -> Result<u16> {
    let narrowed = half::narrow(value);
    let overflown = match value.is_infinite() {
        true => written.bytes().any(|byte| byte.is_ascii_digit()),
        false => half::is_infinite(narrowed),
    };
    if overflown {
        return err!(NUMERIC_VALUE_OUT_OF_RANGE, "\"{written}\" is out of range for type halfvec");
    }
    check_element(narrowed)?;
    Ok(narrowed)
}

fn syntax(text: &str) -> PgError {
    pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type halfvec: \"{text}\"")
}

/// Appends the text form.
pub fn format(value: &[u16], out: &mut String) {
    vector::format_elements(value.iter().map(|element| half::widen(*element)), out);
}

/// Appends the text form of stored bytes.
pub fn format_stored(stored: &[u8], out: &mut String) {
    let (elements, _) = stored.as_chunks::<2>();
    let widened = elements.iter().map(|element| half::widen(u16::from_le_bytes(*element)));
    vector::format_elements(widened, out);
}
