//! `numeric`: arbitrary precision decimal with a display scale, NaN and the infinities.
//!
//! A finite value is `coefficient * 10^-scale` with `0 <= scale <= 16383`; the scale is what is
//! printed, and does not take part in equality. Every operation chooses the scale of its result as
//! PostgreSQL's `numeric.c` does, so that results print alike.

mod arithmetic;
mod convert;
mod fixed;
mod functions;
mod small;
mod text;
mod wire;

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use bigdecimal::BigDecimal;
use num_bigint::{BigInt, Sign};
use num_traits::{Signed, ToPrimitive, Zero};

use super::stored::corrupt;
use crate::base::{PgError, Result, sqlstate};

/// Digits before the decimal point that the format can hold.
const INTEGER_DIGITS_MAX: i64 = 131_072;
/// Digits after the decimal point that the format can hold.
const SCALE_MAX: i64 = 16_383;
/// The largest scale that an operation chooses by itself, and the largest of a type modifier.
pub(crate) const DISPLAY_SCALE_MAX: i64 = 1000;
/// Significant digits that an inexact operation yields at least.
const SIGNIFICANT_DIGITS_MIN: i64 = 16;

#[derive(Clone, Debug)]
pub enum Numeric {
    NaN,
    Infinity,
    NegativeInfinity,
    /// The exponent of the big decimal is the display scale; it is never negative.
    Finite(BigDecimal),
}

impl Numeric {
    pub fn zero() -> Self {
        Self::from_i64(0)
    }

    pub fn one() -> Self {
        Self::from_i64(1)
    }

    /// `coefficient * 10^-scale`. Errors: 22003 past the limits of the format.
    pub fn new(coefficient: BigInt, scale: i64) -> Result<Self> {
        if scale > SCALE_MAX {
            return Err(overflow());
        }
        let (coefficient, scale) =
            if scale < 0 { (coefficient * power_of_ten(-scale), 0) } else { (coefficient, scale) };
        // A binary digit is less than a third of a decimal one: most values need no exact count.
        if coefficient.bits() as i64 > 3 * INTEGER_DIGITS_MAX
            && digits(&coefficient) - scale > INTEGER_DIGITS_MAX
        {
            return Err(overflow());
        }
        Ok(Self::finite(coefficient, scale))
    }

    fn finite(coefficient: BigInt, scale: i64) -> Self {
        Numeric::Finite(BigDecimal::new(coefficient, scale))
    }

    /// The coefficient and the display scale of a finite value.
    pub fn parts(&self) -> Option<(Cow<'_, BigInt>, i64)> {
        match self {
            Numeric::Finite(value) => Some(value.as_bigint_and_scale()),
            _ => None,
        }
    }

    pub fn is_nan(&self) -> bool {
        matches!(self, Numeric::NaN)
    }

    pub fn is_finite(&self) -> bool {
        matches!(self, Numeric::Finite(_))
    }

    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.signum() == 0
    }

    /// Whether a finite value has no fraction; the infinities count as integers, NaN does not.
    pub fn is_integer(&self) -> bool {
        match self.parts() {
            Some((_, 0)) => true,
            Some((coefficient, scale)) => (&*coefficient % power_of_ten(scale)).is_zero(),
            None => !self.is_nan(),
        }
    }

    /// -1, 0 or 1; NaN counts as 0.
    pub fn signum(&self) -> i32 {
        match self {
            Numeric::NaN => 0,
            Numeric::Infinity => 1,
            Numeric::NegativeInfinity => -1,
            Numeric::Finite(value) => match value.sign() {
                Sign::Minus => -1,
                Sign::NoSign => 0,
                Sign::Plus => 1,
            },
        }
    }

    /// The display scale; `None` for NaN and the infinities.
    pub fn scale(&self) -> Option<i64> {
        self.parts().map(|(_, scale)| scale)
    }

    /// Appends the stored bytes: a kind byte, then for finite values the scale (u16) and the
    /// coefficient's magnitude, all little-endian.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let Some((coefficient, scale)) = self.parts() else {
            return out.push(match self {
                Numeric::NegativeInfinity => KIND_NEGATIVE_INFINITY,
                Numeric::Infinity => KIND_INFINITY,
                _ => KIND_NAN,
            });
        };
        out.push(if coefficient.is_negative() { KIND_NEGATIVE } else { KIND_POSITIVE });
        out.extend((scale as u16).to_le_bytes());
        match coefficient.magnitude().to_u64() {
            Some(magnitude) => {
                let bytes = 8 - magnitude.leading_zeros() as usize / 8;
                out.extend(&magnitude.to_le_bytes()[..bytes]);
            }
            None => out.extend(coefficient.magnitude().to_bytes_le()),
        }
    }

    /// Errors: XX001 if [`Numeric::encode`] did not write the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let (kind, rest) = bytes.split_first().ok_or_else(corrupt)?;
        let sign = match *kind {
            KIND_NEGATIVE_INFINITY => return Ok(Numeric::NegativeInfinity),
            KIND_INFINITY => return Ok(Numeric::Infinity),
            KIND_NAN => return Ok(Numeric::NaN),
            KIND_NEGATIVE => Sign::Minus,
            KIND_POSITIVE => Sign::Plus,
            _ => return Err(corrupt()),
        };
        let (scale, magnitude) = rest.split_first_chunk::<2>().ok_or_else(corrupt)?;
        let scale = i64::from(u16::from_le_bytes(*scale));
        let coefficient = if magnitude.len() < 8 {
            let mut word = [0; 8];
            word[..magnitude.len()].copy_from_slice(magnitude);
            let value = i64::from_le_bytes(word);
            BigInt::from(if sign == Sign::Minus { -value } else { value })
        } else {
            BigInt::from_bytes_le(sign, magnitude)
        };
        Ok(Self::finite(coefficient, scale))
    }
}

const KIND_NEGATIVE_INFINITY: u8 = 0;
const KIND_NEGATIVE: u8 = 1;
const KIND_POSITIVE: u8 = 2;
const KIND_INFINITY: u8 = 3;
const KIND_NAN: u8 = 4;

/// 22003 `value overflows numeric format`
fn overflow() -> PgError {
    PgError::new(sqlstate::NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format")
}

/// 10 to the power of `exponent`, which is not negative.
pub(super) fn power_of_ten(exponent: i64) -> BigInt {
    match u32::try_from(exponent) {
        Ok(exponent @ 0..=18) => BigInt::from(10u64.pow(exponent)),
        Ok(exponent @ 19..=38) => BigInt::from(10u128.pow(exponent)),
        Ok(exponent) => BigInt::from(10u8).pow(exponent),
        Err(_) => unreachable!("scales are bounded by the format"),
    }
}

/// Decimal digits of the magnitude; 0 for zero.
pub(super) fn digits(coefficient: &BigInt) -> i64 {
    let magnitude = coefficient.magnitude();
    match magnitude.to_u128() {
        Some(0) => 0,
        Some(small) => i64::from(small.ilog10()) + 1,
        None => {
            // 10^low is at most the magnitude, give or take the rounding of the estimate.
            let low = ((magnitude.bits() - 1) as f64 * std::f64::consts::LOG10_2) as i64;
            (low..=low + 1)
                .find(|exponent| magnitude < power_of_ten(*exponent).magnitude())
                .unwrap_or(low + 2)
        }
    }
}

/// Decimal exponent of the leading digit (`1` for 12.5, `-3` for 0.001); 0 for zero.
fn exponent(coefficient: &BigInt, scale: i64) -> i64 {
    if coefficient.is_zero() { 0 } else { digits(coefficient) - 1 - scale }
}

impl Ord for Numeric {
    /// PostgreSQL's total order: -Infinity, finite values, Infinity, NaN; NaN equals NaN.
    fn cmp(&self, other: &Self) -> Ordering {
        fn rank(value: &Numeric) -> u8 {
            match value {
                Numeric::NegativeInfinity => 0,
                Numeric::Finite(_) => 1,
                Numeric::Infinity => 2,
                Numeric::NaN => 3,
            }
        }
        let (Some((a, a_scale)), Some((b, b_scale))) = (self.parts(), other.parts()) else {
            return rank(self).cmp(&rank(other));
        };
        if a_scale == b_scale || a.sign() != b.sign() {
            return a.cmp(&b);
        }
        // The leading digits' places decide before any scaling does: 1e100000 against 1 is cheap.
        let by_exponent = exponent(&a, a_scale).cmp(&exponent(&b, b_scale));
        match by_exponent {
            Ordering::Equal if a_scale < b_scale => (&*a * power_of_ten(b_scale - a_scale)).cmp(&b),
            Ordering::Equal => (*a).cmp(&(&*b * power_of_ten(a_scale - b_scale))),
            unequal if a.is_negative() => unequal.reverse(),
            unequal => unequal,
        }
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numeric {}

impl Hash for Numeric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.trim_scale().parts() {
            Some((coefficient, scale)) => (coefficient, scale).hash(state),
            None if self.is_nan() => state.write_i8(2),
            None => state.write_i8(self.signum() as i8),
        }
    }
}
