//! Functions, operators and casts of `json` and `jsonb`.

mod aggregates;
mod build;
mod casts;
mod compare;
mod constructor;
mod edit;
mod fields;
mod path;
mod predicate;
mod record;
mod rows;
mod sets;

#[cfg(test)]
mod tests;

pub use constructor::{json_array_of, json_object_of, unique_json};
pub use predicate::json_predicate;

use super::Family;
use crate::{
    base::Result,
    types::{Datum, array::ArrayValue, json::Value},
};

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    casts::add(&mut family);
    aggregates::add(&mut family);
    family
}

/// A `jsonb` datum of a tree.
fn jsonb(value: &Value) -> Datum {
    Datum::Jsonb(value.to_text().into())
}

/// The tree of a `jsonb` argument.
fn tree(value: &Datum) -> Result<Value<'_>> {
    Value::parse(value.as_str())
}

/// The elements of a `text[]`, NULLs included.
fn texts(value: &Datum) -> Vec<Option<&str>> {
    let array: &ArrayValue = super::args::array(value);
    array.elements.iter().map(|element| (!element.is_null()).then(|| element.as_str())).collect()
}

/// Whether an argument is `jsonb` and not `json`.
fn is_jsonb(value: &Datum) -> bool {
    matches!(value, Datum::Jsonb(_))
}
