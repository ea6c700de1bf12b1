//! Rows as hashable bytes, and PostgreSQL's order of rows: what joins, groups, sets and sorts
//! compare by.

use std::cmp::Ordering;

use datafusion::arrow::array::ArrayRef;

use crate::{
    base::{Oid, Result},
    query::ir::{Field, SortKey},
    types::{Datum, column::datum_at, oid, order},
};

/// Appends a value so that two values have equal bytes exactly when they are not distinct.
pub fn push_key(value: &Datum, type_oid: Oid, out: &mut Vec<u8>) {
    if value.is_null() {
        out.push(0);
        return;
    }
    out.push(1);
    let start = out.len();
    out.extend([0; 4]);
    match value {
        // Integers of two widths meet in int8.
        Datum::Int2(_) | Datum::Int4(_) if type_oid == oid::INT8 => {
            order::key(&Datum::Int8(value.as_i64()), type_oid, out);
        }
        value => order::key(value, type_oid, out),
    }
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// The key of several values.
pub fn row_key(values: &[Datum], types: &[Oid]) -> Vec<u8> {
    let mut key = Vec::with_capacity(values.len() * 16);
    for (value, type_oid) in values.iter().zip(types) {
        push_key(value, *type_oid, &mut key);
    }
    key
}

/// The key of every row of some columns.
pub fn batch_keys(columns: &[ArrayRef], types: &[Oid], rows: usize) -> Result<Vec<Vec<u8>>> {
    let mut keys = vec![Vec::new(); rows];
    for (column, type_oid) in columns.iter().zip(types) {
        for (row, key) in keys.iter_mut().enumerate() {
            push_key(&datum_at(column, *type_oid, row)?, *type_oid, key);
        }
    }
    Ok(keys)
}

pub fn types_of(fields: &[Field]) -> Vec<Oid> {
    fields.iter().map(|field| field.ty.oid).collect()
}

/// How one key of ORDER BY compares.
#[derive(Clone, Copy, Debug)]
pub struct KeyOrder {
    pub type_oid: Oid,
    pub descending: bool,
    pub nulls_first: bool,
}

impl KeyOrder {
    pub fn of(keys: &[SortKey]) -> Vec<KeyOrder> {
        keys.iter()
            .map(|key| KeyOrder {
                type_oid: key.expr.ty().oid,
                descending: key.descending,
                nulls_first: key.nulls_first,
            })
            .collect()
    }

    pub fn ascending(type_oid: Oid) -> KeyOrder {
        KeyOrder { type_oid, descending: false, nulls_first: false }
    }

    pub fn compare(&self, a: &Datum, b: &Datum) -> Ordering {
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) if self.nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if self.nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let ordering = order::compare(a, b, self.type_oid);
                if self.descending { ordering.reverse() } else { ordering }
            }
        }
    }
}

/// Compares two rows of key values.
pub fn compare_rows(a: &[Datum], b: &[Datum], orders: &[KeyOrder]) -> Ordering {
    for ((a, b), order) in a.iter().zip(b).zip(orders) {
        let ordering = order.compare(a, b);
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}
