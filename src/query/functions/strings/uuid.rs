//! UUIDs: making them, and what they tell.

use uuid::{ContextV7, Timestamp, Uuid};

use crate::{
    base::{Result, clock},
    query::functions::Context,
    types::{Datum, interval::Interval},
};

pub fn gen_random_uuid(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Uuid(Uuid::new_v4().into_bytes()))
}

pub fn uuidv7(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Uuid(Uuid::now_v7().into_bytes()))
}

/// A version 7 UUID of now, shifted by an interval.
pub fn uuidv7_interval(_: &Context, args: &[Datum]) -> Result<Datum> {
    const DAY_US: i64 = 86_400_000_000;
    const NANOS_PER_US: i64 = 1000;
    let Datum::Interval(Interval { months, days, micros }) = &args[0] else {
        unreachable!("interval expected, found {:?}", args[0])
    };
    let now = chrono::DateTime::from_timestamp_micros(clock::now_unix_us()).unwrap_or_default();
    let shifted = if *months >= 0 {
        now.checked_add_months(chrono::Months::new(months.unsigned_abs()))
    } else {
        now.checked_sub_months(chrono::Months::new(months.unsigned_abs()))
    };
    let unix_us = shifted
        .unwrap_or(now)
        .timestamp_micros()
        .saturating_add(i64::from(*days).saturating_mul(DAY_US))
        .saturating_add(*micros)
        .max(0);
    let timestamp = Timestamp::from_unix(
        ContextV7::new(),
        (unix_us / 1_000_000) as u64,
        (unix_us % 1_000_000 * NANOS_PER_US) as u32,
    );
    Ok(Datum::Uuid(Uuid::new_v7(timestamp).into_bytes()))
}

fn of(value: &Datum) -> Uuid {
    match value {
        Datum::Uuid(bytes) => Uuid::from_bytes(*bytes),
        other => unreachable!("uuid expected, found {other:?}"),
    }
}

/// NULL unless the UUID is of RFC 9562's variant.
pub fn uuid_extract_version(_: &Context, args: &[Datum]) -> Result<Datum> {
    let uuid = of(&args[0]);
    Ok(match uuid.get_variant() {
        uuid::Variant::RFC4122 => Datum::Int2(uuid.get_version_num() as i16),
        _ => Datum::Null,
    })
}

/// The time of a version 1 or version 7 UUID; NULL for others.
pub fn uuid_extract_timestamp(_: &Context, args: &[Datum]) -> Result<Datum> {
    let uuid = of(&args[0]);
    if uuid.get_variant() != uuid::Variant::RFC4122 || !matches!(uuid.get_version_num(), 1 | 7) {
        return Ok(Datum::Null);
    }
    Ok(uuid.get_timestamp().map_or(Datum::Null, |timestamp| {
        let (seconds, nanos) = timestamp.to_unix();
        let unix_us = seconds as i64 * 1_000_000 + i64::from(nanos / 1000);
        Datum::TimestampTz(unix_us - clock::POSTGRES_EPOCH_UNIX_US)
    }))
}
