//! Cells and rows as the families write them.

use std::sync::Arc;

use crate::{
    base::Oid,
    types::{Datum, array::ArrayValue, oid},
};

/// What a family may put into a row.
pub(super) trait Cell {
    fn cell(self) -> Datum;
}

/// `row![table.oid, &table.name, 'r', NULL]`: one row of a system relation.
macro_rules! row {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::query::catalog::row::Cell::cell($value)),*]
    };
}
pub(super) use row;

pub(super) const NULL: Datum = Datum::Null;
/// The oid that names nothing.
pub(super) const NONE: Oid = Oid(0);

impl Cell for Datum {
    fn cell(self) -> Datum {
        self
    }
}

impl Cell for Oid {
    fn cell(self) -> Datum {
        Datum::Oid(self.0)
    }
}

impl Cell for &str {
    fn cell(self) -> Datum {
        Datum::text(self)
    }
}

impl Cell for &String {
    fn cell(self) -> Datum {
        Datum::text(self)
    }
}

impl Cell for &std::sync::Arc<str> {
    fn cell(self) -> Datum {
        Datum::text(&**self)
    }
}

impl Cell for String {
    fn cell(self) -> Datum {
        self.into()
    }
}

/// `"char"`
impl Cell for char {
    fn cell(self) -> Datum {
        Datum::text(self.encode_utf8(&mut [0; 4]))
    }
}

impl Cell for bool {
    fn cell(self) -> Datum {
        Datum::Bool(self)
    }
}

impl Cell for i16 {
    fn cell(self) -> Datum {
        Datum::Int2(self)
    }
}

impl Cell for i32 {
    fn cell(self) -> Datum {
        Datum::Int4(self)
    }
}

impl Cell for i64 {
    fn cell(self) -> Datum {
        Datum::Int8(self)
    }
}

impl Cell for f32 {
    fn cell(self) -> Datum {
        Datum::Float4(self)
    }
}

impl Cell for f64 {
    fn cell(self) -> Datum {
        Datum::Float8(self)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn cell(self) -> Datum {
        self.map_or(Datum::Null, Cell::cell)
    }
}

/// `information_schema.yes_or_no`
pub(super) fn yes(value: bool) -> &'static str {
    if value { "YES" } else { "NO" }
}

/// An array that counts from 1.
pub(super) fn array<T: Cell>(element: Oid, values: impl IntoIterator<Item = T>) -> Datum {
    let elements = values.into_iter().map(Cell::cell).collect();
    Datum::Array(Arc::new(ArrayValue::of(element, elements)))
}

pub(super) fn int2vector(values: impl IntoIterator<Item = i16>) -> Datum {
    counted_from_zero(oid::INT2, values.into_iter().map(Datum::Int2).collect())
}

pub(super) fn oidvector(values: impl IntoIterator<Item = Oid>) -> Datum {
    counted_from_zero(oid::OID, values.into_iter().map(Cell::cell).collect())
}

fn counted_from_zero(element: Oid, elements: Vec<Datum>) -> Datum {
    let dimensions = if elements.is_empty() { vec![] } else { vec![(elements.len(), 0)] };
    Datum::Array(Arc::new(ArrayValue { element, dimensions, elements }))
}
