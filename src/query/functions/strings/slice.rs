//! Parts of strings by position: `substr`, `left`, `right`, `overlay`. Positions count from 1.

use crate::{
    base::{PgError, Result},
    pg_error,
    query::functions::{
        Context,
        args::{bytea, int4},
        arithmetic::out_of_range,
    },
    types::Datum,
};

fn negative_length() -> PgError {
    pg_error!(SUBSTRING_ERROR, "negative substring length not allowed")
}

/// The 0-based range that `length` units from position `start` cover in a string of any length.
fn range(start: i64, length: Option<i64>) -> Result<(usize, usize)> {
    let end = match length {
        Some(length) if length < 0 => return Err(negative_length()),
        Some(length) => start + length,
        None => i64::MAX,
    };
    Ok(((start.max(1) - 1) as usize, (end.max(1) - 1) as usize))
}

/// Characters `from..to` of a string.
pub fn characters(text: &str, from: usize, to: usize) -> &str {
    if to <= from {
        return "";
    }
    if text.is_ascii() {
        return &text[from.min(text.len())..to.min(text.len())];
    }
    let start = byte_of(text, from);
    &text[start..start + byte_of(&text[start..], to - from)]
}

/// The byte at which a character begins; the length if there are fewer characters.
fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

fn bytes_between(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    let to = to.min(bytes.len());
    &bytes[from.min(to)..to]
}

pub fn text_substr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let length = args.get(2).map(|length| i64::from(int4(length)));
    let (from, to) = range(i64::from(int4(&args[1])), length)?;
    Ok(Datum::text(characters(args[0].as_str(), from, to)))
}

pub fn text_substr_no_len(context: &Context, args: &[Datum]) -> Result<Datum> {
    text_substr(context, args)
}

pub fn bytea_substr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let length = args.get(2).map(|length| i64::from(int4(length)));
    let (from, to) = range(i64::from(int4(&args[1])), length)?;
    Ok(Datum::Bytea(bytes_between(bytea(&args[0]), from, to).into()))
}

pub fn bytea_substr_no_len(context: &Context, args: &[Datum]) -> Result<Datum> {
    bytea_substr(context, args)
}

/// How many characters a count keeps: a negative one counts from the other end.
fn kept(text: &str, count: i32) -> usize {
    if count >= 0 {
        count as usize
    } else {
        text.chars().count().saturating_sub(count.unsigned_abs() as usize)
    }
}

pub fn text_left(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    Ok(Datum::text(characters(text, 0, kept(text, int4(&args[1])))))
}

pub fn text_right(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (text, count) = (args[0].as_str(), int4(&args[1]));
    // The least integer has no negative: nothing is skipped then, as in PostgreSQL.
    let skipped = match usize::try_from(count) {
        Ok(count) => text.chars().count().saturating_sub(count),
        Err(_) => count.wrapping_neg().max(0) as usize,
    };
    Ok(Datum::text(characters(text, skipped, usize::MAX)))
}

/// Where the replaced part starts and ends, 0-based.
fn replaced(args: &[Datum], length: usize) -> Result<(usize, usize)> {
    let start = int4(&args[2]);
    if start <= 0 {
        return Err(negative_length());
    }
    let length = args.get(3).map_or(length as i32, int4);
    let end = start.checked_add(length).ok_or_else(|| out_of_range("integer"))?;
    Ok((start as usize - 1, (end.max(1) - 1) as usize))
}

pub fn textoverlay(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (text, new) = (args[0].as_str(), args[1].as_str());
    let (start, end) = replaced(args, new.chars().count())?;
    Ok([characters(text, 0, start), new, characters(text, end, usize::MAX)].concat().into())
}

pub fn textoverlay_no_len(context: &Context, args: &[Datum]) -> Result<Datum> {
    textoverlay(context, args)
}

pub fn byteaoverlay(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (bytes, new) = (bytea(&args[0]), bytea(&args[1]));
    let (start, end) = replaced(args, new.len())?;
    let parts = [bytes_between(bytes, 0, start), new, bytes_between(bytes, end, usize::MAX)];
    Ok(Datum::Bytea(parts.concat().into()))
}

pub fn byteaoverlay_no_len(context: &Context, args: &[Datum]) -> Result<Datum> {
    byteaoverlay(context, args)
}
