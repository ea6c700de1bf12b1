//! `var_pop`, `var_samp`, `stddev_pop`, `stddev_samp` of integers and numerics, exact until the
//! last division.

use num_bigint::BigInt;

use super::{STATE_BYTES, variance::Spread};
use crate::{
    base::Result,
    query::functions::{Accumulator, Context},
    types::{Datum, numeric::Numeric},
};

#[derive(Debug)]
struct NumericVariance {
    count: i64,
    sum: Numeric,
    squares: Numeric,
    spread: Spread,
}

fn value_of(value: &Datum) -> Numeric {
    match value {
        Datum::Numeric(value) => value.clone(),
        integer => Numeric::from_i64(integer.as_i64()),
    }
}

/// The root at the scale of its argument.
fn root(value: &Numeric) -> Result<Numeric> {
    let Some((coefficient, scale)) = value.parts() else { return Ok(value.clone()) };
    // coefficient * 10^scale is the square of the root's coefficient; two digits more to round by.
    let wide = coefficient.into_owned() * BigInt::from(10).pow(scale as u32 + 2);
    Numeric::new(wide.sqrt(), scale + 1)?.round(scale)
}

impl Accumulator for NumericVariance {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = value_of(&args[0]);
        self.squares = self.squares.add(&value.mul(&value)?)?;
        self.sum = self.sum.add(&value)?;
        self.count += 1;
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        let divisor = if self.spread.sample { self.count - 1 } else { self.count };
        if divisor <= 0 {
            return Ok(Datum::Null);
        }
        if !self.sum.is_finite() {
            return Ok(Datum::Numeric(Numeric::NaN));
        }
        let count = Numeric::from_i64(self.count);
        let scaled = count.mul(&self.squares)?.sub(&self.sum.mul(&self.sum)?)?;
        if scaled.signum() <= 0 {
            return Ok(Datum::Numeric(Numeric::zero()));
        }
        let variance = scaled.div(&count.mul(&Numeric::from_i64(divisor))?)?;
        Ok(Datum::Numeric(if self.spread.deviation { root(&variance)? } else { variance }))
    }

    fn size(&self) -> usize {
        STATE_BYTES * 2
    }
}

macro_rules! spreads {
    ($($name:ident $sample:literal $deviation:literal;)*) => {$(
        pub fn $name(_: &Context) -> Box<dyn Accumulator> {
            Box::new(NumericVariance {
                count: 0,
                sum: Numeric::zero(),
                squares: Numeric::zero(),
                spread: Spread { sample: $sample, deviation: $deviation },
            })
        }
    )*};
}

spreads! {
    var_pop_numeric false false;
    var_samp_numeric true false;
    stddev_pop_numeric false true;
    stddev_samp_numeric true true;
}
