//! `bool_and`, `bool_or`, `bit_and`, `bit_or`, `bit_xor`

use super::fixed_size;
use crate::{
    base::Result,
    query::functions::{Accumulator, Context, args::boolean},
    types::Datum,
};

/// How many values there were, and how many of them were true.
#[derive(Debug)]
struct Truth {
    all: bool,
    count: u64,
    held: u64,
}

impl Accumulator for Truth {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.count += 1;
        self.held += u64::from(boolean(&args[0]));
        Ok(())
    }

    fn remove(&mut self, _: &Context, args: &[Datum]) -> Result<bool> {
        self.count -= 1;
        self.held -= u64::from(boolean(&args[0]));
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(match (self.count, self.all) {
            (0, _) => Datum::Null,
            (count, true) => Datum::Bool(self.held == count),
            (_, false) => Datum::Bool(self.held > 0),
        })
    }

    fixed_size!();
}

pub fn bool_and(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Truth { all: true, count: 0, held: 0 })
}

pub fn bool_or(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Truth { all: false, count: 0, held: 0 })
}

/// Bits of the integers so far; the operators work the same on the sign-extended value.
#[derive(Debug)]
struct Bits {
    value: Option<i64>,
    join: fn(i64, i64) -> i64,
    datum: fn(i64) -> Datum,
}

impl Accumulator for Bits {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = args[0].as_i64();
        self.value = Some(self.value.map_or(value, |before| (self.join)(before, value)));
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.value.map_or(Datum::Null, self.datum))
    }

    fixed_size!();
}

/// An integer type, as a datum of its width.
pub trait Width {
    fn datum(value: i64) -> Datum;
}

impl Width for i16 {
    fn datum(value: i64) -> Datum {
        Datum::Int2(value as i16)
    }
}

impl Width for i32 {
    fn datum(value: i64) -> Datum {
        Datum::Int4(value as i32)
    }
}

impl Width for i64 {
    fn datum(value: i64) -> Datum {
        Datum::Int8(value)
    }
}

pub fn bit_and<W: Width>(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Bits { value: None, join: |a, b| a & b, datum: W::datum })
}

pub fn bit_or<W: Width>(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Bits { value: None, join: |a, b| a | b, datum: W::datum })
}

pub fn bit_xor<W: Width>(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Bits { value: None, join: |a, b| a ^ b, datum: W::datum })
}
