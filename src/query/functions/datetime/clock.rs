//! `now` and its kin.

use crate::{
    base::{
        Result,
        clock::{POSTGRES_EPOCH_UNIX_US, now_unix_us},
    },
    query::functions::Context,
    types::{
        Datum,
        datetime::{
            Civil, adjust_time, adjust_timestamp,
            arithmetic::to_local,
            calendar::{MICROS_PER_DAY, days_of_civil},
            template::{short_month, short_weekday},
        },
    },
};

/// The transaction's start.
pub fn now(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::TimestampTz(context.env.style.now))
}

pub fn statement_timestamp(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::TimestampTz(context.env.statement_time))
}

pub fn clock_timestamp(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::TimestampTz(wall_clock()))
}

fn wall_clock() -> i64 {
    now_unix_us() - POSTGRES_EPOCH_UNIX_US
}

/// `Sat Nov 21 05:45:21.123456 2026 UTC`
pub fn timeofday(context: &Context, _: &[Datum]) -> Result<Datum> {
    let zone = &context.env.style.time_zone;
    let moment = wall_clock();
    let civil = Civil::of_timestamp(zone.to_local(moment));
    let days = days_of_civil(i64::from(civil.year), civil.month, civil.day);
    Ok(Datum::from(format!(
        "{} {} {:02} {:02}:{:02}:{:02}.{:06} {:04} {}",
        short_weekday(days),
        short_month(civil.month),
        civil.day,
        civil.hour,
        civil.minute,
        civil.second,
        civil.micro,
        civil.year,
        zone.abbreviation_at(moment),
    )))
}

/// The precision of `current_time(n)` and its kin; all digits without one.
fn precision(args: &[Datum]) -> i32 {
    args.first().map_or(-1, |value| value.as_i64() as i32)
}

fn local_now(context: &Context) -> Result<i64> {
    to_local(context.env.style.now, &context.env.style.time_zone)
}

pub fn current_date(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Date(local_now(context)?.div_euclid(MICROS_PER_DAY) as i32))
}

pub fn current_time(context: &Context, args: &[Datum]) -> Result<Datum> {
    let west = -context.env.style.time_zone.offset_at(context.env.style.now);
    let time = local_now(context)?.rem_euclid(MICROS_PER_DAY);
    Ok(Datum::TimeTz(adjust_time(time, precision(args)), west))
}

pub fn current_timestamp(context: &Context, args: &[Datum]) -> Result<Datum> {
    adjust_timestamp(context.env.style.now, precision(args)).map(Datum::TimestampTz)
}

pub fn localtime(context: &Context, args: &[Datum]) -> Result<Datum> {
    let time = local_now(context)?.rem_euclid(MICROS_PER_DAY);
    Ok(Datum::Time(adjust_time(time, precision(args))))
}

pub fn localtimestamp(context: &Context, args: &[Datum]) -> Result<Datum> {
    adjust_timestamp(local_now(context)?, precision(args)).map(Datum::Timestamp)
}
