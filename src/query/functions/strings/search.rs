//! Finding and replacing plain substrings.

use std::sync::Arc;

use crate::{
    base::Result,
    query::functions::{Context, args::bytea},
    types::Datum,
};

/// The 1-based character position of the second argument in the first; 0 if absent.
pub fn textpos(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    let position = text.find(args[1].as_str()).map_or(0, |at| text[..at].chars().count() + 1);
    Ok(Datum::Int4(position as i32))
}

pub fn byteapos(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (bytes, wanted) = (bytea(&args[0]), bytea(&args[1]));
    let position = if wanted.is_empty() {
        1
    } else {
        bytes.windows(wanted.len()).position(|window| window == wanted).map_or(0, |at| at + 1)
    };
    Ok(Datum::Int4(position as i32))
}

pub fn text_starts_with(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(args[0].as_str().starts_with(args[1].as_str())))
}

pub fn replace_text(_: &Context, args: &[Datum]) -> Result<Datum> {
    let from = args[1].as_str();
    if from.is_empty() {
        return Ok(args[0].clone());
    }
    Ok(args[0].as_str().replace(from, args[2].as_str()).into())
}

/// Each character of the second argument becomes the one at its place in the third, or goes.
pub fn translate(_: &Context, args: &[Datum]) -> Result<Datum> {
    let from: Vec<char> = args[1].as_str().chars().collect();
    let to: Vec<char> = args[2].as_str().chars().collect();
    let translated: String = args[0]
        .as_str()
        .chars()
        .filter_map(|c| match from.iter().position(|from| *from == c) {
            Some(place) => to.get(place).copied(),
            None => Some(c),
        })
        .collect();
    Ok(translated.into())
}

pub fn text_reverse(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(args[0].as_str().chars().rev().collect::<String>().into())
}

pub fn bytea_reverse(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bytea(bytea(&args[0]).iter().rev().copied().collect::<Arc<[u8]>>()))
}
