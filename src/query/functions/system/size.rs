//! Sizes of relations, and sizes in words.

use crate::{
    base::{Oid, Result},
    pg_error,
    query::functions::{Context, args::numeric},
    types::{Datum, numeric::Numeric},
};

fn relation(value: &Datum) -> Oid {
    match value {
        Datum::Oid(value) => Oid(*value),
        other => unreachable!("regclass expected, found {other:?}"),
    }
}

fn bytes(context: &Context, relation: Oid) -> i64 {
    context.env.services.relation_bytes(relation) as i64
}

fn index_bytes(context: &Context, table: Oid) -> i64 {
    let catalog = &context.env.catalog;
    let indexes = catalog.table(table).into_iter().flat_map(|table| catalog.indexes_of(table));
    indexes.map(|index| bytes(context, index.oid)).sum()
}

pub fn relation_size(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int8(bytes(context, relation(&args[0]))))
}

pub fn indexes_size(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int8(index_bytes(context, relation(&args[0]))))
}

pub fn total_relation_size(context: &Context, args: &[Datum]) -> Result<Datum> {
    let table = relation(&args[0]);
    Ok(Datum::Int8(bytes(context, table) + index_bytes(context, table)))
}

/// The one database holds every table.
pub fn database_size(context: &Context, _: &[Datum]) -> Result<Datum> {
    let catalog = &context.env.catalog;
    let total: i64 = catalog
        .tables()
        .map(|table| bytes(context, table.oid) + index_bytes(context, table.oid))
        .sum();
    Ok(Datum::Int8(total))
}

/// Units, and the bits by which each is above a byte.
const UNITS: &[(&str, u32)] =
    &[("bytes", 0), ("kB", 10), ("MB", 20), ("GB", 30), ("TB", 40), ("PB", 50)];
/// A size below this many bytes is given in bytes.
const BYTES_MAX: i128 = 10 * 1024;
/// A size below this many halves of a unit is given in that unit.
const HALVES_MAX: i128 = 20 * 1024 - 1;

fn pretty(size: i128) -> String {
    if size.abs() < BYTES_MAX {
        return format!("{size} bytes");
    }
    for (unit, bits) in &UNITS[1..] {
        // One bit less, so that the half of a unit rounds up.
        let halves = size / (1_i128 << (bits - 1));
        if halves.abs() < HALVES_MAX || *unit == "PB" {
            return format!("{} {unit}", (halves + halves.signum()) / 2);
        }
    }
    unreachable!("the last unit takes every size")
}

pub fn size_pretty(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(pretty(i128::from(args[0].as_i64())).into())
}

pub fn size_pretty_numeric(_: &Context, args: &[Datum]) -> Result<Datum> {
    let size = numeric(&args[0]);
    if size.abs() < Numeric::from_i64(BYTES_MAX as i64) {
        return Ok(format!("{size} bytes").into());
    }
    // Beyond 128 bits the float is exact enough for a count of petabytes.
    let whole = size.trunc(0)?.to_string();
    Ok(pretty(whole.parse().unwrap_or(size.to_f64_lossy() as i128)).into())
}

/// `1.5 kB` in bytes. Errors: 22023.
pub fn pg_size_bytes(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    let invalid = || pg_error!(INVALID_PARAMETER_VALUE, "invalid size: \"{text}\"");
    let trimmed = text.trim();
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
    let exponent = |at: usize| {
        let rest = &trimmed[at..];
        let mut behind = rest.trim_start_matches(['e', 'E']).trim_start_matches(['+', '-']).chars();
        rest.starts_with(['e', 'E']) && behind.next().is_some_and(|c| c.is_ascii_digit())
    };
    let mut end = trimmed.find(|c: char| !digits(c)).unwrap_or(trimmed.len());
    if exponent(end) {
        let from = end + 1;
        end = trimmed[from..].find(|c: char| !digits(c)).map_or(trimmed.len(), |at| from + at);
    }
    let number = Numeric::parse(&trimmed[..end]).map_err(|_| invalid())?;
    let unit = trimmed[end..].trim();
    let known = UNITS.iter().find(|(name, bits)| {
        name.eq_ignore_ascii_case(unit)
            || *bits == 0 && (unit.is_empty() || unit.eq_ignore_ascii_case("B"))
    });
    let Some((_, bits)) = known else {
        return Err(invalid().detail(format!("Invalid size unit: \"{unit}\".")).hint(
            "Valid units are \"bytes\", \"B\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".",
        ));
    };
    number.mul(&Numeric::from_i64(1 << bits))?.to_i64().map(Datum::Int8)
}
