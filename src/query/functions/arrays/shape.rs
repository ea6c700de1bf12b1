//! Dimensions, bounds and counts; and arrays printed with a delimiter.

use crate::{
    base::Result,
    query::functions::{
        Context,
        args::{array, int4},
        strings::output_text,
    },
    types::{Datum, array::ArrayValue},
};

/// The length and lower bound of a dimension counted from 1.
fn dimension(array: &ArrayValue, number: &Datum) -> Option<(i32, i32)> {
    let index = usize::try_from(int4(number)).ok()?.checked_sub(1)?;
    array.dimensions.get(index).map(|(length, lower)| (*length as i32, *lower))
}

fn of(value: Option<i32>) -> Result<Datum> {
    Ok(value.map_or(Datum::Null, Datum::Int4))
}

pub fn array_length(_: &Context, args: &[Datum]) -> Result<Datum> {
    of(dimension(array(&args[0]), &args[1]).map(|(length, _)| length))
}

pub fn array_lower(_: &Context, args: &[Datum]) -> Result<Datum> {
    of(dimension(array(&args[0]), &args[1]).map(|(_, lower)| lower))
}

pub fn array_upper(_: &Context, args: &[Datum]) -> Result<Datum> {
    of(dimension(array(&args[0]), &args[1]).map(|(length, lower)| lower + length - 1))
}

pub fn array_ndims(_: &Context, args: &[Datum]) -> Result<Datum> {
    let count = array(&args[0]).dimensions.len() as i32;
    of((count > 0).then_some(count))
}

pub fn array_cardinality(_: &Context, args: &[Datum]) -> Result<Datum> {
    of(Some(array(&args[0]).elements.len() as i32))
}

/// `[1:3][1:2]`
pub fn array_dims(_: &Context, args: &[Datum]) -> Result<Datum> {
    let array = array(&args[0]);
    if array.dimensions.is_empty() {
        return Ok(Datum::Null);
    }
    let dims: String = array
        .dimensions
        .iter()
        .map(|(length, lower)| format!("[{lower}:{}]", lower + *length as i32 - 1))
        .collect();
    Ok(dims.into())
}

/// NULL elements are left out.
pub fn array_to_text(context: &Context, args: &[Datum]) -> Result<Datum> {
    join(context, args, None)
}

pub fn array_to_text_null(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() || args[1].is_null() {
        return Ok(Datum::Null);
    }
    let null = (!args[2].is_null()).then(|| args[2].as_str());
    join(context, args, null)
}

fn join(context: &Context, args: &[Datum], null: Option<&str>) -> Result<Datum> {
    let array = array(&args[0]);
    let texts: Vec<String> = array
        .elements
        .iter()
        .filter_map(|element| match element {
            Datum::Null => null.map(str::to_owned),
            element => Some(output_text(context, element, array.element)),
        })
        .collect();
    Ok(texts.join(args[1].as_str()).into())
}
