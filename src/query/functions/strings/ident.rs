//! `parse_ident`: a qualified name into its parts.

use std::sync::Arc;

use crate::{
    base::{PgError, Result},
    pg_error,
    query::functions::{Context, args::boolean},
    types::{Datum, array::ArrayValue, oid},
};

fn invalid(text: &str) -> PgError {
    pg_error!(INVALID_PARAMETER_VALUE, "string is not a valid identifier: \"{text}\"")
}

pub fn parse_ident(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    let strict = boolean(&args[1]);
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let mut rest = text.trim_start_matches(space);
    let mut parts = Vec::new();
    let mut after_dot = false;
    loop {
        let Some((part, tail)) = part(text, rest)? else {
            return Err(match (rest.chars().next(), after_dot) {
                (Some('.'), _) => invalid(text).detail("No valid identifier before \".\"."),
                (_, true) => invalid(text).detail("No valid identifier after \".\"."),
                _ => invalid(text),
            });
        };
        parts.push(part.into());
        rest = tail.trim_start_matches(space);
        match rest.strip_prefix('.') {
            Some(tail) => {
                rest = tail.trim_start_matches(space);
                after_dot = true;
            }
            None if rest.is_empty() || !strict => break,
            None => return Err(invalid(text)),
        }
    }
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::TEXT, parts))))
}

/// One identifier at the front and what follows it; unquoted ones fold to lower case.
fn part<'a>(text: &str, rest: &'a str) -> Result<Option<(String, &'a str)>> {
    if let Some(mut quoted) = rest.strip_prefix('"') {
        let mut name = String::new();
        loop {
            let Some((before, after)) = quoted.split_once('"') else {
                return Err(invalid(text).detail("String has unclosed double quotes."));
            };
            name.push_str(before);
            match after.strip_prefix('"') {
                Some(more) => {
                    name.push('"');
                    quoted = more;
                }
                None if name.is_empty() => {
                    return Err(invalid(text).detail("Quoted identifier must not be empty."));
                }
                None => return Ok(Some((name, after))),
            }
        }
    }
    let starts = |c: char| c == '_' || c.is_ascii_alphabetic() || !c.is_ascii();
    if !rest.starts_with(starts) {
        return Ok(None);
    }
    let end =
        rest.find(|c: char| !(starts(c) || c.is_ascii_digit() || c == '$')).unwrap_or(rest.len());
    Ok(Some((rest[..end].to_ascii_lowercase(), &rest[end..])))
}
