//! `count`

use super::fixed_size;
use crate::{
    base::Result,
    query::functions::{Accumulator, Context},
    types::Datum,
};

#[derive(Debug, Default)]
struct Count(i64);

impl Accumulator for Count {
    fn add(&mut self, _: &Context, _: &[Datum]) -> Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn remove(&mut self, _: &Context, _: &[Datum]) -> Result<bool> {
        self.0 -= 1;
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(Datum::Int8(self.0))
    }

    fixed_size!();
}

/// `count(*)` and `count(x)`: the latter is strict, so it sees no NULL.
pub fn count(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Count::default())
}
