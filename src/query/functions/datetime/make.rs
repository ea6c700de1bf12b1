//! `make_date`, `make_time`, `make_timestamp`, `make_timestamptz`, `make_interval`, and
//! `to_timestamp(float8)`.

use crate::{
    base::{Result, clock::POSTGRES_EPOCH_UNIX_US},
    err,
    query::functions::Context,
    types::{
        Datum,
        datetime::{
            Civil,
            arithmetic::{interval_out_of_range, to_utc},
            calendar::{
                MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
                TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY, days_in_month, is_timestamp,
            },
            parse_sane_zone,
        },
        interval::Interval,
    },
};

fn integer(value: &Datum) -> i32 {
    value.as_i64() as i32
}

/// A date of fields; a negative year is BC. Errors: 22008.
fn date_of(year: i32, month: i32, day: i32) -> Result<Civil> {
    let astronomical = if year < 0 { year.checked_add(1) } else { Some(year) };
    let civil = astronomical
        .filter(|_| year != 0 && (1..=12).contains(&month))
        .filter(|year| (1..=days_in_month(*year, month)).contains(&day))
        .map(|year| Civil { year, month, day, ..Civil::default() });
    match civil {
        Some(civil) => Ok(civil),
        None => err!(
            DATETIME_FIELD_OVERFLOW,
            "date field value out of range: {year}-{month:02}-{day:02}"
        ),
    }
}

/// C's `%02g`: six significant digits, two characters at least.
fn seconds_text(seconds: f64) -> String {
    let rounded: f64 = format!("{seconds:.5e}").parse().unwrap_or(seconds);
    format!("{rounded:02}")
}

/// Microseconds of a time of fields; 24:00:00 is the last. Errors: 22008.
fn time_of(hour: i32, minute: i32, seconds: f64) -> Result<i64> {
    let micros = (seconds * MICROS_PER_SECOND as f64).round_ties_even();
    let fits = (0..=24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..=60.0 * MICROS_PER_SECOND as f64).contains(&micros);
    let time = i64::from(hour) * MICROS_PER_HOUR + i64::from(minute) * MICROS_PER_MINUTE;
    let time = time.saturating_add(micros as i64);
    if !fits || time > MICROS_PER_DAY {
        return err!(
            DATETIME_FIELD_OVERFLOW,
            "time field value out of range: {hour}:{minute:02}:{}",
            seconds_text(seconds)
        );
    }
    Ok(time)
}

pub fn make_date(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (year, month, day) = (integer(&args[0]), integer(&args[1]), integer(&args[2]));
    match date_of(year, month, day)?.date() {
        Some(date) => Ok(Datum::Date(date)),
        None => {
            err!(DATETIME_FIELD_OVERFLOW, "date out of range: {year}-{month:02}-{day:02}")
        }
    }
}

pub fn make_time(_: &Context, args: &[Datum]) -> Result<Datum> {
    time_of(integer(&args[0]), integer(&args[1]), args[2].as_f64()).map(Datum::Time)
}

fn timestamp_of(args: &[Datum]) -> Result<i64> {
    let (year, month, day) = (integer(&args[0]), integer(&args[1]), integer(&args[2]));
    let (hour, minute, seconds) = (integer(&args[3]), integer(&args[4]), args[5].as_f64());
    let civil = date_of(year, month, day)?;
    match civil.timestamp(time_of(hour, minute, seconds)?) {
        Some(micros) => Ok(micros),
        None => err!(
            DATETIME_FIELD_OVERFLOW,
            "timestamp out of range: {year}-{month:02}-{day:02} {hour}:{minute:02}:{}",
            seconds_text(seconds)
        ),
    }
}

pub fn make_timestamp(_: &Context, args: &[Datum]) -> Result<Datum> {
    timestamp_of(args).map(Datum::Timestamp)
}

pub fn make_timestamptz(context: &Context, args: &[Datum]) -> Result<Datum> {
    let local = timestamp_of(args)?;
    let zone = match args.get(6) {
        Some(name) => parse_sane_zone(name.as_str())?,
        None => context.env.style.time_zone.clone(),
    };
    to_utc(local, &zone).map(Datum::TimestampTz)
}

/// Years, months, weeks, days, hours, minutes and seconds.
pub fn make_interval(_: &Context, args: &[Datum]) -> Result<Datum> {
    let field = |index: usize| i64::from(integer(&args[index]));
    let seconds = args[6].as_f64();
    if !seconds.is_finite() {
        return Err(interval_out_of_range());
    }
    let exact = (seconds * MICROS_PER_SECOND as f64).round_ties_even();
    if exact.abs() >= i64::MAX as f64 {
        return Err(interval_out_of_range());
    }
    let months = i32::try_from(field(0) * 12 + field(1));
    let days = i32::try_from(field(2) * 7 + field(3));
    let micros = (field(4) * MICROS_PER_HOUR)
        .checked_add(field(5) * MICROS_PER_MINUTE)
        .and_then(|micros| micros.checked_add(exact as i64));
    let (Ok(months), Ok(days), Some(micros)) = (months, days, micros) else {
        return Err(interval_out_of_range());
    };
    let interval = Interval { months, days, micros };
    if interval.is_finite() { Ok(Datum::Interval(interval)) } else { Err(interval_out_of_range()) }
}

/// `to_timestamp(float8)`: seconds since 1970.
pub fn of_unix_seconds(_: &Context, args: &[Datum]) -> Result<Datum> {
    let seconds = args[0].as_f64();
    if seconds.is_nan() {
        return err!(DATETIME_FIELD_OVERFLOW, "timestamp cannot be NaN");
    }
    if seconds.is_infinite() {
        return Ok(Datum::TimestampTz(if seconds > 0.0 {
            TIMESTAMP_INFINITY
        } else {
            TIMESTAMP_NEGATIVE_INFINITY
        }));
    }
    let epoch_seconds = (POSTGRES_EPOCH_UNIX_US / MICROS_PER_SECOND) as f64;
    let micros = ((seconds - epoch_seconds) * MICROS_PER_SECOND as f64).round_ties_even();
    if micros.abs() < i64::MAX as f64 && is_timestamp(micros as i64) {
        return Ok(Datum::TimestampTz(micros as i64));
    }
    err!(DATETIME_FIELD_OVERFLOW, "timestamp out of range: \"{}\"", general(seconds))
}

/// C's `%g` of a large number.
fn general(value: f64) -> String {
    let text = format!("{value:.5e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}
