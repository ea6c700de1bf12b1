//! Composite values as text: `(1,"b c",)`. Only rows whose fields are known can be read.

use std::{iter::Peekable, str::Chars};

use super::{Style, format, parse};
use crate::{
    base::{PgError, Result},
    pg_error,
    types::{Datum, PgType, shape::Shape},
};

/// Appends the text form; NULL is nothing at all.
pub fn format_record(fields: &[(PgType, Datum)], style: &Style, out: &mut String) {
    out.push('(');
    let mut field_text = String::new();
    for (index, (field_type, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if value.is_null() {
            continue;
        }
        field_text.clear();
        format(value, field_type.oid, style, &mut field_text);
        push_field(&field_text, out);
    }
    out.push(')');
}

fn push_field(text: &str, out: &mut String) {
    let special = |c: char| matches!(c, '"' | '\\' | '(' | ')' | ',' | ' ' | '\t'..='\r');
    if !text.is_empty() && !text.contains(special) {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('"');
}

/// Reads a row of these fields; nothing between two commas is NULL.
///
/// Errors: 22P02 `malformed record literal: "(1"`.
pub fn parse_record(text: &str, fields: &Shape, style: &Style) -> Result<Datum> {
    let malformed = |detail: &str| -> PgError {
        pg_error!(INVALID_TEXT_REPRESENTATION, "malformed record literal: \"{text}\"")
            .detail(detail)
    };
    let mut rest = text.trim_start_matches(|c: char| c.is_ascii_whitespace()).chars().peekable();
    if rest.next() != Some('(') {
        return Err(malformed("Missing left parenthesis."));
    }
    let mut values = Vec::with_capacity(fields.len());
    for (at, (_, ty)) in fields.iter().enumerate() {
        if at > 0 && rest.next_if_eq(&',').is_none() {
            return Err(malformed("Too few columns."));
        }
        let value = match take_field(&mut rest) {
            Some(Some(field)) => parse(&field, *ty, style)?,
            Some(None) => Datum::Null,
            None => return Err(malformed("Unexpected end of input.")),
        };
        values.push((*ty, value));
    }
    match rest.next() {
        Some(')') => {}
        _ => return Err(malformed("Too many columns.")),
    }
    if rest.any(|c| !c.is_ascii_whitespace()) {
        return Err(malformed("Junk after right parenthesis."));
    }
    Ok(Datum::Record(values.into()))
}

/// The text of a field, up to its comma or parenthesis; `Some(None)` for no text at all, `None` if
/// the row ends within it.
fn take_field(rest: &mut Peekable<Chars>) -> Option<Option<String>> {
    if matches!(rest.peek(), Some(',' | ')')) {
        return Some(None);
    }
    let (mut text, mut quoted) = (String::new(), false);
    loop {
        if !quoted && matches!(rest.peek(), Some(',' | ')')) {
            return Some(Some(text));
        }
        match rest.next()? {
            '\\' => text.push(rest.next()?),
            '"' if !quoted => quoted = true,
            '"' if rest.next_if_eq(&'"').is_some() => text.push('"'),
            '"' => quoted = false,
            c => text.push(c),
        }
    }
}
