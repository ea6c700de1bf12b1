//! `+`, `-`, `*` and `/` of dates, times and intervals.

use super::{interval, micros};
use crate::{
    base::Result,
    pg_error,
    query::functions::Context,
    types::{
        Datum,
        datetime::{
            TimeZone,
            arithmetic::{
                date_add, date_difference, date_to_timestamp, interval_add, interval_divide,
                interval_multiply, interval_subtract, negate, time_add, time_subtract,
                timestamp_add, timestamp_difference, timestamptz_add,
            },
            calendar::{MICROS_PER_SECOND, is_infinite_timestamp, is_timestamp},
        },
        interval::Interval,
    },
};

/// `+` of every pair of types that has one.
pub fn sum(context: &Context, args: &[Datum]) -> Result<Datum> {
    let zone = &context.env.style.time_zone;
    match (&args[0], &args[1]) {
        (Datum::Date(date), Datum::Int4(days)) | (Datum::Int4(days), Datum::Date(date)) => {
            Ok(Datum::Date(date_add(*date, *days)?))
        }
        (Datum::Date(date), Datum::Time(time)) | (Datum::Time(time), Datum::Date(date)) => {
            date_and_time(*date, *time).map(Datum::Timestamp)
        }
        (Datum::Date(date), Datum::TimeTz(time, west))
        | (Datum::TimeTz(time, west), Datum::Date(date)) => date_and_timetz(*date, *time, *west),
        (Datum::Interval(a), Datum::Interval(b)) => Ok(Datum::Interval(interval_add(a, b)?)),
        (Datum::Interval(span), other) | (other, Datum::Interval(span)) => moved(other, span, zone),
        (a, b) => unreachable!("no sum of {a:?} and {b:?}"),
    }
}

/// A date or time moved forward by an interval.
fn moved(value: &Datum, span: &Interval, zone: &TimeZone) -> Result<Datum> {
    Ok(match value {
        Datum::Date(date) => Datum::Timestamp(timestamp_add(date_to_timestamp(*date)?, span)?),
        Datum::Time(time) => Datum::Time(time_add(*time, span)?),
        Datum::TimeTz(time, west) => Datum::TimeTz(time_add(*time, span)?, *west),
        Datum::Timestamp(micros) => Datum::Timestamp(timestamp_add(*micros, span)?),
        Datum::TimestampTz(micros) => Datum::TimestampTz(timestamptz_add(*micros, span, zone)?),
        other => unreachable!("an interval cannot move {other:?}"),
    })
}

/// `-` of every pair of types that has one.
pub fn difference(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(match (&args[0], &args[1]) {
        (Datum::Date(a), Datum::Date(b)) => Datum::Int4(date_difference(*a, *b)?),
        (Datum::Date(date), Datum::Int4(days)) => match days.checked_neg() {
            Some(days) => Datum::Date(date_add(*date, days)?),
            None => Datum::Date(date_add(date_add(*date, i32::MAX)?, 1)?),
        },
        (Datum::Time(a), Datum::Time(b)) => {
            Datum::Interval(Interval { months: 0, days: 0, micros: a - b })
        }
        (Datum::Timestamp(a), Datum::Timestamp(b))
        | (Datum::TimestampTz(a), Datum::TimestampTz(b)) => {
            Datum::Interval(timestamp_difference(*a, *b)?)
        }
        (Datum::Interval(a), Datum::Interval(b)) => Datum::Interval(interval_subtract(a, b)?),
        (Datum::Time(time), Datum::Interval(span)) => Datum::Time(time_subtract(*time, span)?),
        (Datum::TimeTz(time, west), Datum::Interval(span)) => {
            Datum::TimeTz(time_subtract(*time, span)?, *west)
        }
        (other, Datum::Interval(span)) => {
            return moved(other, &negate(span)?, &context.env.style.time_zone);
        }
        (a, b) => unreachable!("no difference of {a:?} and {b:?}"),
    })
}

/// `date_add(timestamptz, interval, zone)`; the zone is the session's if not given.
pub fn add_in_zone(context: &Context, args: &[Datum]) -> Result<Datum> {
    let zone = zone_or_session(context, args.get(2))?;
    timestamptz_add(micros(&args[0]), interval(&args[1]), &zone).map(Datum::TimestampTz)
}

/// `date_subtract(timestamptz, interval, zone)`.
pub fn subtract_in_zone(context: &Context, args: &[Datum]) -> Result<Datum> {
    let zone = zone_or_session(context, args.get(2))?;
    let span = negate(interval(&args[1]))?;
    timestamptz_add(micros(&args[0]), &span, &zone).map(Datum::TimestampTz)
}

pub fn zone_or_session(context: &Context, name: Option<&Datum>) -> Result<TimeZone> {
    match name {
        Some(name) => TimeZone::parse_at(name.as_str()),
        None => Ok(context.env.style.time_zone.clone()),
    }
}

pub fn multiply(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (span, factor) = match (&args[0], &args[1]) {
        (Datum::Interval(span), factor) | (factor, Datum::Interval(span)) => (span, factor),
        (a, b) => unreachable!("no product of {a:?} and {b:?}"),
    };
    interval_multiply(span, factor.as_f64()).map(Datum::Interval)
}

pub fn divide(_: &Context, args: &[Datum]) -> Result<Datum> {
    interval_divide(interval(&args[0]), args[1].as_f64()).map(Datum::Interval)
}

pub fn minus(_: &Context, args: &[Datum]) -> Result<Datum> {
    negate(interval(&args[0])).map(Datum::Interval)
}

/// A date with a time of day. Errors: 22008 out of range.
pub fn date_and_time(date: i32, time: i64) -> Result<i64> {
    let midnight = date_to_timestamp(date)?;
    if is_infinite_timestamp(midnight) {
        return Ok(midnight);
    }
    midnight
        .checked_add(time)
        .filter(|micros| is_timestamp(*micros))
        .ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "timestamp out of range"))
}

/// A date with a time of day in its own zone. Errors: 22008 out of range.
pub fn date_and_timetz(date: i32, time: i64, west: i32) -> Result<Datum> {
    let midnight = date_to_timestamp(date)?;
    if is_infinite_timestamp(midnight) {
        return Ok(Datum::TimestampTz(midnight));
    }
    midnight
        .checked_add(time + i64::from(west) * MICROS_PER_SECOND)
        .filter(|micros| is_timestamp(*micros))
        .map(Datum::TimestampTz)
        .ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range for timestamp"))
}
