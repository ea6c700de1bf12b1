//! Functions of `double precision`.

use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::functions::Context,
    types::Datum,
};

pub fn out_of_range() -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range")
}

fn overflow() -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

fn underflow() -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow")
}

/// Functions that neither fail nor overflow.
macro_rules! total {
    ($($name:ident $compute:expr;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            let compute: fn(f64) -> f64 = $compute;
            Ok(Datum::Float8(compute(args[0].as_f64())))
        }
    )*};
}

total! {
    dcbrt f64::cbrt;
    dceil f64::ceil;
    dfloor f64::floor;
    dround f64::round_ties_even;
    dtrunc f64::trunc;
    dsign |x| if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { 0.0 };
    datan f64::atan;
    dasinh f64::asinh;
    dsinh f64::sinh;
    dcosh f64::cosh;
    dtanh f64::tanh;
    radians |x| x * (std::f64::consts::PI / 180.0);
}

/// Functions of a finite argument; infinity is 22003.
macro_rules! periodic {
    ($($name:ident $compute:expr;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            let compute: fn(f64) -> f64 = $compute;
            let x = args[0].as_f64();
            if x.is_infinite() {
                return Err(out_of_range());
            }
            Ok(Datum::Float8(compute(x)))
        }
    )*};
}

periodic! {
    dsin f64::sin;
    dcos f64::cos;
    dtan f64::tan;
    dcot |x| 1.0 / x.tan();
}

/// Functions of a bounded argument; NaN passes through.
macro_rules! bounded {
    ($($name:ident $range:expr, $compute:expr;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            let compute: fn(f64) -> f64 = $compute;
            let x = args[0].as_f64();
            if !x.is_nan() && !($range).contains(&x) {
                return Err(out_of_range());
            }
            Ok(Datum::Float8(compute(x)))
        }
    )*};
}

bounded! {
    dacos -1.0..=1.0, f64::acos;
    dasin -1.0..=1.0, f64::asin;
    dacosh 1.0..=f64::INFINITY, f64::acosh;
    datanh -1.0..=1.0, f64::atanh;
}

pub fn dpi(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(std::f64::consts::PI))
}

pub fn degrees(_: &Context, args: &[Datum]) -> Result<Datum> {
    let x = args[0].as_f64();
    let result = x / (std::f64::consts::PI / 180.0);
    if result.is_infinite() && x.is_finite() {
        return Err(overflow());
    }
    Ok(Datum::Float8(result))
}

pub fn datan2(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(args[0].as_f64().atan2(args[1].as_f64())))
}

pub fn dsqrt(_: &Context, args: &[Datum]) -> Result<Datum> {
    let x = args[0].as_f64();
    if x < 0.0 {
        return err!(
            INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            "cannot take square root of a negative number"
        );
    }
    Ok(Datum::Float8(x.sqrt()))
}

pub fn dexp(_: &Context, args: &[Datum]) -> Result<Datum> {
    let x = args[0].as_f64();
    let result = x.exp();
    if result.is_infinite() && x.is_finite() {
        return Err(overflow());
    }
    if result == 0.0 && x.is_finite() {
        return Err(underflow());
    }
    Ok(Datum::Float8(result))
}

fn logarithm(x: f64, compute: fn(f64) -> f64) -> Result<Datum> {
    if x == 0.0 {
        return err!(INVALID_ARGUMENT_FOR_LOGARITHM, "cannot take logarithm of zero");
    }
    if x < 0.0 {
        return err!(INVALID_ARGUMENT_FOR_LOGARITHM, "cannot take logarithm of a negative number");
    }
    Ok(Datum::Float8(compute(x)))
}

pub fn dlog1(_: &Context, args: &[Datum]) -> Result<Datum> {
    logarithm(args[0].as_f64(), f64::ln)
}

pub fn dlog10(_: &Context, args: &[Datum]) -> Result<Datum> {
    logarithm(args[0].as_f64(), f64::log10)
}

pub fn dpow(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (base, exponent) = (args[0].as_f64(), args[1].as_f64());
    if base == 0.0 && exponent < 0.0 {
        return err!(
            INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            "zero raised to a negative power is undefined"
        );
    }
    if base < 0.0 && exponent.is_finite() && exponent.fract() != 0.0 {
        return err!(
            INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            "a negative number raised to a non-integer power yields a complex result"
        );
    }
    let result = base.powf(exponent);
    if base.is_finite() && exponent.is_finite() {
        if result.is_infinite() {
            return Err(overflow());
        }
        if result == 0.0 && base != 0.0 {
            return Err(underflow());
        }
    }
    Ok(Datum::Float8(result))
}

pub fn derf(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(libm::erf(args[0].as_f64())))
}

pub fn derfc(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(libm::erfc(args[0].as_f64())))
}

pub fn dgamma(_: &Context, args: &[Datum]) -> Result<Datum> {
    let x = args[0].as_f64();
    let pole = x == 0.0 || x < 0.0 && x.fract() == 0.0;
    let result = if pole || x == f64::NEG_INFINITY { f64::INFINITY } else { libm::tgamma(x) };
    match result {
        _ if x.is_nan() || x == f64::INFINITY => Ok(Datum::Float8(x)),
        result if result.is_infinite() => Err(overflow()),
        0.0 => Err(underflow()),
        result => Ok(Datum::Float8(result)),
    }
}

pub fn dlgamma(_: &Context, args: &[Datum]) -> Result<Datum> {
    let x = args[0].as_f64();
    let result = if x.is_infinite() { f64::INFINITY } else { libm::lgamma(x) };
    if result.is_infinite() && !x.is_infinite() {
        return Err(overflow());
    }
    Ok(Datum::Float8(result))
}
