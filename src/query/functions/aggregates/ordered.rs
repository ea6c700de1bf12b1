//! Ordered-set aggregates: `percentile_cont`, `percentile_disc`, `mode`.
//!
//! The executor feeds the rows in the order of WITHIN GROUP; the arguments are the direct ones and
//! then the ordered value.

use std::{cmp::Ordering, sync::Arc};

use super::STATE_BYTES;
use crate::{
    base::Result,
    err,
    query::functions::{Accumulator, Context, args::array},
    types::{Datum, array::ArrayValue, oid, order},
};

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Between two values.
    Continuous,
    /// One of the values.
    Discrete,
}

#[derive(Debug)]
struct Percentile {
    kind: Kind,
    many: bool,
    /// The direct argument: a fraction or an array of them.
    fraction: Datum,
    values: Vec<Datum>,
}

impl Percentile {
    /// The value at a fraction of the way; NULL for a NULL fraction.
    fn at(&self, fraction: &Datum) -> Result<Datum> {
        if fraction.is_null() {
            return Ok(Datum::Null);
        }
        let fraction = fraction.as_f64();
        if !(0.0..=1.0).contains(&fraction) {
            return err!(
                NUMERIC_VALUE_OUT_OF_RANGE,
                "percentile value {fraction} is not between 0 and 1"
            );
        }
        let count = self.values.len();
        match self.kind {
            Kind::Discrete => {
                let row = (fraction * count as f64).ceil().max(1.0) as usize;
                Ok(self.values[row - 1].clone())
            }
            Kind::Continuous => {
                let position = fraction * (count - 1) as f64;
                let (low, high) = (position.floor(), position.ceil());
                let first = self.values[low as usize].as_f64();
                if low == high {
                    return Ok(Datum::Float8(first));
                }
                let second = self.values[high as usize].as_f64();
                Ok(Datum::Float8(first + (position - low) * (second - first)))
            }
        }
    }
}

impl Accumulator for Percentile {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        if self.values.is_empty() {
            self.fraction = args[0].clone();
        }
        if !args[1].is_null() {
            self.values.push(args[1].clone());
        }
        Ok(())
    }

    fn value(&self, context: &Context) -> Result<Datum> {
        if self.values.is_empty() || self.fraction.is_null() {
            return Ok(Datum::Null);
        }
        if !self.many {
            return self.at(&self.fraction);
        }
        let fractions = array(&self.fraction);
        let elements: Result<Vec<Datum>> =
            fractions.elements.iter().map(|fraction| self.at(fraction)).collect();
        Ok(Datum::Array(Arc::new(ArrayValue {
            element: oid::element_of(context.result.oid).unwrap_or(oid::FLOAT8),
            dimensions: fractions.dimensions.clone(),
            elements: elements?,
        })))
    }

    fn size(&self) -> usize {
        STATE_BYTES + self.values.capacity() * size_of::<Datum>()
    }
}

fn percentile(kind: Kind, many: bool) -> Box<dyn Accumulator> {
    Box::new(Percentile { kind, many, fraction: Datum::Null, values: Vec::new() })
}

pub fn percentile_cont(_: &Context) -> Box<dyn Accumulator> {
    percentile(Kind::Continuous, false)
}

pub fn percentile_cont_many(_: &Context) -> Box<dyn Accumulator> {
    percentile(Kind::Continuous, true)
}

pub fn percentile_disc(_: &Context) -> Box<dyn Accumulator> {
    percentile(Kind::Discrete, false)
}

pub fn percentile_disc_many(_: &Context) -> Box<dyn Accumulator> {
    percentile(Kind::Discrete, true)
}

/// The longest run of equal values; the first of them where runs are equally long.
#[derive(Debug, Default)]
struct Mode {
    best: Datum,
    best_count: u64,
    current: Datum,
    current_count: u64,
}

impl Accumulator for Mode {
    fn add(&mut self, context: &Context, args: &[Datum]) -> Result<()> {
        let value = &args[0];
        let type_oid = context.arg_types[0].oid;
        if self.current_count > 0
            && order::compare(&self.current, value, type_oid) == Ordering::Equal
        {
            self.current_count += 1;
        } else {
            self.current = value.clone();
            self.current_count = 1;
        }
        if self.current_count > self.best_count {
            self.best = self.current.clone();
            self.best_count = self.current_count;
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.best.clone())
    }

    fn size(&self) -> usize {
        STATE_BYTES * 2
    }
}

pub fn mode(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Mode::default())
}
