//! Where elements are, and how arrays contain each other.

use std::sync::Arc;

use super::datum;
use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{array, int4},
    },
    types::{Datum, array::ArrayValue, oid, order},
};

/// Whether two elements are the same; NULL is the same as NULL.
pub fn is_same(a: &Datum, b: &Datum, array: &ArrayValue) -> bool {
    match (a.is_null(), b.is_null()) {
        (false, false) => order::compare(a, b, array.element).is_eq(),
        (a, b) => a && b,
    }
}

fn searchable(array: &ArrayValue) -> Result<()> {
    if array.dimensions.len() > 1 {
        return err!(
            FEATURE_NOT_SUPPORTED,
            "searching for elements in multidimensional arrays is not supported"
        );
    }
    Ok(())
}

/// The subscripts of an element, from a subscript on.
fn positions(array: &Arc<ArrayValue>, element: &Datum, from: i32) -> Vec<i32> {
    let lower = array.dimensions.first().map_or(1, |(_, lower)| *lower);
    array
        .elements
        .iter()
        .enumerate()
        .filter(|(_, other)| is_same(other, element, array))
        .map(|(at, _)| lower + at as i32)
        .filter(|position| *position >= from)
        .collect()
}

pub fn array_position(_: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    let array = array(&args[0]);
    searchable(array)?;
    if array.elements.is_empty() {
        return Ok(Datum::Null);
    }
    let from = match args.get(2) {
        Some(Datum::Null) => {
            return err!(NULL_VALUE_NOT_ALLOWED, "initial position must not be null");
        }
        Some(from) => int4(from),
        None => i32::MIN,
    };
    let first = positions(array, &args[1], from).first().copied();
    Ok(first.map_or(Datum::Null, Datum::Int4))
}

pub fn array_position_start(context: &Context, args: &[Datum]) -> Result<Datum> {
    array_position(context, args)
}

pub fn array_positions(_: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    let array = array(&args[0]);
    searchable(array)?;
    let positions = positions(array, &args[1], i32::MIN).into_iter().map(Datum::Int4).collect();
    Ok(datum(ArrayValue::of(oid::INT4, positions)))
}

/// Whether an array holds an element; NULL is never held.
fn holds(array: &ArrayValue, element: &Datum) -> bool {
    !element.is_null()
        && array.elements.iter().any(|other| !other.is_null() && is_same(other, element, array))
}

fn contains(whole: &ArrayValue, part: &ArrayValue) -> bool {
    part.elements.iter().all(|element| holds(whole, element))
}

pub fn arraycontains(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(contains(array(&args[0]), array(&args[1]))))
}

pub fn arraycontained(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(contains(array(&args[1]), array(&args[0]))))
}

pub fn arrayoverlap(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (a, b) = (array(&args[0]), array(&args[1]));
    Ok(Datum::Bool(a.elements.iter().any(|element| holds(b, element))))
}
