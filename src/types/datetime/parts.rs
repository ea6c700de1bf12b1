//! `extract` and `date_trunc`: one field of a date, time or interval, and cutting below it.

use super::{
    TimeZone,
    arithmetic::timestamp_out_of_range,
    calendar::{
        Civil, EPOCH_JULIAN, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
        TIMESTAMP_NEGATIVE_INFINITY, day_of_year, days_of_civil, is_infinite_timestamp,
        is_timestamp, iso_week, weekday,
    },
    tokens::{Unit, interval_unit, part_unit},
};
use crate::{
    base::{PgError, Result, clock::POSTGRES_EPOCH_UNIX_US},
    pg_error,
    types::{interval::Interval, numeric::Numeric},
};

/// An extracted field, before it becomes `numeric` (`extract`) or `float8` (`date_part`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    Integer(i64),
    /// A count of `10^-scale`.
    Decimal(i128, u32),
    /// A Julian day and microseconds of it.
    Julian(i64, i64),
    Infinity,
    NegativeInfinity,
    Null,
}

impl Part {
    /// NULL is `None`.
    pub fn numeric(self) -> Result<Option<Numeric>> {
        Ok(Some(match self {
            Part::Null => return Ok(None),
            Part::Infinity => Numeric::Infinity,
            Part::NegativeInfinity => Numeric::NegativeInfinity,
            Part::Integer(value) => Numeric::from_i64(value),
            Part::Decimal(value, scale) => Numeric::new(value.into(), i64::from(scale))?,
            Part::Julian(day, micros) => {
                let fraction = Numeric::from_i64(micros).div(&Numeric::from_i64(MICROS_PER_DAY))?;
                Numeric::from_i64(day).add(&fraction)?
            }
        }))
    }

    /// NULL is `None`.
    pub fn float(self) -> Option<f64> {
        Some(match self {
            Part::Null => return None,
            Part::Infinity => f64::INFINITY,
            Part::NegativeInfinity => f64::NEG_INFINITY,
            Part::Integer(value) => value as f64,
            Part::Decimal(value, scale) => value as f64 / 10_f64.powi(scale as i32),
            Part::Julian(day, micros) => day as f64 + micros as f64 / MICROS_PER_DAY as f64,
        })
    }
}

fn not_supported(unit: &str, type_name: &str) -> PgError {
    pg_error!(FEATURE_NOT_SUPPORTED, "unit \"{unit}\" not supported for type {type_name}")
}

fn not_recognized(unit: &str, type_name: &str) -> PgError {
    pg_error!(INVALID_PARAMETER_VALUE, "unit \"{unit}\" not recognized for type {type_name}")
}

/// Names in the messages are in lower case.
fn named_unit(name: &str, type_name: &str) -> Result<(Unit, String)> {
    let lower = name.to_lowercase();
    match part_unit(&lower) {
        Some(unit) => Ok((unit, lower)),
        None => Err(not_recognized(&lower, type_name)),
    }
}

/// The units that an interval has too; only these can be cut to.
fn length_unit(name: &str, type_name: &str) -> Result<(Unit, String)> {
    let lower = name.to_lowercase();
    match interval_unit(&lower) {
        Some(unit) => Ok((unit, lower)),
        None => Err(not_recognized(&lower, type_name)),
    }
}

const TIMESTAMP: &str = "timestamp without time zone";
const TIMESTAMPTZ: &str = "timestamp with time zone";

/// A field of a timestamp. Errors: 22023 for an unknown unit, 0A000 for one that it has not.
pub fn of_timestamp(name: &str, micros: i64) -> Result<Part> {
    let (unit, lower) = named_unit(name, TIMESTAMP)?;
    if is_infinite_timestamp(micros) {
        return of_infinite(unit, micros, false).ok_or_else(|| not_supported(&lower, TIMESTAMP));
    }
    let epoch = i128::from(micros) + i128::from(POSTGRES_EPOCH_UNIX_US);
    of_civil(unit, &Civil::of_timestamp(micros), epoch)
        .ok_or_else(|| not_supported(&lower, TIMESTAMP))
}

/// A field of a moment, in a zone. Errors as [`of_timestamp`].
pub fn of_timestamptz(name: &str, micros: i64, zone: &TimeZone) -> Result<Part> {
    let (unit, lower) = named_unit(name, TIMESTAMPTZ)?;
    if is_infinite_timestamp(micros) {
        return of_infinite(unit, micros, true).ok_or_else(|| not_supported(&lower, TIMESTAMPTZ));
    }
    let east = zone.offset_at(micros);
    if let Some(part) = of_offset(unit, east) {
        return Ok(part);
    }
    let local = micros + i64::from(east) * MICROS_PER_SECOND;
    let epoch = i128::from(micros) + i128::from(POSTGRES_EPOCH_UNIX_US);
    of_civil(unit, &Civil::of_timestamp(local), epoch)
        .ok_or_else(|| not_supported(&lower, TIMESTAMPTZ))
}

/// A field of a date, which has none below the day. Errors as [`of_timestamp`].
pub fn of_date(name: &str, date: i32) -> Result<Part> {
    let (unit, lower) = named_unit(name, "date")?;
    let below_day = matches!(
        unit,
        Unit::Microsecond | Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour
    );
    if below_day {
        return Err(not_supported(&lower, "date"));
    }
    if super::calendar::is_infinite_date(date) {
        let infinity = if date > 0 { i64::MAX } else { TIMESTAMP_NEGATIVE_INFINITY };
        return of_infinite(unit, infinity, false).ok_or_else(|| not_supported(&lower, "date"));
    }
    let civil = Civil::of_date(date);
    match unit {
        Unit::Julian => Ok(Part::Integer(i64::from(date) + EPOCH_JULIAN)),
        Unit::Epoch => {
            Ok(Part::Integer(i64::from(date) * 86_400 + POSTGRES_EPOCH_UNIX_US / MICROS_PER_SECOND))
        }
        unit => of_civil(unit, &civil, 0).ok_or_else(|| not_supported(&lower, "date")),
    }
}

/// Fields that grow with time are infinite, those that go round are NULL.
fn of_infinite(unit: Unit, micros: i64, zoned: bool) -> Option<Part> {
    match unit {
        Unit::Year
        | Unit::Decade
        | Unit::Century
        | Unit::Millennium
        | Unit::Julian
        | Unit::IsoYear
        | Unit::Epoch => Some(if micros == TIMESTAMP_NEGATIVE_INFINITY {
            Part::NegativeInfinity
        } else {
            Part::Infinity
        }),
        Unit::Zone | Unit::ZoneHour | Unit::ZoneMinute => zoned.then_some(Part::Null),
        _ => Some(Part::Null),
    }
}

fn of_offset(unit: Unit, east: i32) -> Option<Part> {
    let value = match unit {
        Unit::Zone => east,
        Unit::ZoneHour => east / 3_600,
        Unit::ZoneMinute => east / 60 % 60,
        _ => return None,
    };
    Some(Part::Integer(i64::from(value)))
}

/// Seconds, milliseconds and microseconds share the seconds.
fn of_seconds(unit: Unit, micros: i64) -> Option<Part> {
    Some(match unit {
        Unit::Microsecond => Part::Integer(micros),
        Unit::Millisecond => Part::Decimal(micros.into(), 3),
        Unit::Second => Part::Decimal(micros.into(), 6),
        _ => return None,
    })
}

fn of_civil(unit: Unit, civil: &Civil, epoch: i128) -> Option<Part> {
    let seconds = i64::from(civil.second) * MICROS_PER_SECOND + i64::from(civil.micro);
    if let Some(part) = of_seconds(unit, seconds) {
        return Some(part);
    }
    let days = days_of_civil(i64::from(civil.year), civil.month, civil.day);
    // There is no year zero: years before 1 are counted back from it.
    let without_zero = |year: i32| if year > 0 { year } else { year - 1 };
    let year = civil.year;
    Some(Part::Integer(i64::from(match unit {
        Unit::Minute => civil.minute,
        Unit::Hour => civil.hour,
        Unit::Day => civil.day,
        Unit::Month => civil.month,
        Unit::Quarter => (civil.month - 1) / 3 + 1,
        Unit::Week => iso_week(civil).1,
        Unit::Year => without_zero(year),
        Unit::Decade => year.div_euclid(10),
        Unit::Century => ordinal(year, 100),
        Unit::Millennium => ordinal(year, 1_000),
        Unit::IsoYear => without_zero(iso_week(civil).0),
        Unit::DayOfWeek => weekday(days),
        Unit::IsoDayOfWeek => (weekday(days) + 6) % 7 + 1,
        Unit::DayOfYear => day_of_year(civil),
        Unit::Julian => return Some(Part::Julian(days + EPOCH_JULIAN, civil.time())),
        Unit::Epoch => return Some(Part::Decimal(epoch, 6)),
        _ => return None,
    })))
}

/// The 1-based century or millennium of a year; -1 is the one before the first.
fn ordinal(year: i32, length: i32) -> i32 {
    if year > 0 { (year + length - 1) / length } else { -((length - 1 - (year - 1)) / length) }
}

/// A field of a time of day. Errors as [`of_timestamp`].
pub fn of_time(name: &str, micros: i64) -> Result<Part> {
    let type_name = "time without time zone";
    let (unit, lower) = named_unit(name, type_name)?;
    of_clock(unit, micros, micros).ok_or_else(|| not_supported(&lower, type_name))
}

/// A field of a time with a zone, `west` seconds. Errors as [`of_timestamp`].
pub fn of_timetz(name: &str, micros: i64, west: i32) -> Result<Part> {
    let type_name = "time with time zone";
    let (unit, lower) = named_unit(name, type_name)?;
    let utc = micros + i64::from(west) * MICROS_PER_SECOND;
    of_offset(unit, -west)
        .or_else(|| of_clock(unit, micros, utc))
        .ok_or_else(|| not_supported(&lower, type_name))
}

fn of_clock(unit: Unit, micros: i64, epoch: i64) -> Option<Part> {
    match unit {
        Unit::Minute => Some(Part::Integer(micros / MICROS_PER_MINUTE % 60)),
        Unit::Hour => Some(Part::Integer(micros / MICROS_PER_HOUR)),
        Unit::Epoch => Some(Part::Decimal(epoch.into(), 6)),
        unit => of_seconds(unit, micros % MICROS_PER_MINUTE),
    }
}

/// A field of an interval. Errors as [`of_timestamp`].
pub fn of_interval(name: &str, interval: &Interval) -> Result<Part> {
    let (unit, lower) = named_unit(name, "interval")?;
    if !interval.is_finite() {
        return Ok(match unit {
            Unit::Microsecond
            | Unit::Millisecond
            | Unit::Second
            | Unit::Minute
            | Unit::Week
            | Unit::Month
            | Unit::Quarter => Part::Null,
            Unit::Hour
            | Unit::Day
            | Unit::Year
            | Unit::Decade
            | Unit::Century
            | Unit::Millennium
            | Unit::Epoch => {
                if interval.months > 0 {
                    Part::Infinity
                } else {
                    Part::NegativeInfinity
                }
            }
            _ => return Err(not_supported(&lower, "interval")),
        });
    }
    let micros = interval.micros;
    if let Some(part) = of_seconds(unit, micros % MICROS_PER_MINUTE) {
        return Ok(part);
    }
    let (years, months) = (interval.months / 12, interval.months % 12);
    Ok(Part::Integer(match unit {
        Unit::Minute => micros % MICROS_PER_HOUR / MICROS_PER_MINUTE,
        Unit::Hour => micros / MICROS_PER_HOUR,
        Unit::Day => interval.days.into(),
        Unit::Week => (interval.days / 7).into(),
        Unit::Month => months.into(),
        Unit::Quarter if interval.months >= 0 => (months / 3 + 1).into(),
        Unit::Quarter => (-(-months / 3 + 1)).into(),
        Unit::Year => years.into(),
        Unit::Decade => (years / 10).into(),
        Unit::Century => (years / 100).into(),
        Unit::Millennium => (years / 1_000).into(),
        Unit::Epoch => {
            // A year has 365.25 days, a month 30.
            let quarter_days = i128::from(years) * 1_461
                + i128::from(months) * 120
                + i128::from(interval.days) * 4;
            let micros =
                quarter_days * i128::from(MICROS_PER_DAY / 4) + i128::from(interval.micros);
            return Ok(Part::Decimal(micros, 6));
        }
        _ => return Err(not_supported(&lower, "interval")),
    }))
}

// ---- date_trunc ----------------------------------------------------------------------------

/// Cuts the fields below `unit`; `None` if a timestamp has no such unit.
fn cut(unit: Unit, civil: &Civil) -> Option<Civil> {
    let mut cut = *civil;
    match unit {
        Unit::Microsecond => return Some(cut),
        Unit::Millisecond => {
            cut.micro -= cut.micro % 1_000;
            return Some(cut);
        }
        Unit::Second | Unit::Minute | Unit::Hour => {
            cut.micro = 0;
            if unit != Unit::Second {
                cut.second = 0;
            }
            if unit == Unit::Hour {
                cut.minute = 0;
            }
            return Some(cut);
        }
        _ => cut.set_time(0),
    }
    let year = cut.year;
    match unit {
        Unit::Day => return Some(cut),
        Unit::Week => {
            let days = days_of_civil(i64::from(year), cut.month, cut.day);
            let monday = days - i64::from((weekday(days) + 6) % 7);
            return Some(Civil::of_date(monday as i32));
        }
        Unit::Month => {}
        Unit::Quarter => cut.month = (cut.month - 1) / 3 * 3 + 1,
        Unit::Year | Unit::Decade | Unit::Century | Unit::Millennium => {
            cut.month = 1;
            cut.year = match unit {
                Unit::Decade => year.div_euclid(10) * 10,
                Unit::Century => (year - 1).div_euclid(100) * 100 + 1,
                Unit::Millennium => (year - 1).div_euclid(1_000) * 1_000 + 1,
                _ => year,
            };
        }
        _ => return None,
    }
    cut.day = 1;
    Some(cut)
}

/// Errors: 22023, 0A000; 22008 out of range.
pub fn truncate_timestamp(name: &str, micros: i64) -> Result<i64> {
    let (unit, lower) = length_unit(name, TIMESTAMP)?;
    let civil =
        if is_infinite_timestamp(micros) { Civil::of_date(0) } else { Civil::of_timestamp(micros) };
    let cut = cut(unit, &civil).ok_or_else(|| not_supported(&lower, TIMESTAMP))?;
    if is_infinite_timestamp(micros) {
        return Ok(micros);
    }
    cut.timestamp(0).ok_or_else(timestamp_out_of_range)
}

/// Cuts in a zone's calendar. Errors: 22023, 0A000; 22008 out of range.
pub fn truncate_timestamptz(name: &str, micros: i64, zone: &TimeZone) -> Result<i64> {
    let (unit, lower) = length_unit(name, TIMESTAMPTZ)?;
    let infinite = is_infinite_timestamp(micros);
    let east = if infinite { 0 } else { zone.offset_at(micros) };
    let civil = if infinite {
        Civil::of_date(0)
    } else {
        Civil::of_timestamp(micros + i64::from(east) * MICROS_PER_SECOND)
    };
    let cut = cut(unit, &civil).ok_or_else(|| not_supported(&lower, TIMESTAMPTZ))?;
    if infinite {
        return Ok(micros);
    }
    let local = cut.timestamp(0).ok_or_else(timestamp_out_of_range)?;
    // Within a day the offset stays, so that both hours of a repeated one are kept apart.
    let below_day = matches!(
        unit,
        Unit::Microsecond | Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour
    );
    let east = if below_day { east } else { zone.offset_of_local(local) };
    local
        .checked_sub(i64::from(east) * MICROS_PER_SECOND)
        .filter(|micros| is_timestamp(*micros))
        .ok_or_else(timestamp_out_of_range)
}

/// Errors: 22023, 0A000.
pub fn truncate_interval(name: &str, interval: &Interval) -> Result<Interval> {
    let (unit, lower) = length_unit(name, "interval")?;
    let mut result = *interval;
    let months = match unit {
        Unit::Millennium => 12_000,
        Unit::Century => 1_200,
        Unit::Decade => 120,
        Unit::Year => 12,
        Unit::Quarter => 3,
        _ => 1,
    };
    let micros = match unit {
        Unit::Microsecond => 1,
        Unit::Millisecond => 1_000,
        Unit::Second => MICROS_PER_SECOND,
        Unit::Minute => MICROS_PER_MINUTE,
        Unit::Hour => MICROS_PER_HOUR,
        Unit::Day => 0,
        Unit::Week => {
            let error = not_supported(&lower, "interval");
            return Err(error.detail("Months usually have fractional weeks."));
        }
        Unit::Month
        | Unit::Quarter
        | Unit::Year
        | Unit::Decade
        | Unit::Century
        | Unit::Millennium => {
            result.days = 0;
            0
        }
        _ => return Err(not_supported(&lower, "interval")),
    };
    if !interval.is_finite() {
        return Ok(*interval);
    }
    result.months -= result.months % months;
    result.micros = if micros == 0 { 0 } else { result.micros - result.micros % micros };
    Ok(result)
}
