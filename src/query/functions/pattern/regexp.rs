//! `regexp_match(es)`, `regexp_count`, `regexp_instr`, `regexp_substr`, `regexp_like`, and
//! `substring(text from pattern)`.

use std::{rc::Rc, sync::Arc};

use super::{
    compiled::{Compiled, Match},
    flags::Flags,
};
use crate::{
    base::Result,
    err,
    query::functions::{Context, args::int4},
    types::{Datum, array::ArrayValue, oid},
};

/// Gives functions further names, one for each number of arguments in `pg_proc`.
macro_rules! shorter {
    ($($name:ident $of:ident -> $result:ty;)*) => {$(
        pub fn $name(context: &Context, args: &[Datum]) -> Result<$result> {
            $of(context, args)
        }
    )*};
}

shorter! {
    regexp_match_no_flags regexp_match -> Datum;
    regexp_matches_no_flags regexp_matches -> Vec<Vec<Datum>>;
    regexp_like_no_flags regexp_like -> Datum;
    regexp_count_no_start regexp_count -> Datum;
    regexp_count_no_flags regexp_count -> Datum;
    regexp_instr_no_start regexp_instr -> Datum;
    regexp_instr_no_n regexp_instr -> Datum;
    regexp_instr_no_endoption regexp_instr -> Datum;
    regexp_instr_no_flags regexp_instr -> Datum;
    regexp_instr_no_subexpr regexp_instr -> Datum;
    regexp_substr_no_start regexp_substr -> Datum;
    regexp_substr_no_n regexp_substr -> Datum;
    regexp_substr_no_flags regexp_substr -> Datum;
    regexp_substr_no_subexpr regexp_substr -> Datum;
}

/// The letters of an argument that may be absent.
pub fn letters(args: &[Datum], index: usize) -> &str {
    args.get(index).map_or("", Datum::as_str)
}

/// A number of at least `least`, or the default if the argument is absent. Errors: 22023.
pub fn number(args: &[Datum], index: usize, name: &str, least: i32, default: i32) -> Result<i32> {
    match args.get(index).map(int4) {
        None => Ok(default),
        Some(value) if value >= least => Ok(value),
        Some(value) => {
            err!(INVALID_PARAMETER_VALUE, "invalid value for parameter \"{name}\": {value}")
        }
    }
}

/// The byte at which the character counted from 1 begins; `None` if it lies beyond the end.
pub fn byte_at(text: &str, character: i32) -> Option<usize> {
    let skipped = character as usize - 1;
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(skipped)
}

/// The groups of a match, or the whole of it if there are none.
fn group_array(found: &Match, text: &str) -> Datum {
    let first = usize::from(found.groups.len() > 1);
    let texts = (first..found.groups.len())
        .map(|group| found.group(text, group).map_or(Datum::Null, Datum::text))
        .collect();
    Datum::Array(Arc::new(ArrayValue::of(oid::TEXT, texts)))
}

pub fn regexp_match(_: &Context, args: &[Datum]) -> Result<Datum> {
    let flags = Flags::parse(letters(args, 2))?;
    if flags.global {
        return Err(crate::pg_error!(
            INVALID_PARAMETER_VALUE,
            "regexp_match() does not support the \"global\" option"
        )
        .hint("Use the regexp_matches function instead."));
    }
    let text = args[0].as_str();
    let found = Compiled::get(args[1].as_str(), flags)?.find(text, 0)?;
    Ok(found.map_or(Datum::Null, |found| group_array(&found, text)))
}

pub fn regexp_matches(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let flags = Flags::parse(letters(args, 2))?;
    let text = args[0].as_str();
    let compiled = Compiled::get(args[1].as_str(), flags)?;
    let matches = if flags.global {
        compiled.find_all(text, 0)?
    } else {
        compiled.find(text, 0)?.into_iter().collect()
    };
    Ok(matches.iter().map(|found| vec![group_array(found, text)]).collect())
}

pub fn regexp_like(_: &Context, args: &[Datum]) -> Result<Datum> {
    let flags = Flags::parse_local(letters(args, 2), "regexp_like")?;
    Compiled::get(args[1].as_str(), flags)?.is_match(args[0].as_str()).map(Datum::Bool)
}

pub fn regexp_count(_: &Context, args: &[Datum]) -> Result<Datum> {
    let start = number(args, 2, "start", 1, 1)?;
    let flags = Flags::parse_local(letters(args, 3), "regexp_count")?;
    let text = args[0].as_str();
    let compiled = Compiled::get(args[1].as_str(), flags)?;
    let count = match byte_at(text, start) {
        Some(from) => compiled.find_all(text, from)?.len(),
        None => 0,
    };
    Ok(Datum::Int4(count as i32))
}

/// The group that a number asks for; the whole match is the first group of a pattern without any.
fn group_of(compiled: &Compiled, number: i32) -> usize {
    if compiled.groups() == 0 && number == 1 { 0 } else { number as usize }
}

/// The n-th match from a position.
fn nth(args: &[Datum], compiled: &Rc<Compiled>, start: i32, n: i32) -> Result<Option<Match>> {
    let text = args[0].as_str();
    let Some(from) = byte_at(text, start) else { return Ok(None) };
    Ok(compiled.find_all(text, from)?.into_iter().nth(n as usize - 1))
}

pub fn regexp_instr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let start = number(args, 2, "start", 1, 1)?;
    let n = number(args, 3, "n", 1, 1)?;
    let end = number(args, 4, "endoption", 0, 0)?;
    if end > 1 {
        return err!(INVALID_PARAMETER_VALUE, "invalid value for parameter \"endoption\": {end}");
    }
    let flags = Flags::parse_local(letters(args, 5), "regexp_instr")?;
    let group = number(args, 6, "subexpr", 0, 0)?;
    let compiled = Compiled::get(args[1].as_str(), flags)?;
    let group = group_of(&compiled, group);
    let found = nth(args, &compiled, start, n)?;
    let range = found.and_then(|found| found.groups.get(group).copied().flatten());
    let position = range.map_or(0, |(from, to)| {
        let at = if end == 1 { to } else { from };
        args[0].as_str()[..at].chars().count() as i32 + 1
    });
    Ok(Datum::Int4(position))
}

pub fn regexp_substr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let start = number(args, 2, "start", 1, 1)?;
    let n = number(args, 3, "n", 1, 1)?;
    let flags = Flags::parse_local(letters(args, 4), "regexp_substr")?;
    let group = number(args, 5, "subexpr", 0, 0)?;
    let compiled = Compiled::get(args[1].as_str(), flags)?;
    let group = group_of(&compiled, group);
    let found = nth(args, &compiled, start, n)?;
    let text = found.as_ref().and_then(|found| found.group(args[0].as_str(), group));
    Ok(text.map_or(Datum::Null, Datum::text))
}

/// The first group of the first match, or the whole match if there is no group.
pub fn textregexsubstr(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    let compiled = Compiled::get(args[1].as_str(), Flags::default())?;
    let group = usize::from(compiled.groups() > 0);
    let found = compiled.find(text, 0)?;
    let part = found.as_ref().and_then(|found| found.group(text, group));
    Ok(part.map_or(Datum::Null, Datum::text))
}
