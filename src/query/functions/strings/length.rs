//! Lengths in characters, bytes and bits.

use crate::{
    base::Result,
    err,
    query::functions::{Context, args::bytea},
    types::{Datum, charset::Charset},
};

fn count(value: usize) -> Result<Datum> {
    Ok(Datum::Int4(value as i32))
}

pub fn textlen(_: &Context, args: &[Datum]) -> Result<Datum> {
    count(args[0].as_str().chars().count())
}

/// The padding of `char(n)` does not count.
pub fn bpcharlen(_: &Context, args: &[Datum]) -> Result<Datum> {
    count(args[0].as_str().trim_end_matches(' ').chars().count())
}

pub fn textoctetlen(_: &Context, args: &[Datum]) -> Result<Datum> {
    count(args[0].as_str().len())
}

pub fn bpcharoctetlen(context: &Context, args: &[Datum]) -> Result<Datum> {
    textoctetlen(context, args)
}

pub fn byteaoctetlen(_: &Context, args: &[Datum]) -> Result<Datum> {
    count(bytea(&args[0]).len())
}

pub fn bit_length(_: &Context, args: &[Datum]) -> Result<Datum> {
    count(match &args[0] {
        Datum::Bytea(bytes) => bytes.len() * 8,
        text => text.as_str().len() * 8,
    })
}

/// The characters of a byte string in a named encoding.
pub fn length_in_encoding(_: &Context, args: &[Datum]) -> Result<Datum> {
    let name = args[1].as_str();
    match Charset::named(name) {
        Some(charset) => count(charset.decode(bytea(&args[0]))?.chars().count()),
        None => err!(INVALID_PARAMETER_VALUE, "invalid encoding name \"{name}\""),
    }
}
