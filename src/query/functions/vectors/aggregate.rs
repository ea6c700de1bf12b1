//! `sum` and `avg` of vectors.

use crate::{
    base::Result,
    err,
    query::functions::{Accumulator, Context, args::vector},
    types::{
        Datum,
        vector::{check_same, check_typmod},
    },
};

#[derive(Debug, Default)]
struct VectorSum {
    sums: Vec<f32>,
}

impl Accumulator for VectorSum {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = vector(&args[0]);
        if self.sums.is_empty() {
            self.sums = value.to_vec();
            return Ok(());
        }
        check_same(self.sums.len(), value.len())?;
        for (sum, element) in self.sums.iter_mut().zip(value) {
            *sum += element;
        }
        if self.sums.iter().any(|sum| sum.is_infinite()) {
            return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(if self.sums.is_empty() {
            Datum::Null
        } else {
            Datum::Vector(self.sums.as_slice().into())
        })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * size_of::<f32>()
    }
}

pub fn vector_sum(_: &Context) -> Box<dyn Accumulator> {
    Box::new(VectorSum::default())
}

#[derive(Debug, Default)]
struct VectorAverage {
    sums: Vec<f64>,
    count: u64,
}

impl Accumulator for VectorAverage {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = vector(&args[0]);
        if self.count == 0 {
            self.sums = value.iter().map(|element| f64::from(*element)).collect();
        } else {
            check_typmod(self.sums.len() as i32, value.len())?;
            for (sum, element) in self.sums.iter_mut().zip(value) {
                *sum += f64::from(*element);
            }
        }
        self.count += 1;
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        if self.count == 0 {
            return Ok(Datum::Null);
        }
        let count = self.count as f64;
        Ok(Datum::Vector(self.sums.iter().map(|sum| (sum / count) as f32).collect()))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * size_of::<f64>()
    }
}

pub fn vector_avg(_: &Context) -> Box<dyn Accumulator> {
    Box::new(VectorAverage::default())
}
