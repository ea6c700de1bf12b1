//! `min`, `max`, `any_value`

use std::cmp::Ordering;

use super::STATE_BYTES;
use crate::{
    base::Result,
    query::functions::{Accumulator, Context},
    types::{Datum, order},
};

#[derive(Debug)]
struct Extreme {
    best: Datum,
    /// What a better value is to the best one; `Equal`: the first one stays.
    better: Ordering,
}

impl Accumulator for Extreme {
    fn add(&mut self, context: &Context, args: &[Datum]) -> Result<()> {
        let value = &args[0];
        let replaces = match self.better {
            Ordering::Equal => self.best.is_null(),
            // Of equal values the last one stays, which shows in -0 and in numerics' scales.
            better => {
                self.best.is_null()
                    || order::compare(value, &self.best, context.arg_types[0].oid)
                        != better.reverse()
            }
        };
        if replaces {
            self.best = value.clone();
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.best.clone())
    }

    fn size(&self) -> usize {
        STATE_BYTES
            + match &self.best {
                Datum::Text(text) => text.len(),
                Datum::Bytea(bytes) => bytes.len(),
                _ => 0,
            }
    }
}

pub fn min(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Extreme { best: Datum::Null, better: Ordering::Less })
}

pub fn max(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Extreme { best: Datum::Null, better: Ordering::Greater })
}

pub fn any_value(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Extreme { best: Datum::Null, better: Ordering::Equal })
}
