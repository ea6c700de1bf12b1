//! ISO 8601 durations: `P1Y2M3DT4H5M6S`, and the alternative forms `P0001-02-03T04:05:06`.

use super::{
    calendar::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND},
    failure::Failure,
    interval_input::Parts,
};

/// A number of a duration: whole part, fraction, and how many digits the whole part had.
struct Number {
    whole: i64,
    fraction: f64,
    digits: usize,
}

fn number(rest: &mut &str) -> Result<Number, Failure> {
    let signed = rest.starts_with(['-', '+']);
    let body = &rest[usize::from(signed)..];
    let end = body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len());
    let digits = &body[..end];
    let after = &body[end..];
    let fraction_end = match after.strip_prefix('.') {
        Some(tail) => 1 + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len()),
        None => 0,
    };
    let fraction_digits = after.get(1..fraction_end).unwrap_or_default();
    if digits.is_empty() && fraction_digits.is_empty() {
        return Err(Failure::BadFormat);
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    let whole: i64 =
        if digits.is_empty() { 0 } else { digits.parse().map_err(|_| Failure::FieldOverflow)? };
    let fraction: f64 = if fraction_digits.is_empty() {
        0.0
    } else {
        format!("0.{fraction_digits}").parse().map_err(|_| Failure::BadFormat)?
    };
    let count = digits.len();
    *rest = &after[fraction_end..];
    Ok(Number { whole: sign * whole, fraction: sign as f64 * fraction, digits: count })
}

fn take(rest: &mut &str) -> Option<char> {
    let first = rest.chars().next()?;
    *rest = &rest[first.len_utf8()..];
    Some(first)
}

/// Reads a duration.
pub(super) fn iso_interval(text: &str) -> Result<Parts, Failure> {
    let mut rest =
        text.strip_prefix('P').filter(|rest| !rest.is_empty()).ok_or(Failure::BadFormat)?;
    let mut parts = Parts::default();
    let mut in_date = true;
    // Whether a field with a designator came before in this half.
    let mut designated = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            rest = after;
            in_date = false;
            designated = false;
            continue;
        }
        let value = number(&mut rest)?;
        let unit = take(&mut rest);
        let (whole, fraction) = (value.whole, value.fraction);
        match (in_date, unit) {
            (true, Some('Y')) => parts.add_years(whole, fraction, 1)?,
            (true, Some('M')) => {
                parts.add_months(whole)?;
                parts.add_fraction_days(fraction, 30)?;
            }
            (true, Some('W')) => {
                parts.add_days(whole, 7)?;
                parts.add_fraction_days(fraction, 7)?;
            }
            (true, Some('D')) => {
                parts.add_days(whole, 1)?;
                parts.add_fraction_micros(fraction, MICROS_PER_DAY)?;
            }
            (true, None | Some('T')) if value.digits == 8 && !designated => {
                parts.add_years(whole / 10_000, 0.0, 1)?;
                parts.add_months(whole / 100 % 100)?;
                parts.add_days(whole % 100, 1)?;
                parts.add_fraction_micros(fraction, MICROS_PER_DAY)?;
                in_date = false;
                continue;
            }
            (true, None | Some('T' | '-')) if !designated => {
                parts.add_years(whole, fraction, 1)?;
                if unit == Some('-') {
                    extended_date(&mut rest, &mut parts)?;
                }
                in_date = false;
                continue;
            }
            (false, Some('H')) => parts.add_micros(whole, fraction, MICROS_PER_HOUR)?,
            (false, Some('M')) => parts.add_micros(whole, fraction, MICROS_PER_MINUTE)?,
            (false, Some('S')) => parts.add_micros(whole, fraction, MICROS_PER_SECOND)?,
            (false, None) if value.digits == 6 && !designated => {
                parts.add_micros(whole / 10_000, 0.0, MICROS_PER_HOUR)?;
                parts.add_micros(whole / 100 % 100, 0.0, MICROS_PER_MINUTE)?;
                parts.add_micros(whole % 100, fraction, MICROS_PER_SECOND)?;
            }
            (false, None | Some(':')) if !designated => {
                parts.add_micros(whole, fraction, MICROS_PER_HOUR)?;
                if unit.is_some() {
                    extended_time(&mut rest, &mut parts)?;
                }
            }
            _ => return Err(Failure::BadFormat),
        }
        designated = true;
    }
    Ok(parts)
}

/// `-mm-dd`, of which the first `-` is read; stops after a `T`.
fn extended_date(rest: &mut &str, parts: &mut Parts) -> Result<(), Failure> {
    let month = number(rest)?;
    parts.add_months(month.whole)?;
    parts.add_fraction_days(month.fraction, 30)?;
    match take(rest) {
        None | Some('T') => return Ok(()),
        Some('-') => {}
        Some(_) => return Err(Failure::BadFormat),
    }
    let day = number(rest)?;
    parts.add_days(day.whole, 1)?;
    parts.add_fraction_micros(day.fraction, MICROS_PER_DAY)?;
    match take(rest) {
        None | Some('T') => Ok(()),
        Some(_) => Err(Failure::BadFormat),
    }
}

/// `:mm:ss`, of which the first `:` is read.
fn extended_time(rest: &mut &str, parts: &mut Parts) -> Result<(), Failure> {
    let minute = number(rest)?;
    parts.add_micros(minute.whole, minute.fraction, MICROS_PER_MINUTE)?;
    match take(rest) {
        None => return Ok(()),
        Some(':') => {}
        Some(_) => return Err(Failure::BadFormat),
    }
    let second = number(rest)?;
    parts.add_micros(second.whole, second.fraction, MICROS_PER_SECOND)?;
    if rest.is_empty() { Ok(()) } else { Err(Failure::BadFormat) }
}
