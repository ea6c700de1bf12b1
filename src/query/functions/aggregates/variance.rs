//! `var_pop`, `var_samp`, `stddev_pop`, `stddev_samp` of floats.
//!
//! Source: Youngs & Cramer 1971, as PostgreSQL uses it.

use super::fixed_size;
use crate::{
    base::Result,
    err,
    query::functions::{Accumulator, Context},
    types::Datum,
};

/// What is made of a sum of squared deviations.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Divided by one less than the count.
    pub sample: bool,
    /// The square root of it.
    pub deviation: bool,
}

#[derive(Debug)]
struct FloatVariance {
    count: f64,
    sum: f64,
    squares: f64,
    spread: Spread,
}

impl Accumulator for FloatVariance {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = args[0].as_f64();
        let (before, sum_before) = (self.count, self.sum);
        self.count += 1.0;
        self.sum += value;
        if before == 0.0 {
            if !value.is_finite() {
                self.squares = f64::NAN;
            }
            return Ok(());
        }
        let deviation = value * self.count - self.sum;
        self.squares += deviation * deviation / (self.count * before);
        if self.sum.is_infinite() || self.squares.is_infinite() {
            if sum_before.is_finite() && value.is_finite() {
                return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
            }
            self.squares = f64::NAN;
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        let divisor = if self.spread.sample { self.count - 1.0 } else { self.count };
        if divisor <= 0.0 {
            return Ok(Datum::Null);
        }
        let variance = self.squares / divisor;
        Ok(Datum::Float8(if self.spread.deviation { variance.sqrt() } else { variance }))
    }

    fixed_size!();
}

macro_rules! spreads {
    ($($name:ident $sample:literal $deviation:literal;)*) => {$(
        pub fn $name(_: &Context) -> Box<dyn Accumulator> {
            let spread = Spread { sample: $sample, deviation: $deviation };
            Box::new(FloatVariance { count: 0.0, sum: 0.0, squares: 0.0, spread })
        }
    )*};
}

spreads! {
    var_pop_float false false;
    var_samp_float true false;
    stddev_pop_float false true;
    stddev_samp_float true true;
}
