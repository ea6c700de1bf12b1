//! Element-wise arithmetic, order, parts and joins of dense vectors.

use std::{cmp::Ordering, sync::Arc};

use super::element::Element;
use crate::{
    base::Result,
    err,
    query::functions::{Context, args::int4},
    types::{Datum, bits::BitString, order},
};

/// Errors: 22003 if an element is too large.
fn rounded<E: Element>(elements: impl Iterator<Item = f32>) -> Result<Arc<[E]>> {
    // A sum or product past the largest element becomes infinite, or, for a half, is read back so.
    let largest = if E::BYTES == 2 { 65_520.0 } else { f32::INFINITY };
    elements
        .map(|value| match value.abs() < largest {
            true => Ok(E::nearest(value)),
            false => err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow"),
        })
        .collect()
}

fn element_wise<E: Element>(args: &[Datum], compute: fn(f32, f32) -> f32) -> Result<Arc<[E]>> {
    let (a, b) = (E::slice(&args[0]), E::slice(&args[1]));
    E::check_same(a.len(), b.len())?;
    rounded(a.iter().zip(b).map(|(x, y)| compute(x.widen(), y.widen())))
}

pub fn vector_add<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    element_wise(args, |a, b| a + b).map(E::datum)
}

pub fn vector_sub<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    element_wise(args, |a, b| a - b).map(E::datum)
}

pub fn vector_mul<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let result = element_wise::<E>(args, |a, b| a * b)?;
    let (a, b) = (E::slice(&args[0]), E::slice(&args[1]));
    let is_zero = |element: E| element.widen() == 0.0;
    let vanished = |at: usize| is_zero(result[at]) && !is_zero(a[at]) && !is_zero(b[at]);
    if (0..result.len()).any(vanished) {
        return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
    }
    Ok(E::datum(result))
}

pub fn vector_concat<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let joined = [E::slice(&args[0]), E::slice(&args[1])].concat();
    E::check_dimensions(joined.len())?;
    Ok(E::datum(joined.into()))
}

/// Euclidean norm, summed in f64.
pub fn norm<E: Element>(value: &[E]) -> f64 {
    value.iter().map(|element| f64::from(element.widen()).powi(2)).sum::<f64>().sqrt()
}

/// The zero vector stays as it is.
pub fn l2_normalize<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = E::slice(&args[0]);
    let norm = norm(value);
    if norm == 0.0 {
        return Ok(args[0].clone());
    }
    rounded(value.iter().map(|element| (f64::from(element.widen()) / norm) as f32)).map(E::datum)
}

/// `subvector(v, start, count)`, 1-based; what lies outside is left out.
pub fn subvector<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = E::slice(&args[0]);
    let (start, count) = (i64::from(int4(&args[1])), i64::from(int4(&args[2])));
    let length = value.len() as i64;
    if count < 1 || start > length {
        return E::check_dimensions(0).map(|()| Datum::Null);
    }
    let from = start.max(1) - 1;
    let to = (start + count - 1).clamp(from, length);
    E::check_dimensions((to - from) as usize)?;
    Ok(E::datum(value[from as usize..to as usize].into()))
}

/// A bit for each element: whether it is above zero.
pub fn binary_quantize<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = E::slice(&args[0]);
    Ok(Datum::Bits(Arc::new(BitString::of(value.len(), |at| value[at].widen() > 0.0))))
}

fn compare(context: &Context, args: &[Datum]) -> Ordering {
    order::compare(&args[0], &args[1], context.arg_types[0].oid)
}

/// The comparisons serve every kind of vector.
pub fn vector_cmp(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(compare(context, args) as i32))
}

macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => {$(
        pub fn $name(context: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool(compare(context, args).$test()))
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
