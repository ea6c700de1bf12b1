//! Casts among dates, times, timestamps and intervals, and the functions of the same names.

use super::arithmetic::{date_and_time, date_and_timetz};
use crate::{
    base::Result,
    err,
    query::functions::{
        CastContext::{self, Assignment, Implicit},
        CastMethod, Context, Family, ScalarFn,
    },
    types::{
        Datum,
        datetime::{
            adjust_interval, adjust_time, adjust_timestamp,
            arithmetic::{
                date_to_timestamp, date_to_timestamptz, timestamp_to_date, to_local, to_utc,
            },
            calendar::{MICROS_PER_DAY, is_infinite_timestamp},
        },
        interval::Interval,
        oid,
    },
};

pub(super) fn add(family: &mut Family) {
    let rows: &[(_, _, CastContext, ScalarFn)] = &[
        (oid::DATE, oid::TIMESTAMP, Implicit, timestamp),
        (oid::DATE, oid::TIMESTAMPTZ, Implicit, timestamptz),
        (oid::TIME, oid::TIME, Implicit, time),
        (oid::TIME, oid::INTERVAL, Implicit, interval),
        (oid::TIME, oid::TIMETZ, Implicit, timetz),
        (oid::TIMESTAMP, oid::DATE, Assignment, date),
        (oid::TIMESTAMP, oid::TIME, Assignment, time),
        (oid::TIMESTAMP, oid::TIMESTAMP, Implicit, timestamp),
        (oid::TIMESTAMP, oid::TIMESTAMPTZ, Implicit, timestamptz),
        (oid::TIMESTAMPTZ, oid::DATE, Assignment, date),
        (oid::TIMESTAMPTZ, oid::TIME, Assignment, time),
        (oid::TIMESTAMPTZ, oid::TIMESTAMP, Assignment, timestamp),
        (oid::TIMESTAMPTZ, oid::TIMESTAMPTZ, Implicit, timestamptz),
        (oid::TIMESTAMPTZ, oid::TIMETZ, Assignment, timetz),
        (oid::INTERVAL, oid::TIME, Assignment, time),
        (oid::INTERVAL, oid::INTERVAL, Implicit, interval),
        (oid::TIMETZ, oid::TIME, Assignment, time),
        (oid::TIMETZ, oid::TIMETZ, Implicit, timetz),
    ];
    for (source, target, context, body) in rows {
        family.cast(*source, *target, *context, CastMethod::Function(*body));
    }
}

/// The target's modifier: the second argument of a function, else the cast's own.
fn typmod(context: &Context, args: &[Datum]) -> i32 {
    match args {
        [_, Datum::Int4(typmod)] => *typmod,
        _ => context.result.typmod,
    }
}

pub fn date(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Date(match &args[0] {
        Datum::Timestamp(value) => timestamp_to_date(*value),
        Datum::TimestampTz(value) => {
            timestamp_to_date(to_local(*value, &context.env.style.time_zone)?)
        }
        other => unreachable!("no date in {other:?}"),
    }))
}

pub fn time(context: &Context, args: &[Datum]) -> Result<Datum> {
    let micros = match &args[0] {
        Datum::Time(value) | Datum::TimeTz(value, _) => *value,
        Datum::Timestamp(value) | Datum::TimestampTz(value) if is_infinite_timestamp(*value) => {
            return Ok(Datum::Null);
        }
        Datum::Timestamp(value) => value.rem_euclid(MICROS_PER_DAY),
        Datum::TimestampTz(value) => {
            to_local(*value, &context.env.style.time_zone)?.rem_euclid(MICROS_PER_DAY)
        }
        Datum::Interval(value) if value.is_finite() => value.micros.rem_euclid(MICROS_PER_DAY),
        Datum::Interval(_) => {
            return err!(DATETIME_FIELD_OVERFLOW, "cannot convert infinite interval to time");
        }
        other => unreachable!("no time in {other:?}"),
    };
    Ok(Datum::Time(adjust_time(micros, typmod(context, args))))
}

pub fn timetz(context: &Context, args: &[Datum]) -> Result<Datum> {
    let zone = &context.env.style.time_zone;
    let (micros, west) = match &args[0] {
        Datum::TimeTz(value, west) => (*value, *west),
        // A time of day has today's offset.
        Datum::Time(value) => {
            let now = zone.to_local(context.env.style.now);
            let local = now - now.rem_euclid(MICROS_PER_DAY) + value;
            (*value, -zone.offset_of_local(local))
        }
        Datum::TimestampTz(value) if is_infinite_timestamp(*value) => return Ok(Datum::Null),
        Datum::TimestampTz(value) => {
            (to_local(*value, zone)?.rem_euclid(MICROS_PER_DAY), -zone.offset_at(*value))
        }
        other => unreachable!("no time with time zone in {other:?}"),
    };
    Ok(Datum::TimeTz(adjust_time(micros, typmod(context, args)), west))
}

pub fn timestamp(context: &Context, args: &[Datum]) -> Result<Datum> {
    let micros = match args {
        [Datum::Date(date), Datum::Time(time)] => {
            return date_and_time(*date, *time).map(Datum::Timestamp);
        }
        [Datum::Date(date), ..] => date_to_timestamp(*date)?,
        [Datum::Timestamp(value), ..] => *value,
        [Datum::TimestampTz(value), ..] => to_local(*value, &context.env.style.time_zone)?,
        other => unreachable!("no timestamp in {other:?}"),
    };
    adjust_timestamp(micros, typmod(context, args)).map(Datum::Timestamp)
}

pub fn timestamptz(context: &Context, args: &[Datum]) -> Result<Datum> {
    let zone = &context.env.style.time_zone;
    let micros = match args {
        [Datum::Date(date), Datum::TimeTz(time, west)] => {
            return date_and_timetz(*date, *time, *west);
        }
        [Datum::Date(date), Datum::Time(time)] => to_utc(date_and_time(*date, *time)?, zone)?,
        [Datum::Date(date), ..] => date_to_timestamptz(*date, zone)?,
        [Datum::Timestamp(value), ..] => to_utc(*value, zone)?,
        [Datum::TimestampTz(value), ..] => *value,
        other => unreachable!("no timestamp with time zone in {other:?}"),
    };
    adjust_timestamp(micros, typmod(context, args)).map(Datum::TimestampTz)
}

pub fn interval(context: &Context, args: &[Datum]) -> Result<Datum> {
    let span = match &args[0] {
        Datum::Time(value) => Interval { months: 0, days: 0, micros: *value },
        value => *super::interval(value),
    };
    adjust_interval(span, typmod(context, args)).map(Datum::Interval)
}
