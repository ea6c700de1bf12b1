//! Text to interval: PostgreSQL's units, SQL's `1-2 3 4:05:06`, ISO 8601.

use super::{
    IntervalStyle,
    calendar::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND},
    clock::{parse_clock, parse_fraction},
    failure::Failure,
    fields::{self, Field, Kind},
    interval_iso::iso_interval,
    lengths::{adjust_interval, interval_range},
    tokens::{Unit, Word, date_word, interval_unit},
};
use crate::{
    base::Result,
    pg_error,
    types::{interval::Interval, text_io::Style},
};

/// Reads an interval with no type modifier. Errors: 22007, 22008, 22015.
pub fn parse_interval(text: &str, style: &Style) -> Result<Interval> {
    parse_interval_within(text, -1, style)
}

/// Reads an interval as its type modifier says: `'1' YEAR` is a year.
/// Errors: 22007, 22008, 22015.
pub fn parse_interval_within(text: &str, typmod: i32, style: &Style) -> Result<Interval> {
    let report = |failure: Failure| match failure {
        Failure::FieldOverflow => Failure::IntervalOverflow.report(text, "interval"),
        failure => failure.report(text, "interval"),
    };
    let reading = match fields::split(text).and_then(|fields| interval(&fields, typmod, style)) {
        Err(Failure::BadFormat) => iso_interval(text).map(Reading::Finite),
        reading => reading,
    };
    match reading.map_err(report)? {
        Reading::Finite(parts) => {
            let interval = parts
                .interval()
                .filter(Interval::is_finite)
                .ok_or_else(|| pg_error!(DATETIME_FIELD_OVERFLOW, "interval out of range"))?;
            adjust_interval(interval, typmod)
        }
        Reading::Infinity => Ok(Interval::INFINITY),
        Reading::NegativeInfinity => Ok(Interval::NEGATIVE_INFINITY),
    }
}

enum Reading {
    Finite(Parts),
    Infinity,
    NegativeInfinity,
}

/// The sums that fields add to; each step is checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    years: i32,
    months: i32,
    days: i32,
    micros: i64,
}

type Added = Result<(), Failure>;

const OVERFLOW: Failure = Failure::FieldOverflow;

impl Parts {
    fn interval(&self) -> Option<Interval> {
        let months = i64::from(self.years) * 12 + i64::from(self.months);
        Some(Interval { months: i32::try_from(months).ok()?, days: self.days, micros: self.micros })
    }

    pub fn add_micros(&mut self, value: i64, fraction: f64, scale: i64) -> Added {
        let micros = value.checked_mul(scale).ok_or(OVERFLOW)?;
        self.micros = self.micros.checked_add(micros).ok_or(OVERFLOW)?;
        self.add_fraction_micros(fraction, scale)
    }

    pub fn add_fraction_micros(&mut self, fraction: f64, scale: i64) -> Added {
        if fraction == 0.0 {
            return Ok(());
        }
        let exact = fraction * scale as f64;
        let whole = exact as i64;
        let rest = exact - whole as f64;
        let round = i64::from(rest > 0.5) - i64::from(rest < -0.5);
        self.micros = self.micros.checked_add(whole + round).ok_or(OVERFLOW)?;
        Ok(())
    }

    pub fn add_days(&mut self, value: i64, scale: i32) -> Added {
        let days = value.checked_mul(i64::from(scale)).ok_or(OVERFLOW)?;
        let days = i32::try_from(days).map_err(|_| OVERFLOW)?;
        self.days = self.days.checked_add(days).ok_or(OVERFLOW)?;
        Ok(())
    }

    /// A part of something `scale` days long; what is less than a day becomes time.
    pub fn add_fraction_days(&mut self, fraction: f64, scale: i32) -> Added {
        if fraction == 0.0 {
            return Ok(());
        }
        let exact = fraction * f64::from(scale);
        self.days = self.days.checked_add(exact as i32).ok_or(OVERFLOW)?;
        self.add_fraction_micros(exact - exact.trunc(), MICROS_PER_DAY)
    }

    pub fn add_months(&mut self, value: i64) -> Added {
        let months = i32::try_from(value).map_err(|_| OVERFLOW)?;
        self.months = self.months.checked_add(months).ok_or(OVERFLOW)?;
        Ok(())
    }

    pub fn add_years(&mut self, value: i64, fraction: f64, scale: i32) -> Added {
        let years = value.checked_mul(i64::from(scale)).ok_or(OVERFLOW)?;
        let years = i32::try_from(years).map_err(|_| OVERFLOW)?;
        self.years = self.years.checked_add(years).ok_or(OVERFLOW)?;
        let months = (fraction * f64::from(scale) * 12.0).round_ties_even() as i32;
        self.months = self.months.checked_add(months).ok_or(OVERFLOW)?;
        Ok(())
    }

    fn negated(&self) -> Result<Self, Failure> {
        Ok(Self {
            years: self.years.checked_neg().ok_or(OVERFLOW)?,
            months: self.months.checked_neg().ok_or(OVERFLOW)?,
            days: self.days.checked_neg().ok_or(OVERFLOW)?,
            micros: self.micros.checked_neg().ok_or(OVERFLOW)?,
        })
    }
}

/// Fields that must not come twice, one bit each.
mod seen {
    use super::Unit;

    pub const SECOND: u32 = 1 << Unit::Second as u32;
    pub const SECONDS: u32 = SECOND | 1 << Unit::Millisecond as u32 | 1 << Unit::Microsecond as u32;
    pub const TIME: u32 = SECONDS | 1 << Unit::Minute as u32 | 1 << Unit::Hour as u32;

    pub fn unit(unit: Unit) -> u32 {
        1 << unit as u32
    }
}

/// Fields are read from right to left, so that each number already knows its unit.
fn interval(fields: &[Field], typmod: i32, style: &Style) -> Result<Reading, Failure> {
    let mut parts = Parts::default();
    let mut found_all = 0;
    let mut unit: Option<Unit> = None;
    let mut unit_waits = false;
    let mut ago = false;
    let negative = leading_minus_means_all(fields, style);
    for (index, field) in fields.iter().enumerate().rev() {
        let text = field.text.as_str();
        let found = match field.kind {
            Kind::Time => {
                let micros = clock_micros(text, typmod)?;
                parts.micros = parts
                    .micros
                    .checked_add(if negative { -micros } else { micros })
                    .ok_or(OVERFLOW)?;
                (unit, unit_waits) = (Some(Unit::Day), false);
                seen::TIME
            }
            Kind::Zone if text[1..].contains(':') && clock_micros(&text[1..], typmod).is_ok() => {
                let micros = clock_micros(&text[1..], typmod)?;
                let minus = text.starts_with('-') || negative;
                parts.micros = parts
                    .micros
                    .checked_add(if minus { -micros } else { micros })
                    .ok_or(OVERFLOW)?;
                (unit, unit_waits) = (Some(Unit::Day), false);
                seen::TIME
            }
            Kind::Zone | Kind::Date | Kind::Number => {
                let unit_here = unit.unwrap_or_else(|| default_unit(typmod));
                let (value, fraction, months) = signed_number(text, negative)?;
                let unit_here = if months { Unit::Month } else { unit_here };
                // Before hours come days: `1 2` is a day and two hours where hours are the last.
                unit = Some(if unit_here == Unit::Hour { Unit::Day } else { unit_here });
                unit_waits = false;
                add_unit(&mut parts, unit_here, value, fraction)?
            }
            Kind::Word | Kind::Special => {
                if unit_waits {
                    return Err(Failure::BadFormat);
                }
                let last = index + 1 == fields.len();
                match (interval_unit(text), text) {
                    (Some(named), _) => {
                        (unit, unit_waits) = (Some(named), true);
                        continue;
                    }
                    (None, "ago") if last => {
                        ago = true;
                        continue;
                    }
                    (None, _) => match date_word(text) {
                        Some(Word::Infinity) if fields.len() == 1 => return Ok(Reading::Infinity),
                        Some(Word::NegativeInfinity) if fields.len() == 1 => {
                            return Ok(Reading::NegativeInfinity);
                        }
                        Some(Word::Ignored) => continue,
                        _ => return Err(Failure::BadFormat),
                    },
                }
            }
        };
        if found_all & found != 0 {
            return Err(Failure::BadFormat);
        }
        found_all |= found;
    }
    if found_all == 0 || unit_waits {
        return Err(Failure::BadFormat);
    }
    Ok(Reading::Finite(if ago { parts.negated()? } else { parts }))
}

/// In SQL's style one leading minus counts for every field, if no other field has a sign.
fn leading_minus_means_all(fields: &[Field], style: &Style) -> bool {
    style.interval_style == IntervalStyle::SqlStandard
        && fields.first().is_some_and(|field| field.text.starts_with('-'))
        && !fields[1..].iter().any(|field| field.text.starts_with(['-', '+']))
}

/// `hh:mm[:ss]`; under `MINUTE TO SECOND` two parts are minutes and seconds.
fn clock_micros(text: &str, typmod: i32) -> Result<i64, Failure> {
    let mut clock = parse_clock(text)?;
    let range = interval_range(typmod);
    let minute_to_second = range.is_some_and(|range| range.is_minute_to_second());
    if minute_to_second && text.matches(':').count() == 1 && !text.contains('.') {
        clock.second = clock.minute;
        clock.minute = i32::try_from(clock.hour).map_err(|_| OVERFLOW)?;
        clock.hour = 0;
    }
    clock
        .hour
        .checked_mul(MICROS_PER_HOUR)
        .and_then(|micros| micros.checked_add(i64::from(clock.minute) * MICROS_PER_MINUTE))
        .and_then(|micros| micros.checked_add(i64::from(clock.second) * MICROS_PER_SECOND))
        .and_then(|micros| micros.checked_add(i64::from(clock.micro)))
        .ok_or(OVERFLOW)
}

/// The unit of a rightmost number without one.
fn default_unit(typmod: i32) -> Unit {
    interval_range(typmod).map_or(Unit::Second, |range| range.smallest_unit())
}

/// A number, its fraction, and whether it was SQL's `years-months` (then it is months).
fn signed_number(text: &str, negative: bool) -> Result<(i64, f64, bool), Failure> {
    let signed = text.starts_with(['-', '+']);
    let body = if signed { &text[1..] } else { text };
    let minus = text.starts_with('-');
    let end = body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len());
    let (digits, rest) = body.split_at(end);
    let integer = |digits: &str| -> Result<i64, Failure> {
        if digits.is_empty() {
            return Ok(0);
        }
        let text = format!("{}{digits}", if minus { "-" } else { "" });
        text.parse().map_err(|_| OVERFLOW)
    };
    let value = integer(digits)?;
    let (mut value, mut fraction, months) = match rest.as_bytes().first() {
        None if !digits.is_empty() => (value, 0.0, false),
        Some(b'-') => {
            let extra = &rest[1..];
            if extra.is_empty() || !extra.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Failure::BadFormat);
            }
            let extra: i64 = extra.parse().map_err(|_| OVERFLOW)?;
            if extra >= 12 {
                return Err(OVERFLOW);
            }
            let extra = if minus { -extra } else { extra };
            let months = value.checked_mul(12).and_then(|months| months.checked_add(extra));
            (months.ok_or(OVERFLOW)?, 0.0, true)
        }
        Some(b'.') => {
            let fraction = parse_fraction(rest)?;
            (value, if minus { -fraction } else { fraction }, false)
        }
        _ => return Err(Failure::BadFormat),
    };
    if negative {
        value = if value > 0 { -value } else { value };
        fraction = if fraction > 0.0 { -fraction } else { fraction };
    }
    Ok((value, fraction, months))
}

fn add_unit(parts: &mut Parts, unit: Unit, value: i64, fraction: f64) -> Result<u32, Failure> {
    match unit {
        Unit::Microsecond => {
            let rounded = fraction.round_ties_even() as i64;
            parts.add_micros(value.checked_add(rounded).ok_or(OVERFLOW)?, 0.0, 1)?;
        }
        Unit::Millisecond => parts.add_micros(value, fraction, 1_000)?,
        Unit::Second => {
            parts.add_micros(value, fraction, MICROS_PER_SECOND)?;
            // A fraction says the milliseconds and microseconds too.
            return Ok(if fraction == 0.0 { seen::SECOND } else { seen::SECONDS });
        }
        Unit::Minute => parts.add_micros(value, fraction, MICROS_PER_MINUTE)?,
        Unit::Hour => parts.add_micros(value, fraction, MICROS_PER_HOUR)?,
        Unit::Day => {
            parts.add_days(value, 1)?;
            parts.add_fraction_micros(fraction, MICROS_PER_DAY)?;
        }
        Unit::Week => {
            parts.add_days(value, 7)?;
            parts.add_fraction_days(fraction, 7)?;
        }
        Unit::Month => {
            parts.add_months(value)?;
            parts.add_fraction_days(fraction, 30)?;
        }
        Unit::Year => parts.add_years(value, fraction, 1)?,
        Unit::Decade => parts.add_years(value, fraction, 10)?,
        Unit::Century => parts.add_years(value, fraction, 100)?,
        Unit::Millennium => parts.add_years(value, fraction, 1_000)?,
        _ => return Err(Failure::BadFormat),
    }
    Ok(seen::unit(unit))
}
