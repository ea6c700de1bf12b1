//! `array_agg`

use std::sync::Arc;

use super::STATE_BYTES;
use crate::{
    base::{Oid, Result},
    err,
    query::functions::{Accumulator, Context},
    types::{Datum, array::ArrayValue, oid},
};

/// The element type of the array that is the result.
fn element(context: &Context) -> Oid {
    oid::element_of(context.result.oid).unwrap_or(context.arg_types[0].oid)
}

#[derive(Debug, Default)]
struct Elements(Vec<Datum>);

impl Accumulator for Elements {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.0.push(args[0].clone());
        Ok(())
    }

    fn value(&self, context: &Context) -> Result<Datum> {
        if self.0.is_empty() {
            return Ok(Datum::Null);
        }
        Ok(Datum::Array(Arc::new(ArrayValue::of(element(context), self.0.clone()))))
    }

    fn size(&self) -> usize {
        STATE_BYTES + self.0.capacity() * size_of::<Datum>()
    }
}

pub fn array_agg(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Elements::default())
}

/// Arrays of one shape, gathered into an array of one more dimension.
#[derive(Debug, Default)]
struct Arrays {
    count: usize,
    shape: Vec<(usize, i32)>,
    elements: Vec<Datum>,
}

impl Accumulator for Arrays {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let Datum::Array(array) = &args[0] else {
            return err!(NULL_VALUE_NOT_ALLOWED, "cannot accumulate null arrays");
        };
        if self.count == 0 && array.dimensions.is_empty() {
            return err!(ARRAY_SUBSCRIPT_ERROR, "cannot accumulate empty arrays");
        }
        if self.count == 0 {
            self.shape.clone_from(&array.dimensions);
        } else if self.shape.len() != array.dimensions.len()
            || self.shape.iter().zip(&array.dimensions).any(|(a, b)| a.0 != b.0)
        {
            return err!(
                ARRAY_SUBSCRIPT_ERROR,
                "cannot accumulate arrays of different dimensionality"
            );
        }
        self.count += 1;
        self.elements.extend(array.elements.iter().cloned());
        Ok(())
    }

    fn value(&self, context: &Context) -> Result<Datum> {
        if self.count == 0 {
            return Ok(Datum::Null);
        }
        let mut dimensions = vec![(self.count, 1)];
        dimensions.extend(&self.shape);
        Ok(Datum::Array(Arc::new(ArrayValue {
            element: element(context),
            dimensions,
            elements: self.elements.clone(),
        })))
    }

    fn size(&self) -> usize {
        STATE_BYTES + self.elements.capacity() * size_of::<Datum>()
    }
}

pub fn array_agg_array(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Arrays::default())
}
