//! Functions of `numeric`.

use crate::{
    base::Result,
    query::functions::{
        Context,
        args::{int4, numeric},
    },
    types::{Datum, numeric::Numeric},
};

/// Where a caller may ask to round, digits either side of the point.
const ROUND_SCALE_MAX: i64 = 16_383;
const ROUND_SCALE_MIN: i64 = -131_072;

macro_rules! unary {
    ($($name:ident $compute:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            numeric(&args[0]).$compute().map(Datum::Numeric)
        }
    )*};
}

unary! {
    numeric_sqrt sqrt;
    numeric_ln ln;
    numeric_exp exp;
    numeric_ceil ceil;
    numeric_floor floor;
}

macro_rules! binary {
    ($($name:ident $compute:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            numeric(&args[0]).$compute(numeric(&args[1])).map(Datum::Numeric)
        }
    )*};
}

binary! {
    numeric_power power;
    numeric_gcd gcd;
    numeric_lcm lcm;
}

/// `log(base, value)`
pub fn numeric_log(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[1]).log(numeric(&args[0])).map(Datum::Numeric)
}

pub fn numeric_log10(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[0]).log(&Numeric::from_i64(10)).map(Datum::Numeric)
}

pub fn numeric_sign(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(numeric(&args[0]).sign()))
}

fn asked_scale(value: &Datum) -> i64 {
    i64::from(int4(value)).clamp(ROUND_SCALE_MIN, ROUND_SCALE_MAX)
}

pub fn numeric_round(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[0]).round(asked_scale(&args[1])).map(Datum::Numeric)
}

pub fn numeric_round_whole(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[0]).round(0).map(Datum::Numeric)
}

pub fn numeric_trunc(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[0]).trunc(asked_scale(&args[1])).map(Datum::Numeric)
}

pub fn numeric_trunc_whole(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[0]).trunc(0).map(Datum::Numeric)
}

fn scale(scale: Option<i64>) -> Datum {
    scale.map_or(Datum::Null, |scale| Datum::Int4(scale as i32))
}

pub fn numeric_scale(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(scale(numeric(&args[0]).scale()))
}

pub fn numeric_min_scale(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(scale(numeric(&args[0]).min_scale()))
}

pub fn numeric_trim_scale(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(numeric(&args[0]).trim_scale()))
}

pub fn numeric_fac(_: &Context, args: &[Datum]) -> Result<Datum> {
    Numeric::factorial(args[0].as_i64()).map(Datum::Numeric)
}

pub fn numeric_inc(_: &Context, args: &[Datum]) -> Result<Datum> {
    numeric(&args[0]).add(&Numeric::one()).map(Datum::Numeric)
}
