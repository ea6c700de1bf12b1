//! Casts between the textual types, and to text where the output function says otherwise.

use crate::{
    base::{Result, limits::IDENTIFIER_BYTES_MAX},
    err,
    query::functions::{Context, strings::cast_text},
    types::Datum,
};

pub fn to_text(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(cast_text(context, &args[0], context.arg_types[0].oid).into())
}

/// Cuts at 63 bytes, between characters; `char(n)` loses its padding.
pub fn to_name(context: &Context, args: &[Datum]) -> Result<Datum> {
    let text = cast_text(context, &args[0], context.arg_types[0].oid);
    let end = (0..=IDENTIFIER_BYTES_MAX.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    Ok(Datum::text(&text[..end]))
}

/// A `"char"` byte as its text: bytes above 127 print in octal.
fn char_text(byte: u8) -> Datum {
    match byte {
        0 => Datum::text(""),
        1..=127 => Datum::text(char::from(byte).to_string()),
        byte => Datum::text(format!("\\{byte:03o}")),
    }
}

/// The signed byte that a `"char"` is.
pub fn char_code(text: &str) -> i64 {
    let byte = match text.as_bytes() {
        [] => 0,
        [b'\\', octal @ ..] if octal.len() == 3 => {
            octal.iter().fold(0_u8, |byte, digit| byte << 3 | (digit & 7))
        }
        [byte, ..] => *byte,
    };
    i64::from(byte as i8)
}

pub fn to_char(_: &Context, args: &[Datum]) -> Result<Datum> {
    match &args[0] {
        Datum::Text(text) => Ok(char_text(text.bytes().next().unwrap_or(0))),
        value => match i8::try_from(value.as_i64()) {
            Ok(value) => Ok(char_text(value as u8)),
            Err(_) => err!(NUMERIC_VALUE_OUT_OF_RANGE, "\"char\" out of range"),
        },
    }
}
