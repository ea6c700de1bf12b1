//! Text to date, time, timestamp and their kin with a zone.

use super::{
    calendar::{
        Civil, DATE_INFINITY, DATE_NEGATIVE_INFINITY, MICROS_PER_SECOND, TIMESTAMP_INFINITY,
        TIMESTAMP_NEGATIVE_INFINITY, UNIX_EPOCH_DAYS,
    },
    decode::{Reading, date_time},
    failure::Failure,
    fields,
    time_only::time_of_day,
};
use crate::{
    base::{Result, clock::POSTGRES_EPOCH_UNIX_US},
    err, pg_error,
    types::text_io::Style,
};

fn read(text: &str, style: &Style, type_name: &str) -> Result<Reading> {
    fields::split(text)
        .and_then(|fields| date_time(&fields, style))
        .map_err(|failure| failure.report(text, type_name))
}

/// Days since 2000-01-01. Errors: 22007, 22008, 22009, 22023.
pub fn parse_date(text: &str, style: &Style) -> Result<i32> {
    match iso_date(text.as_bytes()) {
        Some(civil) => Ok(civil.date().expect("four-digit years are in range")),
        None => match read(text, style, "date")? {
            Reading::Moment(civil, _) => civil
                .date()
                .ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "date out of range: \"{text}\"")),
            Reading::Epoch => Ok(UNIX_EPOCH_DAYS as i32),
            Reading::Infinity => Ok(DATE_INFINITY),
            Reading::NegativeInfinity => Ok(DATE_NEGATIVE_INFINITY),
        },
    }
}

/// Microseconds since midnight. Errors as for dates.
pub fn parse_time(text: &str, style: &Style) -> Result<i64> {
    Ok(read_time(text, style, "time")?.0)
}

/// Microseconds since midnight and seconds *west* of UTC. Errors as for dates.
pub fn parse_timetz(text: &str, style: &Style) -> Result<(i64, i32)> {
    let (time, east) = read_time(text, style, "time with time zone")?;
    Ok((time, -east))
}

fn read_time(text: &str, style: &Style, type_name: &str) -> Result<(i64, i32)> {
    fields::split(text)
        .and_then(|fields| time_of_day(&fields, style))
        .map_err(|failure: Failure| failure.report(text, type_name))
}

/// Microseconds since 2000-01-01; a zone in the text is read and ignored. Errors as for dates.
pub fn parse_timestamp(text: &str, style: &Style) -> Result<i64> {
    if let Some(civil) = iso_timestamp(text.as_bytes()) {
        return Ok(civil.timestamp(0).expect("four-digit years are in range"));
    }
    finish(read(text, style, "timestamp")?, text, |_| 0)
}

/// Microseconds since 2000-01-01 UTC; without a zone the session's. Errors as for dates.
pub fn parse_timestamptz(text: &str, style: &Style) -> Result<i64> {
    finish(read(text, style, "timestamp with time zone")?, text, |east| east)
}

fn finish(reading: Reading, text: &str, shift: fn(i32) -> i32) -> Result<i64> {
    match reading {
        Reading::Moment(civil, east) => {
            match civil.timestamp(-i64::from(shift(east)) * MICROS_PER_SECOND) {
                Some(micros) => Ok(micros),
                None => err!(DATETIME_FIELD_OVERFLOW, "timestamp out of range: \"{text}\""),
            }
        }
        Reading::Epoch => Ok(-POSTGRES_EPOCH_UNIX_US),
        Reading::Infinity => Ok(TIMESTAMP_INFINITY),
        Reading::NegativeInfinity => Ok(TIMESTAMP_NEGATIVE_INFINITY),
    }
}

/// The common `yyyy-mm-dd`, which every `DateStyle` reads alike; `None` if it is anything else.
fn iso_date(bytes: &[u8]) -> Option<Civil> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let valid = year > 0
        && (1..=12).contains(&month)
        && (1..=super::calendar::days_in_month(year, month)).contains(&day);
    valid.then(|| Civil { year, month, day, ..Civil::default() })
}

/// The common `yyyy-mm-dd hh:mm:ss[.ffffff]` (or `T` between).
fn iso_timestamp(bytes: &[u8]) -> Option<Civil> {
    let (date, rest) = bytes.split_at_checked(10)?;
    let mut civil = iso_date(date)?;
    let (&[b' ' | b'T', h1, h2, b':', m1, m2, b':', s1, s2], fraction) =
        rest.split_first_chunk()?
    else {
        return None;
    };
    (civil.hour, civil.minute, civil.second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if civil.hour > 23 || civil.minute > 59 || civil.second > 59 {
        return None;
    }
    if let Some((b'.', digits)) = fraction.split_first() {
        if digits.is_empty() || digits.len() > 6 {
            return None;
        }
        for digit in digits {
            civil.micro =
                civil.micro * 10 + i32::from(digit.checked_sub(b'0').filter(|d| *d < 10)?);
        }
        civil.micro *= 10_i32.pow(6 - digits.len() as u32);
        return Some(civil);
    }
    fraction.is_empty().then_some(civil)
}

fn two(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}
