//! Arithmetic of `numeric` with PostgreSQL's result scales.
//!
//! A finite value is an integer and a display scale: `12.50` is `1250` at scale 2. Results round
//! half away from zero. Source of the scale rules: PostgreSQL's documentation of `numeric` and the
//! behaviour of its server.

use std::{borrow::Cow, cmp::Ordering};

use bigdecimal::{
    BigDecimal, ToPrimitive, Zero,
    num_bigint::{BigInt, Sign},
};
use num_traits::Signed;

use super::arithmetic::division_by_zero;
use crate::{
    base::{PgError, Result},
    pg_error,
    types::numeric::Numeric,
};

mod power;
mod series;

pub use power::{exp, ln, log, power, sqrt};

/// Quotients and roots carry at least this many significant digits.
const SIGNIFICANT_DIGITS_MIN: i64 = 16;
/// No computed result has a larger display scale.
const SCALE_MAX: i64 = 1000;
/// Digits before the decimal point.
const INTEGER_DIGITS_MAX: i64 = 131_072;
/// PostgreSQL counts in groups of four decimal digits; its scale rules show it.
const GROUP_DIGITS: i64 = 4;

pub fn overflow() -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format")
}

/// `digits / 10^scale`
pub fn finite(digits: BigInt, scale: i64) -> Numeric {
    Numeric::Finite(BigDecimal::new(digits, scale))
}

pub fn integer(value: impl Into<BigInt>) -> Numeric {
    finite(value.into(), 0)
}

pub fn zero() -> Numeric {
    integer(0)
}

/// The integer and the display scale; a negative exponent is multiplied out.
pub fn parts(value: &BigDecimal) -> (Cow<'_, BigInt>, i64) {
    let (digits, scale) = value.as_bigint_and_scale();
    if scale >= 0 { (digits, scale) } else { (Cow::Owned(digits.into_owned() * ten_to(-scale)), 0) }
}

pub fn ten_to(exponent: i64) -> BigInt {
    const SMALL: u32 = 18;
    match u32::try_from(exponent) {
        Ok(exponent) if exponent <= SMALL => BigInt::from(10_i64.pow(exponent)),
        Ok(exponent) => BigInt::from(10).pow(exponent),
        Err(_) => BigInt::from(1),
    }
}

/// `dividend / divisor` to the nearest integer, half away from zero.
pub fn divide_rounded(dividend: &BigInt, divisor: &BigInt) -> BigInt {
    let quotient = dividend / divisor;
    let twice = (dividend - &quotient * divisor).abs() * 2;
    if twice < divisor.abs() {
        quotient
    } else if dividend.is_negative() == divisor.is_negative() {
        quotient + 1
    } else {
        quotient - 1
    }
}

/// The same number at another scale, rounded.
pub fn rescale(digits: &BigInt, from: i64, to: i64) -> BigInt {
    match to.cmp(&from) {
        Ordering::Equal => digits.clone(),
        Ordering::Greater => digits * ten_to(to - from),
        Ordering::Less => divide_rounded(digits, &ten_to(from - to)),
    }
}

/// How many decimal digits the absolute value has; 0 for zero.
pub fn digit_count(digits: &BigInt) -> i64 {
    if let Some(small) = digits.magnitude().to_u64() {
        return if small == 0 { 0 } else { i64::from(small.ilog10()) + 1 };
    }
    digits.magnitude().to_string().len() as i64
}

/// The exponent of the leading digit: 2 for 123.4, -3 for 0.001.
fn leading_exponent(digits: &BigInt, scale: i64) -> i64 {
    digit_count(digits) - scale - 1
}

/// PostgreSQL's weight (exponent of the leading group of four digits) and that group's value.
fn leading_group(digits: &BigInt, scale: i64) -> (i64, i64) {
    if digits.is_zero() {
        return (0, 0);
    }
    let exponent = leading_exponent(digits, scale);
    let weight = exponent.div_euclid(GROUP_DIGITS);
    // The group is the number divided by 10^(4 * weight), without its fraction.
    let shift = scale + weight * GROUP_DIGITS;
    let group =
        if shift >= 0 { digits.abs() / ten_to(shift) } else { digits.abs() * ten_to(-shift) };
    (weight, group.to_i64().expect("a group has four digits"))
}

fn checked(digits: BigInt, scale: i64) -> Result<Numeric> {
    // 3 bits hold less than one digit: small values need no count.
    if digits.bits() as i64 > INTEGER_DIGITS_MAX * 3
        && digit_count(&digits) - scale > INTEGER_DIGITS_MAX
    {
        return Err(overflow());
    }
    Ok(finite(digits, scale))
}

/// -1, 0 or 1, also of the infinities; `None` for NaN.
pub fn signum(value: &Numeric) -> Option<i32> {
    Some(match value {
        Numeric::NaN => return None,
        Numeric::Infinity => 1,
        Numeric::NegativeInfinity => -1,
        Numeric::Finite(value) => match value.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        },
    })
}

fn infinity(sign: i32) -> Numeric {
    match sign {
        0 => Numeric::NaN,
        sign if sign > 0 => Numeric::Infinity,
        _ => Numeric::NegativeInfinity,
    }
}

fn is_finite(value: &Numeric) -> bool {
    matches!(value, Numeric::Finite(_))
}

/// PostgreSQL's order: NaN equals NaN and is the greatest.
pub fn compare(a: &Numeric, b: &Numeric) -> Ordering {
    fn rank(value: &Numeric) -> i32 {
        match value {
            Numeric::NegativeInfinity => 0,
            Numeric::Finite(_) => 1,
            Numeric::Infinity => 2,
            Numeric::NaN => 3,
        }
    }
    match (a, b) {
        (Numeric::Finite(a), Numeric::Finite(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

pub fn negate(value: &Numeric) -> Numeric {
    match value {
        Numeric::NaN => Numeric::NaN,
        Numeric::Infinity => Numeric::NegativeInfinity,
        Numeric::NegativeInfinity => Numeric::Infinity,
        Numeric::Finite(value) => Numeric::Finite(-value),
    }
}

pub fn add(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    match (a, b) {
        (Numeric::Finite(a), Numeric::Finite(b)) => {
            let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
            let scale = a_scale.max(b_scale);
            checked(rescale(&a, a_scale, scale) + rescale(&b, b_scale, scale), scale)
        }
        (Numeric::NaN, _) | (_, Numeric::NaN) => Ok(Numeric::NaN),
        (a, b) if is_finite(a) => Ok(b.clone()),
        (a, b) if is_finite(b) || a == b => Ok(a.clone()),
        _ => Ok(Numeric::NaN),
    }
}

pub fn subtract(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    add(a, &negate(b))
}

pub fn multiply(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    /// A product's scale beyond this is rounded away.
    const PRODUCT_SCALE_MAX: i64 = 16_383;
    match (a, b) {
        (Numeric::Finite(a), Numeric::Finite(b)) => {
            let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
            let (digits, scale) = (a.as_ref() * b.as_ref(), a_scale + b_scale);
            let kept = scale.min(PRODUCT_SCALE_MAX);
            checked(rescale(&digits, scale, kept), kept)
        }
        (a, b) => Ok(match (signum(a), signum(b)) {
            (Some(a), Some(b)) => infinity(a * b),
            _ => Numeric::NaN,
        }),
    }
}

/// The display scale of a quotient: at least 16 significant digits, and no less than either side's.
fn quotient_scale(a: (&BigInt, i64), b: (&BigInt, i64)) -> i64 {
    let ((a_weight, a_group), (b_weight, b_group)) =
        (leading_group(a.0, a.1), leading_group(b.0, b.1));
    let mut weight = a_weight - b_weight;
    if a_group <= b_group {
        weight -= 1;
    }
    (SIGNIFICANT_DIGITS_MIN - weight * GROUP_DIGITS).max(a.1).max(b.1).clamp(0, SCALE_MAX)
}

/// The quotient where one side is not finite.
fn divide_special(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    match (signum(a), signum(b)) {
        (None, _) | (_, None) => Ok(Numeric::NaN),
        (_, Some(0)) => Err(division_by_zero()),
        (Some(_), Some(_)) if is_finite(a) => Ok(zero()),
        (Some(a_sign), Some(b_sign)) if is_finite(b) => Ok(infinity(a_sign * b_sign)),
        _ => Ok(Numeric::NaN),
    }
}

pub fn divide(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    let (Numeric::Finite(a), Numeric::Finite(b)) = (a, b) else {
        return divide_special(a, b);
    };
    let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
    if b.is_zero() {
        return Err(division_by_zero());
    }
    let scale = quotient_scale((&a, a_scale), (&b, b_scale));
    checked(quotient(&a, a_scale, &b, b_scale, scale), scale)
}

/// `a / b` rounded at `scale`.
fn quotient(a: &BigInt, a_scale: i64, b: &BigInt, b_scale: i64, scale: i64) -> BigInt {
    let shift = scale + b_scale - a_scale;
    if shift >= 0 {
        divide_rounded(&(a * ten_to(shift)), b)
    } else {
        divide_rounded(a, &(b * ten_to(-shift)))
    }
}

/// `div(a, b)`: the quotient cut to an integer.
pub fn divide_truncated(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    let (Numeric::Finite(a), Numeric::Finite(b)) = (a, b) else {
        return divide_special(a, b);
    };
    let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
    if b.is_zero() {
        return Err(division_by_zero());
    }
    let scale = a_scale.max(b_scale);
    checked(rescale(&a, a_scale, scale) / rescale(&b, b_scale, scale), 0)
}

/// The remainder of the truncated quotient; it has the sign of `a`.
pub fn modulo(a: &Numeric, b: &Numeric) -> Result<Numeric> {
    match (a, b) {
        (Numeric::Finite(a), Numeric::Finite(b)) => {
            let ((a, a_scale), (b, b_scale)) = (parts(a), parts(b));
            if b.is_zero() {
                return Err(division_by_zero());
            }
            let scale = a_scale.max(b_scale);
            Ok(finite(rescale(&a, a_scale, scale) % rescale(&b, b_scale, scale), scale))
        }
        (Numeric::NaN, _) | (_, Numeric::NaN) => Ok(Numeric::NaN),
        (_, b) if signum(b) == Some(0) => Err(division_by_zero()),
        (a, _) if is_finite(a) => Ok(a.clone()),
        _ => Ok(Numeric::NaN),
    }
}

/// Rounds half away from zero at `scale`, which may be negative.
pub fn round(value: &Numeric, scale: i64) -> Result<Numeric> {
    let Numeric::Finite(value) = value else { return Ok(value.clone()) };
    let (digits, from) = parts(value);
    let rounded = rescale(&digits, from, scale);
    if scale >= 0 { checked(rounded, scale) } else { checked(rounded * ten_to(-scale), 0) }
}

/// Cuts towards zero at `scale`, which may be negative.
pub fn truncate(value: &Numeric, scale: i64) -> Numeric {
    let Numeric::Finite(value) = value else { return value.clone() };
    let (digits, from) = parts(value);
    if scale >= from {
        return finite(rescale(&digits, from, scale), scale);
    }
    let cut = digits.as_ref() / ten_to(from - scale);
    if scale >= 0 { finite(cut, scale) } else { finite(cut * ten_to(-scale), 0) }
}

pub fn floor(value: &Numeric) -> Numeric {
    let whole = truncate(value, 0);
    match (&whole, value) {
        (Numeric::Finite(whole), Numeric::Finite(value)) if whole > value => {
            Numeric::Finite(whole - BigDecimal::from(1))
        }
        _ => whole,
    }
}

pub fn ceil(value: &Numeric) -> Numeric {
    negate(&floor(&negate(value)))
}

/// The value as a float; the nearest one.
pub fn to_f64(value: &Numeric) -> f64 {
    match value {
        Numeric::NaN => f64::NAN,
        Numeric::Infinity => f64::INFINITY,
        Numeric::NegativeInfinity => f64::NEG_INFINITY,
        Numeric::Finite(value) => {
            let (digits, scale) = parts(value);
            // Rust's parser rounds correctly, also beyond what the exact quotient of floats can.
            format!("{digits}e-{scale}").parse().expect("digits and an exponent are a float")
        }
    }
}

/// The integer nearest to a finite value.
pub fn to_integer(value: &BigDecimal) -> BigInt {
    let (digits, scale) = parts(value);
    rescale(&digits, scale, 0)
}

#[cfg(test)]
mod tests;
