//! Casts between `vector` and arrays of numbers.

use std::sync::Arc;

use crate::{
    base::Result,
    err,
    query::functions::{Context, args},
    types::{
        Datum,
        array::ArrayValue,
        oid,
        vector::{check_dimensions, check_element, check_typmod},
    },
};

/// Errors: 22000, 22004 and 54000 as pgvector raises them.
pub fn array_to_vector(array: &ArrayValue, typmod: i32) -> Result<Arc<[f32]>> {
    if array.dimensions.len() > 1 {
        return err!(DATA_EXCEPTION, "array must be 1-D");
    }
    if array.elements.iter().any(Datum::is_null) {
        return err!(NULL_VALUE_NOT_ALLOWED, "array must not contain nulls");
    }
    check_dimensions(array.elements.len())?;
    check_typmod(typmod, array.elements.len())?;
    let elements: Result<Arc<[f32]>> = array
        .elements
        .iter()
        .map(|element| match element {
            Datum::Numeric(value) => value.to_f32(),
            Datum::Float4(value) => Ok(*value),
            Datum::Float8(value) => Ok(*value as f32),
            integer => Ok(integer.as_i64() as f32),
        })
        .collect();
    let elements = elements?;
    for element in elements.iter() {
        check_element(*element)?;
    }
    Ok(elements)
}

pub fn vector_to_array(vector: &[f32]) -> ArrayValue {
    ArrayValue::of(oid::FLOAT4, vector.iter().map(|element| Datum::Float4(*element)).collect())
}

/// As a cast the target's typmod is the result's; as a function it is the second argument.
pub fn to_vector(context: &Context, args: &[Datum]) -> Result<Datum> {
    let typmod = args.get(1).map_or(context.result.typmod, args::int4);
    array_to_vector(args::array(&args[0]), typmod).map(Datum::Vector)
}

pub fn vector_to_float4(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Array(Arc::new(vector_to_array(args::vector(&args[0])))))
}

/// `vector(n)` of a vector: the dimension must be the declared one.
pub fn redimension(context: &Context, args: &[Datum]) -> Result<Datum> {
    let typmod = args.get(1).map_or(context.result.typmod, args::int4);
    check_typmod(typmod, args::vector(&args[0]).len())?;
    Ok(args[0].clone())
}
