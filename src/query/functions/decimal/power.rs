//! Roots, powers, exponentials and logarithms of `numeric`.

use bigdecimal::{ToPrimitive, Zero, num_bigint::BigInt};
use num_traits::{One, Signed};

use super::{
    GROUP_DIGITS, INTEGER_DIGITS_MAX, SCALE_MAX, SIGNIFICANT_DIGITS_MIN, checked, digit_count,
    divide_rounded, finite, integer, leading_group, overflow, parts, quotient, rescale, series,
    signum, ten_to, zero,
};
use crate::{
    base::Result, err, query::functions::arithmetic::division_by_zero, types::numeric::Numeric,
};

const LOG10_E: f64 = 0.434_294_481_903_252;

/// PostgreSQL's scale for a result that it expects to have `weight` digits before the point.
fn result_scale(weight: i64, scales: &[i64]) -> i64 {
    let wanted = SIGNIFICANT_DIGITS_MIN - weight;
    scales.iter().copied().fold(wanted, i64::max).clamp(0, SCALE_MAX)
}

pub fn sqrt(value: &Numeric) -> Result<Numeric> {
    if signum(value) == Some(-1) {
        return err!(
            INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            "cannot take square root of a negative number"
        );
    }
    let Numeric::Finite(value) = value else { return Ok(value.clone()) };
    let (digits, from) = parts(value);
    let (weight, _) = leading_group(&digits, from);
    let root_weight =
        if weight >= 0 { weight * GROUP_DIGITS / 2 + 1 } else { 1 - (-weight * GROUP_DIGITS) / 2 };
    let scale = result_scale(root_weight, &[from]);
    // One digit more than shown, then rounded: the exact root is never exactly half way.
    let wide = rescale(&digits, from, 2 * (scale + 1)).sqrt();
    checked(rescale(&wide, scale + 1, scale), scale)
}

/// The decimal exponent of `ln(value)`, estimated as PostgreSQL does.
fn ln_weight(digits: &BigInt, scale: i64) -> i64 {
    let one = ten_to(scale);
    let tenth = &one / 10;
    if *digits >= &one - &tenth && *digits <= &one + &tenth && scale > 0 || *digits == one {
        let (weight, group) = leading_group(&(digits - &one), scale);
        return if group == 0 { 0 } else { weight * GROUP_DIGITS + (group as f64).log10() as i64 };
    }
    let (weight, group) = leading_group(digits, scale);
    let shift = scale + (weight - 1) * GROUP_DIGITS;
    let two_groups = if shift >= 0 {
        (digits / ten_to(shift)).to_f64()
    } else {
        (digits * ten_to(-shift)).to_f64()
    }
    .unwrap_or(group as f64 * 1e4);
    let ln = two_groups.ln() + ((weight - 1) * GROUP_DIGITS) as f64 * std::f64::consts::LN_10;
    ln.abs().log10() as i64
}

/// The digits and scale of an argument that has a logarithm.
fn logarithm_argument(value: &Numeric) -> Result<()> {
    match signum(value) {
        Some(0) => err!(INVALID_ARGUMENT_FOR_LOGARITHM, "cannot take logarithm of zero"),
        Some(-1) => {
            err!(INVALID_ARGUMENT_FOR_LOGARITHM, "cannot take logarithm of a negative number")
        }
        _ => Ok(()),
    }
}

pub fn ln(value: &Numeric) -> Result<Numeric> {
    logarithm_argument(value)?;
    let Numeric::Finite(value) = value else { return Ok(value.clone()) };
    let (digits, from) = parts(value);
    let scale = result_scale(ln_weight(&digits, from), &[from]);
    checked(series::ln(&digits, from, scale), scale)
}

/// The logarithm of `value` to `base`.
pub fn log(base: &Numeric, value: &Numeric) -> Result<Numeric> {
    if matches!(base, Numeric::NaN) || matches!(value, Numeric::NaN) {
        return Ok(Numeric::NaN);
    }
    logarithm_argument(base)?;
    logarithm_argument(value)?;
    let (base, value) = match (base, value) {
        (Numeric::Finite(base), Numeric::Finite(value)) => (base, value),
        (Numeric::Finite(_), _) => return Ok(Numeric::Infinity),
        (_, Numeric::Finite(_)) => return Ok(zero()),
        _ => return Ok(Numeric::NaN),
    };
    let ((base, base_scale), (value, value_scale)) = (parts(base), parts(value));
    let (base_weight, value_weight) =
        (ln_weight(&base, base_scale), ln_weight(&value, value_scale));
    let scale = result_scale(value_weight - base_weight, &[base_scale, value_scale]);
    let work = scale + base_weight.abs() + value_weight.abs() + 12;
    let ln_base = series::ln(&base, base_scale, work);
    if ln_base.is_zero() {
        return Err(division_by_zero());
    }
    let ln_value = series::ln(&value, value_scale, work);
    checked(quotient(&ln_value, work, &ln_base, work, scale), scale)
}

pub fn exp(value: &Numeric) -> Result<Numeric> {
    let value = match value {
        Numeric::Finite(value) => value,
        Numeric::NegativeInfinity => return Ok(zero()),
        other => return Ok(other.clone()),
    };
    let (digits, from) = parts(value);
    exp_at(&digits, from, &[from])
}

/// `exp` of a fixed-point number, at a scale of 16 significant digits and no less than `scales`.
fn exp_at(digits: &BigInt, from: i64, scales: &[i64]) -> Result<Numeric> {
    /// Results beyond 10^this overflow; below 10^-this they are zero.
    const EXPONENT_MAX: f64 = INTEGER_DIGITS_MAX as f64 * 1.01;
    let weight = super::to_f64(&finite(digits.clone(), from)) * LOG10_E;
    if weight > EXPONENT_MAX {
        return Err(overflow());
    }
    // The scale is chosen from a weight that PostgreSQL bounds at two thousand digits.
    let bounded = weight.clamp(-2000.0, 2000.0) as i64;
    let scale = result_scale(bounded, scales);
    if weight < -(SCALE_MAX as f64) - 10.0 {
        return Ok(finite(BigInt::zero(), scale));
    }
    checked(series::exp(digits, from, scale, weight as i64), scale)
}

fn is_one(value: &Numeric) -> bool {
    *value == integer(1) || matches!(value, Numeric::Finite(value) if value.is_one())
}

/// Whether a value is a whole number, and an odd one.
fn whole(value: &Numeric) -> (bool, bool) {
    match value {
        Numeric::Finite(value) => {
            let (digits, scale) = parts(value);
            let unit = ten_to(scale);
            if !(digits.as_ref() % &unit).is_zero() {
                return (false, false);
            }
            (true, (digits.as_ref() / unit).bit(0))
        }
        // Infinities count as even whole numbers.
        Numeric::Infinity | Numeric::NegativeInfinity => (true, false),
        Numeric::NaN => (false, false),
    }
}

pub fn power(base: &Numeric, exponent: &Numeric) -> Result<Numeric> {
    if let (Numeric::Finite(_), Numeric::Finite(_)) = (base, exponent) {
        return power_finite(base, exponent);
    }
    power_special(base, exponent)
}

/// As POSIX defines `pow` at the infinities and NaN.
fn power_special(base: &Numeric, exponent: &Numeric) -> Result<Numeric> {
    if matches!(base, Numeric::NaN) {
        return Ok(if signum(exponent) == Some(0) { integer(1) } else { Numeric::NaN });
    }
    if matches!(exponent, Numeric::NaN) {
        return Ok(if is_one(base) { integer(1) } else { Numeric::NaN });
    }
    let sign = signum(base).unwrap_or(0);
    let exponent_sign = signum(exponent).unwrap_or(0);
    if sign == 0 && exponent_sign < 0 {
        return zero_to_negative();
    }
    if is_one(base) || exponent_sign == 0 {
        return Ok(integer(1));
    }
    if sign == 0 {
        return Ok(zero());
    }
    let (is_whole, is_odd) = whole(exponent);
    if sign < 0 && !is_whole {
        return complex();
    }
    if let Numeric::Finite(base) = base {
        // The exponent is infinite.
        let (digits, scale) = parts(base);
        let unit = ten_to(scale);
        if digits.abs() == unit {
            return Ok(integer(1));
        }
        let grows = (digits.abs() > unit) == (exponent_sign > 0);
        return Ok(if grows { Numeric::Infinity } else { zero() });
    }
    Ok(match (exponent_sign > 0, sign > 0 || !is_odd) {
        (true, true) => Numeric::Infinity,
        (true, false) => Numeric::NegativeInfinity,
        (false, _) => zero(),
    })
}

fn zero_to_negative() -> Result<Numeric> {
    err!(INVALID_ARGUMENT_FOR_POWER_FUNCTION, "zero raised to a negative power is undefined")
}

fn complex() -> Result<Numeric> {
    err!(
        INVALID_ARGUMENT_FOR_POWER_FUNCTION,
        "a negative number raised to a non-integer power yields a complex result"
    )
}

fn power_finite(base: &Numeric, exponent: &Numeric) -> Result<Numeric> {
    let (Numeric::Finite(base_value), Numeric::Finite(exponent_value)) = (base, exponent) else {
        return power_special(base, exponent);
    };
    let ((base_digits, base_scale), (exponent_digits, exponent_scale)) =
        (parts(base_value), parts(exponent_value));
    if base_digits.is_zero() && exponent_digits.is_negative() {
        return zero_to_negative();
    }
    let (is_whole, is_odd) = whole(exponent);
    if base_digits.is_negative() && !is_whole {
        return complex();
    }
    if is_whole && let Some(times) = (exponent_digits.as_ref() / ten_to(exponent_scale)).to_i32() {
        return power_integer(&base_digits, base_scale, times, exponent_scale);
    }
    if base_digits.is_zero() {
        return Ok(finite(BigInt::zero(), SIGNIFICANT_DIGITS_MIN));
    }
    let magnitude = base_digits.abs();
    // First an estimate for the scale, then the logarithm to as many digits as the result needs.
    let rough = series::ln(&magnitude, base_scale, 20);
    let weight =
        super::to_f64(&finite(&rough * exponent_digits.as_ref(), 20 + exponent_scale)) * LOG10_E;
    if weight > INTEGER_DIGITS_MAX as f64 * 1.01 {
        return Err(overflow());
    }
    let needed = SIGNIFICANT_DIGITS_MIN.max(base_scale).max(exponent_scale)
        + weight.abs().min(2.0 * SCALE_MAX as f64 + weight.max(0.0)) as i64
        + digit_count(&exponent_digits)
        + 12;
    let ln = series::ln(&magnitude, base_scale, needed);
    let result = exp_at(
        &(ln * exponent_digits.as_ref()),
        needed + exponent_scale,
        &[base_scale, exponent_scale],
    )?;
    Ok(if base_digits.is_negative() && is_odd { super::negate(&result) } else { result })
}

/// A whole power, by squaring, with no more digits than the result shows.
fn power_integer(digits: &BigInt, from: i64, times: i32, exponent_scale: i64) -> Result<Numeric> {
    let weight = if digits.is_zero() {
        0.0
    } else {
        // The leading 17 or so digits decide the weight.
        let count = digit_count(digits);
        let cut = (count - 17).max(0);
        let leading = (digits.abs() / ten_to(cut)).to_f64().unwrap_or(1.0);
        f64::from(times) * (leading.log10() + (cut - from) as f64)
    };
    if weight > INTEGER_DIGITS_MAX as f64 + GROUP_DIGITS as f64 {
        return Err(overflow());
    }
    if weight + 1.0 < -(SCALE_MAX as f64) {
        return Ok(finite(BigInt::zero(), SCALE_MAX));
    }
    let scale = result_scale(weight as i64, &[from, exponent_scale]);
    if times == 0 {
        return Ok(finite(ten_to(scale), scale));
    }
    if digits.is_zero() {
        return if times < 0 { Err(division_by_zero()) } else { Ok(finite(BigInt::zero(), scale)) };
    }
    let kept = (scale + weight as i64).max(0) + 24 + i64::from(times.unsigned_abs().ilog2());
    let (mut result, mut result_scale) = (BigInt::one(), 0_i64);
    let (mut square, mut square_scale) = (digits.clone(), from);
    let mut left = times.unsigned_abs();
    loop {
        if left & 1 == 1 {
            (result, result_scale) = cut(result * &square, result_scale + square_scale, kept);
        }
        left >>= 1;
        if left == 0 {
            break;
        }
        (square, square_scale) = cut(&square * &square, square_scale * 2, kept);
    }
    if times > 0 {
        return checked(shift(&result, result_scale, scale), scale);
    }
    let numerator_scale = scale + result_scale;
    let rounded = if numerator_scale >= 0 {
        divide_rounded(&ten_to(numerator_scale), &result)
    } else {
        BigInt::zero()
    };
    checked(rounded, scale)
}

/// Keeps the leading `kept` digits; the scale may become negative.
fn cut(digits: BigInt, scale: i64, kept: i64) -> (BigInt, i64) {
    // A digit has 3.32 bits.
    let surplus = (digits.bits() as f64 / 3.33) as i64 - kept;
    if surplus <= 0 {
        return (digits, scale);
    }
    (divide_rounded(&digits, &ten_to(surplus)), scale - surplus)
}

/// [`rescale`] that allows a negative source scale.
fn shift(digits: &BigInt, from: i64, to: i64) -> BigInt {
    rescale(digits, from, to)
}
