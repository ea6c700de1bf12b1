//! Logarithm and exponential in fixed point: an integer `n` at `scale` stands for `n / 10^scale`.

use bigdecimal::num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::{rescale, ten_to};

/// Digits computed beyond those asked for.
const GUARD_DIGITS: i64 = 24;
/// Halvings of the argument before a series runs; each saves terms and costs a third of a digit.
const HALVINGS: u32 = 12;

/// `ln(digits / 10^from)` at `scale`, for a positive argument.
pub fn ln(digits: &BigInt, from: i64, scale: i64) -> BigInt {
    let work = scale + GUARD_DIGITS;
    let one = ten_to(work);
    let divisor = ten_to(from);
    // argument = mantissa * 2^exponent with a mantissa near 1
    let exponent = digits.bits() as i64 - divisor.bits() as i64;
    let mantissa = if exponent >= 0 {
        digits * &one / (divisor << exponent as u64)
    } else {
        (digits << exponent.unsigned_abs()) * &one / divisor
    };
    let mut root = mantissa;
    for _ in 0..HALVINGS {
        root = (root * &one).sqrt();
    }
    let ratio = (&root - &one) * &one / (&root + &one);
    let near = twice_artanh(&ratio, &one) << HALVINGS;
    let ln_two = twice_artanh(&(&one / 3), &one);
    rescale(&(near + ln_two * exponent), work, scale)
}

/// `2 artanh(ratio)`, which is `ln((1 + ratio) / (1 - ratio))`.
fn twice_artanh(ratio: &BigInt, one: &BigInt) -> BigInt {
    let square = ratio * ratio / one;
    let mut power = ratio.clone();
    let mut sum = ratio.clone();
    let mut odd = 1_u32;
    while !power.is_zero() {
        power = power * &square / one;
        odd += 2;
        sum += &power / odd;
    }
    sum << 1
}

/// `exp(digits / 10^from)` at `scale`. `magnitude` is the decimal exponent of the result, about.
pub fn exp(digits: &BigInt, from: i64, scale: i64, magnitude: i64) -> BigInt {
    let work = (scale + magnitude.abs() + GUARD_DIGITS).max(GUARD_DIGITS);
    let one = ten_to(work);
    let argument = rescale(&digits.abs(), from, work);
    // Halve until the argument is below 2^-HALVINGS, so that the series is short.
    let halvings = (argument.bits() as i64 - one.bits() as i64 + i64::from(HALVINGS)).max(0) as u64;
    let small = argument >> halvings;
    let mut term = one.clone();
    let mut sum = one.clone();
    let mut index = 1_u32;
    while !term.is_zero() {
        term = term * &small / &one / index;
        sum += &term;
        index += 1;
    }
    for _ in 0..halvings {
        sum = &sum * &sum / &one;
    }
    if digits.is_negative() {
        sum = &one * &one / sum.max(BigInt::one());
    }
    rescale(&sum, work, scale)
}
