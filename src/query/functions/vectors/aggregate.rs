//! `sum` and `avg` of dense vectors, and the steps of `avg` as functions over its state: an array
//! of the count and the sums.

use std::{marker::PhantomData, sync::Arc};

use super::element::Element;
use crate::{
    base::Result,
    err,
    query::functions::{Accumulator, Context, args},
    types::{Datum, array::ArrayValue, oid, vector::check_typmod},
};

fn overflow<T>() -> Result<T> {
    err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

/// Elements are rounded at each step, as the operator `+` does.
#[derive(Debug)]
struct Sum<E> {
    sums: Vec<E>,
}

impl<E: Element> Accumulator for Sum<E> {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = E::slice(&args[0]);
        if self.sums.is_empty() {
            self.sums = value.to_vec();
            return Ok(());
        }
        E::check_same(self.sums.len(), value.len())?;
        for (sum, element) in self.sums.iter_mut().zip(value) {
            *sum = E::nearest(sum.widen() + element.widen());
        }
        if self.sums.iter().any(|sum| !is_finite(*sum)) {
            return overflow();
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(match self.sums.is_empty() {
            true => Datum::Null,
            false => E::datum(self.sums.as_slice().into()),
        })
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * E::BYTES
    }
}

/// Widening a half is for finite ones only: an infinite one becomes a number past the largest half.
fn is_finite<E: Element>(element: E) -> bool {
    let value = element.widen();
    value.is_finite() && (E::BYTES != 2 || value.abs() < 65_520.0)
}

pub fn vector_sum<E: Element>(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Sum::<E> { sums: Vec::new() })
}

#[derive(Debug)]
struct Average<E> {
    sums: Vec<f64>,
    count: f64,
    element: PhantomData<E>,
}

impl<E: Element> Accumulator for Average<E> {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        accumulate(&mut self.sums, E::slice(&args[0]))?;
        self.count += 1.0;
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        average::<E>(self.count, &self.sums)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.sums.capacity() * size_of::<f64>()
    }
}

fn accumulate<E: Element>(sums: &mut Vec<f64>, value: &[E]) -> Result<()> {
    let value = value.iter().map(|element| f64::from(element.widen()));
    if sums.is_empty() {
        sums.extend(value);
        return Ok(());
    }
    check_typmod(sums.len() as i32, value.len())?;
    sums.iter_mut().zip(value).for_each(|(sum, element)| *sum += element);
    Ok(())
}

fn average<E: Element>(count: f64, sums: &[f64]) -> Result<Datum> {
    if count == 0.0 {
        return Ok(Datum::Null);
    }
    E::check_dimensions(sums.len())?;
    let elements: Result<Arc<[E]>> = sums.iter().map(|sum| E::read((sum / count) as f32)).collect();
    elements.map(E::datum)
}

pub fn vector_avg<E: Element>(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Average::<E> { sums: Vec::new(), count: 0.0, element: PhantomData })
}

/// Count and sums. Errors: XX000 if the array is not such a state.
fn state(value: &Datum, caller: &str) -> Result<(f64, Vec<f64>)> {
    let array = args::array(value);
    let numbers: Option<Vec<f64>> = array
        .elements
        .iter()
        .map(|element| if let Datum::Float8(value) = element { Some(*value) } else { None })
        .collect();
    match numbers.as_deref() {
        Some([count, sums @ ..]) if array.dimensions.len() == 1 => Ok((*count, sums.to_vec())),
        _ => err!(INTERNAL_ERROR, "{caller}: expected state array"),
    }
}

fn state_datum(count: f64, sums: Vec<f64>) -> Result<Datum> {
    if sums.iter().any(|sum| sum.is_infinite()) {
        return overflow();
    }
    let numbers = [count].into_iter().chain(sums).map(Datum::Float8).collect();
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::FLOAT8, numbers))))
}

/// `vector_accum(state, v)`
pub fn accum<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (count, mut sums) = state(&args[0], "vector_accum")?;
    accumulate(&mut sums, E::slice(&args[1]))?;
    state_datum(count + 1.0, sums)
}

/// `vector_combine(state, state)`
pub fn combine(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (a_count, a) = state(&args[0], "vector_combine")?;
    let (b_count, b) = state(&args[1], "vector_combine")?;
    if a_count == 0.0 || b_count == 0.0 {
        return state_datum(a_count + b_count, if a_count == 0.0 { b } else { a });
    }
    check_typmod(a.len() as i32, b.len())?;
    state_datum(a_count + b_count, a.iter().zip(&b).map(|(a, b)| a + b).collect())
}

/// `vector_avg(state)`
pub fn finish<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (count, sums) = state(&args[0], "vector_avg")?;
    average::<E>(count, &sums)
}
