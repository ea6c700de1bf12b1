//! Sums, differences and products of dates, times, timestamps and intervals.

use super::{
    TimeZone,
    calendar::{
        Civil, DATE_END, DATE_INFINITY, DATE_MIN, DATE_NEGATIVE_INFINITY, MICROS_PER_DAY,
        MICROS_PER_SECOND, TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY, days_in_month,
        is_infinite_date, is_infinite_timestamp, is_timestamp,
    },
};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    types::interval::Interval,
};

pub fn timestamp_out_of_range() -> PgError {
    pg_error!(DATETIME_FIELD_OVERFLOW, "timestamp out of range")
}

pub fn interval_out_of_range() -> PgError {
    pg_error!(DATETIME_FIELD_OVERFLOW, "interval out of range")
}

fn date_out_of_range() -> PgError {
    pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range")
}

// ---- timestamps ----------------------------------------------------------------------------

/// A timestamp plus an interval: months first, then days, then the time.
/// Errors: 22008 out of range.
pub fn timestamp_add(micros: i64, interval: &Interval) -> Result<i64> {
    match infinite_sum(micros, interval)? {
        Some(sum) => Ok(sum),
        None => {
            let moved = add_months_and_days(micros, interval)?;
            add_time(moved, interval.micros)
        }
    }
}

/// A moment plus an interval: months and days are those of the zone's calendar.
/// Errors: 22008 out of range.
pub fn timestamptz_add(micros: i64, interval: &Interval, zone: &TimeZone) -> Result<i64> {
    if let Some(sum) = infinite_sum(micros, interval)? {
        return Ok(sum);
    }
    let mut moved = micros;
    if interval.months != 0 || interval.days != 0 {
        // Each step goes back to UTC, as a step may end where the clocks change.
        let months = Interval { days: 0, micros: 0, ..*interval };
        let days = Interval { months: 0, micros: 0, ..*interval };
        for step in [months, days].iter().filter(|step| **step != Interval::default()) {
            let local = add_months_and_days(zone.to_local(moved), step)?;
            moved = zone.to_utc(local);
            if !is_timestamp(moved) {
                return Err(timestamp_out_of_range());
            }
        }
    }
    add_time(moved, interval.micros)
}

fn infinite_sum(micros: i64, interval: &Interval) -> Result<Option<i64>> {
    let opposite = |infinity: i64| {
        if micros == infinity { Err(timestamp_out_of_range()) } else { Ok(()) }
    };
    if *interval == Interval::NEGATIVE_INFINITY {
        opposite(TIMESTAMP_INFINITY)?;
        return Ok(Some(TIMESTAMP_NEGATIVE_INFINITY));
    }
    if *interval == Interval::INFINITY {
        opposite(TIMESTAMP_NEGATIVE_INFINITY)?;
        return Ok(Some(TIMESTAMP_INFINITY));
    }
    Ok(is_infinite_timestamp(micros).then_some(micros))
}

fn add_months_and_days(micros: i64, interval: &Interval) -> Result<i64> {
    let mut moved = micros;
    if interval.months != 0 {
        let mut civil = Civil::of_timestamp(moved);
        let months = i64::from(civil.year) * 12 + i64::from(civil.month - 1);
        let months = months + i64::from(interval.months);
        civil.year = i32::try_from(months.div_euclid(12)).map_err(|_| timestamp_out_of_range())?;
        civil.month = months.rem_euclid(12) as i32 + 1;
        civil.day = civil.day.min(days_in_month(civil.year, civil.month));
        moved = civil.timestamp(0).ok_or_else(timestamp_out_of_range)?;
    }
    if interval.days != 0 {
        moved = i64::from(interval.days)
            .checked_mul(MICROS_PER_DAY)
            .and_then(|days| moved.checked_add(days))
            .filter(|micros| is_timestamp(*micros))
            .ok_or_else(timestamp_out_of_range)?;
    }
    Ok(moved)
}

fn add_time(micros: i64, time: i64) -> Result<i64> {
    micros
        .checked_add(time)
        .filter(|micros| is_timestamp(*micros))
        .ok_or_else(timestamp_out_of_range)
}

/// The difference of two timestamps, in days and time. Errors: 22008 for equal infinities.
pub fn timestamp_difference(a: i64, b: i64) -> Result<Interval> {
    if is_infinite_timestamp(a) || is_infinite_timestamp(b) {
        return infinite_difference(a, b);
    }
    let micros = a.checked_sub(b).ok_or_else(interval_out_of_range)?;
    justify_hours(&Interval { months: 0, days: 0, micros })
}

fn infinite_difference(a: i64, b: i64) -> Result<Interval> {
    match (a, b) {
        (a, b) if a == b => Err(interval_out_of_range()),
        (TIMESTAMP_INFINITY, _) | (_, TIMESTAMP_NEGATIVE_INFINITY) => Ok(Interval::INFINITY),
        _ => Ok(Interval::NEGATIVE_INFINITY),
    }
}

/// `age(a, b)`: the difference in years, months, days and time of two local timestamps.
/// Errors: 22008 for equal infinities.
pub fn age(a: i64, b: i64) -> Result<Interval> {
    if is_infinite_timestamp(a) || is_infinite_timestamp(b) {
        return infinite_difference(a, b);
    }
    let (late, early) = (a.max(b), a.min(b));
    let (end, start) = (Civil::of_timestamp(late), Civil::of_timestamp(early));
    let mut micros = end.time() - start.time();
    let mut days = end.day - start.day;
    let mut months = (end.year - start.year) * 12 + end.month - start.month;
    if micros < 0 {
        micros += MICROS_PER_DAY;
        days -= 1;
    }
    while days < 0 {
        // Borrow the month that the second argument lies in.
        let lender = if a < b { Civil::of_timestamp(a) } else { start };
        days += days_in_month(lender.year, lender.month);
        months -= 1;
    }
    let span = Interval { months, days, micros };
    if a < b { negate(&span) } else { Ok(span) }
}

/// `date_bin`: the start of the `stride` that holds `micros`, counted from `origin`.
/// Errors: 0A000 for months, 22008 for a stride that is not positive, and out of range.
pub fn bin(stride: &Interval, micros: i64, origin: i64) -> Result<i64> {
    if is_infinite_timestamp(micros) {
        return Ok(micros);
    }
    if is_infinite_timestamp(origin) {
        return err!(DATETIME_FIELD_OVERFLOW, "origin out of range");
    }
    if !stride.is_finite() {
        return err!(
            DATETIME_FIELD_OVERFLOW,
            "timestamps cannot be binned into infinite intervals"
        );
    }
    if stride.months != 0 {
        return err!(
            FEATURE_NOT_SUPPORTED,
            "timestamps cannot be binned into intervals containing months or years"
        );
    }
    let width = i64::from(stride.days)
        .checked_mul(MICROS_PER_DAY)
        .and_then(|days| days.checked_add(stride.micros))
        .ok_or_else(interval_out_of_range)?;
    if width <= 0 {
        return err!(DATETIME_FIELD_OVERFLOW, "stride must be greater than zero");
    }
    let distance = micros.checked_sub(origin).ok_or_else(interval_out_of_range)?;
    origin
        .checked_add(distance - distance.rem_euclid(width))
        .filter(|micros| is_timestamp(*micros))
        .ok_or_else(timestamp_out_of_range)
}

// ---- dates ---------------------------------------------------------------------------------

/// A date plus days. Errors: 22008 out of range.
pub fn date_add(date: i32, days: i32) -> Result<i32> {
    if is_infinite_date(date) {
        return Ok(date);
    }
    let sum = i64::from(date) + i64::from(days);
    if (DATE_MIN..DATE_END).contains(&sum) { Ok(sum as i32) } else { Err(date_out_of_range()) }
}

/// Days between two dates. Errors: 22008 for infinite dates.
pub fn date_difference(a: i32, b: i32) -> Result<i32> {
    if is_infinite_date(a) || is_infinite_date(b) {
        return err!(DATETIME_FIELD_OVERFLOW, "cannot subtract infinite dates");
    }
    Ok(a - b)
}

/// Midnight of a date. Errors: 22008 if no timestamp reaches it.
pub fn date_to_timestamp(date: i32) -> Result<i64> {
    match date {
        DATE_INFINITY => Ok(TIMESTAMP_INFINITY),
        DATE_NEGATIVE_INFINITY => Ok(TIMESTAMP_NEGATIVE_INFINITY),
        date => i64::from(date)
            .checked_mul(MICROS_PER_DAY)
            .filter(|micros| is_timestamp(*micros))
            .ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range for timestamp")),
    }
}

/// Midnight of a date in a zone. Errors: 22008 if no timestamp reaches it.
pub fn date_to_timestamptz(date: i32, zone: &TimeZone) -> Result<i64> {
    let local = date_to_timestamp(date)?;
    if is_infinite_timestamp(local) {
        return Ok(local);
    }
    Some(zone.to_utc(local))
        .filter(|micros| is_timestamp(*micros))
        .ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range for timestamp"))
}

/// Midnight of a date for comparisons: what no timestamp reaches lies beyond all of them.
pub fn date_to_timestamp_or_end(date: i32) -> i64 {
    // One less than infinity: past every timestamp, before infinity itself.
    date_to_timestamp(date).unwrap_or(TIMESTAMP_INFINITY - 1)
}

pub fn timestamp_to_date(micros: i64) -> i32 {
    match micros {
        TIMESTAMP_INFINITY => DATE_INFINITY,
        TIMESTAMP_NEGATIVE_INFINITY => DATE_NEGATIVE_INFINITY,
        micros => micros.div_euclid(MICROS_PER_DAY) as i32,
    }
}

/// The local timestamp of a moment. Errors: 22008 out of range.
pub fn to_local(micros: i64, zone: &TimeZone) -> Result<i64> {
    if is_infinite_timestamp(micros) {
        return Ok(micros);
    }
    let local = micros
        .checked_add(i64::from(zone.offset_at(micros)) * MICROS_PER_SECOND)
        .ok_or_else(timestamp_out_of_range)?;
    if is_timestamp(local) { Ok(local) } else { Err(timestamp_out_of_range()) }
}

/// The moment of a local timestamp. Errors: 22008 out of range.
pub fn to_utc(local: i64, zone: &TimeZone) -> Result<i64> {
    if is_infinite_timestamp(local) {
        return Ok(local);
    }
    let micros = local
        .checked_sub(i64::from(zone.offset_of_local(local)) * MICROS_PER_SECOND)
        .ok_or_else(timestamp_out_of_range)?;
    if is_timestamp(micros) { Ok(micros) } else { Err(timestamp_out_of_range()) }
}

// ---- times ---------------------------------------------------------------------------------

/// A time of day plus an interval's time, around the clock.
/// Errors: 22008 for an infinite interval.
pub fn time_add(time: i64, interval: &Interval) -> Result<i64> {
    if !interval.is_finite() {
        return err!(DATETIME_FIELD_OVERFLOW, "cannot add infinite interval to time");
    }
    Ok((time + interval.micros % MICROS_PER_DAY).rem_euclid(MICROS_PER_DAY))
}

/// A time of day minus an interval's time, around the clock.
/// Errors: 22008 for an infinite interval.
pub fn time_subtract(time: i64, interval: &Interval) -> Result<i64> {
    if !interval.is_finite() {
        return err!(DATETIME_FIELD_OVERFLOW, "cannot subtract infinite interval from time");
    }
    Ok((time - interval.micros % MICROS_PER_DAY).rem_euclid(MICROS_PER_DAY))
}

// ---- intervals -----------------------------------------------------------------------------

/// Errors: 22008 out of range.
pub fn negate(interval: &Interval) -> Result<Interval> {
    if *interval == Interval::INFINITY {
        return Ok(Interval::NEGATIVE_INFINITY);
    }
    if *interval == Interval::NEGATIVE_INFINITY {
        return Ok(Interval::INFINITY);
    }
    finite(
        interval.months.checked_neg(),
        interval.days.checked_neg(),
        interval.micros.checked_neg(),
    )
}

fn finite(months: Option<i32>, days: Option<i32>, micros: Option<i64>) -> Result<Interval> {
    let (Some(months), Some(days), Some(micros)) = (months, days, micros) else {
        return Err(interval_out_of_range());
    };
    let interval = Interval { months, days, micros };
    if interval.is_finite() { Ok(interval) } else { Err(interval_out_of_range()) }
}

/// Errors: 22008 out of range, and for opposite infinities.
pub fn interval_add(a: &Interval, b: &Interval) -> Result<Interval> {
    match (a.is_finite(), b.is_finite()) {
        (false, false) if a != b => Err(interval_out_of_range()),
        (false, _) => Ok(*a),
        (_, false) => Ok(*b),
        _ => finite(
            a.months.checked_add(b.months),
            a.days.checked_add(b.days),
            a.micros.checked_add(b.micros),
        ),
    }
}

/// Errors: 22008 out of range, and for equal infinities.
pub fn interval_subtract(a: &Interval, b: &Interval) -> Result<Interval> {
    match (a.is_finite(), b.is_finite()) {
        (false, false) if a == b => Err(interval_out_of_range()),
        (false, _) => Ok(*a),
        (_, false) => negate(b),
        _ => finite(
            a.months.checked_sub(b.months),
            a.days.checked_sub(b.days),
            a.micros.checked_sub(b.micros),
        ),
    }
}

/// Errors: 22008 out of range.
pub fn interval_multiply(interval: &Interval, factor: f64) -> Result<Interval> {
    let sign = interval.length_micros().signum();
    if factor.is_nan() || !interval.is_finite() && factor == 0.0 {
        return Err(interval_out_of_range());
    }
    if !interval.is_finite() || factor.is_infinite() {
        return match (sign < 0) == (factor < 0.0) {
            _ if sign == 0 => Err(interval_out_of_range()),
            true => Ok(Interval::INFINITY),
            false => Ok(Interval::NEGATIVE_INFINITY),
        };
    }
    scale(interval, |value| value * factor)
}

/// Errors: 22012 by zero; 22008 out of range.
pub fn interval_divide(interval: &Interval, divisor: f64) -> Result<Interval> {
    if divisor == 0.0 {
        return err!(DIVISION_BY_ZERO, "division by zero");
    }
    if divisor.is_nan() || !interval.is_finite() && divisor.is_infinite() {
        return Err(interval_out_of_range());
    }
    if !interval.is_finite() {
        return if divisor < 0.0 { negate(interval) } else { Ok(*interval) };
    }
    scale(interval, |value| value / divisor)
}

/// Scales each field; what is left of a month becomes days of 30 to a month, what is left of a
/// day becomes time.
fn scale(interval: &Interval, scaled: impl Fn(f64) -> f64) -> Result<Interval> {
    let to_micros = |value: f64| (value * 1e6).round_ties_even() / 1e6;
    let integer = |value: f64| -> Result<i32> {
        let fits = value >= f64::from(i32::MIN) && value < f64::from(i32::MAX) + 1.0;
        if fits { Ok(value as i32) } else { Err(interval_out_of_range()) }
    };
    let exact_months = scaled(f64::from(interval.months));
    let exact_days = scaled(f64::from(interval.days));
    let months = integer(exact_months)?;
    let mut days = integer(exact_days)?;
    let rest_days = to_micros((exact_months - f64::from(months)) * 30.0);
    let mut rest_seconds =
        to_micros((exact_days - f64::from(days) + rest_days - rest_days.trunc()) * 86_400.0);
    if rest_seconds.abs() >= 86_400.0 {
        let whole = (rest_seconds / 86_400.0) as i32;
        days = days.checked_add(whole).ok_or_else(interval_out_of_range)?;
        rest_seconds -= f64::from(whole) * 86_400.0;
    }
    days = days.checked_add(rest_days as i32).ok_or_else(interval_out_of_range)?;
    let micros = (scaled(interval.micros as f64) + rest_seconds * MICROS_PER_SECOND as f64)
        .round_ties_even();
    if !(micros >= i64::MIN as f64 && micros < -(i64::MIN as f64)) {
        return Err(interval_out_of_range());
    }
    finite(Some(months), Some(days), Some(micros as i64))
}

/// 24 hours become a day. Errors: 22008 out of range.
pub fn justify_hours(interval: &Interval) -> Result<Interval> {
    if !interval.is_finite() {
        return Ok(*interval);
    }
    let mut result = *interval;
    result.days = i32::try_from(result.micros / MICROS_PER_DAY)
        .ok()
        .and_then(|days| result.days.checked_add(days))
        .ok_or_else(interval_out_of_range)?;
    result.micros %= MICROS_PER_DAY;
    agree_days_and_time(&mut result);
    Ok(result)
}

/// 30 days become a month. Errors: 22008 out of range.
pub fn justify_days(interval: &Interval) -> Result<Interval> {
    if !interval.is_finite() {
        return Ok(*interval);
    }
    let mut result = *interval;
    move_days_to_months(&mut result)?;
    if result.months > 0 && result.days < 0 {
        result.days += 30;
        result.months -= 1;
    } else if result.months < 0 && result.days > 0 {
        result.days -= 30;
        result.months += 1;
    }
    Ok(result)
}

/// Both, and all fields get one sign. Errors: 22008 out of range.
pub fn justify_interval(interval: &Interval) -> Result<Interval> {
    if !interval.is_finite() {
        return Ok(*interval);
    }
    let mut result = *interval;
    // Days of the time's sign go first, so that the sum of days does not overflow.
    if result.days.signum() as i64 == result.micros.signum() {
        move_days_to_months(&mut result)?;
    }
    result.days = i32::try_from(result.micros / MICROS_PER_DAY)
        .ok()
        .and_then(|days| result.days.checked_add(days))
        .ok_or_else(interval_out_of_range)?;
    result.micros %= MICROS_PER_DAY;
    move_days_to_months(&mut result)?;
    if result.months > 0 && (result.days < 0 || result.days == 0 && result.micros < 0) {
        result.days += 30;
        result.months -= 1;
    } else if result.months < 0 && (result.days > 0 || result.days == 0 && result.micros > 0) {
        result.days -= 30;
        result.months += 1;
    }
    agree_days_and_time(&mut result);
    Ok(result)
}

fn move_days_to_months(interval: &mut Interval) -> Result<()> {
    interval.months =
        interval.months.checked_add(interval.days / 30).ok_or_else(interval_out_of_range)?;
    interval.days %= 30;
    Ok(())
}

/// Days and time get one sign.
fn agree_days_and_time(interval: &mut Interval) {
    if interval.days > 0 && interval.micros < 0 {
        interval.micros += MICROS_PER_DAY;
        interval.days -= 1;
    } else if interval.days < 0 && interval.micros > 0 {
        interval.micros -= MICROS_PER_DAY;
        interval.days += 1;
    }
}
