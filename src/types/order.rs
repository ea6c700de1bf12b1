//! One total order per type, as bytes: `a < b` in SQL exactly when `key(a) < key(b)` as bytes, and
//! `a = b` exactly when the keys are equal. Serves btree keys in LMDB, and ORDER BY, GROUP BY and
//! joins over types whose stored bytes do not compare as SQL does.

use super::Datum;
use crate::base::Oid;

/// Whether Arrow's own comparison of the physical column is PostgreSQL's (bool, integers, text
/// but not `char(n)`, bytea, uuid, date, time, timestamps, oid). Floats are not: -0 = 0, and NaN is greatest.
pub fn is_native(_type_oid: Oid) -> bool {
    unimplemented!()
}

/// Appends the memcomparable key of a value that is not NULL.
pub fn key(_value: &Datum, _type_oid: Oid, _out: &mut Vec<u8>) {
    unimplemented!()
}

/// PostgreSQL's comparison of two values of one type, neither NULL.
pub fn compare(_a: &Datum, _b: &Datum, _type_oid: Oid) -> std::cmp::Ordering {
    unimplemented!()
}
