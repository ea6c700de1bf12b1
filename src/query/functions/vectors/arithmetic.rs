//! Element-wise arithmetic, order, parts and joins of vectors.

use std::{cmp::Ordering, sync::Arc};

use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{int4, vector},
    },
    types::{
        Datum, oid, order,
        vector::{check_dimensions, check_same, distance},
    },
};

fn overflow<T>() -> Result<T> {
    err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

fn element_wise(args: &[Datum], compute: fn(f32, f32) -> f32) -> Result<Arc<[f32]>> {
    let (a, b) = (vector(&args[0]), vector(&args[1]));
    check_same(a.len(), b.len())?;
    let result: Arc<[f32]> = a.iter().zip(b).map(|(x, y)| compute(*x, *y)).collect();
    if result.iter().any(|element| element.is_infinite()) {
        return overflow();
    }
    Ok(result)
}

pub fn vector_add(_: &Context, args: &[Datum]) -> Result<Datum> {
    element_wise(args, |a, b| a + b).map(Datum::Vector)
}

pub fn vector_sub(_: &Context, args: &[Datum]) -> Result<Datum> {
    element_wise(args, |a, b| a - b).map(Datum::Vector)
}

pub fn vector_mul(_: &Context, args: &[Datum]) -> Result<Datum> {
    let result = element_wise(args, |a, b| a * b)?;
    let (a, b) = (vector(&args[0]), vector(&args[1]));
    let vanished = |at: usize| result[at] == 0.0 && a[at] != 0.0 && b[at] != 0.0;
    if (0..result.len()).any(vanished) {
        return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
    }
    Ok(Datum::Vector(result))
}

pub fn vector_concat(_: &Context, args: &[Datum]) -> Result<Datum> {
    let joined = [vector(&args[0]), vector(&args[1])].concat();
    check_dimensions(joined.len())?;
    Ok(Datum::Vector(joined.into()))
}

/// The zero vector stays as it is.
pub fn l2_normalize(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = vector(&args[0]);
    let norm = distance::norm(value);
    if norm == 0.0 {
        return Ok(args[0].clone());
    }
    let result: Arc<[f32]> =
        value.iter().map(|element| (f64::from(*element) / norm) as f32).collect();
    if result.iter().any(|element| element.is_infinite()) {
        return overflow();
    }
    Ok(Datum::Vector(result))
}

/// `subvector(v, start, count)`, 1-based; what lies outside is left out.
pub fn subvector(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = vector(&args[0]);
    let (start, count) = (i64::from(int4(&args[1])), i64::from(int4(&args[2])));
    let length = value.len() as i64;
    if count < 1 || start > length {
        return check_dimensions(0).map(|()| Datum::Null);
    }
    let from = start.max(1) - 1;
    let to = (start + count - 1).clamp(from, length);
    check_dimensions((to - from) as usize)?;
    Ok(Datum::Vector(value[from as usize..to as usize].into()))
}

fn compare(args: &[Datum]) -> Ordering {
    order::compare(&args[0], &args[1], oid::VECTOR)
}

pub fn vector_cmp(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(compare(args) as i32))
}

macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool(compare(args).$test()))
        }
    )*};
}

comparisons! {
    vector_eq is_eq;
    vector_ne is_ne;
    vector_lt is_lt;
    vector_le is_le;
    vector_gt is_gt;
    vector_ge is_ge;
}
