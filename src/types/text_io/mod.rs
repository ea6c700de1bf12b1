//! Text input and output of every type.

pub mod float;
pub mod integer;
pub mod record;
pub mod scalar;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::arrow::{
    array::{Array, AsArray},
    datatypes::{Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, UInt32Type},
};

use super::{
    Datum, Physical,
    aclitem::AclItem,
    array::ArrayValue,
    bits,
    datetime::{self, DateFormat, DateOrder, DateStyle, IntervalStyle, TimeZone},
    datum::PgType,
    halfvec, json,
    numeric::Numeric,
    oid, range, shape, sparsevec, stored,
    tsquery::TsQuery,
    tsvector::TsVector,
    typmod, vector,
};
use crate::{
    base::{Oid, Result},
    err, pg_error,
};

/// The settings that text forms depend on.
#[derive(Clone, Debug)]
pub struct Style {
    pub time_zone: TimeZone,
    pub date_style: DateStyle,
    pub interval_style: IntervalStyle,
    /// -15..=3; above 0 is the shortest exact form
    pub extra_float_digits: i32,
    pub bytea_escape: bool,
    /// Names for the `reg*` types; without one they print as numbers.
    pub names: Option<Arc<dyn Names>>,
    /// Transaction start, microseconds since 2000-01-01 UTC, for `now` and `today`.
    pub now: i64,
}

impl Default for Style {
    /// PostgreSQL's defaults: UTC, `ISO, MDY`, `postgres` intervals, shortest floats, `hex` bytea.
    fn default() -> Self {
        Self {
            time_zone: TimeZone::Fixed(0),
            date_style: DateStyle { format: DateFormat::Iso, order: DateOrder::Mdy },
            interval_style: IntervalStyle::Postgres,
            extra_float_digits: 1,
            bytea_escape: false,
            names: None,
            now: 0,
        }
    }
}

/// What `regclass`, `regtype` and their kin need of the catalogue.
pub trait Names: Send + Sync + std::fmt::Debug {
    /// The printed name of an object, e.g. `public.docs`; `None` prints the number.
    fn name_of(&self, reg_type: Oid, object: Oid) -> Option<String>;
    /// The object with that (possibly qualified, possibly quoted) name.
    fn object_of(&self, reg_type: Oid, name: &str) -> Result<Oid>;
}

/// C's `isspace`, which surrounds most types' input.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, ' ' | '\t'..='\r'))
}

/// Parses `text` as a value of `target`, as the type's input function does: a length that the type
/// modifier does not allow is an error, never a silent cut.
/// Errors: 22P02 and its kin, PostgreSQL's words.
pub fn parse(text: &str, target: PgType, style: &Style) -> Result<Datum> {
    let typmod = target.typmod;
    let value = match target.oid {
        oid::BOOL => Datum::Bool(scalar::parse_bool(text)?),
        oid::INT2 => {
            let (min, max) = (i64::from(i16::MIN), i64::from(i16::MAX));
            Datum::Int2(integer::parse(text, "smallint", min, max)? as i16)
        }
        oid::INT4 => {
            let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
            Datum::Int4(integer::parse(text, "integer", min, max)? as i32)
        }
        oid::INT8 => Datum::Int8(integer::parse(text, "bigint", i64::MIN, i64::MAX)?),
        oid::FLOAT4 => Datum::Float4(float::parse_f32(text)?),
        oid::FLOAT8 => Datum::Float8(float::parse_f64(text)?),
        oid::OID => Datum::Oid(integer::parse_u32(text, "oid")?),
        oid::XID => Datum::Oid(integer::parse_u32(text, "xid")?),
        oid::CID => Datum::Oid(integer::parse_u32(text, "cid")?),
        oid::NUMERIC => Datum::Numeric(Numeric::parse(text)?),
        oid::BYTEA => Datum::Bytea(scalar::parse_bytea(text)?.into()),
        oid::UUID => Datum::Uuid(scalar::parse_uuid(text)?),
        oid::VECTOR => return Ok(Datum::Vector(vector::parse(text, typmod)?)),
        oid::HALFVEC => return Ok(Datum::HalfVector(halfvec::parse(text, typmod)?)),
        oid::SPARSEVEC => return Ok(Datum::SparseVector(sparsevec::parse(text, typmod)?)),
        oid::BIT | oid::VARBIT => Datum::Bits(bits::parse(text)?),
        oid::DATE => Datum::Date(datetime::parse_date(text, style)?),
        oid::TIME => Datum::Time(datetime::parse_time(text, style)?),
        oid::TIMETZ => {
            let (time, west) = datetime::parse_timetz(text, style)?;
            Datum::TimeTz(time, west)
        }
        oid::TIMESTAMP => Datum::Timestamp(datetime::parse_timestamp(text, style)?),
        oid::TIMESTAMPTZ => Datum::TimestampTz(datetime::parse_timestamptz(text, style)?),
        oid::INTERVAL => Datum::Interval(datetime::parse_interval_within(text, typmod, style)?),
        oid::JSON => {
            json::validate(text)?;
            Datum::text(text)
        }
        oid::JSONB => Datum::Jsonb(json::canonical(text)?.into()),
        oid::TSVECTOR => Datum::TsVector(Arc::new(TsVector::parse(text)?)),
        oid::TSQUERY => Datum::TsQuery(Arc::new(TsQuery::parse(text)?)),
        oid::NAME => Datum::text(scalar::truncate_name(text)),
        oid::CHAR => Datum::Text(scalar::parse_char(text).into()),
        oid::TID => Datum::Text(scalar::parse_tid(text)?.into()),
        oid::PG_LSN => Datum::Text(scalar::parse_pg_lsn(text)?.into()),
        oid::VOID => Datum::text(""),
        oid::RECORD => match shape::fields_of(target) {
            Some(fields) => record::parse_record(text, &fields, style)?,
            None => {
                return err!(
                    FEATURE_NOT_SUPPORTED,
                    "input of anonymous composite types is not implemented"
                );
            }
        },
        oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::UNKNOWN | oid::CSTRING => Datum::text(text),
        oid::ACLITEM => Datum::from(AclItem::parse(text, style.names.as_deref())?.format()),
        oid::JSONPATH => Datum::from(json::path::canonical(text)?),
        reg if oid::is_reg(reg) => Datum::Oid(parse_reg(text, reg, style)?),
        array => match oid::element_of(array) {
            Some(element) => {
                let element = PgType::with_typmod(element, typmod);
                let parsed = if oid::is_blank_separated(array) {
                    ArrayValue::parse_blank_separated(text, element, style)?
                } else {
                    ArrayValue::parse(text, element, style)?
                };
                return Ok(Datum::Array(Arc::new(parsed)));
            }
            None => {
                if let Some(value) = range::parse(text, array, style)? {
                    return Ok(value);
                }
                return err!(
                    FEATURE_NOT_SUPPORTED,
                    "cannot accept a value of type {}",
                    typmod::format_type(PgType::new(array))
                );
            }
        },
    };
    typmod::coerce(value, target, false)
}

fn parse_reg(text: &str, reg_type: Oid, style: &Style) -> Result<u32> {
    if text == "-" {
        return Ok(0);
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit()) {
        return integer::parse_u32(text, "oid");
    }
    match &style.names {
        Some(names) => Ok(names.object_of(reg_type, text)?.0),
        None => Err(pg_error!(UNDEFINED_OBJECT, "\"{text}\" does not exist")),
    }
}

fn format_reg(object: u32, reg_type: Oid, style: &Style, out: &mut String) {
    if object == 0 {
        return out.push('-');
    }
    match style.names.as_ref().and_then(|names| names.name_of(reg_type, Oid(object))) {
        Some(name) => out.push_str(&name),
        None => integer::format_u64(u64::from(object), out),
    }
}

/// Appends the text form of a value that is not NULL.
pub fn format(value: &Datum, type_oid: Oid, style: &Style, out: &mut String) {
    match value {
        Datum::Null => unreachable!("NULL has no text: callers mark it"),
        Datum::Bool(value) => out.push(if *value { 't' } else { 'f' }),
        Datum::Int2(value) => integer::format(i64::from(*value), out),
        Datum::Int4(value) => integer::format(i64::from(*value), out),
        Datum::Int8(value) => integer::format(*value, out),
        Datum::Float4(value) => float::format_f32(*value, style.extra_float_digits, out),
        Datum::Float8(value) => float::format_f64(*value, style.extra_float_digits, out),
        Datum::Oid(value) if oid::is_reg(type_oid) => format_reg(*value, type_oid, style, out),
        Datum::Oid(value) => integer::format_u64(u64::from(*value), out),
        Datum::Numeric(value) => value.format(out),
        Datum::Text(value) | Datum::Jsonb(value) => out.push_str(value),
        Datum::Bytea(value) => scalar::format_bytea(value, style.bytea_escape, out),
        Datum::Date(value) => datetime::format_date(*value, style, out),
        Datum::Time(value) => datetime::format_time(*value, style, out),
        Datum::TimeTz(time, west) => datetime::format_timetz(*time, *west, style, out),
        Datum::Timestamp(value) => datetime::format_timestamp(*value, style, out),
        Datum::TimestampTz(value) => datetime::format_timestamptz(*value, style, out),
        Datum::Interval(value) => datetime::format_interval(value, style, out),
        Datum::Uuid(value) => scalar::format_uuid(value, out),
        Datum::Array(value) if oid::is_blank_separated(type_oid) => {
            value.format_blank_separated(style, out);
        }
        Datum::Array(value) => value.format(style, out),
        Datum::Vector(value) => vector::format(value, out),
        Datum::HalfVector(value) => halfvec::format(value, out),
        Datum::SparseVector(value) => sparsevec::format(value, out),
        Datum::Bits(value) => bits::format(value, out),
        Datum::Range(value) => value.format(type_oid, style, out),
        Datum::Multirange(value) => range::format_all(value, type_oid, style, out),
        Datum::TsVector(value) => value.format(out),
        Datum::TsQuery(value) => value.format(out),
        Datum::Record(fields) => record::format_record(fields, style, out),
    }
}

/// Appends the text form of one cell that is not NULL, straight from the column.
/// Errors: XX001 if a binary cell is corrupt.
pub fn format_cell(
    array: &dyn Array,
    type_oid: Oid,
    row: usize,
    style: &Style,
    out: &mut String,
) -> Result<()> {
    match Physical::of(type_oid) {
        Physical::Bool => out.push(if array.as_boolean().value(row) { 't' } else { 'f' }),
        Physical::Int16 => {
            integer::format(i64::from(array.as_primitive::<Int16Type>().value(row)), out);
        }
        Physical::Int32 => {
            let value = array.as_primitive::<Int32Type>().value(row);
            match type_oid {
                oid::DATE => datetime::format_date(value, style, out),
                _ => integer::format(i64::from(value), out),
            }
        }
        Physical::Int64 => {
            let value = array.as_primitive::<Int64Type>().value(row);
            match type_oid {
                oid::TIME => datetime::format_time(value, style, out),
                oid::TIMESTAMP => datetime::format_timestamp(value, style, out),
                oid::TIMESTAMPTZ => datetime::format_timestamptz(value, style, out),
                _ => integer::format(value, out),
            }
        }
        Physical::Float32 => {
            let value = array.as_primitive::<Float32Type>().value(row);
            float::format_f32(value, style.extra_float_digits, out);
        }
        Physical::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            float::format_f64(value, style.extra_float_digits, out);
        }
        Physical::UInt32 => {
            let value = array.as_primitive::<UInt32Type>().value(row);
            match oid::is_reg(type_oid) {
                true => format_reg(value, type_oid, style, out),
                false => integer::format_u64(u64::from(value), out),
            }
        }
        Physical::Utf8 => out.push_str(array.as_string_view().value(row)),
        Physical::Binary => {
            let bytes = array.as_binary_view().value(row);
            match type_oid {
                oid::VECTOR => vector::format_stored(bytes, out),
                oid::HALFVEC => halfvec::format_stored(bytes, out),
                oid::UUID => scalar::format_uuid(bytes, out),
                oid::BYTEA => scalar::format_bytea(bytes, style.bytea_escape, out),
                oid::NUMERIC => Numeric::decode(bytes)?.format(out),
                _ => format(&stored::decode(type_oid, bytes)?, type_oid, style, out),
            }
        }
    }
    Ok(())
}
