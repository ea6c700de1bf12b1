//! `exp` and `ln` in binary fixed point: an integer `x` stands for `x / 2^bits`.
//!
//! Callers choose `bits` with [`bits_for`], whose guard bits absorb the rounding of every step.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::{arithmetic::divide_rounded, power_of_ten};

/// Precision for results that need `decimals` decimal digits, guard bits included.
pub fn bits_for(decimals: i64) -> u64 {
    (decimals.max(1) as f64 * std::f64::consts::LOG2_10) as u64 + 64
}

/// `coefficient * 10^-scale` in fixed point.
pub fn from_decimal(coefficient: &BigInt, scale: i64, bits: u64) -> BigInt {
    (coefficient << bits) / power_of_ten(scale)
}

/// The decimal coefficient at `scale` of `value / 2^bits`, rounded half away from zero.
pub fn to_decimal(value: &BigInt, bits: i64, scale: i64) -> BigInt {
    let scaled = value * power_of_ten(scale);
    if bits <= 0 {
        return scaled << bits.unsigned_abs();
    }
    divide_rounded(&scaled, &(BigInt::one() << bits as u64))
}

/// `ln(coefficient * 10^-scale)`; the coefficient is positive.
pub fn ln(coefficient: &BigInt, scale: i64, bits: u64) -> BigInt {
    let unit = power_of_ten(scale);
    // value = mantissa * 2^power with the mantissa near one.
    let mut power = coefficient.bits() as i64 - unit.bits() as i64;
    let shift = bits as i64 - power;
    let mut mantissa = if shift >= 0 {
        (coefficient << shift as u64) / &unit
    } else {
        (coefficient >> shift.unsigned_abs()) / &unit
    };
    let one = BigInt::one() << bits;
    // Between 0.7 and 1.4 the series converges by more than a decimal digit a term.
    if &mantissa * 5u8 > &one * 7u8 {
        mantissa >>= 1;
        power += 1;
    } else if &mantissa * 10u8 < &one * 7u8 {
        mantissa <<= 1;
        power -= 1;
    }
    let ratio = ((&mantissa - &one) << bits) / (&mantissa + &one);
    (inverse_tanh(ratio, bits) << 1) + ln_2(bits) * power
}

/// `exp(x / 2^bits)` as `(mantissa, power)`: the value is `mantissa / 2^bits * 2^power`.
pub fn exp(x: &BigInt, bits: u64) -> (BigInt, i64) {
    let ln_2 = ln_2(bits);
    let power = divide_rounded(x, &ln_2);
    // Halving the argument eight times and squaring the result as often saves most of the terms.
    const HALVINGS: u32 = 8;
    let rest = (x - &power * ln_2) >> HALVINGS;
    let one = BigInt::one() << bits;
    let (mut sum, mut term) = (one.clone(), one);
    for n in 1u32.. {
        term = ((term * &rest) >> bits) / n;
        if term.abs() <= BigInt::one() {
            break;
        }
        sum += &term;
    }
    for _ in 0..HALVINGS {
        sum = (&sum * &sum) >> bits;
    }
    (sum, i64::try_from(power).expect("the caller bounds the argument"))
}

/// The series of the inverse hyperbolic tangent.
fn inverse_tanh(ratio: BigInt, bits: u64) -> BigInt {
    let square = (&ratio * &ratio) >> bits;
    let (mut sum, mut power) = (BigInt::zero(), ratio);
    for n in 0u32.. {
        if power.abs() <= BigInt::one() {
            break;
        }
        sum += &power / (2 * n + 1);
        power = (power * &square) >> bits;
    }
    sum
}

/// Machin-like: 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749).
fn ln_2(bits: u64) -> BigInt {
    let series = |divisor: u64| {
        let mut power = (BigInt::one() << bits) / divisor;
        let mut sum = BigInt::zero();
        for n in 0u32.. {
            if power.is_zero() {
                break;
            }
            sum += &power / (2 * n + 1);
            power /= divisor * divisor;
        }
        sum
    };
    series(26) * 18 - series(4801) * 2 + series(8749) * 8
}
