//! Reading arguments: the binder has checked their types, so a wrong kind is a broken invariant.

use std::sync::Arc;

use crate::types::{
    Datum, array::ArrayValue, bits::BitString, numeric::Numeric, sparsevec::SparseVector,
};

pub fn int4(value: &Datum) -> i32 {
    match value {
        Datum::Int4(value) => *value,
        other => unreachable!("int4 expected, found {other:?}"),
    }
}

pub fn numeric(value: &Datum) -> &Numeric {
    match value {
        Datum::Numeric(value) => value,
        other => unreachable!("numeric expected, found {other:?}"),
    }
}

pub fn bytea(value: &Datum) -> &[u8] {
    match value {
        Datum::Bytea(value) => value,
        other => unreachable!("bytea expected, found {other:?}"),
    }
}

pub fn array(value: &Datum) -> &Arc<ArrayValue> {
    match value {
        Datum::Array(value) => value,
        other => unreachable!("array expected, found {other:?}"),
    }
}

pub fn sparse(value: &Datum) -> &SparseVector {
    match value {
        Datum::SparseVector(value) => value,
        other => unreachable!("sparsevec expected, found {other:?}"),
    }
}

pub fn bits(value: &Datum) -> &BitString {
    match value {
        Datum::Bits(value) => value,
        other => unreachable!("bit expected, found {other:?}"),
    }
}

pub fn boolean(value: &Datum) -> bool {
    value.as_bool().expect("a strict function sees no NULL")
}
