//! Removing, replacing, trimming and reversing.

use super::{datum, search::is_same, stride};
use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{array, int4},
    },
    types::{Datum, array::ArrayValue},
};

pub fn array_remove(_: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    let array = array(&args[0]);
    if array.dimensions.len() > 1 {
        return err!(
            FEATURE_NOT_SUPPORTED,
            "removing elements from multidimensional arrays is not supported"
        );
    }
    let kept: Vec<Datum> = array
        .elements
        .iter()
        .filter(|element| !is_same(element, &args[1], array))
        .cloned()
        .collect();
    let lower = array.dimensions.first().map_or(1, |(_, lower)| *lower);
    let dimensions = if kept.is_empty() { vec![] } else { vec![(kept.len(), lower)] };
    Ok(datum(ArrayValue { element: array.element, dimensions, elements: kept }))
}

pub fn array_replace(_: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    let array = array(&args[0]);
    let elements = array
        .elements
        .iter()
        .map(|element| if is_same(element, &args[1], array) { &args[2] } else { element })
        .cloned()
        .collect();
    Ok(datum(ArrayValue { elements, ..ArrayValue::clone(array) }))
}

/// Takes elements off the end; the lower bounds become 1.
pub fn trim_array(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (array, count) = (array(&args[0]), int4(&args[1]));
    let length = array.dimensions.first().map_or(0, |(length, _)| *length);
    if count < 0 || count as usize > length {
        return err!(
            ARRAY_SUBSCRIPT_ERROR,
            "number of elements to trim must be between 0 and {length}"
        );
    }
    let kept = length - count as usize;
    if kept == 0 {
        return Ok(datum(ArrayValue::of(array.element, vec![])));
    }
    let mut dimensions: Vec<_> = array.dimensions.iter().map(|(length, _)| (*length, 1)).collect();
    dimensions[0].0 = kept;
    let elements = array.elements[..kept * stride(array)].to_vec();
    Ok(datum(ArrayValue { element: array.element, dimensions, elements }))
}

/// Turns the first dimension around.
pub fn array_reverse(_: &Context, args: &[Datum]) -> Result<Datum> {
    let array = array(&args[0]);
    let elements = array.elements.rchunks(stride(array)).flatten().cloned().collect();
    Ok(datum(ArrayValue { elements, ..ArrayValue::clone(array) }))
}
