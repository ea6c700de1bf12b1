//! One total order per type, as bytes: `a < b` in SQL exactly when `key(a) < key(b)` as bytes, and
//! `a = b` exactly when the keys are equal. Serves btree keys in LMDB, and ORDER BY, GROUP BY and
//! joins over types whose stored bytes do not compare as SQL does.
//!
//! A key ends itself: no key is a prefix of another of its type, so that the keys of several
//! columns may follow one another. Text compares by bytes, which is PostgreSQL's `C` collation.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::{
    Datum, array::ArrayValue, halfvec::half::widen, interval::Interval, json, numeric::Numeric,
    oid, range, stored,
};
use crate::base::{Oid, Result};

/// Whether Arrow's own comparison of the physical column is PostgreSQL's (bool, integers, text
/// but not `char(n)`, bytea, uuid, date, time, timestamps, oid). Floats are not: -0 = 0, and NaN is greatest.
pub fn is_native(type_oid: Oid) -> bool {
    match type_oid {
        oid::BOOL
        | oid::INT2
        | oid::INT4
        | oid::INT8
        | oid::OID
        | oid::XID
        | oid::CID
        | oid::BYTEA
        | oid::UUID
        | oid::DATE
        | oid::TIME
        | oid::TIMESTAMP
        | oid::TIMESTAMPTZ => true,
        oid::BPCHAR | oid::JSONB | oid::TID | oid::PG_LSN => false,
        type_oid => oid::is_reg(type_oid) || oid::is_textual(type_oid),
    }
}

/// Appends the memcomparable key of a value that is not NULL.
pub fn key(value: &Datum, type_oid: Oid, out: &mut Vec<u8>) {
    match value {
        Datum::Null => unreachable!("NULL has no key: indexes mark it"),
        Datum::Bool(value) => out.push(u8::from(*value)),
        Datum::Int2(value) => out.extend((*value as u16 ^ 1 << 15).to_be_bytes()),
        Datum::Int4(value) | Datum::Date(value) => {
            out.extend((*value as u32 ^ 1 << 31).to_be_bytes());
        }
        Datum::Int8(value)
        | Datum::Time(value)
        | Datum::Timestamp(value)
        | Datum::TimestampTz(value) => out.extend(signed_64(*value)),
        Datum::Float4(value) => out.extend(ordered_f32(*value).to_be_bytes()),
        Datum::Float8(value) => out.extend(ordered_f64(*value).to_be_bytes()),
        Datum::Oid(value) => out.extend(value.to_be_bytes()),
        Datum::Numeric(value) => numeric_key(value, out),
        Datum::Text(value) => match type_oid {
            oid::BPCHAR => text_key(value.trim_end_matches(' '), out),
            oid::TID | oid::PG_LSN => {
                let (high, low) = address(value);
                out.extend(high.to_be_bytes());
                out.extend(low.to_be_bytes());
            }
            _ => text_key(value, out),
        },
        Datum::Bytea(value) => bytes_key(value, out),
        Datum::TimeTz(time, zone) => {
            out.extend(signed_64(instant(*time, *zone)));
            out.extend((*zone as u32 ^ 1 << 31).to_be_bytes());
        }
        Datum::Interval(value) => out.extend((span(value) as u128 ^ 1 << 127).to_be_bytes()),
        Datum::Uuid(value) => out.extend(value),
        Datum::Jsonb(value) => json::key(value, out),
        Datum::Array(value) => array_key(value, out),
        Datum::Vector(value) => {
            // No finite element's key is all zeros, so zeros end the vector below any element.
            value.iter().for_each(|element| out.extend(ordered_f32(*element).to_be_bytes()));
            out.extend([0; 4]);
        }
        Datum::HalfVector(value) => {
            let elements = value.iter().map(|element| ordered_f32(widen(*element)));
            elements.for_each(|element| out.extend(element.to_be_bytes()));
            out.extend([0; 4]);
        }
        Datum::SparseVector(value) => value.order_key(out),
        Datum::Bits(value) => {
            bytes_key(value.bytes(), out);
            out.extend((value.len() as u32).to_be_bytes());
        }
        Datum::Range(value) => value.order_key(type_oid, out),
        Datum::Multirange(value) => {
            for range in value.iter() {
                out.push(1);
                range.order_key(type_oid, out);
            }
            out.push(END);
        }
        Datum::TsVector(value) => value.order_key(out),
        Datum::TsQuery(value) => value.order_key(out),
        Datum::Record(fields) => {
            fields.iter().for_each(|(field, value)| member_key(value, field.oid, out));
            out.push(END);
        }
    }
}

/// Appends the key of a value in its stored bytes. Errors: XX001 if they are not of that type.
pub fn key_of_stored(bytes: &[u8], type_oid: Oid, out: &mut Vec<u8>) -> Result<()> {
    key(&stored::decode(type_oid, bytes)?, type_oid, out);
    Ok(())
}

/// A hash that is equal for SQL-equal values and the same in every process; NULL hashes too.
pub fn hash(value: &Datum, type_oid: Oid) -> u64 {
    let mut bytes = Vec::new();
    if !value.is_null() {
        key(value, type_oid, &mut bytes);
    }
    // FNV-1a
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// PostgreSQL's comparison of two values of one type, neither NULL.
pub fn compare(a: &Datum, b: &Datum, type_oid: Oid) -> Ordering {
    match (a, b) {
        (Datum::Bool(a), Datum::Bool(b)) => a.cmp(b),
        (Datum::Int2(a), Datum::Int2(b)) => a.cmp(b),
        (Datum::Int4(a), Datum::Int4(b)) | (Datum::Date(a), Datum::Date(b)) => a.cmp(b),
        (Datum::Int8(a), Datum::Int8(b))
        | (Datum::Time(a), Datum::Time(b))
        | (Datum::Timestamp(a), Datum::Timestamp(b))
        | (Datum::TimestampTz(a), Datum::TimestampTz(b)) => a.cmp(b),
        (Datum::Float4(a), Datum::Float4(b)) => ordered_f32(*a).cmp(&ordered_f32(*b)),
        (Datum::Float8(a), Datum::Float8(b)) => ordered_f64(*a).cmp(&ordered_f64(*b)),
        (Datum::Oid(a), Datum::Oid(b)) => a.cmp(b),
        (Datum::Numeric(a), Datum::Numeric(b)) => a.cmp(b),
        (Datum::Text(a), Datum::Text(b)) => match type_oid {
            oid::BPCHAR => a.trim_end_matches(' ').cmp(b.trim_end_matches(' ')),
            oid::TID | oid::PG_LSN => address(a).cmp(&address(b)),
            _ => a.cmp(b),
        },
        (Datum::Bytea(a), Datum::Bytea(b)) => a.cmp(b),
        (Datum::TimeTz(a, a_zone), Datum::TimeTz(b, b_zone)) => {
            instant(*a, *a_zone).cmp(&instant(*b, *b_zone)).then(a_zone.cmp(b_zone))
        }
        (Datum::Interval(a), Datum::Interval(b)) => span(a).cmp(&span(b)),
        (Datum::Uuid(a), Datum::Uuid(b)) => a.cmp(b),
        (Datum::Array(a), Datum::Array(b)) => compare_arrays(a, b),
        (Datum::Jsonb(a), Datum::Jsonb(b)) => json::compare(a, b),
        (Datum::TsVector(a), Datum::TsVector(b)) => a.compare(b),
        (Datum::TsQuery(a), Datum::TsQuery(b)) => a.compare(b),
        (Datum::Vector(a), Datum::Vector(b)) => {
            a.iter().map(|x| ordered_f32(*x)).cmp(b.iter().map(|x| ordered_f32(*x)))
        }
        (Datum::HalfVector(a), Datum::HalfVector(b)) => {
            let order = |element: &u16| ordered_f32(widen(*element));
            a.iter().map(order).cmp(b.iter().map(order))
        }
        (Datum::SparseVector(a), Datum::SparseVector(b)) => a.compare(b),
        (Datum::Bits(a), Datum::Bits(b)) => a.compare(b),
        (Datum::Range(a), Datum::Range(b)) => a.compare(b),
        (Datum::Multirange(a), Datum::Multirange(b)) => range::compare_all(a, b),
        (Datum::Record(a), Datum::Record(b)) => a
            .iter()
            .zip(b.iter())
            .map(|((field, a), (_, b))| compare_members(a, b, field.oid))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.len().cmp(&b.len())),
        _ => {
            let (mut a_key, mut b_key) = (Vec::new(), Vec::new());
            key(a, type_oid, &mut a_key);
            key(b, type_oid, &mut b_key);
            a_key.cmp(&b_key)
        }
    }
}

fn compare_arrays(a: &ArrayValue, b: &ArrayValue) -> Ordering {
    let shape = |array: &ArrayValue| {
        let (lengths, lowers): (Vec<_>, Vec<_>) = array.dimensions.iter().copied().unzip();
        (array.elements.len(), lengths.len(), lengths, lowers)
    };
    a.elements
        .iter()
        .zip(&b.elements)
        .map(|(x, y)| compare_members(x, y, a.element))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| shape(a).cmp(&shape(b)))
}

/// Inside arrays and records NULLs are equal to one another and above everything else.
fn compare_members(a: &Datum, b: &Datum, type_oid: Oid) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (false, false) => compare(a, b, type_oid),
        (a, b) => a.cmp(&b),
    }
}

const END: u8 = 0;
const VALUE: u8 = 1;
const NULL: u8 = 2;

fn member_key(value: &Datum, type_oid: Oid, out: &mut Vec<u8>) {
    if value.is_null() {
        return out.push(NULL);
    }
    out.push(VALUE);
    key(value, type_oid, out);
}

fn array_key(array: &ArrayValue, out: &mut Vec<u8>) {
    array.elements.iter().for_each(|element| member_key(element, array.element, out));
    out.push(END);
    out.push(array.dimensions.len() as u8);
    array.dimensions.iter().for_each(|(length, _)| out.extend((*length as u32).to_be_bytes()));
    array.dimensions.iter().for_each(|(_, low)| out.extend((*low as u32 ^ 1 << 31).to_be_bytes()));
}

/// Text holds no zero byte, so one ends it.
fn text_key(text: &str, out: &mut Vec<u8>) {
    out.extend(text.as_bytes());
    out.push(0);
}

/// Zero bytes are followed by 0xFF, and the end is a zero followed by a zero.
fn bytes_key(mut bytes: &[u8], out: &mut Vec<u8>) {
    while let Some(zero) = bytes.iter().position(|byte| *byte == 0) {
        out.extend(&bytes[..=zero]);
        out.push(0xFF);
        bytes = &bytes[zero + 1..];
    }
    out.extend(bytes);
    out.extend([0, 0]);
}

fn signed_64(value: i64) -> [u8; 8] {
    (value as u64 ^ 1 << 63).to_be_bytes()
}

/// Bits that order as PostgreSQL orders floats: -0 equals 0, NaN equals NaN and is greatest.
pub fn ordered_f32(value: f32) -> u32 {
    let bits =
        if value.is_nan() { f32::NAN.to_bits() & (u32::MAX >> 1) } else { (value + 0.0).to_bits() };
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// As [`ordered_f32`].
pub fn ordered_f64(value: f64) -> u64 {
    let bits =
        if value.is_nan() { f64::NAN.to_bits() & (u64::MAX >> 1) } else { (value + 0.0).to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Months of 30 days and days of 24 hours, in microseconds: what PostgreSQL compares.
pub fn span(value: &Interval) -> i128 {
    const DAY_US: i128 = 86_400_000_000;
    (i128::from(value.months) * 30 + i128::from(value.days)) * DAY_US + i128::from(value.micros)
}

/// Microseconds of a `timetz` at UTC.
fn instant(time: i64, west_seconds: i32) -> i64 {
    time + i64::from(west_seconds) * 1_000_000
}

/// The two numbers of a `tid` (`(block,offset)`, decimal) or a `pg_lsn` (`X/Y`, hexadecimal).
fn address(text: &str) -> (u32, u32) {
    let (text, radix) = match text.strip_prefix('(') {
        Some(rest) => (rest.trim_end_matches(')'), 10),
        None => (text, 16),
    };
    let (high, low) = text.split_once([',', '/']).unwrap_or((text, ""));
    let number = |digits: &str| u32::from_str_radix(digits, radix).unwrap_or_default();
    (number(high), number(low))
}

/// Rank, then for finite values the place of the first digit and the digits, two to a byte, ended
/// by a zero; complemented below zero.
fn numeric_key(value: &Numeric, out: &mut Vec<u8>) {
    out.push(match value {
        Numeric::NegativeInfinity => 0,
        Numeric::Finite(_) => (value.signum() + 2) as u8,
        Numeric::Infinity => 4,
        Numeric::NaN => 5,
    });
    let Some((coefficient, scale)) = value.parts() else { return };
    if value.signum() == 0 {
        return;
    }
    let start = out.len();
    let text = coefficient.magnitude().to_string();
    let exponent = text.len() as i32 - scale as i32;
    out.extend((exponent as u32 ^ 1 << 31).to_be_bytes());
    let (pairs, last) = text.trim_end_matches('0').as_bytes().as_chunks::<2>();
    out.extend(pairs.iter().map(|[a, b]| (a - b'0') * 10 + (b - b'0') + 1));
    out.extend(last.iter().map(|a| (a - b'0') * 10 + 1));
    out.push(0);
    if value.signum() < 0 {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}
