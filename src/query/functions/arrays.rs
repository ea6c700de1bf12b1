//! Arrays: shape, joining, searching, changing, sorting, and their rows.

use std::sync::Arc;

use super::{Context, Family};
use crate::{
    base::Oid,
    types::{Datum, array::ArrayValue, oid},
};

mod build;
mod change;
mod rows;
mod search;
mod sets;
mod shape;
mod sort;
mod together;

pub use together::unnest_together;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

/// The element type of the array that a function returns.
fn result_element(context: &Context) -> Oid {
    oid::element_of(context.result.oid).unwrap_or(oid::TEXT)
}

fn datum(array: ArrayValue) -> Datum {
    Datum::Array(Arc::new(array))
}

/// How many elements one step of the first dimension spans.
fn stride(array: &ArrayValue) -> usize {
    array.dimensions.iter().skip(1).map(|(length, _)| length).product::<usize>().max(1)
}
