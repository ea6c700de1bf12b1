//! Dates, times and timestamps as text, in the four date formats.

use std::fmt::Write as _;

use super::{
    DateFormat, DateOrder,
    calendar::{
        Civil, DATE_INFINITY, DATE_NEGATIVE_INFINITY, TIMESTAMP_INFINITY,
        TIMESTAMP_NEGATIVE_INFINITY, days_of_civil, weekday,
    },
};
use crate::types::text_io::Style;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// Appends a date.
pub fn format_date(days: i32, style: &Style, out: &mut String) {
    match days {
        DATE_INFINITY => out.push_str("infinity"),
        DATE_NEGATIVE_INFINITY => out.push_str("-infinity"),
        days => {
            let civil = Civil::of_date(days);
            match style.date_style.format {
                DateFormat::Postgres => {
                    let (first, second) = day_and_month(&civil, style);
                    digits(first, 2, out);
                    out.push('-');
                    digits(second, 2, out);
                    out.push('-');
                    digits(shown_year(&civil), 4, out);
                }
                _ => push_date(&civil, style, out),
            }
            push_era(&civil, out);
        }
    }
}

/// Appends a time of day.
pub fn format_time(micros: i64, _style: &Style, out: &mut String) {
    push_clock(&Civil::of_time(micros), out);
}

/// Appends a time of day and its offset; `west` is seconds west of UTC.
pub fn format_timetz(micros: i64, west: i32, _style: &Style, out: &mut String) {
    push_clock(&Civil::of_time(micros), out);
    iso_offset(-west, out);
}

/// Appends a timestamp without a zone.
pub fn format_timestamp(micros: i64, style: &Style, out: &mut String) {
    if !push_infinity(micros, out) {
        push_date_time(&Civil::of_timestamp(micros), None, style, out);
    }
}

/// Appends a timestamp in the style's zone.
pub fn format_timestamptz(micros: i64, style: &Style, out: &mut String) {
    if push_infinity(micros, out) {
        return;
    }
    let east = style.time_zone.offset_at(micros);
    let civil = Civil::of_timestamp(micros + i64::from(east) * 1_000_000);
    push_date_time(&civil, Some((micros, east)), style, out);
}

fn push_infinity(micros: i64, out: &mut String) -> bool {
    match micros {
        TIMESTAMP_INFINITY => out.push_str("infinity"),
        TIMESTAMP_NEGATIVE_INFINITY => out.push_str("-infinity"),
        _ => return false,
    }
    true
}

/// `zone` is the moment and its offset.
fn push_date_time(civil: &Civil, zone: Option<(i64, i32)>, style: &Style, out: &mut String) {
    let format = style.date_style.format;
    if format == DateFormat::Postgres {
        let day = weekday(days_of_civil(i64::from(civil.year), civil.month, civil.day));
        let month = MONTHS[(civil.month - 1) as usize];
        out.push_str(WEEKDAYS[day as usize]);
        out.push(' ');
        if style.date_style.order == DateOrder::Dmy {
            digits(civil.day, 2, out);
            out.push(' ');
            out.push_str(month);
        } else {
            out.push_str(month);
            out.push(' ');
            digits(civil.day, 2, out);
        }
        out.push(' ');
        push_clock(civil, out);
        out.push(' ');
        digits(shown_year(civil), 4, out);
    } else {
        push_date(civil, style, out);
        out.push(' ');
        push_clock(civil, out);
    }
    if let Some((micros, east)) = zone {
        if format == DateFormat::Iso {
            iso_offset(east, out);
        } else {
            out.push(' ');
            out.push_str(&style.time_zone.abbreviation_at(micros));
        }
    }
    push_era(civil, out);
}

/// The date part in every format but `Postgres`.
fn push_date(civil: &Civil, style: &Style, out: &mut String) {
    let separator = match style.date_style.format {
        DateFormat::Iso | DateFormat::Postgres => {
            digits(shown_year(civil), 4, out);
            out.push('-');
            digits(civil.month, 2, out);
            out.push('-');
            digits(civil.day, 2, out);
            return;
        }
        DateFormat::Sql => '/',
        DateFormat::German => '.',
    };
    let (first, second) =
        if separator == '.' { (civil.day, civil.month) } else { day_and_month(civil, style) };
    digits(first, 2, out);
    out.push(separator);
    digits(second, 2, out);
    out.push(separator);
    digits(shown_year(civil), 4, out);
}

fn day_and_month(civil: &Civil, style: &Style) -> (i32, i32) {
    match style.date_style.order {
        DateOrder::Dmy => (civil.day, civil.month),
        _ => (civil.month, civil.day),
    }
}

fn shown_year(civil: &Civil) -> i32 {
    if civil.year > 0 { civil.year } else { 1 - civil.year }
}

fn push_era(civil: &Civil, out: &mut String) {
    if civil.year <= 0 {
        out.push_str(" BC");
    }
}

fn push_clock(civil: &Civil, out: &mut String) {
    digits(civil.hour, 2, out);
    out.push(':');
    digits(civil.minute, 2, out);
    out.push(':');
    push_seconds(civil.second, civil.micro, 2, out);
}

/// Seconds and their fraction without trailing zeros; both not negative.
pub(super) fn push_seconds(second: i32, micro: i32, width: usize, out: &mut String) {
    digits(second, width, out);
    if micro != 0 {
        out.push('.');
        digits(micro, 6, out);
        out.truncate(out.trim_end_matches('0').len());
    }
}

/// A number that is not negative, padded with zeros.
pub(super) fn digits(value: i32, width: usize, out: &mut String) {
    if width == 2 && (0..100).contains(&value) {
        out.push(char::from(b'0' + (value / 10) as u8));
        out.push(char::from(b'0' + (value % 10) as u8));
    } else {
        write!(out, "{value:0width$}").expect("a string takes all");
    }
}

/// Appends an offset as ISO style shows it: `+01`, `-03:30`, `+00:19:32`.
pub fn iso_offset(east: i32, out: &mut String) {
    out.push(if east < 0 { '-' } else { '+' });
    let seconds = east.abs();
    digits(seconds / 3_600, 2, out);
    if seconds % 3_600 != 0 {
        out.push(':');
        digits(seconds / 60 % 60, 2, out);
    }
    if seconds % 60 != 0 {
        out.push(':');
        digits(seconds % 60, 2, out);
    }
}
