//! Quoting for SQL text.

use std::borrow::Cow;

use super::{cast_text, keywords};
use crate::{base::Result, query::functions::Context, types::Datum};

/// The identifier as SQL text must write it, e.g. `"Order"`.
pub fn quoted_identifier(name: &str) -> Cow<'_, str> {
    let plain = name.bytes().enumerate().all(|(at, byte)| match byte {
        b'a'..=b'z' | b'_' => true,
        b'0'..=b'9' => at > 0,
        _ => false,
    });
    if plain && !name.is_empty() && !keywords::is_quoted(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// The string as SQL text must write it; with a backslash in it, in the `E''` form.
pub fn quoted_literal(text: &str) -> String {
    let prefix = if text.contains('\\') { "E" } else { "" };
    format!("{prefix}'{}'", text.replace('\'', "''").replace('\\', "\\\\"))
}

pub fn quote_ident(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::text(quoted_identifier(args[0].as_str())))
}

pub fn quote_literal(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(quoted_literal(args[0].as_str()).into())
}

pub fn quote_literal_any(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(quoted_literal(&cast_text(context, &args[0], context.arg_types[0].oid)).into())
}

pub fn quote_nullable(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() { Ok("NULL".into()) } else { quote_literal(context, args) }
}

pub fn quote_nullable_any(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() { Ok("NULL".into()) } else { quote_literal_any(context, args) }
}
