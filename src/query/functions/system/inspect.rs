//! Looking at values.

use crate::{
    base::Result,
    query::functions::Context,
    types::{Datum, stored},
};

pub fn num_nulls(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(args.iter().filter(|value| value.is_null()).count() as i32))
}

pub fn num_nonnulls(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(args.iter().filter(|value| !value.is_null()).count() as i32))
}

/// The bytes that the value takes in a row.
pub fn pg_column_size(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut bytes = Vec::new();
    stored::encode(&args[0], &mut bytes);
    Ok(Datum::Int4(bytes.len() as i32))
}

/// Expressions are kept as SQL text, so that is what they are.
pub fn pg_get_expr(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(args[0].clone())
}
