//! `to_char` of timestamps and intervals.

use std::{borrow::Cow, fmt::Write as _};

use super::{
    DAYS, MONTHS, ROMAN_MONTHS,
    pattern::{Case, Field, Item, Node, Ordinal, parse},
};
use crate::{
    base::Result,
    err,
    types::{
        datetime::calendar::{
            Civil, EPOCH_JULIAN, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
            day_of_year, days_of_civil, iso_week, weekday,
        },
        interval::Interval,
    },
};

/// What is shown: the fields of a moment or of an interval.
pub struct Subject<'a> {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micro: i64,
    /// The day itself; `None` for an interval.
    civil: Option<Civil>,
    /// Seconds east and the zone's abbreviation, of a moment.
    zone: Option<(i32, Cow<'a, str>)>,
}

impl<'a> Subject<'a> {
    pub fn of_civil(civil: &Civil, zone: Option<(i32, Cow<'a, str>)>) -> Self {
        Self {
            year: civil.year.into(),
            month: civil.month.into(),
            day: civil.day.into(),
            hour: civil.hour.into(),
            minute: civil.minute.into(),
            second: civil.second.into(),
            micro: civil.micro.into(),
            civil: Some(*civil),
            zone,
        }
    }

    pub fn of_interval(interval: &Interval) -> Self {
        Self {
            year: (interval.months / 12).into(),
            month: (interval.months % 12).into(),
            day: interval.days.into(),
            hour: interval.micros / MICROS_PER_HOUR,
            minute: interval.micros % MICROS_PER_HOUR / MICROS_PER_MINUTE,
            second: interval.micros % MICROS_PER_MINUTE / MICROS_PER_SECOND,
            micro: interval.micros % MICROS_PER_SECOND,
            civil: None,
            zone: None,
        }
    }

    /// The day of a moment. Errors: 22007 for an interval.
    fn civil(&self) -> Result<&Civil> {
        match &self.civil {
            Some(civil) => Ok(civil),
            None => Err(crate::pg_error!(
                INVALID_DATETIME_FORMAT,
                "invalid format specification for an interval value"
            )
            .hint("Intervals are not tied to specific calendar dates.")),
        }
    }

    fn shown_year(&self, year: i64) -> i64 {
        if self.civil.is_some() && year <= 0 { 1 - year } else { year }
    }

    /// The day that ISO weeks are counted over; an interval's fields are taken as they are.
    fn iso(&self) -> (i32, i32, i64) {
        let civil = self.civil.unwrap_or(Civil {
            year: self.year as i32,
            month: (self.month as i32).clamp(1, 12),
            day: self.day as i32,
            ..Civil::default()
        });
        let days = days_of_civil(i64::from(civil.year), civil.month, civil.day);
        let (year, week) = iso_week(&civil);
        (year, week, days)
    }
}

/// Shows a subject by a template. Errors: 22007 for a field that an interval has not.
pub fn render(template: &str, subject: &Subject) -> Result<String> {
    let mut out = String::with_capacity(template.len() + 16);
    for node in parse(template) {
        match node {
            Node::Separator(text) | Node::Space(text) | Node::Text(text) => out.push(text),
            Node::Field(field) => {
                let start = out.len();
                push_field(&field, subject, &mut out)?;
                if field.ordinal != Ordinal::None && field.item.is_digits() {
                    push_ordinal(&field, start, &mut out)?;
                }
            }
        }
    }
    Ok(out)
}

fn push_ordinal(field: &Field, start: usize, out: &mut String) -> Result<()> {
    let number = &out[start..];
    let Some(last) = number.chars().last().filter(char::is_ascii_digit) else {
        if number.is_empty() {
            return Ok(());
        }
        return err!(INVALID_TEXT_REPRESENTATION, "\"{number}\" is not a number");
    };
    let teen = number.len() > 1 && number.as_bytes()[number.len() - 2] == b'1';
    let ending = match last {
        '1' if !teen => "ST",
        '2' if !teen => "ND",
        '3' if !teen => "RD",
        _ => "TH",
    };
    match field.ordinal {
        Ordinal::Upper => out.push_str(ending),
        _ => out.push_str(&ending.to_ascii_lowercase()),
    }
    Ok(())
}

fn push_field(field: &Field, subject: &Subject, out: &mut String) -> Result<()> {
    let fill = field.fill;
    // Zero-padded, one wider for a minus; not padded under `FM`.
    let mut number = |value: i64, width: usize| {
        let width = if fill { 0 } else { width + usize::from(value < 0) };
        write!(out, "{value:0width$}").expect("a string takes all");
    };
    match field.item {
        Item::Fixed => {}
        Item::Hour12 => number(if subject.hour % 12 == 0 { 12 } else { subject.hour % 12 }, 2),
        Item::Hour24 => number(subject.hour, 2),
        Item::Minute => number(subject.minute, 2),
        Item::Second => number(subject.second, 2),
        Item::Millisecond => write!(out, "{:03}", subject.micro / 1_000).expect("a string"),
        Item::Microsecond => write!(out, "{:06}", subject.micro).expect("a string"),
        Item::Fraction(digits) => {
            let value = subject.micro / 10_i64.pow(6 - digits as u32);
            write!(out, "{value:0digits$}").expect("a string");
        }
        Item::SecondOfDay => {
            let seconds = subject.hour * 3_600 + subject.minute * 60 + subject.second;
            write!(out, "{seconds}").expect("a string");
        }
        Item::Century => {
            let year = subject.year;
            let century = match subject.civil {
                None => year / 100,
                Some(_) if year > 0 => (year - 1) / 100 + 1,
                Some(_) => year / 100 - 1,
            };
            number(century, if century.abs() <= 99 { 2 } else { 0 });
        }
        Item::YearComma => {
            let year = subject.shown_year(subject.year);
            write!(out, "{},{:03}", year / 1_000, year % 1_000).expect("a string");
        }
        Item::Year(width) => {
            let year = subject.shown_year(subject.year);
            number(if width == 4 { year } else { year % 10_i64.pow(width as u32) }, width);
        }
        Item::IsoYear(width) => {
            let year = subject.shown_year(subject.iso().0.into());
            number(if width == 4 { year } else { year % 10_i64.pow(width as u32) }, width);
        }
        Item::Month => number(subject.month, 2),
        Item::Quarter if subject.month == 0 => {}
        Item::Quarter => write!(out, "{}", (subject.month - 1) / 3 + 1).expect("a string"),
        Item::Week => number((day_of_year_of(subject) - 1) / 7 + 1, 2),
        Item::IsoWeek => number(subject.iso().1.into(), 2),
        Item::WeekOfMonth => write!(out, "{}", (subject.day - 1) / 7 + 1).expect("a string"),
        Item::DayOfYear => number(day_of_year_of(subject), 3),
        Item::IsoDayOfYear => {
            let (_, week, days) = subject.iso();
            let weekday = i64::from((weekday(days) + 6) % 7 + 1);
            number(i64::from(week - 1) * 7 + weekday, 3);
        }
        Item::Day => number(subject.day, 2),
        Item::DayOfWeek => {
            subject.civil()?;
            write!(out, "{}", weekday(subject.iso().2) + 1).expect("a string");
        }
        Item::IsoDayOfWeek => {
            subject.civil()?;
            write!(out, "{}", (weekday(subject.iso().2) + 6) % 7 + 1).expect("a string");
        }
        Item::Julian => {
            let julian =
                days_of_civil(subject.year, subject.month as i32, 0) + subject.day + EPOCH_JULIAN;
            write!(out, "{julian}").expect("a string");
        }
        Item::Meridiem(_)
        | Item::Era(_)
        | Item::MonthName
        | Item::MonthShort
        | Item::RomanMonth
        | Item::DayName
        | Item::DayShort => push_name(field, subject, out)?,
        Item::Zone | Item::ZoneHour | Item::ZoneMinute | Item::Offset => {
            push_zone(field, subject, out)?;
        }
    }
    Ok(())
}

fn day_of_year_of(subject: &Subject) -> i64 {
    match &subject.civil {
        Some(civil) => day_of_year(civil).into(),
        None => (subject.year * 12 + subject.month) * 30 + subject.day,
    }
}

fn push_name(field: &Field, subject: &Subject, out: &mut String) -> Result<()> {
    // Long names are padded to the longest.
    let (name, width) = match field.item {
        Item::Meridiem(dotted) => {
            let late = subject.hour.rem_euclid(24) >= 12;
            let name = match (late, dotted) {
                (false, false) => "AM",
                (true, false) => "PM",
                (false, true) => "A.M.",
                (true, true) => "P.M.",
            };
            (name, 0)
        }
        Item::Era(dotted) => {
            let before = subject.civil()?.year <= 0;
            let name = match (before, dotted) {
                (false, false) => "AD",
                (true, false) => "BC",
                (false, true) => "A.D.",
                (true, true) => "B.C.",
            };
            (name, 0)
        }
        Item::DayName => {
            subject.civil()?;
            (DAYS[weekday(subject.iso().2) as usize], 9)
        }
        Item::DayShort => {
            subject.civil()?;
            (&DAYS[weekday(subject.iso().2) as usize][..3], 0)
        }
        Item::MonthName => (MONTHS[(subject.civil()?.month - 1) as usize], 9),
        Item::MonthShort => (&MONTHS[(subject.civil()?.month - 1) as usize][..3], 0),
        _ if subject.month == 0 && subject.year == 0 => return Ok(()),
        _ => {
            let month = match subject.month {
                0 if subject.year >= 0 => 12,
                0 => 1,
                month if month < 0 => 13 + month,
                month => month,
            };
            (ROMAN_MONTHS[(month - 1) as usize], 4)
        }
    };
    let width = if field.fill || field.translated { 0 } else { width };
    let name = match field.case {
        Case::Upper => Cow::Owned(name.to_ascii_uppercase()),
        Case::Capital => Cow::Borrowed(name),
        Case::Lower => Cow::Owned(name.to_ascii_lowercase()),
    };
    write!(out, "{name:width$}").expect("a string takes all");
    Ok(())
}

fn push_zone(field: &Field, subject: &Subject, out: &mut String) -> Result<()> {
    subject.civil()?;
    let (east, name) = match &subject.zone {
        Some((east, name)) => (*east, name.as_ref()),
        None => (0, ""),
    };
    let sign = if east < 0 { '-' } else { '+' };
    let (hours, minutes) = (east.abs() / 3_600, east.abs() / 60 % 60);
    match field.item {
        Item::Zone if field.case == Case::Lower => out.push_str(&name.to_ascii_lowercase()),
        Item::Zone => out.push_str(name),
        Item::ZoneHour => write!(out, "{sign}{hours:02}").expect("a string"),
        Item::ZoneMinute => write!(out, "{minutes:02}").expect("a string"),
        _ => {
            let width = if field.fill { 0 } else { 2 };
            write!(out, "{sign}{hours:0width$}").expect("a string");
            if minutes != 0 {
                write!(out, ":{minutes:02}").expect("a string");
            }
        }
    }
    Ok(())
}
