//! Strings into fields: `split_part`, `string_to_array`, `string_to_table`.

use std::sync::Arc;

use crate::{
    base::Result,
    err,
    query::functions::{Context, args::int4},
    types::{Datum, array::ArrayValue, oid},
};

pub fn split_part(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (text, delimiter, field) = (args[0].as_str(), args[1].as_str(), int4(&args[2]));
    if field == 0 {
        return err!(INVALID_PARAMETER_VALUE, "field position must not be zero");
    }
    if text.is_empty() {
        return Ok(Datum::text(""));
    }
    if delimiter.is_empty() {
        return Ok(Datum::text(if field.abs() == 1 { text } else { "" }));
    }
    let place = field.unsigned_abs() as usize - 1;
    let part = if field > 0 {
        text.split(delimiter).nth(place)
    } else {
        text.rsplit(delimiter).nth(place)
    };
    Ok(Datum::text(part.unwrap_or_default()))
}

/// The fields; `None` for a NULL string. A NULL delimiter splits into characters.
fn fields(args: &[Datum]) -> Option<Vec<Datum>> {
    if args[0].is_null() {
        return None;
    }
    let text = args[0].as_str();
    let null = args.get(2).filter(|null| !null.is_null()).map(Datum::as_str);
    let field = |field: &str| if null == Some(field) { Datum::Null } else { Datum::text(field) };
    if text.is_empty() {
        return Some(vec![]);
    }
    Some(match &args[1] {
        Datum::Null => text.chars().map(|c| field(c.encode_utf8(&mut [0; 4]))).collect(),
        delimiter if delimiter.as_str().is_empty() => vec![field(text)],
        delimiter => text.split(delimiter.as_str()).map(field).collect(),
    })
}

pub fn text_to_array(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(fields(args)
        .map_or(Datum::Null, |fields| Datum::Array(Arc::new(ArrayValue::of(oid::TEXT, fields)))))
}

pub fn text_to_array_null(context: &Context, args: &[Datum]) -> Result<Datum> {
    text_to_array(context, args)
}

pub fn text_to_table(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    Ok(fields(args).unwrap_or_default().into_iter().map(|field| vec![field]).collect())
}

pub fn text_to_table_null(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    text_to_table(context, args)
}
