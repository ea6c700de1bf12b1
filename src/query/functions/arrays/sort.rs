//! Arrays in order, or in none: `array_sort`, `array_shuffle`, `array_sample`.

use std::cmp::Ordering;

use rand::seq::SliceRandom;

use super::{datum, stride};
use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{array, boolean, int4},
    },
    types::{Datum, array::ArrayValue, order},
};

/// Sorts along the first dimension; sub-arrays compare element by element.
fn sorted(value: &Datum, descending: bool, nulls_first: bool) -> Datum {
    let array = array(value);
    let compare = |a: &Datum, b: &Datum| match (a.is_null(), b.is_null()) {
        (false, false) => {
            let order = order::compare(a, b, array.element);
            if descending { order.reverse() } else { order }
        }
        (a, b) if nulls_first => b.cmp(&a),
        (a, b) => a.cmp(&b),
    };
    let mut parts: Vec<&[Datum]> = array.elements.chunks(stride(array)).collect();
    parts.sort_by(|a, b| {
        a.iter()
            .zip(*b)
            .map(|(a, b)| compare(a, b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    let elements = parts.concat();
    datum(ArrayValue { elements, ..ArrayValue::clone(array) })
}

pub fn array_sort(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(sorted(&args[0], false, false))
}

/// NULLs come first where the order is descending.
pub fn array_sort_order(_: &Context, args: &[Datum]) -> Result<Datum> {
    let descending = boolean(&args[1]);
    Ok(sorted(&args[0], descending, descending))
}

pub fn array_sort_order_nulls_first(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(sorted(&args[0], boolean(&args[1]), boolean(&args[2])))
}

/// `count` steps of the first dimension, in random order.
fn shuffled(array: &ArrayValue, count: usize) -> Datum {
    let mut parts: Vec<&[Datum]> = array.elements.chunks(stride(array)).collect();
    parts.shuffle(&mut rand::rng());
    parts.truncate(count);
    if parts.is_empty() {
        return datum(ArrayValue::of(array.element, vec![]));
    }
    let mut dimensions = array.dimensions.clone();
    dimensions[0].0 = parts.len();
    datum(ArrayValue { element: array.element, dimensions, elements: parts.concat() })
}

pub fn array_shuffle(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(shuffled(array(&args[0]), usize::MAX))
}

pub fn array_sample(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (array, count) = (array(&args[0]), int4(&args[1]));
    let length = array.dimensions.first().map_or(0, |(length, _)| *length);
    if count < 0 || count as usize > length {
        return err!(INVALID_PARAMETER_VALUE, "sample size must be between 0 and {length}");
    }
    let mut sample = array.dimensions.clone();
    if let Some(first) = sample.first_mut() {
        first.1 = 1;
    }
    Ok(shuffled(&ArrayValue { dimensions: sample, ..ArrayValue::clone(array) }, count as usize))
}
