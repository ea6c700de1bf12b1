//! Type modifiers: `varchar(10)`, `numeric(8,2)`, `vector(384)`, `timestamp(3)`; PostgreSQL's encodings.
//!
//! | type | typmod |
//! |---|---|
//! | varchar, char | length + 4 |
//! | numeric | `(precision << 16 \| scale & 0x7ff) + 4` |
//! | time, timetz, timestamp, timestamptz | fractional digits |
//! | interval | `fields << 16 \| fractional digits` |
//! | vector, halfvec, sparsevec | dimensions |
//! | bit, bit varying | bits |
//!
//! An array's typmod is its elements'.

mod length;

#[cfg(test)]
mod tests;

pub use length::coerce;

use super::{PgType, numeric, oid};
use crate::{
    base::{
        Oid, PgError, Result,
        limits::{SPARSE_DIMENSIONS_MAX, VECTOR_DIMENSIONS_MAX},
    },
    err, pg_error,
};

/// What PostgreSQL adds to lengths: the size of a varlena header.
const HEADER: i32 = 4;
/// PostgreSQL's MaxAttrSize.
const CHARACTERS_MAX: i32 = 10_485_760;
const FRACTION_DIGITS_MAX: i32 = 6;
const INTERVAL_FIELDS_ALL: i32 = 0x7fff;
const INTERVAL_PRECISION_FULL: i32 = 0xffff;

/// The typmod of `type_oid(arguments)`; -1 for no arguments. Of an interval the first argument is
/// the mask of its fields, as the grammar gives it. A fractional precision above 6 becomes 6.
/// Errors: 22023 for a bad modifier; 42601 for a type that takes none.
pub fn encode(type_oid: Oid, arguments: &[i32]) -> Result<i32> {
    if arguments.is_empty() {
        return Ok(-1);
    }
    let type_oid = base_type(type_oid);
    let invalid = || pg_error!(INVALID_PARAMETER_VALUE, "invalid type modifier");
    let single = match arguments {
        [argument] => Ok(*argument),
        _ => Err(invalid()),
    };
    match type_oid {
        oid::VARCHAR => encode_characters("varchar", single?),
        oid::BPCHAR => encode_characters("char", single?),
        oid::NUMERIC => encode_numeric(arguments),
        oid::TIME => encode_fraction("TIME", "", single?),
        oid::TIMETZ => encode_fraction("TIME", " WITH TIME ZONE", single?),
        oid::TIMESTAMP => encode_fraction("TIMESTAMP", "", single?),
        oid::TIMESTAMPTZ => encode_fraction("TIMESTAMP", " WITH TIME ZONE", single?),
        oid::INTERVAL => match arguments {
            [INTERVAL_FIELDS_ALL] => Ok(-1),
            [fields] => Ok(fields << 16 | INTERVAL_PRECISION_FULL),
            [fields, precision] => Ok(fields << 16 | encode_fraction("INTERVAL", "", *precision)?),
            _ => err!(INVALID_PARAMETER_VALUE, "invalid INTERVAL type modifier"),
        },
        oid::VECTOR => encode_vector("vector", VECTOR_DIMENSIONS_MAX, single?),
        oid::HALFVEC => encode_vector("halfvec", VECTOR_DIMENSIONS_MAX, single?),
        oid::SPARSEVEC => encode_vector("sparsevec", SPARSE_DIMENSIONS_MAX as usize, single?),
        oid::BIT => encode_bits("bit", single?),
        oid::VARBIT => encode_bits("varbit", single?),
        _ => err!(
            SYNTAX_ERROR,
            "type modifier is not allowed for type \"{}\"",
            oid::row(type_oid).map_or("???", |row| row.name)
        ),
    }
}

fn encode_characters(name: &str, length: i32) -> Result<i32> {
    if length < 1 {
        return err!(INVALID_PARAMETER_VALUE, "length for type {name} must be at least 1");
    }
    if length > CHARACTERS_MAX {
        return err!(
            INVALID_PARAMETER_VALUE,
            "length for type {name} cannot exceed {CHARACTERS_MAX}"
        );
    }
    Ok(length + HEADER)
}

fn encode_numeric(arguments: &[i32]) -> Result<i32> {
    const DIGITS_MAX: i32 = numeric::DISPLAY_SCALE_MAX as i32;
    let (precision, scale) = match arguments {
        [precision] => (*precision, 0),
        [precision, scale] => (*precision, *scale),
        _ => return err!(INVALID_PARAMETER_VALUE, "invalid NUMERIC type modifier"),
    };
    if !(1..=DIGITS_MAX).contains(&precision) {
        return err!(
            INVALID_PARAMETER_VALUE,
            "NUMERIC precision {precision} must be between 1 and {DIGITS_MAX}"
        );
    }
    if !(-DIGITS_MAX..=DIGITS_MAX).contains(&scale) {
        return err!(
            INVALID_PARAMETER_VALUE,
            "NUMERIC scale {scale} must be between -{DIGITS_MAX} and {DIGITS_MAX}"
        );
    }
    Ok((precision << 16 | scale & 0x7ff) + HEADER)
}

fn encode_fraction(name: &str, zone: &str, precision: i32) -> Result<i32> {
    if precision < 0 {
        return err!(
            INVALID_PARAMETER_VALUE,
            "{name}({precision}){zone} precision must not be negative"
        );
    }
    Ok(precision.min(FRACTION_DIGITS_MAX))
}

fn encode_vector(name: &str, max: usize, dimensions: i32) -> Result<i32> {
    if dimensions < 1 {
        return err!(INVALID_PARAMETER_VALUE, "dimensions for type {name} must be at least 1");
    }
    if dimensions as usize > max {
        return err!(INVALID_PARAMETER_VALUE, "dimensions for type {name} cannot exceed {max}");
    }
    Ok(dimensions)
}

fn encode_bits(name: &str, length: i32) -> Result<i32> {
    const BITS_MAX: i32 = CHARACTERS_MAX * 8;
    if length < 1 {
        return err!(INVALID_PARAMETER_VALUE, "length for type {name} must be at least 1");
    }
    if length > BITS_MAX {
        return err!(INVALID_PARAMETER_VALUE, "length for type {name} cannot exceed {BITS_MAX}");
    }
    Ok(length)
}

/// The type whose modifier an array type carries.
fn base_type(type_oid: Oid) -> Oid {
    oid::element_of(type_oid).unwrap_or(type_oid)
}

/// Precision and scale of `numeric(p, s)`.
pub fn numeric_parts(typmod: i32) -> Option<(i32, i32)> {
    (typmod >= HEADER).then(|| {
        let packed = typmod - HEADER;
        (packed >> 16 & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024)
    })
}

/// Characters of `varchar(n)` and `char(n)`.
pub fn characters(typmod: i32) -> Option<usize> {
    (typmod >= HEADER).then_some((typmod - HEADER) as usize)
}

/// Dimensions of `vector(n)` and its kin, bits of `bit(n)`.
pub fn vector_dimensions(typmod: i32) -> Option<usize> {
    (typmod > 0).then_some(typmod as usize)
}

/// The type's SQL name with its modifier, as PostgreSQL's `format_type`: `character varying(10)`,
/// `vector(384)`, `integer[]`, `timestamp(3) without time zone`; `???` for an unknown type.
pub fn format_type(target: PgType) -> String {
    if target.oid.0 == 0 {
        return "-".to_owned();
    }
    if !oid::is_blank_separated(target.oid)
        && let Some(element) = oid::element_of(target.oid)
    {
        return format!("{}[]", format_type(PgType::with_typmod(element, target.typmod)));
    }
    let Some(row) = oid::row(target.oid) else { return "???".to_owned() };
    let typmod = target.typmod;
    // A row's modifier is the number of its shape, which means nothing outside.
    if typmod < 0 || target.oid == oid::RECORD {
        return row.sql_name.to_owned();
    }
    match target.oid {
        oid::VARCHAR | oid::BPCHAR => match characters(typmod) {
            Some(length) => format!("{}({length})", row.sql_name),
            None => row.sql_name.to_owned(),
        },
        oid::NUMERIC => match numeric_parts(typmod) {
            Some((precision, scale)) => format!("numeric({precision},{scale})"),
            None => row.sql_name.to_owned(),
        },
        oid::TIME | oid::TIMETZ | oid::TIMESTAMP | oid::TIMESTAMPTZ => {
            let (name, zone) = row.sql_name.split_once(' ').unwrap_or((row.sql_name, ""));
            format!("{name}({typmod}) {zone}")
        }
        oid::INTERVAL => format_interval(typmod),
        _ => format!("{}({typmod})", row.sql_name),
    }
}

/// `format_type(oid, typmod)` where a typmod is given, if only -1: `char` without a length is
/// `bpchar` then, for `character` would mean `character(1)`.
pub fn format_type_given(target: PgType) -> String {
    match target.oid {
        oid::BPCHAR if target.typmod < 0 => "bpchar".to_owned(),
        oid::BIT if target.typmod < 0 => "\"bit\"".to_owned(),
        array if oid::element_of(array) == Some(oid::BPCHAR) && target.typmod < 0 => {
            "bpchar[]".to_owned()
        }
        _ => format_type(target),
    }
}

fn format_interval(typmod: i32) -> String {
    const FIELDS: [(i32, &str); 6] = [
        (1 << 2, "year"),
        (1 << 1, "month"),
        (1 << 3, "day"),
        (1 << 10, "hour"),
        (1 << 11, "minute"),
        (1 << 12, "second"),
    ];
    let mask = typmod >> 16 & INTERVAL_FIELDS_ALL;
    let precision = typmod & INTERVAL_PRECISION_FULL;
    let mut text = "interval".to_owned();
    if mask != INTERVAL_FIELDS_ALL {
        let mut kept = FIELDS.iter().filter(|(bit, _)| mask & bit != 0).map(|(_, name)| *name);
        if let Some(first) = kept.next() {
            text = format!("{text} {first}");
        }
        if let Some(last) = kept.next_back() {
            text = format!("{text} to {last}");
        }
    }
    if precision != INTERVAL_PRECISION_FULL {
        text = format!("{text}({precision})");
    }
    text
}

/// 22001 `value too long for type character varying(3)`
fn too_long(target: PgType) -> PgError {
    pg_error!(STRING_DATA_RIGHT_TRUNCATION, "value too long for type {}", format_type(target))
}
