//! Reading arguments: the binder has checked their types, so a wrong kind is a broken invariant.

use std::sync::Arc;

use crate::types::{Datum, array::ArrayValue, numeric::Numeric};

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

pub fn vector(value: &Datum) -> &[f32] {
    match value {
        Datum::Vector(value) => value,
        other => unreachable!("vector expected, found {other:?}"),
    }
}

pub fn boolean(value: &Datum) -> bool {
    value.as_bool().expect("a strict function sees no NULL")
}
