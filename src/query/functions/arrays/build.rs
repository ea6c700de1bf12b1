//! Joining and filling arrays.

use super::{datum, result_element};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::functions::{
        Context,
        args::{array, int4},
    },
    types::{Datum, array::ArrayValue},
};

/// PostgreSQL's MaxArraySize.
const ELEMENTS_MAX: usize = 134_217_727;

/// An array to add elements to: NULL counts as empty. Errors: 22000 if it has more dimensions.
fn one_dimensional(context: &Context, value: &Datum) -> Result<ArrayValue> {
    let array = match value {
        Datum::Null => ArrayValue::of(result_element(context), vec![]),
        value => ArrayValue::clone(array(value)),
    };
    if array.dimensions.len() > 1 {
        return err!(DATA_EXCEPTION, "argument must be empty or one-dimensional array");
    }
    Ok(array)
}

fn insert(mut array: ArrayValue, at: usize, element: &Datum) -> Datum {
    array.elements.insert(at, element.clone());
    let lower = array.dimensions.first().map_or(1, |(_, lower)| *lower);
    array.dimensions = vec![(array.elements.len(), lower)];
    datum(array)
}

pub fn array_append(context: &Context, args: &[Datum]) -> Result<Datum> {
    let array = one_dimensional(context, &args[0])?;
    let end = array.elements.len();
    Ok(insert(array, end, &args[1]))
}

pub fn array_prepend(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(insert(one_dimensional(context, &args[1])?, 0, &args[0]))
}

fn incompatible(detail: impl Into<String>) -> PgError {
    pg_error!(ARRAY_SUBSCRIPT_ERROR, "cannot concatenate incompatible arrays").detail(detail)
}

/// Joins along the first dimension; an array of one dimension less is one more element.
pub fn array_cat(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (left, right) = match (&args[0], &args[1]) {
        (Datum::Null, other) | (other, Datum::Null) => return Ok(other.clone()),
        (left, right) => (array(left), array(right)),
    };
    if left.dimensions.is_empty() {
        return Ok(args[1].clone());
    }
    if right.dimensions.is_empty() {
        return Ok(args[0].clone());
    }
    let (a, b) = (&left.dimensions, &right.dimensions);
    let mut dimensions;
    if a.len() == b.len() {
        if a[1..] != b[1..] {
            return Err(incompatible(
                "Arrays with differing element dimensions are not compatible for concatenation.",
            ));
        }
        dimensions = a.clone();
        dimensions[0].0 += b[0].0;
    } else if a.len().abs_diff(b.len()) == 1 {
        let (outer, inner) = if a.len() > b.len() { (a, b) } else { (b, a) };
        if outer[1..] != inner[..] {
            return Err(incompatible(
                "Arrays with differing dimensions are not compatible for concatenation.",
            ));
        }
        dimensions = outer.clone();
        dimensions[0].0 += 1;
    } else {
        return Err(incompatible(format!(
            "Arrays of {} and {} dimensions are not compatible for concatenation.",
            a.len(),
            b.len()
        )));
    }
    let elements = [left.elements.as_slice(), right.elements.as_slice()].concat();
    Ok(datum(ArrayValue { element: left.element, dimensions, elements }))
}

/// The numbers of a dimension argument. Errors: 22004, 2202E.
fn numbers(value: &Datum) -> Result<Vec<i32>> {
    if value.is_null() {
        return err!(NULL_VALUE_NOT_ALLOWED, "dimension array or low bound array cannot be null");
    }
    let array = array(value);
    if array.dimensions.len() > 1 {
        return Err(pg_error!(ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts")
            .detail("Dimension array must be one dimensional."));
    }
    if array.elements.iter().any(Datum::is_null) {
        return err!(NULL_VALUE_NOT_ALLOWED, "dimension values cannot be null");
    }
    Ok(array.elements.iter().map(int4).collect())
}

pub fn array_fill(context: &Context, args: &[Datum]) -> Result<Datum> {
    let lengths = numbers(&args[1])?;
    let lowers = match args.get(2) {
        Some(lowers) => numbers(lowers)?,
        None => vec![1; lengths.len()],
    };
    if lengths.len() > 6 {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "number of array dimensions ({}) exceeds the maximum allowed (6)",
            lengths.len()
        );
    }
    if lowers.len() != lengths.len() {
        return Err(pg_error!(ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts")
            .detail("Low bound array has different size than dimensions array."));
    }
    let count = lengths
        .iter()
        .try_fold(1_usize, |count, length| count.checked_mul(usize::try_from(*length).ok()?))
        .filter(|count| *count <= ELEMENTS_MAX);
    let Some(count) = count else {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "array size exceeds the maximum allowed ({ELEMENTS_MAX})"
        );
    };
    let element = result_element(context);
    if count == 0 || lengths.is_empty() {
        return Ok(datum(ArrayValue::of(element, vec![])));
    }
    let dimensions = lengths.iter().map(|length| *length as usize).zip(lowers).collect();
    Ok(datum(ArrayValue { element, dimensions, elements: vec![args[0].clone(); count] }))
}

pub fn array_fill_with_lower_bounds(context: &Context, args: &[Datum]) -> Result<Datum> {
    array_fill(context, args)
}
