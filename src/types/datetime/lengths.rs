//! Type modifiers of dates and times: precisions, and the field ranges of intervals.

use super::{
    calendar::{MICROS_PER_HOUR, MICROS_PER_MINUTE, is_infinite_timestamp, is_timestamp},
    tokens::Unit,
};
use crate::{base::Result, err, types::interval::Interval};

/// Half a unit of each precision from 0 to 6, in microseconds.
const HALVES: [i64; 7] = [500_000, 50_000, 5_000, 500, 50, 5, 0];
const SCALES: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
const PRECISION_FULL: i32 = 0xffff;
const RANGE_FULL: i32 = 0x7fff;

fn round(micros: i64, precision: i32) -> i64 {
    match usize::try_from(precision) {
        Ok(precision @ 0..6) => {
            let (scale, half) = (SCALES[precision], HALVES[precision]);
            if micros >= 0 {
                micros.saturating_add(half) / scale * scale
            } else {
                -(micros.saturating_neg().saturating_add(half) / scale * scale)
            }
        }
        _ => micros,
    }
}

/// A time of day rounded as `time(precision)` and `timetz(precision)` do; -1 leaves it.
pub fn adjust_time(micros: i64, typmod: i32) -> i64 {
    round(micros, typmod)
}

/// A timestamp rounded as `timestamp(precision)` does; -1 leaves it. Errors: 22008.
pub fn adjust_timestamp(micros: i64, typmod: i32) -> Result<i64> {
    if is_infinite_timestamp(micros) {
        return Ok(micros);
    }
    let rounded = round(micros, typmod);
    if is_timestamp(rounded) {
        Ok(rounded)
    } else {
        err!(DATETIME_FIELD_OVERFLOW, "timestamp out of range")
    }
}

/// The fields that an interval type keeps (`HOUR TO SECOND`), as `pg_attribute` encodes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalRange(i32);

const MONTH: i32 = 1 << 1;
const YEAR: i32 = 1 << 2;
const DAY: i32 = 1 << 3;
const HOUR: i32 = 1 << 10;
const MINUTE: i32 = 1 << 11;
const SECOND: i32 = 1 << 12;

impl IntervalRange {
    pub fn is_minute_to_second(self) -> bool {
        self.0 == MINUTE | SECOND
    }

    /// The smallest field that is kept.
    pub fn smallest_unit(self) -> Unit {
        match self.0 {
            range if range & SECOND != 0 => Unit::Second,
            range if range & MINUTE != 0 => Unit::Minute,
            range if range & HOUR != 0 => Unit::Hour,
            range if range & DAY != 0 => Unit::Day,
            range if range & MONTH != 0 => Unit::Month,
            range if range & YEAR != 0 => Unit::Year,
            _ => Unit::Second,
        }
    }
}

/// The field range of an interval's type modifier; `None` for all fields.
pub fn interval_range(typmod: i32) -> Option<IntervalRange> {
    let range = typmod >> 16 & RANGE_FULL;
    (typmod >= 0 && range != RANGE_FULL).then_some(IntervalRange(range))
}

/// An interval as its type modifier wants it: smaller fields cut, seconds rounded.
/// Errors: 22008 if rounding overflows.
pub fn adjust_interval(mut interval: Interval, typmod: i32) -> Result<Interval> {
    if typmod < 0 || !interval.is_finite() {
        return Ok(interval);
    }
    if let Some(range) = interval_range(typmod) {
        match range.smallest_unit() {
            Unit::Year => {
                interval.months = interval.months / 12 * 12;
                (interval.days, interval.micros) = (0, 0);
            }
            Unit::Month => (interval.days, interval.micros) = (0, 0),
            Unit::Day => interval.micros = 0,
            Unit::Hour => interval.micros = interval.micros / MICROS_PER_HOUR * MICROS_PER_HOUR,
            Unit::Minute => {
                interval.micros = interval.micros / MICROS_PER_MINUTE * MICROS_PER_MINUTE;
            }
            _ => {}
        }
    }
    let precision = typmod & PRECISION_FULL;
    if precision < 6 {
        let half = HALVES[precision as usize];
        if interval.micros.checked_abs().and_then(|micros| micros.checked_add(half)).is_none() {
            return err!(DATETIME_FIELD_OVERFLOW, "interval out of range");
        }
        interval.micros = round(interval.micros, precision);
    }
    Ok(interval)
}
