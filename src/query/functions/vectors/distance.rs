//! Distances of dense vectors, row by row and over columns.
//!
//! The columnar forms read stored bytes in place. A query vector that stands for the whole column
//! is read once.

use std::sync::Arc;

use super::{arithmetic::norm, element::Element};
use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, BinaryViewArray, Float64Array},
    buffer::NullBuffer,
};

use crate::{
    base::Result,
    query::functions::{Context, columns::Operand},
    types::{
        Datum,
        vector::distance::{self, Elements},
    },
};

/// A distance, as the row form and the columnar form of one function.
macro_rules! distances {
    ($($name:ident $columns:ident $compute:expr;)*) => {$(
        pub fn $name<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
            let (a, b) = (E::slice(&args[0]), E::slice(&args[1]));
            E::check_same(a.len(), b.len())?;
            Ok(Datum::Float8($compute(E::kernel(a), E::kernel(b))))
        }

        pub fn $columns<E: Element>(
            _: &Context,
            args: &[ArrayRef],
            rows: usize,
        ) -> Result<ArrayRef> {
            over_columns::<E>(
                args,
                rows,
                |query, stored| $compute(query, stored),
                |a, b| $compute(a, b),
            )
        }
    )*};
}

fn inner(a: impl Elements, b: impl Elements) -> f64 {
    f64::from(distance::inner_product(a, b))
}

fn negative_inner(a: impl Elements, b: impl Elements) -> f64 {
    -inner(a, b)
}

fn manhattan(a: impl Elements, b: impl Elements) -> f64 {
    f64::from(distance::l1(a, b))
}

fn squared(a: impl Elements, b: impl Elements) -> f64 {
    f64::from(distance::l2_squared(a, b))
}

/// The angle between unit vectors, as a share of half a turn.
fn spherical(a: impl Elements, b: impl Elements) -> f64 {
    inner(a, b).clamp(-1.0, 1.0).acos() / std::f64::consts::PI
}

distances! {
    l2_distance l2_distance_columns distance::l2;
    inner_product inner_product_columns inner;
    vector_negative_inner_product vector_negative_inner_product_columns negative_inner;
    l1_distance l1_distance_columns manhattan;
    vector_l2_squared_distance vector_l2_squared_distance_columns squared;
    vector_spherical_distance vector_spherical_distance_columns spherical;
}

pub fn cosine_distance<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (a, b) = (E::slice(&args[0]), E::slice(&args[1]));
    E::check_same(a.len(), b.len())?;
    Ok(Datum::Float8(distance::cosine(E::kernel(a), E::kernel(b))))
}

/// As [`cosine_distance`]; the norm of a constant query is computed once.
pub fn cosine_distance_columns<E: Element>(
    _: &Context,
    args: &[ArrayRef],
    rows: usize,
) -> Result<ArrayRef> {
    let mut norm = None;
    over_columns::<E>(
        args,
        rows,
        |query, stored| {
            let norm = *norm.get_or_insert_with(|| distance::norm_squared(query));
            distance::cosine_with_norm(query, norm, stored)
        },
        |a, b| distance::cosine(a, b),
    )
}

/// Whether every cell of a column is the very same bytes, so that one stands for all.
fn is_repeated(cells: &BinaryViewArray) -> bool {
    let views = cells.views();
    cells.null_count() == 0 && views.iter().all(|view| *view == views[0])
}

fn over_columns<E: Element>(
    args: &[ArrayRef],
    rows: usize,
    mut with_query: impl FnMut(E::Kernel<'_>, E::Stored<'_>) -> f64,
    of_both: impl Fn(E::Stored<'_>, E::Stored<'_>) -> f64,
) -> Result<ArrayRef> {
    let (left, right) = (Operand::new(&args[0], rows), Operand::new(&args[1], rows));
    let nulls = NullBuffer::union(left.nulls(rows).as_ref(), right.nulls(rows).as_ref());
    let (a, b) = (left.array.as_binary_view(), right.array.as_binary_view());
    let mut values = vec![0.0; rows];
    let present = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    // All distances are symmetric, so the query may be either argument.
    let query = if rows == 0 {
        None
    } else if is_repeated(b) {
        Some((b.value(0), a, &left))
    } else if is_repeated(a) {
        Some((a.value(0), b, &right))
    } else {
        None
    };
    if let Some((query, column, operand)) = query {
        let query = E::decode(query)?;
        for row in (0..rows).filter(|row| present(*row)) {
            let cell = column.value(operand.at(row));
            E::check_same(cell.len() / E::BYTES, query.len())?;
            values[row] = with_query(E::kernel(&query), E::stored(cell));
        }
    } else {
        for row in (0..rows).filter(|row| present(*row)) {
            let (x, y) = (a.value(left.at(row)), b.value(right.at(row)));
            E::check_same(x.len() / E::BYTES, y.len() / E::BYTES)?;
            values[row] = of_both(E::stored(x), E::stored(y));
        }
    }
    Ok(Arc::new(Float64Array::new(values.into(), nulls)))
}

pub fn vector_norm<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(norm(E::slice(&args[0]))))
}

pub fn vector_dims<E: Element>(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(E::slice(&args[0]).len() as i32))
}
