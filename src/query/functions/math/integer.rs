//! Divisors of integers, and counting bits.

use num_traits::PrimInt;

use crate::{
    base::Result,
    query::functions::{Context, args, arithmetic::out_of_range},
    types::Datum,
};

/// The greatest common divisor's magnitude.
fn gcd(a: i64, b: i64) -> u64 {
    fn euclid<T: PrimInt>(mut a: T, mut b: T) -> T {
        while !b.is_zero() {
            (a, b) = (b, a % b);
        }
        a
    }
    euclid(a.unsigned_abs(), b.unsigned_abs())
}

fn lcm(a: i64, b: i64) -> Option<u64> {
    match gcd(a, b) {
        0 => Some(0),
        divisor => (a.unsigned_abs() / divisor).checked_mul(b.unsigned_abs()),
    }
}

pub fn int4gcd(_: &Context, args: &[Datum]) -> Result<Datum> {
    let divisor = gcd(args[0].as_i64(), args[1].as_i64());
    i32::try_from(divisor).map(Datum::Int4).map_err(|_| out_of_range("integer"))
}

pub fn int8gcd(_: &Context, args: &[Datum]) -> Result<Datum> {
    let divisor = gcd(args[0].as_i64(), args[1].as_i64());
    i64::try_from(divisor).map(Datum::Int8).map_err(|_| out_of_range("bigint"))
}

pub fn int4lcm(_: &Context, args: &[Datum]) -> Result<Datum> {
    let multiple = lcm(args[0].as_i64(), args[1].as_i64());
    multiple
        .and_then(|value| i32::try_from(value).ok())
        .map(Datum::Int4)
        .ok_or_else(|| out_of_range("integer"))
}

pub fn int8lcm(_: &Context, args: &[Datum]) -> Result<Datum> {
    let multiple = lcm(args[0].as_i64(), args[1].as_i64());
    multiple
        .and_then(|value| i64::try_from(value).ok())
        .map(Datum::Int8)
        .ok_or_else(|| out_of_range("bigint"))
}

pub fn bytea_bit_count(_: &Context, args: &[Datum]) -> Result<Datum> {
    let count: u32 = args::bytea(&args[0]).iter().map(|byte| byte.count_ones()).sum();
    Ok(Datum::Int8(i64::from(count)))
}
