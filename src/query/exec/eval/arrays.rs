//! Array expressions: constructors, subscripts, slices and casts element by element.

use std::sync::Arc;

use super::{EvalContext, evaluate};
use crate::{
    base::{Oid, PgError, Result},
    err, pg_error,
    query::ir::{Expr, Subscript},
    types::{Datum, PgType, array::ArrayValue, oid, text_io::scalar::char_of_byte},
};

fn element_type(array: PgType) -> Result<crate::base::Oid> {
    oid::element_of(array.oid)
        .ok_or_else(|| PgError::internal(format!("type {} is not an array", array.oid)))
}

/// `ARRAY[...]`; arrays as elements make one more dimension.
pub fn build(
    elements: &[Expr],
    nested: bool,
    ty: PgType,
    row: &[Datum],
    ctx: &EvalContext,
) -> Result<Datum> {
    let element = element_type(ty)?;
    let values: Vec<Datum> =
        elements.iter().map(|element| evaluate(element, row, ctx)).collect::<Result<_>>()?;
    if nested {
        return nest(element, &values);
    }
    Ok(Datum::Array(Arc::new(ArrayValue::of(element, values))))
}

/// Arrays as the members of one with one more dimension.
pub fn nest(element: Oid, values: &[Datum]) -> Result<Datum> {
    let mut dimensions: Option<Vec<(usize, i32)>> = None;
    let mut flat = Vec::new();
    let mut empty = false;
    for value in values {
        let inner = match value {
            Datum::Array(array) if !array.dimensions.is_empty() => array,
            _ => {
                empty = true;
                continue;
            }
        };
        match &dimensions {
            None => dimensions = Some(inner.dimensions.clone()),
            Some(seen) if *seen == inner.dimensions => {}
            Some(_) => return Err(mismatched()),
        }
        flat.extend(inner.elements.iter().cloned());
    }
    let Some(inner) = dimensions else {
        return Ok(Datum::Array(Arc::new(ArrayValue::of(element, vec![]))));
    };
    if empty {
        return Err(mismatched());
    }
    let mut dimensions = vec![(values.len(), 1)];
    dimensions.extend(inner);
    if dimensions.len() > 6 {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "number of array dimensions ({}) exceeds the maximum allowed (6)",
            dimensions.len()
        );
    }
    Ok(Datum::Array(Arc::new(ArrayValue { element, dimensions, elements: flat })))
}

fn mismatched() -> PgError {
    pg_error!(
        ARRAY_SUBSCRIPT_ERROR,
        "multidimensional arrays must have array expressions with matching dimensions"
    )
}

/// Casts every element by `element`, whose row is the element alone.
pub fn coerce(value: Datum, element: &Expr, ty: PgType, ctx: &EvalContext) -> Result<Datum> {
    let array = match value {
        Datum::Array(array) => array,
        Datum::Null => return Ok(Datum::Null),
        other => return Err(PgError::internal(format!("array cast of {other:?}"))),
    };
    let elements: Vec<Datum> = array
        .elements
        .iter()
        .map(|value| evaluate(element, std::slice::from_ref(value), ctx))
        .collect::<Result<_>>()?;
    Ok(Datum::Array(Arc::new(ArrayValue {
        element: element_type(ty)?,
        dimensions: array.dimensions.clone(),
        elements,
    })))
}

/// `a[i]` is NULL outside the bounds; `a[i:j]` is an array again, empty outside the bounds.
pub fn subscript(
    input: &Expr,
    subscripts: &[Subscript],
    ty: PgType,
    row: &[Datum],
    ctx: &EvalContext,
) -> Result<Datum> {
    let array = match evaluate(input, row, ctx)? {
        Datum::Array(array) => array,
        Datum::Null => return Ok(Datum::Null),
        Datum::Text(name) => Arc::new(characters(&name)),
        _ => return err!(DATATYPE_MISMATCH, "cannot subscript a value that is not an array"),
    };
    let position = |expr: &Expr| -> Result<Option<i64>> {
        let value = evaluate(expr, row, ctx)?;
        Ok(if value.is_null() { None } else { Some(value.as_i64()) })
    };
    if subscripts.iter().all(|subscript| matches!(subscript, Subscript::Index(_))) {
        let mut indexes = Vec::with_capacity(subscripts.len());
        for subscript in subscripts {
            let Subscript::Index(expr) = subscript else { unreachable!("all are indexes") };
            match position(expr)? {
                Some(index) => indexes.push(index),
                None => return Ok(Datum::Null),
            }
        }
        return Ok(element_at(&array, &indexes).cloned().unwrap_or_default());
    }
    let mut bounds = Vec::with_capacity(subscripts.len());
    for (dimension, subscript) in subscripts.iter().enumerate() {
        let (length, first) = array.dimensions.get(dimension).copied().unwrap_or((0, 1));
        let last = i64::from(first) + length as i64 - 1;
        let (lower, upper) = match subscript {
            // A plain index among slices means 1:index.
            Subscript::Index(upper) => (Some(1), position(upper)?),
            Subscript::Slice(lower, upper) => (
                lower.as_ref().map_or(Ok(Some(i64::from(first))), &position)?,
                upper.as_ref().map_or(Ok(Some(last)), &position)?,
            ),
        };
        let (Some(lower), Some(upper)) = (lower, upper) else { return Ok(Datum::Null) };
        bounds.push((lower.max(i64::from(first)), upper.min(last)));
    }
    let element = element_type(ty)?;
    if bounds.len() > array.dimensions.len() || bounds.iter().any(|(lower, upper)| lower > upper) {
        return Ok(Datum::Array(Arc::new(ArrayValue::of(element, vec![]))));
    }
    for (length, first) in &array.dimensions[bounds.len()..] {
        bounds.push((i64::from(*first), i64::from(*first) + *length as i64 - 1));
    }
    Ok(Datum::Array(Arc::new(slice(&array, element, &bounds))))
}

/// A `name` as an array of its 64 bytes, which are counted from 0.
fn characters(name: &str) -> ArrayValue {
    let bytes = name.bytes().chain(std::iter::repeat(0)).take(NAME_BYTES);
    ArrayValue {
        element: oid::CHAR,
        dimensions: vec![(NAME_BYTES, 0)],
        elements: bytes.map(|byte| Datum::from(char_of_byte(byte))).collect(),
    }
}

/// PostgreSQL's NAMEDATALEN.
const NAME_BYTES: usize = 64;

fn element_at<'a>(array: &'a ArrayValue, indexes: &[i64]) -> Option<&'a Datum> {
    if indexes.len() != array.dimensions.len() {
        return None;
    }
    let mut offset = 0;
    for ((length, first), index) in array.dimensions.iter().zip(indexes) {
        let at = index - i64::from(*first);
        if at < 0 || at >= *length as i64 {
            return None;
        }
        offset = offset * length + at as usize;
    }
    array.elements.get(offset)
}

fn slice(array: &ArrayValue, element: crate::base::Oid, bounds: &[(i64, i64)]) -> ArrayValue {
    let mut elements = Vec::new();
    let mut index: Vec<i64> = bounds.iter().map(|(lower, _)| *lower).collect();
    'all: loop {
        elements.extend(element_at(array, &index).cloned());
        let mut dimension = bounds.len();
        loop {
            if dimension == 0 {
                break 'all;
            }
            dimension -= 1;
            if index[dimension] < bounds[dimension].1 {
                index[dimension] += 1;
                break;
            }
            index[dimension] = bounds[dimension].0;
        }
    }
    let dimensions =
        bounds.iter().map(|(lower, upper)| ((upper - lower + 1) as usize, 1)).collect();
    ArrayValue { element, dimensions, elements }
}
