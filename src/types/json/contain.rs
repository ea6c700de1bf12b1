//! `@>` and `?` over canonical text, without making trees.

use std::{cmp::Ordering, collections::HashSet};

use super::{
    number,
    scan::{Kind, elements, kind, members},
    text::{escape_into, unescape},
    value::key_order,
};

/// Whether `inner` is contained in `outer`, both canonical; an array contains its elements alone
/// at the top level too.
pub fn contains(outer: &str, inner: &str) -> bool {
    match (kind(outer), kind(inner)) {
        (Kind::Array, inner_kind) if inner_kind.is_scalar() => has_element(outer, inner),
        _ => contains_value(outer, inner),
    }
}

/// Whether no object of valid JSON text has a key twice.
pub fn has_unique_keys(text: &str) -> bool {
    match kind(text) {
        Kind::Array => elements(text).all(has_unique_keys),
        Kind::Object => {
            let mut seen = HashSet::new();
            members(text).all(|(key, value)| seen.insert(unescape(key)) && has_unique_keys(value))
        }
        _ => true,
    }
}

fn contains_value(outer: &str, inner: &str) -> bool {
    match (kind(outer), kind(inner)) {
        (Kind::Object, Kind::Object) => contains_members(outer, inner),
        (Kind::Array, Kind::Array) => elements(inner).all(|element| {
            if kind(element).is_scalar() {
                has_element(outer, element)
            } else {
                elements(outer).any(|candidate| contains_value(candidate, element))
            }
        }),
        (Kind::Number, Kind::Number) => number::compare(outer, inner) == Ordering::Equal,
        (outer_kind, inner_kind) => {
            outer_kind == inner_kind && outer_kind.is_scalar() && outer == inner
        }
    }
}

fn has_element(array: &str, scalar: &str) -> bool {
    elements(array).any(|element| kind(element).is_scalar() && contains_value(element, scalar))
}

/// Both objects are in key order: one walk over the outer one suffices.
fn contains_members(outer: &str, inner: &str) -> bool {
    let mut outer = members(outer);
    members(inner).all(|(wanted, value)| {
        for (name, candidate) in outer.by_ref() {
            if name == wanted {
                return contains_value(candidate, value);
            }
            // Past its place, the key cannot come any more.
            if literal_order(name, wanted) == Ordering::Greater {
                return false;
            }
        }
        false
    })
}

/// The order of two keys given as literals.
fn literal_order(a: &str, b: &str) -> Ordering {
    if a.contains('\\') || b.contains('\\') {
        return key_order(&unescape(a), &unescape(b));
    }
    key_order(a, b)
}

/// Whether `key` is a key of the object, a string element of the array, or the string itself.
pub fn exists(text: &str, key: &str) -> bool {
    let mut literal = String::with_capacity(key.len() + 2);
    escape_into(key, &mut literal);
    match kind(text) {
        Kind::Object => members(text).any(|(name, _)| name == literal),
        Kind::Array => elements(text).any(|element| element == literal),
        _ => text == literal,
    }
}
