//! Binary input and output (`typsend`, `typreceive`), big-endian as on the wire and in binary COPY.

mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::arrow::{
    array::{Array, AsArray},
    datatypes::{Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, UInt32Type},
};

pub use wire::Wire;

use super::{
    Datum, Physical, array::ArrayValue, bits::BitString, datum::PgType, halfvec,
    interval::Interval, json, numeric::Numeric, oid, range, sparsevec::SparseVector, stored,
    text_io::scalar, tsquery::TsQuery, tsvector::TsVector, typmod, vector,
};
use crate::{
    base::{Oid, Result},
    err,
};

const DAY_US: i64 = 86_400_000_000;
/// 4714-11-24 BC and 294277-01-01 AD: the first timestamp, and the first past the last.
const TIMESTAMP_MIN: i64 = -211_813_488_000_000_000;
const TIMESTAMP_END: i64 = 9_223_371_331_200_000_000;
/// 4714-11-24 BC and 5874898-01-01 AD, as dates.
const DATE_MIN: i32 = -2_451_545;
const DATE_END: i32 = 2_145_031_949;
/// PostgreSQL's TZDISP_LIMIT, seconds.
const ZONE_LIMIT: i32 = 16 * 3600;
/// The version byte of `jsonb` and `jsonpath`.
const JSON_VERSION: u8 = 1;

/// Reads the wire form. Errors: 22P03 and the type's own; 08P01 if the bytes end early.
pub fn receive(bytes: &[u8], target: PgType) -> Result<Datum> {
    let typmod = target.typmod;
    let mut wire = Wire::new(bytes);
    let value = match target.oid {
        oid::BOOL => Datum::Bool(wire.u8()? != 0),
        oid::INT2 => Datum::Int2(wire.i16()?),
        oid::INT4 => Datum::Int4(wire.i32()?),
        oid::INT8 => Datum::Int8(wire.i64()?),
        oid::FLOAT4 => Datum::Float4(f32::from_bits(wire.u32()?)),
        oid::FLOAT8 => Datum::Float8(f64::from_bits(wire.i64()? as u64)),
        oid::OID | oid::XID | oid::CID => Datum::Oid(wire.u32()?),
        oid::DATE => Datum::Date(check_date(wire.i32()?)?),
        oid::TIME => Datum::Time(check_time(wire.i64()?)?),
        oid::TIMETZ => {
            let (time, west) = (check_time(wire.i64()?)?, wire.i32()?);
            if !(-ZONE_LIMIT < west && west < ZONE_LIMIT) {
                return err!(
                    INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                    "time zone displacement out of range"
                );
            }
            Datum::TimeTz(time, west)
        }
        oid::TIMESTAMP => Datum::Timestamp(check_timestamp(wire.i64()?)?),
        oid::TIMESTAMPTZ => Datum::TimestampTz(check_timestamp(wire.i64()?)?),
        oid::INTERVAL => {
            let (micros, days, months) = (wire.i64()?, wire.i32()?, wire.i32()?);
            Datum::Interval(Interval { months, days, micros })
        }
        oid::UUID => Datum::Uuid(*wire.array()?),
        oid::CHAR => Datum::Text(scalar::char_of_byte(wire.u8()?).into()),
        oid::TID => {
            let (block, offset) = (wire.u32()?, wire.i16()? as u16);
            Datum::Text(format!("({block},{offset})").into())
        }
        oid::PG_LSN => {
            let (high, low) = (wire.u32()?, wire.u32()?);
            Datum::Text(format!("{high:X}/{low:X}").into())
        }
        oid::BYTEA => Datum::Bytea(wire.rest().into()),
        oid::NUMERIC => Datum::Numeric(Numeric::receive(wire.rest())?),
        oid::VECTOR => Datum::Vector(vector::receive(wire.rest(), typmod)?),
        oid::HALFVEC => Datum::HalfVector(halfvec::receive(wire.rest(), typmod)?),
        oid::SPARSEVEC => Datum::SparseVector(SparseVector::receive(wire.rest(), typmod)?),
        oid::BIT | oid::VARBIT => Datum::Bits(BitString::receive(wire.rest())?),
        oid::TSVECTOR => Datum::TsVector(Arc::new(TsVector::receive(wire.rest())?)),
        oid::TSQUERY => Datum::TsQuery(Arc::new(TsQuery::receive(wire.rest())?)),
        oid::JSON => {
            let text = wire.text()?;
            json::validate(text)?;
            Datum::text(text)
        }
        oid::JSONB => {
            let version = wire.u8()?;
            if version != JSON_VERSION {
                return err!(INTERNAL_ERROR, "unsupported jsonb version number {version}");
            }
            Datum::Jsonb(json::canonical(wire.text()?)?.into())
        }
        oid::JSONPATH => {
            let version = wire.u8()?;
            if version != JSON_VERSION {
                return err!(INTERNAL_ERROR, "unsupported jsonpath version number: {version}");
            }
            Datum::text(wire.text()?)
        }
        oid::NAME => Datum::text(scalar::truncate_name(wire.text()?)),
        oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::UNKNOWN | oid::CSTRING => {
            Datum::text(wire.text()?)
        }
        oid::VOID => {
            wire.rest();
            Datum::text("")
        }
        oid::RECORD => {
            return err!(
                FEATURE_NOT_SUPPORTED,
                "input of anonymous composite types is not implemented"
            );
        }
        reg if oid::is_reg(reg) => Datum::Oid(wire.u32()?),
        array => match oid::element_of(array) {
            Some(element) => {
                let element = PgType::with_typmod(element, typmod);
                return Ok(Datum::Array(Arc::new(ArrayValue::receive(wire.rest(), element)?)));
            }
            None => {
                if let Some(value) = range::receive(&mut wire, array)? {
                    wire.finish()?;
                    return Ok(value);
                }
                return err!(
                    UNDEFINED_FUNCTION,
                    "no binary input function available for type {}",
                    typmod::format_type(PgType::new(array))
                );
            }
        },
    };
    wire.finish()?;
    typmod::coerce(value, target, false)
}

fn check_date(days: i32) -> Result<i32> {
    if matches!(days, i32::MIN | i32::MAX) || (DATE_MIN..DATE_END).contains(&days) {
        return Ok(days);
    }
    err!(DATETIME_FIELD_OVERFLOW, "date out of range")
}

fn check_time(micros: i64) -> Result<i64> {
    if (0..=DAY_US).contains(&micros) {
        return Ok(micros);
    }
    err!(DATETIME_FIELD_OVERFLOW, "time out of range")
}

fn check_timestamp(micros: i64) -> Result<i64> {
    if matches!(micros, i64::MIN | i64::MAX) || (TIMESTAMP_MIN..TIMESTAMP_END).contains(&micros) {
        return Ok(micros);
    }
    err!(DATETIME_FIELD_OVERFLOW, "timestamp out of range")
}

/// Appends the wire form of a value that is not NULL.
pub fn send(value: &Datum, type_oid: Oid, out: &mut Vec<u8>) {
    match value {
        Datum::Null => unreachable!("NULL has no wire form: callers mark it"),
        Datum::Bool(value) => out.push(u8::from(*value)),
        Datum::Int2(value) => out.extend(value.to_be_bytes()),
        Datum::Int4(value) | Datum::Date(value) => out.extend(value.to_be_bytes()),
        Datum::Int8(value)
        | Datum::Time(value)
        | Datum::Timestamp(value)
        | Datum::TimestampTz(value) => out.extend(value.to_be_bytes()),
        Datum::Float4(value) => out.extend(value.to_be_bytes()),
        Datum::Float8(value) => out.extend(value.to_be_bytes()),
        Datum::Oid(value) => out.extend(value.to_be_bytes()),
        Datum::Numeric(value) => value.send(out),
        Datum::Text(value) => send_text(value, type_oid, out),
        Datum::Jsonb(value) => {
            out.push(JSON_VERSION);
            out.extend(value.as_bytes());
        }
        Datum::Bytea(value) => out.extend_from_slice(value),
        Datum::TimeTz(time, west) => {
            out.extend(time.to_be_bytes());
            out.extend(west.to_be_bytes());
        }
        Datum::Interval(value) => {
            out.extend(value.micros.to_be_bytes());
            out.extend(value.days.to_be_bytes());
            out.extend(value.months.to_be_bytes());
        }
        Datum::Uuid(value) => out.extend(value),
        Datum::Array(value) => value.send(out),
        Datum::Vector(value) => vector::send(value, out),
        Datum::HalfVector(value) => halfvec::send(value, out),
        Datum::SparseVector(value) => value.send(out),
        Datum::Bits(value) => value.send(out),
        Datum::Range(value) => value.send(type_oid, out),
        Datum::Multirange(value) => range::send_all(value, type_oid, out),
        Datum::TsVector(value) => value.send(out),
        Datum::TsQuery(value) => value.send(out),
        Datum::Record(fields) => {
            out.extend((fields.len() as i32).to_be_bytes());
            for (field, value) in fields.iter() {
                out.extend(field.oid.0.to_be_bytes());
                send_field(value, field.oid, out);
            }
        }
    }
}

/// The types whose value is a string in memory but not all of them on the wire.
fn send_text(text: &str, type_oid: Oid, out: &mut Vec<u8>) {
    match type_oid {
        oid::JSONB | oid::JSONPATH => {
            out.push(JSON_VERSION);
            out.extend(text.as_bytes());
        }
        oid::CHAR => out.push(scalar::byte_of_char(text)),
        oid::TID => {
            let inside = text.trim_matches(['(', ')']);
            let (block, offset) = inside.split_once(',').unwrap_or_default();
            out.extend(block.parse::<u32>().unwrap_or_default().to_be_bytes());
            out.extend(offset.parse::<u16>().unwrap_or_default().to_be_bytes());
        }
        oid::PG_LSN => {
            let (high, low) = text.split_once('/').unwrap_or_default();
            for half in [high, low] {
                out.extend(u32::from_str_radix(half, 16).unwrap_or_default().to_be_bytes());
            }
        }
        _ => out.extend(text.as_bytes()),
    }
}

/// Appends an i32 length and the wire form, or -1 for NULL: array elements, fields, DataRow.
pub fn send_field(value: &Datum, type_oid: Oid, out: &mut Vec<u8>) {
    if value.is_null() {
        return out.extend((-1i32).to_be_bytes());
    }
    let start = out.len();
    out.extend([0; 4]);
    send(value, type_oid, out);
    let length = (out.len() - start - 4) as i32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

/// Appends the wire form of one cell that is not NULL, straight from the column.
/// Errors: XX001 if a binary cell is corrupt.
pub fn send_cell(array: &dyn Array, type_oid: Oid, row: usize, out: &mut Vec<u8>) -> Result<()> {
    match Physical::of(type_oid) {
        Physical::Bool => out.push(u8::from(array.as_boolean().value(row))),
        Physical::Int16 => out.extend(array.as_primitive::<Int16Type>().value(row).to_be_bytes()),
        Physical::Int32 => out.extend(array.as_primitive::<Int32Type>().value(row).to_be_bytes()),
        Physical::Int64 => out.extend(array.as_primitive::<Int64Type>().value(row).to_be_bytes()),
        Physical::Float32 => {
            out.extend(array.as_primitive::<Float32Type>().value(row).to_be_bytes());
        }
        Physical::Float64 => {
            out.extend(array.as_primitive::<Float64Type>().value(row).to_be_bytes());
        }
        Physical::UInt32 => out.extend(array.as_primitive::<UInt32Type>().value(row).to_be_bytes()),
        Physical::Utf8 => send_text(array.as_string_view().value(row), type_oid, out),
        Physical::Binary => {
            let bytes = array.as_binary_view().value(row);
            match type_oid {
                oid::VECTOR => vector::send_stored(bytes, out),
                oid::UUID | oid::BYTEA => out.extend_from_slice(bytes),
                oid::NUMERIC => Numeric::decode(bytes)?.send(out),
                _ => send(&stored::decode(type_oid, bytes)?, type_oid, out),
            }
        }
    }
    Ok(())
}
