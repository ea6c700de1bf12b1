//! JSON of SQL values: `to_json`, `row_to_json`, `json_build_*`, `json_object`.

use std::sync::Arc;

use super::texts;
use crate::{
    base::Result,
    err, pg_error,
    query::{env::Env, functions::Context},
    types::{
        Datum, PgType,
        array::ArrayValue,
        datetime::{calendar::is_infinite_timestamp, moment::Moment},
        json::{canonical, escape_into},
        oid, shape, text_io,
    },
};

/// Whether rows and arrays are broken into lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    One,
    Many,
}

/// Appends the JSON of a value, as `to_json` makes it.
pub fn to_json_into(value: &Datum, ty: PgType, env: &Env, out: &mut String) {
    push_json(value, ty, env, Lines::One, out);
}

fn push_json(value: &Datum, ty: PgType, env: &Env, lines: Lines, out: &mut String) {
    let type_oid = ty.oid;
    let start = out.len();
    match value {
        Datum::Null => out.push_str("null"),
        Datum::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Datum::Jsonb(text) => out.push_str(text),
        Datum::Text(text) if type_oid == oid::JSON => out.push_str(text),
        Datum::Text(text) if type_oid != oid::BPCHAR => escape_into(text, out),
        Datum::Date(_) | Datum::Timestamp(_) | Datum::TimestampTz(_) => {
            push_date_time(value, env, out);
        }
        Datum::Array(array) => push_array(array, ty, env, lines, out),
        Datum::Record(fields) => push_record(fields, ty, env, lines, out),
        Datum::Int2(_)
        | Datum::Int4(_)
        | Datum::Int8(_)
        | Datum::Float4(_)
        | Datum::Float8(_)
        | Datum::Numeric(_) => {
            text_io::format(value, type_oid, &env.style, out);
            // NaN and the infinities are no JSON numbers.
            if out[start..].contains(['N', 'I']) {
                let text = out.split_off(start);
                escape_into(&text, out);
            }
        }
        other => {
            let mut text = String::new();
            text_io::format(other, type_oid, &env.style, &mut text);
            escape_into(&text, out);
        }
    }
}

/// Dates and timestamps are ISO 8601 with a `T`, whatever `DateStyle` says.
fn push_date_time(value: &Datum, env: &Env, out: &mut String) {
    out.push('"');
    match value {
        Datum::Date(days) => out.push_str(&Moment::Date(*days).to_text()),
        Datum::TimestampTz(micros) if !is_infinite_timestamp(*micros) => {
            let east = env.style.time_zone.offset_at(*micros);
            out.push_str(&Moment::TimestampTz(*micros, east).to_text());
        }
        Datum::Timestamp(micros) | Datum::TimestampTz(micros) => {
            out.push_str(&Moment::Timestamp(*micros).to_text());
        }
        _ => {}
    }
    out.push('"');
}

fn push_array(array: &ArrayValue, ty: PgType, env: &Env, lines: Lines, out: &mut String) {
    if array.dimensions.is_empty() {
        return out.push_str("[]");
    }
    // A modifier of the array is its elements'.
    let element = PgType::with_typmod(array.element, ty.typmod);
    let mut elements = array.elements.iter();
    push_dimension(array, 0, &mut elements, (element, env, lines), out);
}

fn push_dimension(
    array: &ArrayValue,
    dimension: usize,
    elements: &mut std::slice::Iter<Datum>,
    (element, env, lines): (PgType, &Env, Lines),
    out: &mut String,
) {
    // Only the outermost dimension is broken into lines.
    let separator = if lines == Lines::Many && dimension == 0 { ",\n " } else { "," };
    out.push('[');
    for index in 0..array.dimensions[dimension].0 {
        if index > 0 {
            out.push_str(separator);
        }
        if dimension + 1 < array.dimensions.len() {
            push_dimension(array, dimension + 1, elements, (element, env, lines), out);
        } else if let Some(value) = elements.next() {
            push_json(value, element, env, Lines::One, out);
        }
    }
    out.push(']');
}

fn push_record(fields: &[(PgType, Datum)], ty: PgType, env: &Env, lines: Lines, out: &mut String) {
    let names = shape::fields_of(ty);
    out.push('{');
    for (index, (field, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push_str(if lines == Lines::Many { ",\n " } else { "," });
        }
        match names.as_ref().and_then(|names| names.get(index)) {
            Some((name, _)) => escape_into(name, out),
            None => escape_into(&format!("f{}", index + 1), out),
        }
        out.push(':');
        push_json(value, *field, env, Lines::One, out);
    }
    out.push('}');
}

fn type_of(context: &Context, index: usize) -> PgType {
    context.arg_types[index]
}

pub fn to_json(context: &Context, args: &[Datum]) -> Result<Datum> {
    let lines = match args.get(1) {
        Some(Datum::Bool(true)) => Lines::Many,
        _ => Lines::One,
    };
    let mut out = String::new();
    push_json(&args[0], type_of(context, 0), context.env, lines, &mut out);
    Ok(Datum::from(out))
}

pub fn to_jsonb(context: &Context, args: &[Datum]) -> Result<Datum> {
    as_jsonb(to_json(context, &args[..1])?)
}

/// `json` text made by us, as `jsonb`.
pub(super) fn as_jsonb(json: Datum) -> Result<Datum> {
    Ok(match json {
        Datum::Null => Datum::Null,
        json => Datum::Jsonb(canonical(json.as_str())?.into()),
    })
}

/// The arguments of a `VARIADIC "any"` function; one `VARIADIC` array stands for its elements.
fn variadic<'a>(context: &Context, args: &'a [Datum]) -> Vec<(PgType, &'a Datum)> {
    args.iter().enumerate().map(|(index, value)| (type_of(context, index), value)).collect()
}

/// Appends an object's key. Errors: 22004 or 22023 for NULL, 22023 for what is no scalar.
pub(super) fn push_key(value: &Datum, ty: PgType, env: &Env, out: &mut String) -> Result<()> {
    if matches!(value, Datum::Array(_) | Datum::Record(_) | Datum::Jsonb(_)) || ty.oid == oid::JSON
    {
        return err!(
            INVALID_PARAMETER_VALUE,
            "key value must be scalar, not array, composite, or json"
        );
    }
    let mut json = String::new();
    push_json(value, ty, env, Lines::One, &mut json);
    if json.starts_with('"') {
        out.push_str(&json);
    } else {
        escape_into(&json, out);
    }
    Ok(())
}

fn build_object(context: &Context, args: &[Datum], name: &str) -> Result<String> {
    let args = variadic(context, args);
    if !args.len().is_multiple_of(2) {
        return Err(pg_error!(
            INVALID_PARAMETER_VALUE,
            "argument list must have even number of elements"
        )
        .hint(format!("The arguments of {name}() must consist of alternating keys and values.")));
    }
    let mut out = String::from("{");
    for (index, pair) in args.chunks_exact(2).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        let (key_type, key) = pair[0];
        if key.is_null() {
            return if name == "jsonb_build_object" {
                err!(INVALID_PARAMETER_VALUE, "argument {}: key must not be null", index * 2 + 1)
            } else {
                err!(NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key")
            };
        }
        push_key(key, key_type, context.env, &mut out)?;
        out.push_str(" : ");
        push_json(pair[1].1, pair[1].0, context.env, Lines::One, &mut out);
    }
    out.push('}');
    Ok(out)
}

pub fn json_build_object(context: &Context, args: &[Datum]) -> Result<Datum> {
    build_object(context, args, "json_build_object").map(Datum::from)
}

pub fn jsonb_build_object(context: &Context, args: &[Datum]) -> Result<Datum> {
    as_jsonb(Datum::from(build_object(context, args, "jsonb_build_object")?))
}

pub fn json_build_array(context: &Context, args: &[Datum]) -> Result<Datum> {
    let mut out = String::from("[");
    for (index, (ty, value)) in variadic(context, args).into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_json(value, ty, context.env, Lines::One, &mut out);
    }
    out.push(']');
    Ok(Datum::from(out))
}

pub fn jsonb_build_array(context: &Context, args: &[Datum]) -> Result<Datum> {
    as_jsonb(json_build_array(context, args)?)
}

/// Keys and values of `json_object`'s one or two arrays. Errors: 2202E for their shapes.
fn pairs(args: &[Datum]) -> Result<Vec<(Option<&str>, Option<&str>)>> {
    let arrays: Vec<&Arc<ArrayValue>> =
        args.iter().map(crate::query::functions::args::array).collect();
    match arrays[..] {
        [array] => {
            match array.dimensions[..] {
                [] => {}
                [(length, _)] if length % 2 != 0 => {
                    return err!(ARRAY_SUBSCRIPT_ERROR, "array must have even number of elements");
                }
                [_] | [_, (2, _)] => {}
                [_, _] => return err!(ARRAY_SUBSCRIPT_ERROR, "array must have two columns"),
                _ => return err!(ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts"),
            }
            Ok(texts(&args[0]).chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
        }
        [keys, values] => {
            if keys.dimensions.len() > 1 || keys.dimensions.len() != values.dimensions.len() {
                return err!(ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
            }
            if keys.elements.len() != values.elements.len() {
                return err!(ARRAY_SUBSCRIPT_ERROR, "mismatched array dimensions");
            }
            Ok(texts(&args[0]).into_iter().zip(texts(&args[1])).collect())
        }
        _ => unreachable!("json_object has one or two arguments"),
    }
}

pub fn json_object(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut out = String::from("{");
    for (index, (key, value)) in pairs(args)?.into_iter().enumerate() {
        let Some(key) = key else {
            return err!(NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key");
        };
        if index > 0 {
            out.push_str(", ");
        }
        escape_into(key, &mut out);
        out.push_str(" : ");
        match value {
            Some(value) => escape_into(value, &mut out),
            None => out.push_str("null"),
        }
    }
    out.push('}');
    Ok(Datum::from(out))
}

pub fn jsonb_object(context: &Context, args: &[Datum]) -> Result<Datum> {
    as_jsonb(json_object(context, args)?)
}
