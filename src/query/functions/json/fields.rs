//! `->`, `->>`, `#>`, `#>>`, `@>`, `?`, `typeof`, lengths: reading without making trees.

use std::{borrow::Cow, sync::Arc};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, StringViewArray, StringViewBuilder,
};

use super::{is_jsonb, texts};
use crate::{
    base::Result,
    err,
    query::functions::{Context, columns::Operand},
    types::{
        Datum,
        json::{
            contains, exists,
            scan::{self, Key, Kind},
        },
    },
};

/// A part of a document, of the document's own type.
pub(super) fn part_of(document: &Datum, part: Option<&str>) -> Datum {
    match part {
        None => Datum::Null,
        Some(part) if is_jsonb(document) => Datum::Jsonb(part.into()),
        Some(part) => Datum::text(part),
    }
}

/// A part as `->>` gives it.
fn text_of(part: Option<&str>) -> Datum {
    part.and_then(scan::as_text).map_or(Datum::Null, Datum::text)
}

fn member<'a>(document: &'a Datum, key: &str) -> Option<&'a str> {
    let key = Key::new(key);
    match document {
        Datum::Jsonb(text) => key.find(text),
        other => key.find_in_json(other.as_str()),
    }
}

pub fn object_field(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(part_of(&args[0], member(&args[0], args[1].as_str())))
}

pub fn object_field_text(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(text_of(member(&args[0], args[1].as_str())))
}

/// An element; a `jsonb` scalar is its own only element.
fn element(document: &Datum, index: i64) -> Option<&str> {
    let text = document.as_str();
    if is_jsonb(document) && scan::kind(text).is_scalar() {
        return matches!(index, 0 | -1).then_some(text);
    }
    scan::get_index(text, index)
}

pub fn array_element(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(part_of(&args[0], element(&args[0], args[1].as_i64())))
}

pub fn array_element_text(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(text_of(element(&args[0], args[1].as_i64())))
}

/// The part that a path of keys and indexes leads to.
fn at_path<'a>(document: &'a Datum, path: &Datum) -> Option<&'a str> {
    let mut part = document.as_str();
    if !is_jsonb(document) {
        part = part.trim_matches([' ', '\t', '\n', '\r']);
    }
    for step in texts(path) {
        let step = step?;
        part = match scan::kind(part) {
            Kind::Object if is_jsonb(document) => scan::get_field(part, step)?,
            Kind::Object => Key::new(step).find_in_json(part)?,
            Kind::Array => scan::get_index(part, step.trim_start().parse::<i32>().ok()?.into())?,
            _ => return None,
        };
    }
    Some(part)
}

pub fn extract_path(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(part_of(&args[0], at_path(&args[0], &args[1])))
}

pub fn extract_path_text(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(text_of(at_path(&args[0], &args[1])))
}

pub fn jsonb_contains(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(contains(args[0].as_str(), args[1].as_str())))
}

pub fn jsonb_contained(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(contains(args[1].as_str(), args[0].as_str())))
}

pub fn jsonb_exists(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(exists(args[0].as_str(), args[1].as_str())))
}

pub fn jsonb_exists_any(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    Ok(Datum::Bool(texts(&args[1]).into_iter().flatten().any(|key| exists(text, key))))
}

pub fn jsonb_exists_all(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    Ok(Datum::Bool(texts(&args[1]).into_iter().flatten().all(|key| exists(text, key))))
}

pub fn type_of(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::text(scan::kind(args[0].as_str()).name()))
}

pub fn array_length(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    match scan::kind(text) {
        Kind::Array => Ok(Datum::Int4(scan::elements(text).count() as i32)),
        Kind::Object => {
            err!(INVALID_PARAMETER_VALUE, "cannot get array length of a non-array")
        }
        _ => err!(INVALID_PARAMETER_VALUE, "cannot get array length of a scalar"),
    }
}

// ---- columns -------------------------------------------------------------------------------

/// The cell of a row, if it is not NULL.
fn cell<'a>(operand: &Operand, cells: &'a StringViewArray, row: usize) -> Option<&'a str> {
    let at = operand.at(row);
    cells.is_valid(at).then(|| cells.value(at))
}

/// Columnar `jsonb -> text` and `jsonb ->> text`; `show` makes a part the result.
fn field_columns(
    args: &[ArrayRef],
    rows: usize,
    show: fn(&str) -> Option<Cow<'_, str>>,
) -> Result<ArrayRef> {
    let documents = Operand::new(&args[0], rows);
    let keys = Operand::new(&args[1], rows);
    let (texts, names) = (documents.array.as_string_view(), keys.array.as_string_view());
    let mut out = StringViewBuilder::with_capacity(rows);
    // A constant key, as in `metadata ->> 'tag'`, is prepared once.
    let mut prepared: Option<(&str, Key)> = None;
    for row in 0..rows {
        let (Some(text), Some(name)) = (cell(&documents, texts, row), cell(&keys, names, row))
        else {
            out.append_null();
            continue;
        };
        let key = match &mut prepared {
            Some((known, key)) if *known == name => key,
            other => &mut other.insert((name, Key::new(name))).1,
        };
        match key.find(text).and_then(show) {
            Some(value) => out.append_value(value),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

pub fn object_field_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    field_columns(args, rows, |part| Some(Cow::Borrowed(part)))
}

pub fn object_field_text_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    field_columns(args, rows, scan::as_text)
}

/// A boolean column over two string columns.
fn test_columns(args: &[ArrayRef], rows: usize, test: fn(&str, &str) -> bool) -> Result<ArrayRef> {
    let (left, right) = (Operand::new(&args[0], rows), Operand::new(&args[1], rows));
    let (a, b) = (left.array.as_string_view(), right.array.as_string_view());
    let mut out = BooleanBuilder::with_capacity(rows);
    for row in 0..rows {
        match (cell(&left, a, row), cell(&right, b, row)) {
            (Some(a), Some(b)) => out.append_value(test(a, b)),
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

pub fn contains_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    test_columns(args, rows, contains)
}

pub fn contained_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    test_columns(args, rows, |inner, outer| contains(outer, inner))
}

pub fn exists_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    test_columns(args, rows, exists)
}
