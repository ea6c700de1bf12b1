//! `vector` as text: `[1,2.5,-3e-05]`.
//!
//! COPY reads millions of elements through [`parse_into`], so a short decimal takes a path of its
//! own: its digits as an integer, one exact division, one rounding.

use std::sync::Arc;

use super::{check_element, check_typmod, decode};
use crate::{
    base::{PgError, Result, limits::VECTOR_DIMENSIONS_MAX},
    err, pg_error,
    types::text_io::float,
};

/// Errors: as [`parse_into`].
pub fn parse(text: &str, typmod: i32) -> Result<Arc<[f32]>> {
    let mut stored = Vec::new();
    parse_into(text, typmod, &mut stored)?;
    decode(&stored)
}

/// Appends the stored bytes of a vector's text; nothing is appended if it is refused.
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
        return err!(DATA_EXCEPTION, "vector must have at least 1 dimension");
    }
    out.reserve(if typmod > 0 { typmod as usize * 4 } else { bytes.len() / 2 });
    let mut count = 0;
    loop {
        if count == VECTOR_DIMENSIONS_MAX {
            return err!(
                PROGRAM_LIMIT_EXCEEDED,
                "vector cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions"
            );
        }
        at = skip_space(bytes, at);
        let (value, end) = match short_decimal(bytes, at) {
            Some(found) => found,
            None => any_float(text, at)?,
        };
        out.extend_from_slice(&value.to_le_bytes());
        count += 1;
        at = end;
        if bytes.get(at) != Some(&b',') {
            at = skip_space(bytes, at);
            match bytes.get(at) {
                Some(b',') => {}
                Some(b']') => break,
                _ => return Err(syntax(text)),
            }
        }
        at += 1;
    }
    if skip_space(bytes, at + 1) != bytes.len() {
        return Err(syntax(text).detail("Junk after closing right brace."));
    }
    check_typmod(typmod, count)
}

fn syntax(text: &str) -> PgError {
    pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type vector: \"{text}\"")
}

pub(in crate::types) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t'..=b'\r')) {
        at += 1;
    }
    at
}

const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A decimal of few digits with a small exponent, and where it ends; `None` sends the text
/// to the general parser.
///
/// Both operands of the division (or product) are exact, so the f64 is correctly rounded; and so
/// is the f32 made of it, unless the f64 lies on the border between two f32.
#[inline]
pub(in crate::types) fn short_decimal(bytes: &[u8], mut at: usize) -> Option<(f32, usize)> {
    let negative = bytes.get(at) == Some(&b'-');
    at += usize::from(negative);
    let first = at;
    let (mut mantissa, mut exponent) = (0u64, 0i32);
    // Before the point an embedding's element has a digit or none.
    while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    let end = at;
    let mut digits = end - first;
    if bytes.get(at) == Some(&b'.') {
        (mantissa, at) = digit_run(bytes, at + 1, mantissa);
        exponent = -((at - end - 1) as i32);
        digits += at - end - 1;
    }
    // More than 19 digits may have overflowed; more than 2^53 is not exact in an f64.
    if digits > 19 || mantissa > 1 << 53 {
        return None;
    }
    if digits == 0 {
        return None;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        let sign = match bytes.get(at) {
            Some(b'-') => -1,
            Some(b'+') => 1,
            _ => 0,
        };
        at += usize::from(sign != 0);
        let (mut written, first) = (0, at);
        while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
            written = written * 10 + i32::from(digit - b'0');
            at += 1;
            if at - first > 3 {
                return None;
            }
        }
        if at == first {
            return None;
        }
        exponent += if sign < 0 { -written } else { written };
    } else if matches!(bytes.get(at), Some(b'x' | b'X')) {
        return None;
    }
    let power = *POWERS_OF_TEN.get(exponent.unsigned_abs() as usize)?;
    let wide = if exponent < 0 { mantissa as f64 / power } else { mantissa as f64 * power };
    const BORDER: u64 = 1 << 28;
    if wide.to_bits() & (2 * BORDER - 1) == BORDER || wide > 1e37 {
        return None;
    }
    let value = wide as f32;
    Some((if negative { -value } else { value }, at))
}

/// Appends the digits from `at` to `mantissa` (wrapping), and tells where they end.
#[inline]
fn digit_run(bytes: &[u8], mut at: usize, mut mantissa: u64) -> (u64, usize) {
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let Some(value) = eight_digits(word) else { break };
        mantissa = mantissa.wrapping_mul(100_000_000).wrapping_add(value);
        at += 8;
    }
    while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    (mantissa, at)
}

/// The value of eight ASCII digits, the first in the lowest byte: pairs, then fours, then all.
#[inline]
fn eight_digits(word: u64) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    // A byte is a digit if its high half is 3, and still is after adding 6.
    if word & HIGH != ZEROS || word.wrapping_add(0x0606_0606_0606_0606) & HIGH != ZEROS {
        return None;
    }
    let ones = word - ZEROS;
    let pairs = (ones.wrapping_mul(10).wrapping_add(ones >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xFFFF_FFFF)
}

/// Whatever C's `strtof` reads at `at`, and where it ends.
fn any_float(text: &str, at: usize) -> Result<(f32, usize)> {
    let rest = &text[at..];
    let Some((value, length)) = float::prefix_f32(rest) else { return Err(syntax(text)) };
    if value.is_infinite() && rest[..length].bytes().any(|byte| byte.is_ascii_digit()) {
        return err!(
            NUMERIC_VALUE_OUT_OF_RANGE,
            "\"{}\" is out of range for type vector",
            &rest[..length]
        );
    }
    check_element(value)?;
    Ok((value, at + length))
}

/// Appends the text form.
pub fn format(value: &[f32], out: &mut String) {
    format_elements(value.iter().copied(), out);
}

/// Appends the text form of stored bytes.
pub fn format_stored(stored: &[u8], out: &mut String) {
    let (elements, _) = stored.as_chunks::<4>();
    format_elements(elements.iter().map(|element| f32::from_le_bytes(*element)), out);
}

pub(in crate::types) fn format_elements(
    elements: impl ExactSizeIterator<Item = f32>,
    out: &mut String,
) {
    out.reserve(elements.len() * 13 + 2);
    out.push('[');
    for (index, element) in elements.enumerate() {
        if index > 0 {
            out.push(',');
        }
        float::format_shortest_f32(element, out);
    }
    out.push(']');
}
