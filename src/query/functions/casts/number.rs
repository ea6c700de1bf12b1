//! Casts to numbers, booleans, and the big-endian byte strings of integers.

use datafusion::arrow::{array::ArrayRef, datatypes::DataType};

use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::functions::{Context, arithmetic::out_of_range, columns::Operand, columns::spread},
    types::{Datum, numeric::Numeric},
};

fn cannot(value: &Datum, target: &str) -> PgError {
    PgError::internal(format!("no cast of {value:?} to {target}"))
}

/// Rounds half to even. `None` for NaN and what an i64 cannot hold.
fn whole(value: f64) -> Option<i64> {
    /// 2^63, the first float beyond.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    let rounded = value.round_ties_even();
    (-BEYOND..BEYOND).contains(&rounded).then_some(rounded as i64)
}

/// A big-endian two's complement number of up to `width` bytes.
fn from_bytes(bytes: &[u8], width: usize) -> Option<i64> {
    if bytes.len() > width {
        return None;
    }
    let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    Some(match width {
        2 => i64::from(value as u16 as i16),
        4 => i64::from(value as u32 as i32),
        _ => value as i64,
    })
}

/// The integer that a value becomes, before the target's range is checked.
fn integer(value: &Datum, width: usize) -> Option<i64> {
    match value {
        Datum::Bool(value) => Some(i64::from(*value)),
        Datum::Float4(value) => whole(f64::from(*value)),
        Datum::Float8(value) => whole(*value),
        Datum::Bytea(bytes) => from_bytes(bytes, width),
        // An oid keeps its bits in an int4.
        Datum::Oid(value) if width == 4 => Some(i64::from(*value as i32)),
        Datum::Text(character) => Some(super::string::char_code(character)),
        value => Some(value.as_i64()),
    }
}

pub fn to_int2(_: &Context, args: &[Datum]) -> Result<Datum> {
    if let Datum::Numeric(value) = &args[0] {
        return value.to_i16().map(Datum::Int2);
    }
    integer(&args[0], 2)
        .and_then(|value| i16::try_from(value).ok())
        .map(Datum::Int2)
        .ok_or_else(|| out_of_range("smallint"))
}

pub fn to_int4(_: &Context, args: &[Datum]) -> Result<Datum> {
    if let Datum::Numeric(value) = &args[0] {
        return value.to_i32().map(Datum::Int4);
    }
    integer(&args[0], 4)
        .and_then(|value| i32::try_from(value).ok())
        .map(Datum::Int4)
        .ok_or_else(|| out_of_range("integer"))
}

pub fn to_int8(_: &Context, args: &[Datum]) -> Result<Datum> {
    if let Datum::Numeric(value) = &args[0] {
        return value.to_i64().map(Datum::Int8);
    }
    integer(&args[0], 8).map(Datum::Int8).ok_or_else(|| out_of_range("bigint"))
}

pub fn to_float4(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float4(match &args[0] {
        Datum::Numeric(value) => value.to_f32()?,
        Datum::Float8(value) => {
            let narrow = *value as f32;
            if narrow.is_infinite() && value.is_finite() {
                return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
            }
            if narrow == 0.0 && *value != 0.0 {
                return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
            }
            narrow
        }
        Datum::Float4(value) => *value,
        // From the integer itself: by way of an f64 it would round twice.
        value => value.as_i64() as f32,
    }))
}

pub fn to_float8(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(match &args[0] {
        Datum::Numeric(value) => value.to_f64()?,
        value => value.as_f64(),
    }))
}

pub fn to_numeric(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(match &args[0] {
        Datum::Float4(value) => Numeric::from_f32(*value),
        Datum::Float8(value) => Numeric::from_f64(*value),
        Datum::Numeric(value) => value.clone(),
        value => Numeric::from_i64(value.as_i64()),
    }))
}

pub fn to_bool(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(args[0].as_i64() != 0))
}

pub fn to_bytea(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bytea(match &args[0] {
        Datum::Int2(value) => value.to_be_bytes().as_slice().into(),
        Datum::Int4(value) => value.to_be_bytes().as_slice().into(),
        Datum::Int8(value) => value.to_be_bytes().as_slice().into(),
        value => return Err(cannot(value, "bytea")),
    }))
}

pub fn to_oid(_: &Context, args: &[Datum]) -> Result<Datum> {
    match &args[0] {
        Datum::Int8(value) => match u32::try_from(*value) {
            Ok(value) => Ok(Datum::Oid(value)),
            Err(_) => Err(pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "OID out of range")),
        },
        // Narrower integers keep their bits.
        value => Ok(Datum::Oid(value.as_i64() as u32)),
    }
}

/// Columnar forms of the casts that cannot fail.
macro_rules! widening {
    ($($name:ident $arrow:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
            spread(Operand::widened(&args[0], rows, &DataType::$arrow)?.array, rows)
        }
    )*};
}

widening! {
    int4_columns Int32;
    int8_columns Int64;
    float4_columns Float32;
    float8_columns Float64;
}
