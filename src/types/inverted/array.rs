//! Arrays as a set of elements, however many dimensions they have.

use super::{
    Key, Strategy, Wanted,
    key::{Hash, Kind},
};
use crate::types::{Datum, array::ArrayValue, order};

/// The key of an element, by the bytes that order it.
pub fn element(column: u8, bytes: &[u8]) -> Key {
    Hash::new(column, Kind::Element).with(bytes).key()
}

pub fn keys(column: u8, array: &ArrayValue, each: &mut dyn FnMut(Key)) {
    if array.elements.is_empty() {
        return each(mark(column, Kind::Empty));
    }
    let mut bytes = Vec::new();
    for value in &array.elements {
        each(key(column, array, value, &mut bytes));
    }
}

fn mark(column: u8, kind: Kind) -> Key {
    Hash::new(column, kind).key()
}

fn key(column: u8, array: &ArrayValue, value: &Datum, bytes: &mut Vec<u8>) -> Key {
    if value.is_null() {
        return mark(column, Kind::NullElement);
    }
    bytes.clear();
    order::key(value, array.element, bytes);
    element(column, bytes)
}

pub fn wanted(column: u8, strategy: Strategy, query: &ArrayValue) -> Option<Wanted> {
    let mut bytes = Vec::new();
    let mut key = |value: &Datum| Wanted::Key(key(column, query, value, &mut bytes));
    let empty = Wanted::Key(mark(column, Kind::Empty));
    let present = query.elements.iter().filter(|value| !value.is_null());
    match strategy {
        // NULL is the same as nothing, not even NULL.
        Strategy::Contains if query.elements.iter().any(Datum::is_null) => Some(Wanted::NOTHING),
        Strategy::Contains => Wanted::all(present.map(|value| Some(key(value)))),
        Strategy::Overlaps => Wanted::any(present.map(|value| Some(key(value)))),
        Strategy::ContainedBy => {
            Wanted::any(present.map(|value| Some(key(value))).chain([Some(empty)]))
        }
        Strategy::Equals if query.elements.is_empty() => Some(empty),
        Strategy::Equals => Wanted::all(query.elements.iter().map(|value| Some(key(value)))),
        _ => None,
    }
}
