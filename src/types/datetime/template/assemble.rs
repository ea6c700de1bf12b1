//! From what a template's fields said to a date or a moment.

use super::pattern::{Item, Node, field_length, parse};
use super::read::{Matching, Readings, read};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    types::{
        datetime::{
            TimeZone, adjust_time, adjust_timestamp,
            arithmetic::timestamp_out_of_range,
            calendar::{
                Civil, EPOCH_JULIAN, MICROS_PER_SECOND, civil_of_days, days_in_month,
                days_of_civil, iso_year_start,
            },
            failure::Failure,
            moment::Moment,
        },
        text_io::Style,
    },
};

/// `to_date`. Errors: 22007, 22008.
pub fn read_date(input: &str, template: &str) -> Result<i32> {
    let civil = civil_of(&read(input, template, Matching::Loose)?, input)?;
    civil.date().ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range: \"{input}\""))
}

/// `to_timestamp`; without a zone the session's. Errors: 22007, 22008.
pub fn read_timestamp(input: &str, template: &str, style: &Style) -> Result<i64> {
    let readings = read(input, template, Matching::Loose)?;
    let civil = civil_of(&readings, input)?;
    let local = civil.timestamp(0).ok_or_else(timestamp_out_of_range)?;
    let east = match zone_of(&readings, local, input)? {
        Some(east) => east,
        None => TimeZone::offset_of_local(&style.time_zone, local),
    };
    let micros =
        civil.timestamp(-i64::from(east) * MICROS_PER_SECOND).ok_or_else(timestamp_out_of_range)?;
    adjust_timestamp(micros, readings.precision.unwrap_or(-1))
}

/// Seconds east of UTC that the fields of a zone say.
fn zone_of(readings: &Readings, local: i64, input: &str) -> Result<Option<i32>> {
    Ok(match &readings.zone {
        Some(zone) => Some(zone.offset_of_local(local)),
        None if readings.zone_sign != 0 => {
            if !(0..=15).contains(&readings.zone_hour.abs())
                || !(0..60).contains(&readings.zone_minute)
            {
                return Err(Failure::ZoneOverflow.report(input, "timestamp"));
            }
            Some(readings.zone_sign * (readings.zone_hour * 3_600 + readings.zone_minute * 60))
        }
        None => None,
    })
}

/// A date or a time of the kind that the template has fields of; input and template must agree in
/// every character.
///
/// Errors: 22007, 22008.
pub fn read_moment(input: &str, template: &str) -> Result<Moment> {
    let nodes = strict_nodes(template)?;
    let has = |test: fn(Item) -> bool| {
        nodes.iter().any(|node| matches!(node, Node::Field(field) if test(field.item)))
    };
    let dated = has(|item| item.is_iso_date() || item.is_gregorian_date() || item == Item::Julian);
    let timed = has(Item::is_time);
    let zoned = has(Item::is_zone);
    let readings = read(input, template, Matching::Strict)?;
    let civil = civil_of(&readings, input)?;
    let local = civil.timestamp(0).ok_or_else(timestamp_out_of_range)?;
    let precision = readings.precision.unwrap_or(-1);
    let time = adjust_time(civil.time(), precision);
    let zone = |type_name: &str| {
        zone_of(&readings, local, input)?.ok_or_else(|| {
            pg_error!(
                INVALID_DATETIME_FORMAT,
                "missing time zone in input string for type {type_name}"
            )
        })
    };
    Ok(match (dated, timed, zoned) {
        (true, true, true) => {
            let east = zone("timestamptz")?;
            let micros = civil
                .timestamp(-i64::from(east) * MICROS_PER_SECOND)
                .ok_or_else(timestamp_out_of_range)?;
            Moment::TimestampTz(adjust_timestamp(micros, precision)?, east)
        }
        (true, true, false) => Moment::Timestamp(adjust_timestamp(local, precision)?),
        (true, false, false) => {
            Moment::Date(civil.date().ok_or_else(|| {
                pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range: \"{input}\"")
            })?)
        }
        (true, false, true) => {
            return err!(INVALID_DATETIME_FORMAT, "datetime format is zoned but not timed");
        }
        (false, true, true) => Moment::TimeTz(time, -zone("timetz")?),
        (false, true, false) => Moment::Time(time),
        (false, false, _) => {
            return err!(INVALID_DATETIME_FORMAT, "datetime format is not dated and not timed");
        }
    })
}

/// The template's nodes. Errors: 22007 for text that is neither quoted nor a separator.
fn strict_nodes(template: &str) -> Result<Vec<Node>> {
    let mut quoted = false;
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let field = if quoted { None } else { field_length(rest) };
        match (first, field) {
            (_, Some(length)) => {
                rest = &rest[length..];
                continue;
            }
            ('"', _) => quoted = !quoted,
            (first, _) if !quoted && !"-./,':; ".contains(first) => {
                return err!(
                    INVALID_DATETIME_FORMAT,
                    "invalid datetime format separator: \"{first}\""
                );
            }
            _ => {}
        }
        rest = &rest[first.len_utf8()..];
    }
    Ok(parse(template))
}

fn overflow(input: &str) -> PgError {
    Failure::FieldOverflow.report(input, "timestamp")
}

fn civil_of(readings: &Readings, input: &str) -> Result<Civil> {
    let mut civil = Civil { month: 1, day: 1, ..Civil::default() };
    let dated = date_of(readings, &mut civil, input)?;
    time_of(readings, &mut civil, input)?;
    if dated
        && (!(1..=12).contains(&civil.month)
            || !(1..=31).contains(&civil.day)
            || civil.day > days_in_month(civil.year, civil.month))
    {
        return Err(overflow(input));
    }
    let in_day = (0..24).contains(&civil.hour)
        && (0..60).contains(&civil.minute)
        && (0..60).contains(&civil.second)
        && (0..1_000_000).contains(&civil.micro);
    if in_day { Ok(civil) } else { Err(overflow(input)) }
}

fn time_of(readings: &Readings, civil: &mut Civil, input: &str) -> Result<()> {
    let seconds = readings.second_of_day;
    civil.hour = if readings.hour != 0 { readings.hour } else { seconds / 3_600 };
    civil.minute = if readings.minute != 0 { readings.minute } else { seconds / 60 % 60 };
    civil.second = if readings.second != 0 { readings.second } else { seconds % 60 };
    civil.micro = readings
        .millisecond
        .checked_mul(1_000)
        .and_then(|micros| micros.checked_add(readings.microsecond))
        .ok_or_else(|| overflow(input))?;
    if readings.twelve_hours {
        if !(1..=12).contains(&civil.hour) {
            return Err(pg_error!(
                INVALID_DATETIME_FORMAT,
                "hour \"{}\" is invalid for the 12-hour clock",
                civil.hour
            )
            .hint("Use the 24-hour clock, or give an hour between 1 and 12."));
        }
        civil.hour = civil.hour % 12 + if readings.pm != 0 { 12 } else { 0 };
    }
    Ok(())
}

/// The year that year, century and era make; `None` if neither was said.
fn year_of(readings: &Readings, input: &str) -> Result<Option<i32>> {
    let before = readings.before_christ != 0;
    let century = if before { -readings.century } else { readings.century };
    let year = if readings.year != 0 {
        if readings.century != 0 && readings.year_width <= 2 {
            // The 21st century runs from 2001 to 2100.
            let short = i64::from(readings.year % 100);
            let century = i64::from(century);
            match (short, century < 0) {
                (0, negative) => century * 100 + i64::from(negative),
                (short, true) => (century + 1) * 100 - short + 1,
                (short, false) => (century - 1) * 100 + short,
            }
        } else {
            let year = i64::from(if before { -readings.year } else { readings.year });
            if year < 0 { year + 1 } else { year }
        }
    } else if readings.century != 0 {
        let century = i64::from(century);
        if century >= 0 { (century - 1) * 100 + 1 } else { century * 100 + 1 }
    } else {
        return Ok(None);
    };
    i32::try_from(year).map(Some).map_err(|_| overflow(input))
}

/// Sets year, month and day; whether any of them was said.
fn date_of(readings: &Readings, civil: &mut Civil, input: &str) -> Result<bool> {
    let mut said = false;
    let set_days = |civil: &mut Civil, days: i64| {
        (civil.year, civil.month, civil.day) = civil_of_days(days);
    };
    if let Some(year) = year_of(readings, input)? {
        civil.year = year;
        said = true;
    }
    if readings.julian != 0 {
        set_days(civil, i64::from(readings.julian) - EPOCH_JULIAN);
        said = true;
    }
    let mut day_of_year = readings.day_of_year;
    let iso = readings.iso == Some(true);
    if readings.week != 0 {
        let weeks = i64::from(readings.week) - 1;
        if iso {
            // Sunday, which is 1, ends an ISO week; without a day its Monday is meant.
            let day = match readings.day_of_week {
                0 => 0,
                1 => 6,
                day => i64::from(day) - 2,
            };
            let start = iso_year_start(civil.year);
            set_days(civil, start + weeks * 7 + day);
            said = true;
        } else {
            day_of_year = i32::try_from(weeks * 7 + 1).map_err(|_| overflow(input))?;
        }
    }
    let day = match readings.week_of_month {
        0 => readings.day,
        week => week
            .checked_sub(1)
            .and_then(|weeks| weeks.checked_mul(7))
            .map(|days| days + 1)
            .ok_or_else(|| overflow(input))?,
    };
    if day != 0 {
        civil.day = day;
        said = true;
    }
    if readings.month != 0 {
        civil.month = readings.month;
        said = true;
    }
    if day_of_year != 0 && (civil.month <= 1 || civil.day <= 1) {
        if civil.year == 0 && readings.before_christ == 0 {
            return err!(
                INVALID_DATETIME_FORMAT,
                "cannot calculate day of year without year information"
            );
        }
        let year = civil.year;
        if iso {
            set_days(civil, iso_year_start(year) + i64::from(day_of_year) - 1);
        } else {
            let length = if super::super::calendar::is_leap(year) { 366 } else { 365 };
            if !(1..=length).contains(&day_of_year) {
                return Err(overflow(input));
            }
            let first = days_of_civil(i64::from(year), 1, 1);
            let (_, month, day_in_month) = civil_of_days(first + i64::from(day_of_year) - 1);
            if civil.month <= 1 {
                civil.month = month;
            }
            if civil.day <= 1 {
                civil.day = day_in_month;
            }
        }
        said = true;
    }
    Ok(said)
}
