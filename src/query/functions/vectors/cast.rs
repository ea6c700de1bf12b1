//! Casts among the kinds of vectors and arrays of numbers. As a cast the target's typmod is the
//! result's; as a function it is the second argument.

use std::sync::Arc;

use super::element::{Element, Half};
use crate::{
    base::Result,
    err,
    query::functions::{Context, args},
    types::{
        Datum,
        array::ArrayValue,
        oid,
        sparsevec::{self, SparseVector},
        vector::check_typmod,
    },
};

fn typmod(context: &Context, args: &[Datum]) -> i32 {
    args.get(1).map_or(context.result.typmod, args::int4)
}

/// Errors: 22000 and 22004 as pgvector raises them.
fn numbers(array: &ArrayValue) -> Result<&[Datum]> {
    if array.dimensions.len() > 1 {
        return err!(DATA_EXCEPTION, "array must be 1-D");
    }
    if array.elements.iter().any(Datum::is_null) {
        return err!(NULL_VALUE_NOT_ALLOWED, "array must not contain nulls");
    }
    Ok(&array.elements)
}

fn number(element: &Datum) -> Result<f32> {
    match element {
        Datum::Numeric(value) => value.to_f32(),
        Datum::Float4(value) => Ok(*value),
        Datum::Float8(value) => Ok(*value as f32),
        integer => Ok(integer.as_i64() as f32),
    }
}

/// Errors: 22000, 22003, 22004 and 54000 as pgvector raises them.
pub fn array_to_vector<E: Element>(context: &Context, args: &[Datum]) -> Result<Datum> {
    let array = args::array(&args[0]);
    let numbers = numbers(array)?;
    E::check_dimensions(numbers.len())?;
    check_typmod(typmod(context, args), numbers.len())?;
    let elements: Result<Arc<[E]>> =
        numbers.iter().map(|element| E::read(number(element)?)).collect();
    elements.map(E::datum)
}

pub fn array_to_sparsevec(context: &Context, args: &[Datum]) -> Result<Datum> {
    let array = args::array(&args[0]);
    let numbers = numbers(array)?;
    sparsevec::check_dimensions(numbers.len() as i64)?;
    check_typmod(typmod(context, args), numbers.len())?;
    let elements: Vec<f32> = numbers.iter().map(number).collect::<Result<_>>()?;
    let vector = SparseVector::of_dense(elements.into_iter())?;
    vector.values.iter().try_for_each(|value| sparsevec::check_element(*value))?;
    Ok(Datum::SparseVector(Arc::new(vector)))
}

pub fn vector_to_float4<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let elements = E::slice(&args[0]).iter().map(|element| Datum::Float4(element.widen()));
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::FLOAT4, elements.collect()))))
}

/// Dense to dense.
fn converted<A: Element, B: Element>(context: &Context, args: &[Datum]) -> Result<Datum> {
    let value = A::slice(&args[0]);
    check_typmod(typmod(context, args), value.len())?;
    let elements: Result<Arc<[B]>> = value.iter().map(|element| B::read(element.widen())).collect();
    elements.map(B::datum)
}

pub fn vector_to_halfvec(context: &Context, args: &[Datum]) -> Result<Datum> {
    converted::<f32, Half>(context, args)
}

pub fn halfvec_to_vector(context: &Context, args: &[Datum]) -> Result<Datum> {
    converted::<Half, f32>(context, args)
}

pub fn vector_to_sparsevec<E: Element>(context: &Context, args: &[Datum]) -> Result<Datum> {
    let value = E::slice(&args[0]);
    check_typmod(typmod(context, args), value.len())?;
    let vector = SparseVector::of_dense(value.iter().map(|element| element.widen()))?;
    Ok(Datum::SparseVector(Arc::new(vector)))
}

/// Errors: 54000 past 16,000 dimensions; 22003.
pub fn sparsevec_to_vector<E: Element>(context: &Context, args: &[Datum]) -> Result<Datum> {
    let value = args::sparse(&args[0]);
    E::check_dimensions(value.dimensions as usize)?;
    check_typmod(typmod(context, args), value.dimensions as usize)?;
    let elements: Result<Arc<[E]>> =
        value.to_dense().into_iter().map(|element| E::read(element)).collect();
    elements.map(E::datum)
}

/// `vector(n)` of a vector, and so for its kin: the dimension must be the declared one.
pub fn redimension(context: &Context, args: &[Datum]) -> Result<Datum> {
    let dimensions = match &args[0] {
        Datum::Vector(value) => value.len(),
        Datum::HalfVector(value) => value.len(),
        other => args::sparse(other).dimensions as usize,
    };
    check_typmod(typmod(context, args), dimensions)?;
    Ok(args[0].clone())
}
