//! `sparsevec` as text: `{1:1.5,3:-2}/5`, indices from 1, then the dimension.

use std::sync::Arc;

use super::{SparseVector, check_count, check_dimensions, check_element, check_indices};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    types::{
        text_io::{float, integer},
        vector::{check_typmod, skip_space},
    },
};

/// Errors: 22P02 for a bad form, 22003 for an element out of range, 22000 for NaN, infinity, an
/// index out of bounds or there twice, or a dimension that the typmod (-1: any) does not allow,
/// 54000 past the limits.
pub fn parse(text: &str, typmod: i32) -> Result<Arc<SparseVector>> {
    let bytes = text.as_bytes();
    // Before the form is looked at, as pgvector counts: an element to each comma.
    check_count(bytes.iter().filter(|byte| **byte == b',').count() + 1)?;
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return Err(syntax(text).detail("Vector contents must start with \"{\"."));
    }
    at = skip_space(bytes, at + 1);
    let mut elements: Vec<(i64, f32)> = Vec::new();
    if bytes.get(at) == Some(&b'}') {
        at += 1;
    } else {
        at = read_elements(text, at, &mut elements)?;
    }
    at = skip_space(bytes, at);
    if bytes.get(at) != Some(&b'/') {
        return Err(syntax(text).detail("Unexpected end of input."));
    }
    at = skip_space(bytes, at + 1);
    let (dimensions, end) = whole_number(bytes, at).ok_or_else(|| syntax(text))?;
    if skip_space(bytes, end) != bytes.len() {
        return Err(syntax(text).detail("Junk after closing."));
    }
    check_dimensions(dimensions)?;
    check_typmod(typmod, dimensions as usize)?;
    elements.sort_by_key(|(index, _)| *index);
    let (indices, values): (Vec<i64>, Vec<f32>) = elements.into_iter().unzip();
    check_indices(&indices, dimensions as u32)?;
    let indices = indices.into_iter().map(|index| index as u32).collect();
    Ok(Arc::new(SparseVector { dimensions: dimensions as u32, indices, values }))
}

/// Reads `1:1.5, 3:-2}` and tells where it ends; zeros are left out.
fn read_elements(text: &str, mut at: usize, out: &mut Vec<(i64, f32)>) -> Result<usize> {
    let bytes = text.as_bytes();
    loop {
        at = skip_space(bytes, at);
        let (index, end) = whole_number(bytes, at).ok_or_else(|| syntax(text))?;
        at = skip_space(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return Err(syntax(text));
        }
        at = skip_space(bytes, at + 1);
        let (value, length) = float::prefix_f32(&text[at..]).ok_or_else(|| syntax(text))?;
        let written = &text[at..at + length];
        if float::is_out_of_range(f64::from(value), written) {
            return err!(
                NUMERIC_VALUE_OUT_OF_RANGE,
                "\"{written}\" is out of range for type sparsevec"
            );
        }
        check_element(value)?;
        if value != 0.0 {
            out.push((index - 1, value));
        }
        at = skip_space(bytes, at + length);
        match bytes.get(at) {
            Some(b',') => at += 1,
            Some(b'}') => return Ok(at + 1),
            _ => return Err(syntax(text)),
        }
    }
}

/// What C's `strtol` reads, kept within i32, and where it ends.
fn whole_number(bytes: &[u8], start: usize) -> Option<(i64, usize)> {
    let signed = usize::from(matches!(bytes.get(start), Some(b'-' | b'+')));
    let first = start + signed;
    let digits = bytes[first.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit());
    let (mut value, mut count) = (0i64, 0);
    for digit in digits {
        value = (value * 10 + i64::from(digit - b'0')).min(i64::from(i32::MAX));
        count += 1;
    }
    let value = if bytes.get(start) == Some(&b'-') { -value } else { value };
    (count > 0).then_some((value, first + count))
}

fn syntax(text: &str) -> PgError {
    pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type sparsevec: \"{text}\"")
}

/// Appends the text form.
pub fn format(value: &SparseVector, out: &mut String) {
    out.push('{');
    for (at, (index, element)) in value.elements().enumerate() {
        if at > 0 {
            out.push(',');
        }
        integer::format(i64::from(index) + 1, out);
        out.push(':');
        float::format_shortest_f32(element, out);
    }
    out.push_str("}/");
    integer::format(i64::from(value.dimensions), out);
}
