//! Trying a type's input without failing.

use crate::{
    base::{Result, error::Fields},
    err, pg_error,
    query::functions::Context,
    types::{Datum, PgType, oid, text_io, typmod},
};

/// The type of a name such as `integer`, `numeric(7,4)`, `_int4`.
fn type_named(context: &Context, name: &str) -> Result<PgType> {
    let (plain, modifiers) =
        match name.trim_end().strip_suffix(')').and_then(|rest| rest.split_once('(')) {
            Some((plain, modifiers)) => (plain.trim_end(), modifiers),
            None => (name, ""),
        };
    let modifiers: Option<Vec<i32>> = modifiers
        .split(',')
        .filter(|modifier| !modifier.is_empty())
        .map(|modifier| modifier.trim().parse().ok())
        .collect();
    let Some(modifiers) = modifiers else {
        return err!(SYNTAX_ERROR, "invalid type name \"{name}\"");
    };
    let missing = || pg_error!(UNDEFINED_OBJECT, "type \"{plain}\" does not exist");
    let type_oid = match &context.env.style.names {
        Some(names) => names.object_of(oid::REGTYPE, plain)?,
        None => oid::by_name(plain).ok_or_else(missing)?,
    };
    Ok(PgType::with_typmod(type_oid, typmod::encode(type_oid, &modifiers)?))
}

/// What the type says to a text.
fn attempt(context: &Context, args: &[Datum]) -> Result<Result<Datum>> {
    let target = type_named(context, args[1].as_str())?;
    let parsed = text_io::parse(args[0].as_str(), target, &context.env.style);
    Ok(parsed.and_then(|value| typmod::coerce(value, target, false)))
}

pub fn pg_input_is_valid(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(attempt(context, args)?.is_ok()))
}

/// One row: message, detail, hint, SQLSTATE; all NULL for valid input.
pub fn pg_input_error_info(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let Err(error) = attempt(context, args)? else { return Ok(vec![vec![Datum::Null; 4]]) };
    let Fields { detail, hint, .. } = *error.fields;
    let optional = |text: Option<String>| text.map_or(Datum::Null, Datum::from);
    Ok(vec![vec![
        error.message.into(),
        optional(detail),
        optional(hint),
        Datum::text(error.code.0),
    ]])
}
