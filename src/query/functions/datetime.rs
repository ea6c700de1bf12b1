//! Functions, operators and casts of dates, times, timestamps and intervals.

mod arithmetic;
mod casts;
mod clock;
mod compare;
mod fields;
mod make;
mod overlaps;
mod rows;
mod rows_compare;
mod series;
mod templates;
mod zones;

#[cfg(test)]
mod tests;

use super::Family;
use crate::types::{Datum, interval::Interval};

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    rows_compare::add(&mut family);
    casts::add(&mut family);
    family
}

/// The interval of an argument that the binder has checked.
fn interval(value: &Datum) -> &Interval {
    match value {
        Datum::Interval(value) => value,
        other => unreachable!("interval expected, found {other:?}"),
    }
}

/// The microseconds of a timestamp of either kind.
fn micros(value: &Datum) -> i64 {
    match value {
        Datum::Timestamp(value) | Datum::TimestampTz(value) => *value,
        other => unreachable!("timestamp expected, found {other:?}"),
    }
}
