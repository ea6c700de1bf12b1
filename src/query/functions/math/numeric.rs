//! Functions of `numeric`.

use bigdecimal::num_bigint::BigInt;
use num_traits::{Signed, Zero};

use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{int4, numeric},
        decimal,
    },
    types::{Datum, numeric::Numeric},
};

/// Where a caller may ask to round, digits either side of the point.
const ROUND_SCALE_MAX: i64 = 16_383;
const ROUND_SCALE_MIN: i64 = -131_072;

macro_rules! unary {
    ($($name:ident $compute:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            decimal::$compute(numeric(&args[0])).map(Datum::Numeric)
        }
    )*};
}

unary! {
    numeric_sqrt sqrt;
    numeric_ln ln;
    numeric_exp exp;
}

pub fn numeric_ceil(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(decimal::ceil(numeric(&args[0]))))
}

pub fn numeric_floor(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(decimal::floor(numeric(&args[0]))))
}

pub fn numeric_sign(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(match decimal::signum(numeric(&args[0])) {
        Some(sign) => decimal::integer(sign),
        None => Numeric::NaN,
    }))
}

pub fn numeric_log(_: &Context, args: &[Datum]) -> Result<Datum> {
    decimal::log(numeric(&args[0]), numeric(&args[1])).map(Datum::Numeric)
}

pub fn numeric_log10(_: &Context, args: &[Datum]) -> Result<Datum> {
    decimal::log(&decimal::integer(10), numeric(&args[0])).map(Datum::Numeric)
}

pub fn numeric_power(_: &Context, args: &[Datum]) -> Result<Datum> {
    decimal::power(numeric(&args[0]), numeric(&args[1])).map(Datum::Numeric)
}

fn asked_scale(value: &Datum) -> i64 {
    i64::from(int4(value)).clamp(ROUND_SCALE_MIN, ROUND_SCALE_MAX)
}

pub fn numeric_round(_: &Context, args: &[Datum]) -> Result<Datum> {
    decimal::round(numeric(&args[0]), asked_scale(&args[1])).map(Datum::Numeric)
}

pub fn numeric_round_whole(_: &Context, args: &[Datum]) -> Result<Datum> {
    decimal::round(numeric(&args[0]), 0).map(Datum::Numeric)
}

pub fn numeric_trunc(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(decimal::truncate(numeric(&args[0]), asked_scale(&args[1]))))
}

pub fn numeric_trunc_whole(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(decimal::truncate(numeric(&args[0]), 0)))
}

pub fn numeric_scale(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(match numeric(&args[0]) {
        Numeric::Finite(value) => Datum::Int4(decimal::parts(value).1 as i32),
        _ => Datum::Null,
    })
}

/// The integer and scale without trailing fractional zeros.
fn trimmed(value: &Numeric) -> Option<(BigInt, i64)> {
    let Numeric::Finite(value) = value else { return None };
    let (digits, mut scale) = decimal::parts(value);
    let mut digits = digits.into_owned();
    let ten = BigInt::from(10);
    while scale > 0 && (&digits % &ten).is_zero() {
        digits /= &ten;
        scale -= 1;
    }
    Some((digits, scale))
}

pub fn numeric_min_scale(_: &Context, args: &[Datum]) -> Result<Datum> {
    let trimmed = trimmed(numeric(&args[0]));
    Ok(trimmed.map_or(Datum::Null, |(_, scale)| Datum::Int4(scale as i32)))
}

pub fn numeric_trim_scale(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(match trimmed(numeric(&args[0])) {
        Some((digits, scale)) => Datum::Numeric(decimal::finite(digits, scale)),
        None => args[0].clone(),
    })
}

pub fn numeric_fac(_: &Context, args: &[Datum]) -> Result<Datum> {
    /// The factorials beyond have more digits than a numeric holds.
    const ARGUMENT_MAX: i64 = 32_177;
    let of = args[0].as_i64();
    if of < 0 {
        return err!(NUMERIC_VALUE_OUT_OF_RANGE, "factorial of a negative number is undefined");
    }
    if of > ARGUMENT_MAX {
        return Err(decimal::overflow());
    }
    let mut product = BigInt::from(1);
    for factor in 2..=of {
        product *= factor;
    }
    Ok(Datum::Numeric(decimal::integer(product)))
}

/// Both arguments as integers at their common scale; `None` if either is not finite.
fn common(args: &[Datum]) -> Option<(BigInt, BigInt, i64)> {
    match (numeric(&args[0]), numeric(&args[1])) {
        (Numeric::Finite(a), Numeric::Finite(b)) => {
            let ((a, a_scale), (b, b_scale)) = (decimal::parts(a), decimal::parts(b));
            let scale = a_scale.max(b_scale);
            Some((
                decimal::rescale(&a, a_scale, scale).abs(),
                decimal::rescale(&b, b_scale, scale).abs(),
                scale,
            ))
        }
        _ => None,
    }
}

fn gcd(mut a: BigInt, mut b: BigInt) -> BigInt {
    while !b.is_zero() {
        (a, b) = (b.clone(), a % b);
    }
    a
}

pub fn numeric_gcd(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(match common(args) {
        Some((a, b, scale)) => decimal::finite(gcd(a, b), scale),
        None => Numeric::NaN,
    }))
}

pub fn numeric_lcm(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(match common(args) {
        Some((a, b, scale)) if a.is_zero() || b.is_zero() => decimal::finite(BigInt::zero(), scale),
        Some((a, b, scale)) => decimal::finite(&a / gcd(a.clone(), b.clone()) * b, scale),
        None => Numeric::NaN,
    }))
}
