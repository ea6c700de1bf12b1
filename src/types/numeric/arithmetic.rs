//! `+ - * / %`, rounding and sign: exact integers inside, PostgreSQL's result scales outside.

use num_bigint::{BigInt, Sign};
use num_traits::{Signed, Zero};

use super::{
    DISPLAY_SCALE_MAX, INTEGER_DIGITS_MAX, Numeric, SCALE_MAX, SIGNIFICANT_DIGITS_MIN, digits,
    power_of_ten, small,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
};

impl Numeric {
    /// Scale: the larger one. Errors: 22003 past the format.
    pub fn add(&self, other: &Self) -> Result<Self> {
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return Ok(match (self, other) {
                (Numeric::NaN, _) | (_, Numeric::NaN) => Numeric::NaN,
                (Numeric::Infinity, Numeric::NegativeInfinity)
                | (Numeric::NegativeInfinity, Numeric::Infinity) => Numeric::NaN,
                (special, Numeric::Finite(_)) | (_, special) => special.clone(),
            });
        };
        if let Some(sum) = small::sum((&a, a_scale), (&b, b_scale)) {
            return Numeric::new(sum, a_scale.max(b_scale));
        }
        match a_scale.cmp(&b_scale) {
            std::cmp::Ordering::Equal => Numeric::new(&*a + &*b, a_scale),
            std::cmp::Ordering::Less => {
                Numeric::new(&*a * power_of_ten(b_scale - a_scale) + &*b, b_scale)
            }
            std::cmp::Ordering::Greater => {
                Numeric::new(&*a + &*b * power_of_ten(a_scale - b_scale), a_scale)
            }
        }
    }

    /// Scale: the larger one. Errors: 22003 past the format.
    pub fn sub(&self, other: &Self) -> Result<Self> {
        self.add(&other.neg())
    }

    /// Scale: the sum of both. Errors: 22003 past the format.
    pub fn mul(&self, other: &Self) -> Result<Self> {
        match (self.parts(), other.parts()) {
            (Some((a, a_scale)), Some((b, b_scale))) => {
                let (product, scale) = (&*a * &*b, a_scale + b_scale);
                if scale > SCALE_MAX {
                    return Numeric::new(rescale(&product, scale, SCALE_MAX), SCALE_MAX);
                }
                Numeric::new(product, scale)
            }
            _ if self.is_nan() || other.is_nan() => Ok(Numeric::NaN),
            _ => Ok(signed_infinity(self.signum() * other.signum())),
        }
    }

    /// Scale: at least 16 significant digits, and no less than either operand's.
    /// Errors: 22012 for a zero divisor; 22003 past the format.
    pub fn div(&self, other: &Self) -> Result<Self> {
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return self.div_special(other);
        };
        if b.is_zero() {
            return Err(division_by_zero());
        }
        let scale = quotient_scale((&a, a_scale), (&b, b_scale));
        Numeric::new(quotient((&a, a_scale), (&b, b_scale), scale), scale)
    }

    /// `div`: the quotient truncated to an integer. Errors: 22012.
    pub fn div_trunc(&self, other: &Self) -> Result<Self> {
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return self.div_special(other);
        };
        if b.is_zero() {
            return Err(division_by_zero());
        }
        let (a, b) = align((&a, a_scale), (&b, b_scale));
        Numeric::new(a / b, 0)
    }

    fn div_special(&self, other: &Self) -> Result<Self> {
        if self.is_nan() || other.is_nan() {
            return Ok(Numeric::NaN);
        }
        match (self.is_finite(), other.is_finite()) {
            (true, _) => Ok(Numeric::zero()),
            (false, false) => Ok(Numeric::NaN),
            (false, true) if other.is_zero() => Err(division_by_zero()),
            (false, true) => Ok(signed_infinity(self.signum() * other.signum())),
        }
    }

    /// `%`: the remainder of the truncated quotient, with the dividend's sign. Errors: 22012.
    pub fn modulo(&self, other: &Self) -> Result<Self> {
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return match (self, other) {
                (Numeric::NaN, _) | (_, Numeric::NaN) => Ok(Numeric::NaN),
                (Numeric::Finite(_), _) => Ok(self.clone()),
                _ if other.is_zero() => Err(division_by_zero()),
                _ => Ok(Numeric::NaN),
            };
        };
        if b.is_zero() {
            return Err(division_by_zero());
        }
        let (a, b) = align((&a, a_scale), (&b, b_scale));
        Numeric::new(a % b, a_scale.max(b_scale))
    }

    pub fn neg(&self) -> Self {
        match self {
            Numeric::NaN => Numeric::NaN,
            Numeric::Infinity => Numeric::NegativeInfinity,
            Numeric::NegativeInfinity => Numeric::Infinity,
            Numeric::Finite(value) => Numeric::Finite(-value),
        }
    }

    pub fn abs(&self) -> Self {
        if self.signum() < 0 { self.neg() } else { self.clone() }
    }

    /// `sign`: -1, 0, 1 or NaN.
    pub fn sign(&self) -> Self {
        if self.is_nan() { Numeric::NaN } else { Numeric::from_i64(i64::from(self.signum())) }
    }

    /// Rounds half away from zero to `scale` digits; a negative scale rounds before the point.
    /// Errors: 22003 past the format.
    pub fn round(&self, scale: i64) -> Result<Self> {
        self.with_scale(scale, rescale)
    }

    /// Truncates to `scale` digits; a negative scale truncates before the point.
    pub fn trunc(&self, scale: i64) -> Result<Self> {
        self.with_scale(scale, |coefficient, from, to| {
            if to >= from {
                coefficient * power_of_ten(to - from)
            } else {
                coefficient / power_of_ten(from - to)
            }
        })
    }

    fn with_scale(&self, scale: i64, change: impl Fn(&BigInt, i64, i64) -> BigInt) -> Result<Self> {
        let Some((coefficient, from)) = self.parts() else { return Ok(self.clone()) };
        let scale = scale.clamp(-(INTEGER_DIGITS_MAX + 1), SCALE_MAX);
        if scale == from {
            return Ok(self.clone());
        }
        // Rounding to ten digits left of the number's own places leaves nothing to compute.
        if digits(&coefficient) < from - scale {
            return Ok(Numeric::finite(BigInt::ZERO, scale.max(0)));
        }
        Numeric::new(change(&coefficient, from, scale), scale)
    }

    /// The least integer not below; scale 0.
    pub fn ceil(&self) -> Result<Self> {
        self.to_integer(Sign::Plus)
    }

    /// The greatest integer not above; scale 0.
    pub fn floor(&self) -> Result<Self> {
        self.to_integer(Sign::Minus)
    }

    fn to_integer(&self, towards: Sign) -> Result<Self> {
        let Some((coefficient, scale)) = self.parts() else { return Ok(self.clone()) };
        let unit = power_of_ten(scale);
        let whole = &*coefficient / &unit;
        let rest = &*coefficient - &whole * unit;
        let step = if rest.sign() == towards {
            BigInt::from_biguint(towards, 1u8.into())
        } else {
            BigInt::ZERO
        };
        Numeric::new(whole + step, 0)
    }

    /// `min_scale`: the digits after the point that the value needs.
    pub fn min_scale(&self) -> Option<i64> {
        self.trim_scale().scale()
    }

    /// `trim_scale`: the same value without trailing zeros after the point.
    pub fn trim_scale(&self) -> Self {
        let Some((coefficient, mut scale)) = self.parts() else { return self.clone() };
        if coefficient.is_zero() {
            return Numeric::zero();
        }
        let mut coefficient = coefficient.into_owned();
        let mut step = 16;
        while scale > 0 && step > 0 {
            if step > scale {
                step /= 2;
                continue;
            }
            let unit = power_of_ten(step);
            let shorter = &coefficient / &unit;
            if &shorter * unit == coefficient {
                coefficient = shorter;
                scale -= step;
            } else {
                step /= 2;
            }
        }
        Numeric::finite(coefficient, scale)
    }

    /// Greatest common divisor; the scale is the larger one. NaN if either is not finite.
    pub fn gcd(&self, other: &Self) -> Result<Self> {
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return Ok(Numeric::NaN);
        };
        let (a, b) = align((&a, a_scale), (&b, b_scale));
        Numeric::new(euclid(a.abs(), b.abs()), a_scale.max(b_scale))
    }

    /// Least common multiple; the scale is the larger one. NaN if either is not finite.
    pub fn lcm(&self, other: &Self) -> Result<Self> {
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return Ok(Numeric::NaN);
        };
        let scale = a_scale.max(b_scale);
        let (a, b) = align((&a, a_scale), (&b, b_scale));
        if a.is_zero() || b.is_zero() {
            return Numeric::new(BigInt::ZERO, scale);
        }
        let divisor = euclid(a.abs(), b.abs());
        Numeric::new((a / divisor * b).abs(), scale)
    }

    /// `n!`. Errors: 22003 for a negative number and past the format.
    pub fn factorial(n: i64) -> Result<Self> {
        if n < 0 {
            return err!(NUMERIC_VALUE_OUT_OF_RANGE, "factorial of a negative number is undefined");
        }
        // 32177! is the largest with fewer than 131072 digits.
        if n > 32_177 {
            return Err(super::overflow());
        }
        Numeric::new((2..=n).fold(BigInt::from(1), |product, factor| product * factor), 0)
    }
}

/// 22012 `division by zero`
pub(super) fn division_by_zero() -> PgError {
    PgError::new(sqlstate::DIVISION_BY_ZERO, "division by zero")
}

fn signed_infinity(sign: i32) -> Numeric {
    match sign {
        0 => Numeric::NaN,
        1.. => Numeric::Infinity,
        _ => Numeric::NegativeInfinity,
    }
}

fn euclid(mut a: BigInt, mut b: BigInt) -> BigInt {
    while !b.is_zero() {
        (a, b) = (b.clone(), a % b);
    }
    a
}

/// Both coefficients at the larger scale.
fn align((a, a_scale): (&BigInt, i64), (b, b_scale): (&BigInt, i64)) -> (BigInt, BigInt) {
    let scale = a_scale.max(b_scale);
    (a * power_of_ten(scale - a_scale), b * power_of_ten(scale - b_scale))
}

/// The coefficient at another scale, rounded half away from zero.
pub(super) fn rescale(coefficient: &BigInt, from: i64, to: i64) -> BigInt {
    if to >= from {
        coefficient * power_of_ten(to - from)
    } else {
        divide_rounded(coefficient, &power_of_ten(from - to))
    }
}

/// `a / b` rounded half away from zero.
pub(super) fn divide_rounded(a: &BigInt, b: &BigInt) -> BigInt {
    let whole = a / b;
    let rest = (a - &whole * b).abs() * 2u8;
    if rest >= b.abs() {
        if a.is_negative() == b.is_negative() { whole + 1 } else { whole - 1 }
    } else {
        whole
    }
}

/// The coefficient of `a / b` at `scale`, rounded half away from zero.
pub(super) fn quotient(a: (&BigInt, i64), b: (&BigInt, i64), scale: i64) -> BigInt {
    let shift = scale - a.1 + b.1;
    if let Some(quotient) = small::quotient(a.0, b.0, shift) {
        return quotient;
    }
    if shift >= 0 {
        divide_rounded(&(a.0 * power_of_ten(shift)), b.0)
    } else {
        divide_rounded(a.0, &(b.0 * power_of_ten(-shift)))
    }
}

/// The scale of a quotient. PostgreSQL counts in digits of base 10000, and so must we.
///
/// Source: PostgreSQL's `select_div_scale`.
pub(super) fn quotient_scale(a: (&BigInt, i64), b: (&BigInt, i64)) -> i64 {
    let (a_weight, a_first) = leading(a.0, a.1);
    let (b_weight, b_first) = leading(b.0, b.1);
    let weight = a_weight - b_weight - i64::from(a_first <= b_first);
    (SIGNIFICANT_DIGITS_MIN - weight * 4).max(a.1).max(b.1).clamp(0, DISPLAY_SCALE_MAX)
}

/// Weight and value of the first non-zero digit in base 10000; `(0, 0)` for zero.
pub(super) fn leading(coefficient: &BigInt, scale: i64) -> (i64, u64) {
    if coefficient.is_zero() {
        return (0, 0);
    }
    let exponent = super::exponent(coefficient, scale);
    (exponent.div_euclid(4), top_digits(coefficient, exponent.rem_euclid(4) + 1))
}

/// The first `count` (at most 18) decimal digits of the magnitude, padded with zeros.
pub(super) fn top_digits(coefficient: &BigInt, count: i64) -> u64 {
    if let Some(top) = small::top_digits(coefficient, count) {
        return top;
    }
    let have = digits(coefficient);
    let top = if have > count {
        coefficient.abs() / power_of_ten(have - count)
    } else {
        coefficient.abs() * power_of_ten(count - have)
    };
    u64::try_from(top).expect("at most 18 digits were kept")
}
