//! `regexp_split_to_array`, `regexp_split_to_table`

use std::sync::Arc;

use super::{compiled::Compiled, flags::Flags, regexp::letters};
use crate::{
    base::Result,
    query::functions::Context,
    types::{Datum, array::ArrayValue, oid},
};

/// The parts between matches. Empty matches at either end or right behind a match do not split.
fn parts(args: &[Datum], function: &str) -> Result<Vec<Datum>> {
    let flags = Flags::parse_local(letters(args, 2), function)?;
    let text = args[0].as_str();
    let compiled = Compiled::get(args[1].as_str(), flags)?;
    let mut parts = Vec::new();
    let (mut copied, mut previous) = (0, 0);
    for found in compiled.find_all(text, 0)? {
        let splits = found.start() < text.len() && found.end() > previous;
        previous = found.end();
        if splits {
            parts.push(Datum::text(&text[copied..found.start()]));
            copied = found.end();
        }
    }
    parts.push(Datum::text(&text[copied..]));
    Ok(parts)
}

pub fn regexp_split_to_array(_: &Context, args: &[Datum]) -> Result<Datum> {
    let parts = parts(args, "regexp_split_to_array")?;
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::TEXT, parts))))
}

pub fn regexp_split_to_array_no_flags(context: &Context, args: &[Datum]) -> Result<Datum> {
    regexp_split_to_array(context, args)
}

pub fn regexp_split_to_table(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let parts = parts(args, "regexp_split_to_table")?;
    Ok(parts.into_iter().map(|part| vec![part]).collect())
}

pub fn regexp_split_to_table_no_flags(
    context: &Context,
    args: &[Datum],
) -> Result<Vec<Vec<Datum>>> {
    regexp_split_to_table(context, args)
}
