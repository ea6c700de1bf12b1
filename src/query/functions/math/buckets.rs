//! `width_bucket`: which of some ranges a value falls into.

use std::cmp::Ordering;

use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{array, int4, numeric},
        arithmetic::out_of_range,
    },
    types::{Datum, numeric::Numeric, order},
};

fn count_of(value: &Datum) -> Result<i32> {
    match int4(value) {
        count if count <= 0 => {
            err!(INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION, "count must be greater than zero")
        }
        count => Ok(count),
    }
}

fn equal_bounds<T>() -> Result<T> {
    err!(INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION, "lower bound cannot equal upper bound")
}

fn nan_bound<T>() -> Result<T> {
    err!(
        INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
        "operand, lower bound, and upper bound cannot be NaN"
    )
}

fn infinite_bound<T>() -> Result<T> {
    err!(INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION, "lower and upper bounds must be finite")
}

/// One past the last bucket.
fn beyond(count: i32) -> Result<Datum> {
    count.checked_add(1).map(Datum::Int4).ok_or_else(|| out_of_range("integer"))
}

pub fn width_bucket_float8(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (operand, low, high) = (args[0].as_f64(), args[1].as_f64(), args[2].as_f64());
    let count = count_of(&args[3])?;
    if operand.is_nan() || low.is_nan() || high.is_nan() {
        return nan_bound();
    }
    if low.is_infinite() || high.is_infinite() {
        return infinite_bound();
    }
    if low == high {
        return equal_bounds();
    }
    let (before, past) = if low < high {
        (operand < low, operand >= high)
    } else {
        (operand > low, operand <= high)
    };
    if before {
        return Ok(Datum::Int4(0));
    }
    if past {
        return beyond(count);
    }
    // Halved where the width itself would overflow.
    let share = if (high - low).is_finite() {
        (operand - low) / (high - low)
    } else {
        (operand / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
    };
    let bucket = (share * f64::from(count)) as i32;
    Ok(Datum::Int4(bucket.min(count - 1) + 1))
}

pub fn width_bucket_numeric(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (operand, low, high) = (numeric(&args[0]), numeric(&args[1]), numeric(&args[2]));
    let count = count_of(&args[3])?;
    if [operand, low, high].iter().any(|value| matches!(value, Numeric::NaN)) {
        return nan_bound();
    }
    if !matches!((low, high), (Numeric::Finite(_), Numeric::Finite(_))) {
        return infinite_bound();
    }
    let direction = match low.cmp(high) {
        Ordering::Equal => return equal_bounds(),
        direction => direction,
    };
    if operand.cmp(low) == direction {
        return Ok(Datum::Int4(0));
    }
    if operand.cmp(high) != direction {
        return beyond(count);
    }
    let scaled = operand.sub(low)?.mul(&Numeric::from_i64(i64::from(count)))?;
    let bucket = scaled.div_trunc(&high.sub(low)?)?.to_i32()?;
    Ok(Datum::Int4(bucket.min(count - 1) + 1))
}

pub fn width_bucket_array(context: &Context, args: &[Datum]) -> Result<Datum> {
    let thresholds = array(&args[1]);
    if thresholds.dimensions.len() > 1 {
        return err!(ARRAY_SUBSCRIPT_ERROR, "thresholds must be one-dimensional array");
    }
    if thresholds.elements.iter().any(Datum::is_null) {
        return err!(NULL_VALUE_NOT_ALLOWED, "thresholds array must not contain NULLs");
    }
    let kind = context.arg_types[0].oid;
    let bucket = thresholds.elements.partition_point(|threshold| {
        order::compare(threshold, &args[0], kind) != Ordering::Greater
    });
    Ok(Datum::Int4(bucket as i32))
}
