//! Set-returning functions: elements, members, keys.

use super::{fields::part_of, is_jsonb};
use crate::{
    base::Result,
    err,
    query::functions::Context,
    types::{
        Datum,
        json::{
            scan::{self, Kind},
            unescape,
        },
    },
};

/// The rows of an array's elements. Errors: 22023 for another kind.
fn elements(
    args: &[Datum],
    name: &str,
    show: fn(&Datum, &str) -> Datum,
) -> Result<Vec<Vec<Datum>>> {
    let text = args[0].as_str();
    match (scan::kind(text), is_jsonb(&args[0])) {
        (Kind::Array, _) => {
            Ok(scan::elements(text).map(|element| vec![show(&args[0], element)]).collect())
        }
        (Kind::Object, true) => {
            err!(INVALID_PARAMETER_VALUE, "cannot extract elements from an object")
        }
        (_, true) => err!(INVALID_PARAMETER_VALUE, "cannot extract elements from a scalar"),
        (Kind::Object, false) => {
            err!(INVALID_PARAMETER_VALUE, "cannot call {name} on a non-array")
        }
        (_, false) => err!(INVALID_PARAMETER_VALUE, "cannot call {name} on a scalar"),
    }
}

fn as_part(document: &Datum, part: &str) -> Datum {
    part_of(document, Some(part))
}

fn as_text(_: &Datum, part: &str) -> Datum {
    scan::as_text(part).map_or(Datum::Null, Datum::text)
}

pub fn array_elements(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    elements(args, "json_array_elements", as_part)
}

pub fn array_elements_text(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    elements(args, "json_array_elements_text", as_text)
}

/// The rows of an object's members. Errors: 22023 for another kind.
fn members(args: &[Datum], name: &str, show: fn(&Datum, &str) -> Datum) -> Result<Vec<Vec<Datum>>> {
    let text = args[0].as_str();
    match (scan::kind(text), is_jsonb(&args[0])) {
        (Kind::Object, _) => Ok(scan::members(text)
            .map(|(key, value)| vec![Datum::text(unescape(key)), show(&args[0], value)])
            .collect()),
        (_, true) => err!(INVALID_PARAMETER_VALUE, "cannot call {name} on a non-object"),
        (Kind::Array, false) => {
            err!(INVALID_PARAMETER_VALUE, "cannot deconstruct an array as an object")
        }
        (_, false) => err!(INVALID_PARAMETER_VALUE, "cannot deconstruct a scalar"),
    }
}

pub fn each(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    members(args, "jsonb_each", as_part)
}

pub fn each_text(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    members(args, "jsonb_each_text", as_text)
}

pub fn object_keys(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let text = args[0].as_str();
    let name = if is_jsonb(&args[0]) { "jsonb_object_keys" } else { "json_object_keys" };
    match scan::kind(text) {
        Kind::Object => {
            Ok(scan::members(text).map(|(key, _)| vec![Datum::text(unescape(key))]).collect())
        }
        Kind::Array => err!(INVALID_PARAMETER_VALUE, "cannot call {name} on an array"),
        _ => err!(INVALID_PARAMETER_VALUE, "cannot call {name} on a scalar"),
    }
}
