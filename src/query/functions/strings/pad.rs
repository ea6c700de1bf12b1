//! `lpad`, `rpad`, `repeat`.

use super::{slice::characters, too_long};
use crate::{
    base::{Result, limits::VALUE_BYTES_MAX},
    query::functions::{Context, args::int4},
    types::Datum,
};

/// The padding that brings `text` to the asked length, or `None` if it must be cut instead.
fn padding(args: &[Datum]) -> Result<(usize, Option<String>)> {
    let wanted = int4(&args[1]).max(0) as usize;
    let fill = args.get(2).map_or(" ", Datum::as_str);
    let length = args[0].as_str().chars().count();
    if wanted <= length {
        return Ok((wanted, None));
    }
    if wanted.saturating_mul(fill.len().min(4)) > VALUE_BYTES_MAX {
        return Err(too_long());
    }
    Ok((wanted, Some(fill.chars().cycle().take(wanted - length).collect())))
}

pub fn lpad(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    Ok(match padding(args)? {
        (_, Some(padding)) => (padding + text).into(),
        (wanted, None) => Datum::text(characters(text, 0, wanted)),
    })
}

pub fn rpad(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    Ok(match padding(args)? {
        (_, Some(padding)) => (text.to_owned() + &padding).into(),
        (wanted, None) => Datum::text(characters(text, 0, wanted)),
    })
}

pub fn repeat(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (text, times) = (args[0].as_str(), int4(&args[1]).max(0) as usize);
    if text.len().saturating_mul(times) > VALUE_BYTES_MAX {
        return Err(too_long());
    }
    Ok(text.repeat(times).into())
}
