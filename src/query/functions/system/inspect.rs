//! Looking at values.

use crate::{
    base::Result,
    pg_error,
    query::functions::Context,
    types::{Datum, PgType, oid, stored, text_io},
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

/// Whether text is valid input for a type, given by name.
pub fn pg_input_is_valid(context: &Context, args: &[Datum]) -> Result<Datum> {
    let name = args[1].as_str();
    let style = &context.env.style;
    let missing = || pg_error!(UNDEFINED_OBJECT, "type \"{name}\" does not exist");
    let target = match &style.names {
        Some(names) => names.object_of(oid::REGTYPE, name)?,
        None => oid::by_name(name).ok_or_else(missing)?,
    };
    Ok(Datum::Bool(text_io::parse(args[0].as_str(), PgType::new(target), style).is_ok()))
}

/// Expressions are kept as SQL text, so that is what they are.
pub fn pg_get_expr(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(args[0].clone())
}
