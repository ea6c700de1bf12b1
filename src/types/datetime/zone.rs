//! Time zones: names, offsets at a moment, and the offset of a local time.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{OffsetName as _, TZ_VARIANTS, Tz, TzOffset};

use super::{
    abbreviations,
    calendar::{MICROS_PER_DAY, MICROS_PER_SECOND, civil_of_days, days_of_civil, is_leap, weekday},
    clock::parse_offset,
    failure::Failure,
};
use crate::base::{Result, clock::POSTGRES_EPOCH_UNIX_US};

/// The transitions of the zone tables end with this year; its rules go on for ever after.
const TABLE_YEAR_LAST: i32 = 2099;

/// An IANA zone, a POSIX-style or fixed offset.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeZone {
    Named(Tz),
    /// Seconds east of UTC.
    Fixed(i32),
}

static BY_NAME: LazyLock<HashMap<String, Tz>> =
    LazyLock::new(|| TZ_VARIANTS.iter().map(|tz| (tz.name().to_ascii_lowercase(), *tz)).collect());

impl TimeZone {
    pub const UTC: TimeZone = TimeZone::Named(Tz::UTC);

    /// A zone as `SET timezone` takes it: hours east as a number, an IANA name in any case, a
    /// POSIX form (`XYZ5`, `<+03>-3`, `+05:30`, whose sign counts west).
    ///
    /// Errors: 22023 if there is no such zone.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        if let Ok(hours) = trimmed.parse::<f64>()
            && hours.is_finite()
            && hours.abs() < 168.0
        {
            return Ok(TimeZone::Fixed((hours * 3_600.0) as i32));
        }
        Self::by_name(trimmed).map_or_else(
            || crate::err!(INVALID_PARAMETER_VALUE, "time zone \"{text}\" not recognized"),
            Ok,
        )
    }

    /// A zone as `AT TIME ZONE` takes it: an abbreviation first, then as [`TimeZone::by_name`].
    ///
    /// Errors: 22023 if there is no such zone.
    pub fn parse_at(text: &str) -> Result<Self> {
        if let Some((offset, _)) = abbreviations::find(text) {
            return Ok(TimeZone::Fixed(offset));
        }
        Self::by_name(text).map_or_else(
            || crate::err!(INVALID_PARAMETER_VALUE, "time zone \"{text}\" not recognized"),
            Ok,
        )
    }

    /// An IANA name in any case, or a POSIX form.
    pub fn by_name(text: &str) -> Option<Self> {
        BY_NAME
            .get(&text.to_ascii_lowercase())
            .map(|tz| TimeZone::Named(*tz))
            .or_else(|| posix_offset(text).map(TimeZone::Fixed))
    }

    /// `SHOW timezone`'s text.
    pub fn name(&self) -> String {
        match self {
            TimeZone::Named(tz) => tz.name().to_owned(),
            TimeZone::Fixed(east) => {
                // POSIX: the name in angle brackets, then the offset to the west.
                let digits = |seconds: i32| {
                    let (hours, rest) = (seconds.abs() / 3_600, seconds.abs() % 3_600);
                    match (rest / 60, rest % 60) {
                        (0, 0) => format!("{hours:02}"),
                        (minutes, 0) => format!("{hours:02}:{minutes:02}"),
                        (minutes, seconds) => format!("{hours:02}:{minutes:02}:{seconds:02}"),
                    }
                };
                let (sign, opposite) = if *east < 0 { ('-', '+') } else { ('+', '-') };
                format!("<{sign}{0}>{opposite}{0}", digits(*east))
            }
        }
    }

    /// The offset in force at a moment, seconds east; the moment in microseconds since 2000 UTC.
    pub fn offset_at(&self, utc_micros: i64) -> i32 {
        match self {
            TimeZone::Fixed(east) => *east,
            TimeZone::Named(tz) => span_at(*tz, utc_micros).fix().local_minus_utc(),
        }
    }

    /// Whether daylight saving time is in force.
    pub fn is_dst_at(&self, utc_micros: i64) -> bool {
        match self {
            TimeZone::Fixed(_) => false,
            TimeZone::Named(tz) => {
                use chrono_tz::OffsetComponents as _;
                !span_at(*tz, utc_micros).dst_offset().is_zero()
            }
        }
    }

    /// The abbreviation in force at a moment (`EST`, `+04`).
    pub fn abbreviation_at(&self, utc_micros: i64) -> Cow<'static, str> {
        match self {
            TimeZone::Fixed(east) => {
                let name = self.name();
                let inner = name.trim_start_matches('<').split('>').next().unwrap_or_default();
                if *east == 0 { Cow::Borrowed("UTC") } else { Cow::Owned(inner.to_owned()) }
            }
            TimeZone::Named(tz) => {
                let span = span_at(*tz, utc_micros);
                Cow::Owned(span.abbreviation().map_or_else(|| span.to_string(), str::to_owned))
            }
        }
    }

    /// The offset, seconds east, that a local time means.
    ///
    /// A local time that a forward change skips is read with the offset before the change; one
    /// that a backward change repeats is read with the offset after it.
    pub fn offset_of_local(&self, local_micros: i64) -> i32 {
        let TimeZone::Named(_) = self else { return self.offset_at(0) };
        let before = self.offset_at(local_micros.saturating_sub(MICROS_PER_DAY));
        let after = self.offset_at(local_micros.saturating_add(MICROS_PER_DAY));
        let at = |east: i32| {
            self.offset_at(local_micros.saturating_sub(i64::from(east) * MICROS_PER_SECOND))
        };
        if before == after {
            // Two changes within two days are rare, but Ramadan in Morocco knows them.
            let middle = at(before);
            return if middle == before || at(middle) == middle { middle } else { before };
        }
        match (at(before) == before, at(after) == after) {
            (true, false) => before,
            (false, true) => after,
            _ if before > after => after,
            _ => before,
        }
    }

    /// The offset, seconds east, of a zone that has never had another one.
    pub fn fixed_offset(&self) -> Option<i32> {
        let TimeZone::Named(tz) = self else { return Some(self.offset_at(0)) };
        let fixed = matches!(*tz, Tz::UTC | Tz::UCT | Tz::GMT | Tz::Zulu | Tz::Universal)
            || tz.name().starts_with("Etc/")
            || matches!(tz.name(), "Greenwich" | "GMT0" | "GMT+0" | "GMT-0");
        fixed.then(|| self.offset_at(0))
    }

    /// Local microseconds of a moment.
    pub fn to_local(&self, utc_micros: i64) -> i64 {
        utc_micros + i64::from(self.offset_at(utc_micros)) * MICROS_PER_SECOND
    }

    /// The moment that a local time means.
    pub fn to_utc(&self, local_micros: i64) -> i64 {
        local_micros - i64::from(self.offset_of_local(local_micros)) * MICROS_PER_SECOND
    }
}

/// A zone where an ISO offset is meant, not a POSIX one: `make_timestamptz`'s last argument.
///
/// Errors: 22023 for a number without a sign, an offset out of range, or an unknown name.
pub fn parse_sane_zone(text: &str) -> Result<TimeZone> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(crate::pg_error!(
            INVALID_PARAMETER_VALUE,
            "invalid input syntax for type numeric time zone: \"{text}\""
        )
        .hint("Numeric time zones must have \"-\" or \"+\" as first character."));
    }
    match parse_offset(text) {
        Ok(east) => Ok(TimeZone::Fixed(east)),
        Err(Failure::ZoneOverflow) => {
            crate::err!(INVALID_PARAMETER_VALUE, "numeric time zone \"{text}\" out of range")
        }
        Err(_) => TimeZone::parse_at(text),
    }
}

fn span_at(tz: Tz, utc_micros: i64) -> TzOffset {
    let mut seconds =
        utc_micros.div_euclid(MICROS_PER_SECOND) + POSTGRES_EPOCH_UNIX_US / MICROS_PER_SECOND;
    let (year, ..) = civil_of_days(utc_micros.div_euclid(MICROS_PER_DAY));
    if year > TABLE_YEAR_LAST {
        // Past the table a year behaves as the year in its last 28 with the same calendar.
        let first = days_of_civil(i64::from(year), 1, 1);
        let twin = (TABLE_YEAR_LAST - 27..=TABLE_YEAR_LAST)
            .map(|candidate| (candidate, days_of_civil(i64::from(candidate), 1, 1)))
            .find(|(candidate, start)| {
                is_leap(*candidate) == is_leap(year) && weekday(*start) == weekday(first)
            })
            .expect("28 years hold every calendar");
        seconds -= (first - twin.1) * 86_400;
    }
    let moment = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    tz.offset_from_utc_datetime(&moment.naive_utc())
}

/// The offset, seconds east, of a POSIX zone without daylight saving rules.
fn posix_offset(text: &str) -> Option<i32> {
    let rest = match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>')?.1,
        None => text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()),
    };
    let (sign, digits) = match rest.as_bytes().first()? {
        b'-' => (1, &rest[1..]),
        b'+' => (-1, &rest[1..]),
        _ => (-1, rest),
    };
    let mut seconds = 0;
    let mut unit = 3_600;
    for part in digits.split(':') {
        if unit == 0 || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let value: i32 = part.parse().ok()?;
        if value > if unit == 3_600 { 167 } else { 59 } {
            return None;
        }
        seconds += value * unit;
        unit /= 60;
    }
    Some(sign * seconds)
}
