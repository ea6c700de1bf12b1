//! `sqrt`, `exp`, `ln`, `log` and `power`, with PostgreSQL's result scales.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{
    DISPLAY_SCALE_MAX, INTEGER_DIGITS_MAX, Numeric, SIGNIFICANT_DIGITS_MIN,
    arithmetic::{self, division_by_zero, quotient, rescale, top_digits},
    digits, exponent, fixed, overflow, power_of_ten,
};
use crate::{base::Result, err};

/// `exp` of more than this overflows for sure, and of less than its negative is zero.
const EXP_ARGUMENT_MAX: f64 = 6000.0;
/// As many digits as PostgreSQL estimates with; scales of results follow from them.
#[expect(clippy::approx_constant)]
const LOG10_E: f64 = 0.434294481903252;
/// PostgreSQL bounds its estimate of a result's weight by this, in decimal digits.
const RESULT_WEIGHT_MAX: f64 = 2000.0;

/// The scale that leaves 16 significant digits, and no less than the operands'.
fn result_scale(weight: i64, operand_scales: i64) -> i64 {
    (SIGNIFICANT_DIGITS_MIN - weight).max(operand_scales).clamp(0, DISPLAY_SCALE_MAX)
}

impl Numeric {
    /// Errors: 2201F for a negative number.
    pub fn sqrt(&self) -> Result<Self> {
        if self.signum() < 0 {
            return err!(
                INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                "cannot take square root of a negative number"
            );
        }
        let Some((coefficient, scale)) = self.parts() else { return Ok(self.clone()) };
        let (weight, _) = arithmetic::leading(&coefficient, scale);
        let result = result_scale((weight + 1) * 2 - 1, scale);
        // Twice the root, truncated, tells which way to round.
        let shift = 2 * result - scale;
        let radicand = if shift >= 0 {
            &*coefficient * power_of_ten(shift)
        } else {
            &*coefficient / power_of_ten(-shift)
        };
        Numeric::new(((radicand * 4u8).sqrt() + 1) / 2, result)
    }

    /// Errors: 22003 past the format.
    pub fn exp(&self) -> Result<Self> {
        let Some((coefficient, scale)) = self.parts() else {
            return Ok(if self.signum() < 0 { Numeric::zero() } else { self.clone() });
        };
        let argument = self.to_f64_lossy();
        let weight = (argument * LOG10_E).clamp(-RESULT_WEIGHT_MAX, RESULT_WEIGHT_MAX) as i64;
        let result = result_scale(weight, scale);
        if argument.abs() >= EXP_ARGUMENT_MAX {
            return if argument > 0.0 {
                Err(overflow())
            } else {
                Numeric::new(BigInt::ZERO, result)
            };
        }
        let bits = fixed::bits_for(result + weight.max(0));
        let x = fixed::from_decimal(&coefficient, scale, bits);
        exp_fixed(&x, bits, result)
    }

    /// Natural logarithm. Errors: 2201E for zero and negative numbers.
    pub fn ln(&self) -> Result<Self> {
        self.check_logarithm()?;
        let Some((coefficient, scale)) = self.parts() else { return Ok(self.clone()) };
        let result = result_scale(ln_weight(&coefficient, scale), scale);
        let bits = fixed::bits_for(result);
        let value = fixed::ln(&coefficient, scale, bits);
        Numeric::new(fixed::to_decimal(&value, bits as i64, result), result)
    }

    /// Logarithm of `self` to `base`. Errors: 2201E for zero and negative numbers; 22012 for base 1.
    pub fn log(&self, base: &Self) -> Result<Self> {
        if self.is_nan() || base.is_nan() {
            return Ok(Numeric::NaN);
        }
        base.check_logarithm()?;
        self.check_logarithm()?;
        let (Some((number, scale)), Some((base, base_scale))) = (self.parts(), base.parts()) else {
            return Ok(match (self.is_finite(), base.is_finite()) {
                (false, true) => Numeric::Infinity,
                (true, _) => Numeric::zero(),
                (false, false) => Numeric::NaN,
            });
        };
        let (weight, base_weight) = (ln_weight(&number, scale), ln_weight(&base, base_scale));
        let result = result_scale(weight - base_weight, scale.max(base_scale));
        let bits = fixed::bits_for(result + weight.abs() + 2 * base_weight.abs());
        let numerator = fixed::ln(&number, scale, bits);
        let denominator = fixed::ln(&base, base_scale, bits);
        if denominator.is_zero() {
            return Err(division_by_zero());
        }
        Numeric::new(quotient((&numerator, 0), (&denominator, 0), result), result)
    }

    fn check_logarithm(&self) -> Result<()> {
        match self.signum() {
            0 if !self.is_nan() => {
                err!(INVALID_ARGUMENT_FOR_LOGARITHM, "cannot take logarithm of zero")
            }
            -1 => {
                err!(INVALID_ARGUMENT_FOR_LOGARITHM, "cannot take logarithm of a negative number")
            }
            _ => Ok(()),
        }
    }

    /// `self ^ exponent`. Errors: 2201F for zero to a negative power and for a negative number to
    /// a power that is not whole; 22003 past the format.
    pub fn power(&self, power: &Self) -> Result<Self> {
        if self.is_nan() || power.is_nan() {
            let one =
                (self.is_nan() && power.is_zero()) || (power.is_nan() && *self == Numeric::one());
            return Ok(if one { Numeric::one() } else { Numeric::NaN });
        }
        if self.is_zero() && power.signum() < 0 {
            return err!(
                INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                "zero raised to a negative power is undefined"
            );
        }
        if self.signum() < 0 && !power.is_integer() {
            return err!(
                INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                "a negative number raised to a non-integer power yields a complex result"
            );
        }
        let (Some((base, scale)), Some((exponent, exponent_scale))) = (self.parts(), power.parts())
        else {
            return Ok(self.power_special(power));
        };
        if power.is_integer()
            && let Some(whole) = (&*exponent / power_of_ten(exponent_scale)).to_i32()
        {
            return power_integer((&base, scale), whole, exponent_scale);
        }
        if base.is_zero() {
            return Numeric::new(BigInt::ZERO, SIGNIFICANT_DIGITS_MIN);
        }
        let magnitude = power_fraction((&base.abs(), scale), (&exponent, exponent_scale))?;
        let odd = self.signum() < 0 && power.is_odd();
        Ok(if odd { magnitude.neg() } else { magnitude })
    }

    /// Either operand is infinite, none is NaN.
    fn power_special(&self, power: &Self) -> Self {
        if !power.is_finite() {
            return match self.abs().cmp(&Numeric::one()) {
                std::cmp::Ordering::Equal => Numeric::one(),
                std::cmp::Ordering::Greater if power.signum() > 0 => Numeric::Infinity,
                std::cmp::Ordering::Less if power.signum() < 0 => Numeric::Infinity,
                _ => Numeric::zero(),
            };
        }
        match power.signum() {
            0 => Numeric::one(),
            -1 => Numeric::zero(),
            _ if self.signum() < 0 && power.is_odd() => Numeric::NegativeInfinity,
            _ => Numeric::Infinity,
        }
    }

    fn is_odd(&self) -> bool {
        self.parts()
            .is_some_and(|(coefficient, scale)| (&*coefficient / power_of_ten(scale)).bit(0))
    }
}

fn exp_fixed(x: &BigInt, bits: u64, scale: i64) -> Result<Numeric> {
    let (mantissa, power) = fixed::exp(x, bits);
    Numeric::new(fixed::to_decimal(&mantissa, bits as i64 - power, scale), scale)
}

/// A whole exponent: repeated squaring, cut to the digits that can matter.
fn power_integer(base: (&BigInt, i64), power: i32, power_scale: i64) -> Result<Numeric> {
    let (coefficient, scale) = base;
    let weight = if coefficient.is_zero() {
        0.0
    } else {
        let kept = digits(coefficient).min(16);
        let point = exponent(coefficient, scale) - (kept - 1);
        f64::from(power) * ((top_digits(coefficient, kept) as f64).log10() + point as f64)
    };
    if weight > (INTEGER_DIGITS_MAX) as f64 {
        return Err(overflow());
    }
    if weight + 1.0 < -(DISPLAY_SCALE_MAX as f64) {
        return Numeric::new(BigInt::ZERO, DISPLAY_SCALE_MAX);
    }
    let result = result_scale(weight as i64, scale.max(power_scale));
    match power {
        0 => return Numeric::new(power_of_ten(result), result),
        1 => return Numeric::new(rescale(coefficient, scale, result), result),
        2 => return Numeric::new(rescale(&(coefficient * coefficient), 2 * scale, result), result),
        _ if coefficient.is_zero() => return Numeric::new(BigInt::ZERO, result),
        _ => {}
    }
    let kept = result + weight as i64 + 24;
    let cut = |(value, scale): (BigInt, i64)| {
        let excess = digits(&value) - kept.max(24);
        if excess > 0 {
            (arithmetic::divide_rounded(&value, &power_of_ten(excess)), scale - excess)
        } else {
            (value, scale)
        }
    };
    let (mut square, mut product) = ((coefficient.clone(), scale), (BigInt::one(), 0));
    let mut rest = power.unsigned_abs();
    loop {
        if rest & 1 == 1 {
            product = cut((product.0 * &square.0, product.1 + square.1));
        }
        rest >>= 1;
        if rest == 0 {
            break;
        }
        square = cut((&square.0 * &square.0, square.1 * 2));
    }
    if power < 0 {
        return Numeric::new(
            quotient((&BigInt::one(), 0), (&product.0, product.1), result),
            result,
        );
    }
    Numeric::new(rescale(&product.0, product.1, result), result)
}

/// Any exponent, a positive base: `exp(exponent * ln(base))`.
fn power_fraction(base: (&BigInt, i64), power: (&BigInt, i64)) -> Result<Numeric> {
    // A low-precision estimate bounds the result and so tells the precision that it needs.
    let estimate = |bits: u64| {
        let product = fixed::ln(base.0, base.1, bits) * power.0;
        (product / power_of_ten(power.1), bits)
    };
    let rough_bits = fixed::bits_for(8 - ln_weight(base.0, base.1));
    let (rough, _) = estimate(rough_bits);
    let rough = Numeric::finite(fixed::to_decimal(&rough, rough_bits as i64, 8), 8).to_f64_lossy();
    if rough.abs() > RESULT_WEIGHT_MAX * 3.01 {
        return if rough > 0.0 {
            Err(overflow())
        } else {
            Numeric::new(BigInt::ZERO, DISPLAY_SCALE_MAX)
        };
    }
    let weight = (rough * LOG10_E) as i64;
    let result = result_scale(weight, base.1.max(power.1));
    let (x, bits) =
        estimate(fixed::bits_for(result + weight.max(0) + exponent(power.0, power.1).max(0) + 8));
    exp_fixed(&x, bits, result)
}

/// PostgreSQL's estimate of the decimal weight of a natural logarithm.
///
/// Source: PostgreSQL's `estimate_ln_dweight`.
fn ln_weight(coefficient: &BigInt, scale: i64) -> i64 {
    let unit = power_of_ten(scale);
    let beyond = coefficient - &unit;
    if beyond.abs() * 10u8 <= unit {
        // ln(1 + x) is about x.
        return exponent(&beyond, scale);
    }
    let exponent = exponent(coefficient, scale);
    let kept = exponent.rem_euclid(4) + 5;
    let ln = (top_digits(coefficient, kept) as f64).ln()
        + (exponent + 1 - kept) as f64 * std::f64::consts::LN_10;
    ln.abs().log10() as i64
}
