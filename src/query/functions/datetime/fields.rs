//! `extract`, `date_part`, `date_trunc`, `date_bin`, `age`, `justify_*`, `isfinite`.

use super::{arithmetic::zone_or_session, interval, micros};
use crate::{
    base::Result,
    query::functions::Context,
    types::{
        Datum,
        datetime::{
            arithmetic::{
                age as age_of, bin, date_to_timestamp, justify_days as days_justified,
                justify_hours as hours_justified, justify_interval as interval_justified, to_local,
            },
            calendar::{MICROS_PER_DAY, is_infinite_date, is_infinite_timestamp},
            parts::{self, Part},
        },
    },
};

fn part(context: &Context, args: &[Datum]) -> Result<Part> {
    let name = args[0].as_str();
    match &args[1] {
        Datum::Date(value) => parts::of_date(name, *value),
        Datum::Time(value) => parts::of_time(name, *value),
        Datum::TimeTz(value, west) => parts::of_timetz(name, *value, *west),
        Datum::Timestamp(value) => parts::of_timestamp(name, *value),
        Datum::TimestampTz(value) => {
            parts::of_timestamptz(name, *value, &context.env.style.time_zone)
        }
        Datum::Interval(value) => parts::of_interval(name, value),
        other => unreachable!("no fields in {other:?}"),
    }
}

pub fn extract(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(part(context, args)?.numeric()?.map_or(Datum::Null, Datum::Numeric))
}

/// As `extract`, in floating point; a date counts as its midnight.
pub fn date_part(context: &Context, args: &[Datum]) -> Result<Datum> {
    let part = match &args[1] {
        Datum::Date(date) => parts::of_timestamp(args[0].as_str(), date_to_timestamp(*date)?)?,
        _ => part(context, args)?,
    };
    Ok(part.float().map_or(Datum::Null, Datum::Float8))
}

pub fn date_trunc(context: &Context, args: &[Datum]) -> Result<Datum> {
    let name = args[0].as_str();
    match &args[1] {
        Datum::Timestamp(value) => parts::truncate_timestamp(name, *value).map(Datum::Timestamp),
        Datum::TimestampTz(value) => {
            let zone = zone_or_session(context, args.get(2))?;
            parts::truncate_timestamptz(name, *value, &zone).map(Datum::TimestampTz)
        }
        value => parts::truncate_interval(name, interval(value)).map(Datum::Interval),
    }
}

pub fn date_bin(_: &Context, args: &[Datum]) -> Result<Datum> {
    let start = bin(interval(&args[0]), micros(&args[1]), micros(&args[2]))?;
    Ok(match args[1] {
        Datum::Timestamp(_) => Datum::Timestamp(start),
        _ => Datum::TimestampTz(start),
    })
}

/// The age at the midnight that begins today, or between two times.
pub fn age(context: &Context, args: &[Datum]) -> Result<Datum> {
    let zone = &context.env.style.time_zone;
    let local = |value: &Datum| match value {
        Datum::TimestampTz(value) => to_local(*value, zone),
        value => Ok(micros(value)),
    };
    let (late, early) = match args {
        [early] => {
            let now = zone.to_local(context.env.style.now);
            (now - now.rem_euclid(MICROS_PER_DAY), early)
        }
        _ => (local(&args[0])?, &args[1]),
    };
    age_of(late, local(early)?).map(Datum::Interval)
}

pub fn justify_days(_: &Context, args: &[Datum]) -> Result<Datum> {
    days_justified(interval(&args[0])).map(Datum::Interval)
}

pub fn justify_hours(_: &Context, args: &[Datum]) -> Result<Datum> {
    hours_justified(interval(&args[0])).map(Datum::Interval)
}

pub fn justify_interval(_: &Context, args: &[Datum]) -> Result<Datum> {
    interval_justified(interval(&args[0])).map(Datum::Interval)
}

pub fn isfinite(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(match &args[0] {
        Datum::Date(value) => !is_infinite_date(*value),
        Datum::Interval(value) => value.is_finite(),
        value => !is_infinite_timestamp(micros(value)),
    }))
}
