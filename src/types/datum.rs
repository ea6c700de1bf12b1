//! One SQL value, and the SQL type that gives it its meaning.

use std::sync::Arc;

use super::{
    array::ArrayValue, bits::BitString, interval::Interval, numeric::Numeric, oid,
    range::RangeValue, sparsevec::SparseVector, tsquery::TsQuery, tsvector::TsVector,
};
use crate::base::Oid;

/// A SQL type as the binder knows it: the `pg_type` oid and the type modifier
/// (`-1` where there is none; the encoding is PostgreSQL's, see [`super::typmod`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct PgType {
    pub oid: Oid,
    pub typmod: i32,
}

impl PgType {
    pub const UNKNOWN: PgType = PgType::new(oid::UNKNOWN);
    pub const BOOL: PgType = PgType::new(oid::BOOL);
    pub const INT4: PgType = PgType::new(oid::INT4);
    pub const INT8: PgType = PgType::new(oid::INT8);
    pub const TEXT: PgType = PgType::new(oid::TEXT);

    pub const fn new(oid: Oid) -> Self {
        Self { oid, typmod: -1 }
    }

    pub const fn with_typmod(oid: Oid, typmod: i32) -> Self {
        Self { oid, typmod }
    }
}

/// One SQL value. It does not carry its SQL type: `text`, `varchar` and `json` are all `Text`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Datum {
    #[default]
    Null,
    Bool(bool),
    Int2(i16),
    Int4(i32),
    Int8(i64),
    Float4(f32),
    Float8(f64),
    /// `oid` and the `reg*` types.
    Oid(u32),
    Numeric(Numeric),
    /// `text`, `varchar`, `char(n)`, `name`, `"char"`, `json`, `unknown`, `cstring`.
    Text(Arc<str>),
    Bytea(Arc<[u8]>),
    /// Days since 2000-01-01; `i32::MIN` and `i32::MAX` are -infinity and infinity.
    Date(i32),
    /// Microseconds since midnight, 0..=86_400_000_000.
    Time(i64),
    /// Microseconds since midnight, and seconds *west* of UTC, as PostgreSQL keeps them.
    TimeTz(i64, i32),
    /// Microseconds since 2000-01-01 00:00; `i64::MIN` and `i64::MAX` are the infinities.
    Timestamp(i64),
    /// Microseconds since 2000-01-01 00:00 UTC; infinities as in `Timestamp`.
    TimestampTz(i64),
    Interval(Interval),
    Uuid([u8; 16]),
    /// `jsonb` as canonical text: PostgreSQL's output form, keys in PostgreSQL's order, no duplicates.
    Jsonb(Arc<str>),
    Array(Arc<ArrayValue>),
    Vector(Arc<[f32]>),
    /// `halfvec`: the bits of each element.
    HalfVector(Arc<[u16]>),
    SparseVector(Arc<SparseVector>),
    /// `bit` and `bit varying`.
    Bits(Arc<BitString>),
    Range(Arc<RangeValue>),
    /// In order, none empty, none touching the next.
    Multirange(Arc<[RangeValue]>),
    TsVector(Arc<TsVector>),
    TsQuery(Arc<TsQuery>),
    /// A composite value; each field with its type.
    Record(Arc<[(PgType, Datum)]>),
}

impl Datum {
    pub fn text(value: impl AsRef<str>) -> Self {
        Datum::Text(Arc::from(value.as_ref()))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Datum::Null)
    }

    /// The value of a `bool`; `None` for NULL. Panics on another kind: the binder has checked.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Datum::Null => None,
            Datum::Bool(value) => Some(*value),
            other => unreachable!("bool expected, found {other:?}"),
        }
    }

    /// The string of any textual kind (`Text` or `Jsonb`); panics on another kind or NULL.
    pub fn as_str(&self) -> &str {
        match self {
            Datum::Text(value) | Datum::Jsonb(value) => value,
            other => unreachable!("text expected, found {other:?}"),
        }
    }

    /// Any of the integers, or an oid, as an `i64`; panics on another kind or NULL.
    pub fn as_i64(&self) -> i64 {
        match self {
            Datum::Int2(value) => i64::from(*value),
            Datum::Int4(value) => i64::from(*value),
            Datum::Int8(value) => *value,
            Datum::Oid(value) => i64::from(*value),
            other => unreachable!("integer expected, found {other:?}"),
        }
    }

    /// Any of the floats or integers as an `f64`; panics on another kind or NULL.
    pub fn as_f64(&self) -> f64 {
        match self {
            Datum::Float4(value) => f64::from(*value),
            Datum::Float8(value) => *value,
            other => other.as_i64() as f64,
        }
    }
}

impl From<&str> for Datum {
    fn from(value: &str) -> Self {
        Datum::text(value)
    }
}

impl From<String> for Datum {
    fn from(value: String) -> Self {
        Datum::Text(value.into())
    }
}
