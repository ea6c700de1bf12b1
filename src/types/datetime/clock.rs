//! The numbers inside of date and time fields: fractions, clock times, zone offsets.

use super::{
    calendar::{Civil, MICROS_PER_DAY, MICROS_PER_SECOND},
    failure::Failure,
};

type Decoded<T> = Result<T, Failure>;

pub(super) fn number(digits: &str) -> Decoded<i32> {
    if digits.is_empty() {
        return Err(Failure::BadFormat);
    }
    digits.parse().map_err(|_| Failure::FieldOverflow)
}

/// `.123` as a part of one.
pub(super) fn parse_fraction(text: &str) -> Decoded<f64> {
    let digits = text.strip_prefix('.').ok_or(Failure::BadFormat)?;
    if digits.is_empty() {
        return Ok(0.0);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Failure::BadFormat);
    }
    text.parse().map_err(|_| Failure::BadFormat)
}

/// `.123` as microseconds of a second, rounded.
pub(super) fn parse_micros(text: &str) -> Decoded<i32> {
    Ok((parse_fraction(text)? * MICROS_PER_SECOND as f64).round_ties_even() as i32)
}

pub(super) struct Clock {
    pub hour: i64,
    pub minute: i32,
    pub second: i32,
    pub micro: i32,
}

/// Colon-separated times; the hour is unbounded, for intervals.
pub(super) fn parse_clock(text: &str) -> Decoded<Clock> {
    let (hour, rest) = text.split_once(':').ok_or(Failure::BadFormat)?;
    let hour: i64 = match hour.parse() {
        Ok(hour) => hour,
        Err(_) if hour.is_empty() || !hour.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(Failure::BadFormat);
        }
        Err(_) => return Err(Failure::FieldOverflow),
    };
    let (minute, second) = match rest.split_once(':') {
        Some((minute, second)) => (number(minute)?, second),
        None => match rest.split_once('.') {
            // Minutes and seconds with a fraction.
            Some((second, fraction)) => {
                let minute = i32::try_from(hour).map_err(|_| Failure::FieldOverflow)?;
                let clock = Clock {
                    hour: 0,
                    minute,
                    second: number(second)?,
                    micro: parse_micros(&format!(".{fraction}"))?,
                };
                return checked(clock);
            }
            None => (number(rest)?, "0"),
        },
    };
    let (second, micro) = match second.split_once('.') {
        Some((second, fraction)) => (number(second)?, parse_micros(&format!(".{fraction}"))?),
        None => (number(second)?, 0),
    };
    checked(Clock { hour, minute, second, micro })
}

fn checked(clock: Clock) -> Decoded<Clock> {
    let fits = clock.hour >= 0
        && (0..=59).contains(&clock.minute)
        && (0..=60).contains(&clock.second)
        && (0..=1_000_000).contains(&clock.micro);
    if fits { Ok(clock) } else { Err(Failure::FieldOverflow) }
}

/// Whether a time of day lies past 24:00.
pub(super) fn time_overflows(civil: &Civil) -> bool {
    !(0..=24).contains(&civil.hour)
        || !(0..60).contains(&civil.minute)
        || !(0..=60).contains(&civil.second)
        || civil.time() > MICROS_PER_DAY
}

/// `+hh`, `-hhmm`, `+hh:mm`, `+hh:mm:ss` as seconds east.
pub(super) fn parse_offset(text: &str) -> Decoded<i32> {
    let (sign, rest) = match text.as_bytes().first() {
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        _ => return Err(Failure::BadFormat),
    };
    let mut parts = rest.split(':');
    let first = parts.next().unwrap_or_default();
    let part = |digits: &str| -> Decoded<i32> {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Failure::BadFormat);
        }
        digits.parse().map_err(|_| Failure::ZoneOverflow)
    };
    let mut hour = part(first)?;
    let mut minute = 0;
    let mut second = 0;
    if let Some(digits) = parts.next() {
        minute = part(digits)?;
        if let Some(digits) = parts.next() {
            second = part(digits)?;
        }
    } else if first.len() > 2 {
        (hour, minute) = (hour / 100, hour % 100);
    }
    if parts.next().is_some() {
        return Err(Failure::BadFormat);
    }
    if hour > 15 || minute > 59 || second > 59 {
        return Err(Failure::ZoneOverflow);
    }
    Ok(sign * (hour * 3_600 + minute * 60 + second))
}
