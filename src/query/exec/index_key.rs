//! The bytes of a btree index key: what an IndexScan looks for and what writers put in.
//!
//! ```text
//! for every key of the index: 1, then types::order::key   |   255 for NULL
//! ```
//!
//! `order::key` is self-delimiting, so the keys of several columns stand one after the other.

use crate::{
    base::Oid,
    types::{Datum, order},
};

/// Marks NULL, behind every value as in PostgreSQL's ascending order.
pub const NULL: u8 = 255;
const VALUE: u8 = 1;

/// Appends one key.
pub fn push(value: &Datum, type_oid: Oid, out: &mut Vec<u8>) {
    if value.is_null() {
        out.push(NULL);
    } else {
        out.push(VALUE);
        order::key(value, type_oid, out);
    }
}

/// The key of a whole index entry.
pub fn entry(values: &[Datum], types: &[Oid]) -> Vec<u8> {
    let mut key = Vec::new();
    for (value, type_oid) in values.iter().zip(types) {
        push(value, *type_oid, &mut key);
    }
    key
}
