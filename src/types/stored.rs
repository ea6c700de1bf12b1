//! The stored bytes of a value: what a row in LMDB and a binary Arrow cell hold.
//!
//! Numbers are little-endian, text is UTF-8, vectors are packed little-endian f32, and the richer
//! types have an encoding of their own beside their struct. The bytes never name the SQL type.

use std::sync::Arc;

use super::{
    Datum,
    array::ArrayValue,
    bits::BitString,
    datum::PgType,
    halfvec,
    interval::Interval,
    numeric::Numeric,
    oid,
    range::{self, RangeValue},
    sparsevec::SparseVector,
    tsquery::TsQuery,
    tsvector::TsVector,
    vector,
};
use crate::base::{Oid, PgError, Result, sqlstate};

/// XX001: bytes that no encoder of ours wrote.
pub fn corrupt() -> PgError {
    PgError::new(sqlstate::DATA_CORRUPTED, "stored value is corrupt")
}

/// Appends the stored bytes of `value` to `out`. NULL has none: rows and columns mark it.
pub fn encode(value: &Datum, out: &mut Vec<u8>) {
    match value {
        Datum::Null => {}
        Datum::Bool(value) => out.push(u8::from(*value)),
        Datum::Int2(value) => out.extend(value.to_le_bytes()),
        Datum::Int4(value) | Datum::Date(value) => out.extend(value.to_le_bytes()),
        Datum::Int8(value)
        | Datum::Time(value)
        | Datum::Timestamp(value)
        | Datum::TimestampTz(value) => out.extend(value.to_le_bytes()),
        Datum::TimeTz(time, zone) => {
            out.extend(time.to_le_bytes());
            out.extend(zone.to_le_bytes());
        }
        Datum::Float4(value) => out.extend(value.to_le_bytes()),
        Datum::Float8(value) => out.extend(value.to_le_bytes()),
        Datum::Oid(value) => out.extend(value.to_le_bytes()),
        Datum::Text(value) | Datum::Jsonb(value) => out.extend(value.as_bytes()),
        Datum::Bytea(value) => out.extend(value.iter()),
        Datum::Uuid(value) => out.extend(value),
        Datum::Vector(value) => vector::encode(value, out),
        Datum::HalfVector(value) => halfvec::encode(value, out),
        Datum::SparseVector(value) => value.encode(out),
        Datum::Bits(value) => value.encode(out),
        Datum::Range(value) => value.encode(out),
        Datum::Multirange(value) => range::encode_all(value, out),
        Datum::Numeric(value) => value.encode(out),
        Datum::Interval(value) => value.encode(out),
        Datum::Array(value) => value.encode(out),
        Datum::TsVector(value) => value.encode(out),
        Datum::TsQuery(value) => value.encode(out),
        Datum::Record(fields) => encode_record(fields, out),
    }
}

/// Reads a value of `type_oid` back. Errors: XX001 if the bytes are not of that type.
pub fn decode(type_oid: Oid, bytes: &[u8]) -> Result<Datum> {
    Ok(match type_oid {
        oid::BOOL => Datum::Bool(bytes == [1]),
        oid::INT2 => Datum::Int2(i16::from_le_bytes(exact(bytes)?)),
        oid::INT4 => Datum::Int4(i32::from_le_bytes(exact(bytes)?)),
        oid::INT8 => Datum::Int8(i64::from_le_bytes(exact(bytes)?)),
        oid::FLOAT4 => Datum::Float4(f32::from_le_bytes(exact(bytes)?)),
        oid::FLOAT8 => Datum::Float8(f64::from_le_bytes(exact(bytes)?)),
        oid::DATE => Datum::Date(i32::from_le_bytes(exact(bytes)?)),
        oid::TIME => Datum::Time(i64::from_le_bytes(exact(bytes)?)),
        oid::TIMESTAMP => Datum::Timestamp(i64::from_le_bytes(exact(bytes)?)),
        oid::TIMESTAMPTZ => Datum::TimestampTz(i64::from_le_bytes(exact(bytes)?)),
        oid::TIMETZ => {
            let (time, zone) = bytes.split_at_checked(8).ok_or_else(corrupt)?;
            Datum::TimeTz(i64::from_le_bytes(exact(time)?), i32::from_le_bytes(exact(zone)?))
        }
        oid::OID | oid::XID | oid::CID => Datum::Oid(u32::from_le_bytes(exact(bytes)?)),
        oid::BYTEA => Datum::Bytea(bytes.into()),
        oid::UUID => Datum::Uuid(exact(bytes)?),
        oid::VECTOR => Datum::Vector(vector::decode(bytes)?),
        oid::HALFVEC => Datum::HalfVector(halfvec::decode(bytes)?),
        oid::SPARSEVEC => Datum::SparseVector(Arc::new(SparseVector::decode(bytes)?)),
        oid::BIT | oid::VARBIT => Datum::Bits(Arc::new(BitString::decode(bytes)?)),
        oid::NUMERIC => Datum::Numeric(Numeric::decode(bytes)?),
        oid::INTERVAL => Datum::Interval(Interval::decode(bytes)?),
        oid::TSVECTOR => Datum::TsVector(Arc::new(TsVector::decode(bytes)?)),
        oid::TSQUERY => Datum::TsQuery(Arc::new(TsQuery::decode(bytes)?)),
        oid::JSONB => Datum::Jsonb(utf8(bytes)?.into()),
        oid::RECORD => Datum::Record(decode_record(bytes)?),
        type_oid if oid::is_reg(type_oid) => Datum::Oid(u32::from_le_bytes(exact(bytes)?)),
        type_oid if oid::is_textual(type_oid) => Datum::Text(utf8(bytes)?.into()),
        type_oid if oid::is_array(type_oid) => Datum::Array(Arc::new(ArrayValue::decode(bytes)?)),
        type_oid => {
            if let Some(element) = oid::range_element(type_oid) {
                return Ok(Datum::Range(Arc::new(RangeValue::decode(bytes, element)?)));
            }
            if let Some(element) = oid::multirange_element(type_oid) {
                return Ok(Datum::Multirange(range::decode_all(bytes, element)?));
            }
            return Err(PgError::internal(format!("type {type_oid} has no stored form")));
        }
    })
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| corrupt())
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| corrupt())
}

/// Appends a length and the bytes, or `u32::MAX` for NULL: the form of elements and fields.
pub fn encode_element(value: &Datum, out: &mut Vec<u8>) {
    if value.is_null() {
        out.extend(u32::MAX.to_le_bytes());
        return;
    }
    let start = out.len();
    out.extend([0; 4]);
    encode(value, out);
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Reads one element written by [`encode_element`] and moves `bytes` past it.
pub fn decode_element(type_oid: Oid, bytes: &mut &[u8]) -> Result<Datum> {
    let length = take_u32(bytes)?;
    if length == u32::MAX {
        return Ok(Datum::Null);
    }
    decode(type_oid, take(bytes, length as usize)?)
}

/// Takes `count` bytes off the front.
pub fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(count).ok_or_else(corrupt)?;
    *bytes = tail;
    Ok(head)
}

/// Takes a little-endian u32 off the front.
pub fn take_u32(bytes: &mut &[u8]) -> Result<u32> {
    Ok(u32::from_le_bytes(exact(take(bytes, 4)?)?))
}

fn encode_record(fields: &[(PgType, Datum)], out: &mut Vec<u8>) {
    out.extend((fields.len() as u32).to_le_bytes());
    for (field_type, value) in fields {
        out.extend(field_type.oid.0.to_le_bytes());
        out.extend(field_type.typmod.to_le_bytes());
        encode_element(value, out);
    }
}

fn decode_record(mut bytes: &[u8]) -> Result<Arc<[(PgType, Datum)]>> {
    let count = take_u32(&mut bytes)?;
    let mut fields = Vec::new();
    for _ in 0..count {
        let type_oid = Oid(take_u32(&mut bytes)?);
        let typmod = take_u32(&mut bytes)? as i32;
        fields.push((PgType::with_typmod(type_oid, typmod), decode_element(type_oid, &mut bytes)?));
    }
    Ok(fields.into())
}
