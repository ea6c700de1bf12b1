//! Coefficients of a machine word, which nearly all are, without the allocations of big integers.
//! Each answers `None` where a word does not do.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// An i64 times this power of ten is an i128.
const SHIFT_MAX: i64 = 19;

fn power(exponent: i64) -> Option<i128> {
    (0..=SHIFT_MAX).contains(&exponent).then(|| 10i128.pow(exponent as u32))
}

/// The sum at the larger scale.
pub fn sum((a, a_scale): (&BigInt, i64), (b, b_scale): (&BigInt, i64)) -> Option<BigInt> {
    let scale = a_scale.max(b_scale);
    let at_scale = |coefficient: &BigInt, from: i64| {
        Some(i128::from(coefficient.to_i64()?) * power(scale - from)?)
    };
    at_scale(a, a_scale)?.checked_add(at_scale(b, b_scale)?).map(BigInt::from)
}

/// `a * 10^shift / b`, rounded half away from zero; `b` is not zero.
pub fn quotient(a: &BigInt, b: &BigInt, shift: i64) -> Option<BigInt> {
    let (a, b) = (i128::from(a.to_i64()?) * power(shift)?, i128::from(b.to_i64()?));
    let (whole, rest) = (a / b, a % b);
    let away = if (a < 0) == (b < 0) { 1 } else { -1 };
    Some(BigInt::from(if rest.abs() * 2 >= b.abs() { whole + away } else { whole }))
}

/// The first `count` decimal digits of the magnitude, padded with zeros.
pub fn top_digits(coefficient: &BigInt, count: i64) -> Option<u64> {
    let magnitude = coefficient.to_i64()?.unsigned_abs();
    let have = i64::from(magnitude.checked_ilog10()?) + 1;
    let top = match have > count {
        true => i128::from(magnitude) / power(have - count)?,
        false => i128::from(magnitude) * power(count - have)?,
    };
    u64::try_from(top).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::numeric::{arithmetic, digits, power_of_ten};

    fn any_word() -> impl Strategy<Value = i64> {
        prop_oneof![
            any::<i64>(),
            -1000i64..1000,
            Just(i64::MIN),
            Just(i64::MAX),
            Just(0),
            (0u32..19).prop_map(|exponent| 10i64.pow(exponent)),
        ]
    }

    proptest! {
        #[test]
        fn words_compute_what_big_integers_do(
            a in any_word(), b in any_word(), a_scale in 0i64..30, b_scale in 0i64..30, shift in -3i64..25,
            count in 1i64..18,
        ) {
            let (a, b) = (BigInt::from(a), BigInt::from(b));
            if let Some(found) = sum((&a, a_scale), (&b, b_scale)) {
                let scale = a_scale.max(b_scale);
                let big = &a * power_of_ten(scale - a_scale) + &b * power_of_ten(scale - b_scale);
                prop_assert_eq!(found, big);
            }
            if b != BigInt::ZERO && let Some(found) = quotient(&a, &b, shift) {
                prop_assert_eq!(found, arithmetic::divide_rounded(&(&a * power_of_ten(shift)), &b));
            }
            if let Some(found) = top_digits(&a, count) {
                let have = digits(&a);
                let magnitude = BigInt::from(a.magnitude().clone());
                let big = match have > count {
                    true => magnitude / power_of_ten(have - count),
                    false => magnitude * power_of_ten(count - have),
                };
                prop_assert_eq!(BigInt::from(found), big);
            }
        }
    }
}
