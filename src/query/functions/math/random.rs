//! Random numbers: PostgreSQL's generator, so that a seed gives PostgreSQL's sequence.
//!
//! Source: Blackman & Vigna 2018, xoroshiro128**, seeded through splitmix64.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use num_bigint::{BigInt, BigUint, Sign};

use crate::{
    base::Result,
    err,
    query::functions::{Context, args::numeric},
    types::{Datum, numeric::Numeric},
};

/// Seeded sessions that are remembered; beyond it all start afresh.
const SEEDED_SESSIONS_MAX: usize = 4096;

struct Generator {
    low: u64,
    high: u64,
}

impl Generator {
    fn seeded(mut seed: u64) -> Self {
        let mut next = || {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut value = seed;
            value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            value ^ (value >> 31)
        };
        Self { low: next(), high: next() }
    }

    fn next(&mut self) -> u64 {
        let mixed = self.high ^ self.low;
        let value = self.low.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        self.low = self.low.rotate_left(24) ^ mixed ^ (mixed << 16);
        self.high = mixed.rotate_left(37);
        value
    }

    /// Uniform on [0, 1), 52 bits of it.
    fn unit(&mut self) -> f64 {
        (self.next() >> 12) as f64 / (1_u64 << 52) as f64
    }

    /// Uniform on `0..=range`, by rejection.
    fn up_to(&mut self, range: u64) -> u64 {
        if range == 0 {
            return 0;
        }
        loop {
            let value = self.next() >> range.leading_zeros();
            if value <= range {
                return value;
            }
        }
    }
}

/// The generators of sessions that called `setseed`, by process id.
static SEEDED: LazyLock<Mutex<HashMap<i32, Generator>>> = LazyLock::new(Mutex::default);

/// Runs `draw` on the session's generator, or on a fresh one where the session set no seed.
fn draw<T>(context: &Context, draw: impl FnOnce(&mut Generator) -> T) -> T {
    let mut seeded = SEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    match seeded.get_mut(&context.env.backend_pid) {
        Some(generator) => draw(generator),
        None => draw(&mut Generator { low: rand::random(), high: rand::random::<u64>() | 1 }),
    }
}

pub fn setseed(context: &Context, args: &[Datum]) -> Result<Datum> {
    let seed = args[0].as_f64();
    if !(-1.0..=1.0).contains(&seed) {
        return err!(
            INVALID_PARAMETER_VALUE,
            "setseed parameter {seed} is out of allowed range [-1,1]"
        );
    }
    let scaled = (((1_u64 << 52) - 1) as f64 * seed) as i64 as u64;
    let mut seeded = SEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    if seeded.len() >= SEEDED_SESSIONS_MAX {
        seeded.clear();
    }
    seeded.insert(context.env.backend_pid, Generator::seeded(scaled));
    Ok(Datum::text(""))
}

pub fn drandom(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(draw(context, Generator::unit)))
}

/// Box and Muller's method.
pub fn drandom_normal(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (first, second) = draw(context, |generator| (generator.unit(), generator.unit()));
    let deviate = (-2.0 * (1.0 - first).ln()).sqrt() * (2.0 * std::f64::consts::PI * second).sin();
    Ok(Datum::Float8(args[1].as_f64() * deviate + args[0].as_f64()))
}

fn bounds_error<T>() -> Result<T> {
    err!(INVALID_PARAMETER_VALUE, "lower bound must be less than or equal to upper bound")
}

fn between(context: &Context, args: &[Datum]) -> Result<i64> {
    let (low, high) = (args[0].as_i64(), args[1].as_i64());
    if low > high {
        return bounds_error();
    }
    let range = high.wrapping_sub(low) as u64;
    Ok(low.wrapping_add(draw(context, |generator| generator.up_to(range)) as i64))
}

pub fn int4random(context: &Context, args: &[Datum]) -> Result<Datum> {
    between(context, args).map(|value| Datum::Int4(value as i32))
}

pub fn int8random(context: &Context, args: &[Datum]) -> Result<Datum> {
    between(context, args).map(Datum::Int8)
}

pub fn numeric_random(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (low, high) = (numeric(&args[0]), numeric(&args[1]));
    let (Numeric::Finite(low), Numeric::Finite(high)) = (low, high) else {
        let nan = matches!(low, Numeric::NaN) || matches!(high, Numeric::NaN);
        let kind = if nan { "NaN" } else { "infinity" };
        let which = if matches!(low, Numeric::Finite(_)) { "upper" } else { "lower" };
        return err!(INVALID_PARAMETER_VALUE, "{which} bound cannot be {kind}");
    };
    let scale = low.fractional_digit_count().max(high.fractional_digit_count());
    let low = low.with_scale(scale).into_bigint_and_scale().0;
    let range = high.with_scale(scale).into_bigint_and_scale().0 - &low;
    if range.sign() == Sign::Minus {
        return bounds_error();
    }
    let offset = match u64::try_from(&range) {
        Ok(range) => BigInt::from(draw(context, |generator| generator.up_to(range))),
        Err(_) => draw(context, |generator| wide_offset(generator, range.magnitude())),
    };
    Numeric::new(low + offset, scale).map(Datum::Numeric)
}

/// Uniform on `0..=range` for a range beyond 64 bits, by rejection.
fn wide_offset(generator: &mut Generator, range: &BigUint) -> BigInt {
    let bits = range.bits();
    loop {
        let words: Vec<u32> = (0..bits.div_ceil(32)).map(|_| generator.next() as u32).collect();
        let drawn = BigUint::new(words) >> (bits.div_ceil(32) * 32 - bits);
        if drawn <= *range {
            return drawn.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_sequence_that_postgres_gives() {
        let mut generator = Generator::seeded((((1_u64 << 52) - 1) as f64 * 0.5) as i64 as u64);
        assert_eq!(generator.unit(), 0.9851677175347999);
        assert_eq!(generator.unit(), 0.825301858027981);
        assert_eq!(1 + generator.up_to(99), 17);
        assert_eq!(1 + generator.up_to(9_999_999_999), 2_809_989_562);
    }
}
