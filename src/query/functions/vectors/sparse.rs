//! Distances, norm and normalisation of `sparsevec`.

use std::sync::Arc;

use crate::{
    base::Result,
    err,
    query::functions::{Context, args::sparse},
    types::{
        Datum,
        sparsevec::{SparseVector, check_same, distance},
    },
};

fn measured(args: &[Datum], measure: fn(&SparseVector, &SparseVector) -> f64) -> Result<Datum> {
    let (a, b) = (sparse(&args[0]), sparse(&args[1]));
    check_same(a, b)?;
    Ok(Datum::Float8(measure(a, b)))
}

pub fn l2_distance(_: &Context, args: &[Datum]) -> Result<Datum> {
    measured(args, |a, b| f64::from(distance::l2_squared(a, b)).sqrt())
}

pub fn l2_squared_distance(_: &Context, args: &[Datum]) -> Result<Datum> {
    measured(args, |a, b| f64::from(distance::l2_squared(a, b)))
}

pub fn inner_product(_: &Context, args: &[Datum]) -> Result<Datum> {
    measured(args, |a, b| f64::from(distance::inner_product(a, b)))
}

pub fn negative_inner_product(_: &Context, args: &[Datum]) -> Result<Datum> {
    measured(args, |a, b| -f64::from(distance::inner_product(a, b)))
}

pub fn l1_distance(_: &Context, args: &[Datum]) -> Result<Datum> {
    measured(args, |a, b| f64::from(distance::l1(a, b)))
}

pub fn cosine_distance(_: &Context, args: &[Datum]) -> Result<Datum> {
    measured(args, distance::cosine)
}

pub fn l2_norm(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(distance::norm(sparse(&args[0]))))
}

/// What becomes zero is left out. The zero vector stays as it is.
pub fn l2_normalize(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = sparse(&args[0]);
    let norm = distance::norm(value);
    let mut result = SparseVector { dimensions: value.dimensions, ..SparseVector::default() };
    for (index, element) in value.elements() {
        let scaled = (f64::from(element) / norm) as f32;
        if scaled.is_infinite() {
            return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
        }
        if scaled != 0.0 {
            result.indices.push(index);
            result.values.push(scaled);
        }
    }
    Ok(Datum::SparseVector(Arc::new(result)))
}
