//! The bytes of index keys: what scans look for and what writers put in.
//!
//! ```text
//! btree, for every key of the index: 1, then types::order::key   |   255 for NULL
//! inverted: the hashes of types::inverted, settled; NULL has none
//! ```
//!
//! `order::key` is self-delimiting, so the keys of several columns stand one after the other.

use crate::{
    base::Oid,
    storage::catalog::{Index, IndexKey},
    types::{
        Datum,
        inverted::{self, Class},
        oid, order,
    },
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

/// Whether keys of the type are never kept shortened: the index has their exact order, and two that
/// begin alike are the same.
pub fn is_whole(type_oid: Oid) -> bool {
    matches!(
        type_oid,
        oid::BOOL
            | oid::INT2
            | oid::INT4
            | oid::INT8
            | oid::FLOAT4
            | oid::FLOAT8
            | oid::OID
            | oid::DATE
            | oid::TIME
            | oid::TIMESTAMP
            | oid::TIMESTAMPTZ
            | oid::UUID
    )
}

/// The class of an inverted index's key.
pub fn class(key: &IndexKey) -> Option<Class> {
    Class::of(&key.opclass, key.ty.oid)
}

/// The keys of a row in an inverted index.
pub fn inverted(index: &Index, values: &[Datum]) -> Vec<u8> {
    let mut keys = Vec::new();
    for (column, (key, value)) in index.keys.iter().zip(values).enumerate() {
        if let Some(class) = class(key) {
            class.keys(column as u8, value, &mut keys);
        }
    }
    inverted::settle(&mut keys);
    keys
}

/// The key of a whole index entry.
pub fn entry(values: &[Datum], types: &[Oid]) -> Vec<u8> {
    let mut key = Vec::new();
    for (value, type_oid) in values.iter().zip(types) {
        push(value, *type_oid, &mut key);
    }
    key
}
