//! Casts between `json` and `jsonb`, and from `jsonb` to numbers and booleans.

use super::tree;
use crate::{
    base::{PgError, Result},
    pg_error,
    query::functions::{
        CastContext::{Assignment, Explicit},
        CastMethod, Context, Family, ScalarFn,
    },
    types::{Datum, json::Value, numeric::Numeric, oid, typmod::numeric_parts},
};

pub(super) fn add(family: &mut Family) {
    family.cast(oid::JSON, oid::JSONB, Assignment, CastMethod::Text);
    family.cast(oid::JSONB, oid::JSON, Assignment, CastMethod::Text);
    let rows: &[(_, ScalarFn)] = &[
        (oid::BOOL, boolean),
        (oid::INT2, int2),
        (oid::INT4, int4),
        (oid::INT8, int8),
        (oid::FLOAT4, float4),
        (oid::FLOAT8, float8),
        (oid::NUMERIC, numeric),
    ];
    for (target, body) in rows {
        family.cast(oid::JSONB, *target, Explicit, CastMethod::Function(*body));
    }
}

fn cannot(value: &Value, target: &str) -> PgError {
    let kind = match value {
        Value::Number(_) => "numeric",
        value => value.type_name(),
    };
    pg_error!(INVALID_PARAMETER_VALUE, "cannot cast jsonb {kind} to type {target}")
}

pub fn boolean(_: &Context, args: &[Datum]) -> Result<Datum> {
    match tree(&args[0])? {
        Value::Null => Ok(Datum::Null),
        Value::Bool(value) => Ok(Datum::Bool(value)),
        other => Err(cannot(&other, "boolean")),
    }
}

/// The number of a `jsonb` number; null is `None`.
fn number(args: &[Datum], target: &str) -> Result<Option<Numeric>> {
    match tree(&args[0])? {
        Value::Null => Ok(None),
        Value::Number(text) => Numeric::parse(&text).map(Some),
        other => Err(cannot(&other, target)),
    }
}

macro_rules! numbers {
    ($($name:ident $variant:ident $target:literal $convert:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            match number(args, $target)? {
                None => Ok(Datum::Null),
                Some(value) => value.$convert().map(Datum::$variant),
            }
        }
    )*};
}

numbers! {
    int2 Int2 "smallint" to_i16;
    int4 Int4 "integer" to_i32;
    int8 Int8 "bigint" to_i64;
    float4 Float4 "real" to_f32;
    float8 Float8 "double precision" to_f64;
}

pub fn numeric(context: &Context, args: &[Datum]) -> Result<Datum> {
    let Some(value) = number(args, "numeric")? else { return Ok(Datum::Null) };
    match numeric_parts(context.result.typmod) {
        Some((precision, scale)) => value.apply_typmod(precision, scale).map(Datum::Numeric),
        None => Ok(Datum::Numeric(value)),
    }
}
