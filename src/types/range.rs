//! Ranges and multiranges: bounds, order, and what can be said of two of them.
//!
//! A range of a discrete type is kept in its canonical form, `[lower, upper)`, as PostgreSQL prints
//! it. A multirange is a list of ranges in order, none empty, none touching the next.

mod stored;
mod text;
mod wire;

#[cfg(test)]
mod tests;

use std::{cmp::Ordering, sync::Arc};

pub use stored::{decode_all, encode_all};
pub use text::{format_all, parse};
pub use wire::{receive, send_all};

use super::{Datum, oid, order};
use crate::{
    base::{Oid, Result},
    err,
};

#[derive(Clone, Debug, PartialEq)]
pub struct RangeValue {
    empty: bool,
    /// `None`: there is no end on this side.
    lower: Option<Bound>,
    upper: Option<Bound>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    pub value: Datum,
    pub inclusive: bool,
}

/// Values of the same kind; what they are of does not matter to their order.
fn compare_values(a: &Datum, b: &Datum) -> Ordering {
    order::compare(a, b, oid::UNKNOWN)
}

fn flipped(bound: &Bound) -> Bound {
    Bound { value: bound.value.clone(), inclusive: !bound.inclusive }
}

impl RangeValue {
    pub fn empty() -> Self {
        Self { empty: true, lower: None, upper: None }
    }

    /// Errors: 22000 if the lower bound is above the upper one; 22003, 22008 where a bound has no
    /// successor.
    pub fn new(lower: Option<Bound>, upper: Option<Bound>, element: Oid) -> Result<Self> {
        if let (Some(low), Some(high)) = (&lower, &upper)
            && compare_values(&low.value, &high.value) == Ordering::Greater
        {
            return err!(
                DATA_EXCEPTION,
                "range lower bound must be less than or equal to range upper bound"
            );
        }
        let lower = lower.map(|bound| canonical(bound, false, element)).transpose()?;
        let upper = upper.map(|bound| canonical(bound, true, element)).transpose()?;
        Ok(Self::settled(lower, upper))
    }

    /// A range of canonical bounds, empty if nothing lies between them.
    fn settled(lower: Option<Bound>, upper: Option<Bound>) -> Self {
        if reaches(lower.as_ref(), upper.as_ref()) {
            Self { empty: false, lower, upper }
        } else {
            Self::empty()
        }
    }

    pub fn is_empty(&self) -> bool {
        self.empty
    }

    pub fn lower(&self) -> Option<&Bound> {
        self.lower.as_ref()
    }

    pub fn upper(&self) -> Option<&Bound> {
        self.upper.as_ref()
    }

    /// Empty ranges come first; then by lower, then by upper bound.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.empty, other.empty) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.compare_lower(other).then_with(|| self.compare_upper(other)),
        }
    }

    fn compare_lower(&self, other: &Self) -> Ordering {
        match (&self.lower, &other.lower) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => {
                compare_values(&a.value, &b.value).then(b.inclusive.cmp(&a.inclusive))
            }
        }
    }

    fn compare_upper(&self, other: &Self) -> Ordering {
        match (&self.upper, &other.upper) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => {
                compare_values(&a.value, &b.value).then(a.inclusive.cmp(&b.inclusive))
            }
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        !self.empty
            && !other.empty
            && reaches(self.lower.as_ref(), other.upper.as_ref())
            && reaches(other.lower.as_ref(), self.upper.as_ref())
    }

    fn is_before(&self, other: &Self) -> bool {
        !self.empty && !other.empty && !reaches(other.lower.as_ref(), self.upper.as_ref())
    }

    fn is_adjacent(&self, other: &Self) -> bool {
        let touch = |upper: &Option<Bound>, lower: &Option<Bound>| match (upper, lower) {
            (Some(upper), Some(lower)) => {
                compare_values(&upper.value, &lower.value) == Ordering::Equal
                    && upper.inclusive != lower.inclusive
            }
            _ => false,
        };
        !self.empty
            && !other.empty
            && (touch(&self.upper, &other.lower) || touch(&other.upper, &self.lower))
    }

    fn contains(&self, other: &Self) -> bool {
        other.empty
            || !self.empty
                && self.compare_lower(other) != Ordering::Greater
                && self.compare_upper(other) != Ordering::Less
    }

    fn contains_value(&self, value: &Datum) -> bool {
        let point = Bound { value: value.clone(), inclusive: true };
        !self.empty
            && reaches(self.lower.as_ref(), Some(&point))
            && reaches(Some(&point), self.upper.as_ref())
    }

    pub fn intersection(&self, other: &Self) -> Self {
        if !self.overlaps(other) {
            return Self::empty();
        }
        let later = self.compare_lower(other) == Ordering::Less;
        let earlier = self.compare_upper(other) == Ordering::Greater;
        let lower = if later { &other.lower } else { &self.lower };
        let upper = if earlier { &other.upper } else { &self.upper };
        Self { empty: false, lower: lower.clone(), upper: upper.clone() }
    }

    /// The smallest range that holds both.
    pub fn merge(&self, other: &Self) -> Self {
        if self.empty || other.empty {
            return if self.empty { other.clone() } else { self.clone() };
        }
        let earlier = self.compare_lower(other) == Ordering::Greater;
        let later = self.compare_upper(other) == Ordering::Less;
        let lower = if earlier { &other.lower } else { &self.lower };
        let upper = if later { &other.upper } else { &self.upper };
        Self { empty: false, lower: lower.clone(), upper: upper.clone() }
    }

    /// Errors: 22000 if there is a gap between them.
    pub fn union(&self, other: &Self) -> Result<Self> {
        if !self.empty && !other.empty && !self.overlaps(other) && !self.is_adjacent(other) {
            return err!(DATA_EXCEPTION, "result of range union would not be contiguous");
        }
        Ok(self.merge(other))
    }

    /// Errors: 22000 if something is left on both sides.
    pub fn difference(&self, other: &Self) -> Result<Self> {
        let mut parts = self.without(other);
        match parts.len() {
            0 => Ok(Self::empty()),
            1 => Ok(parts.remove(0)),
            _ => err!(DATA_EXCEPTION, "result of range difference would not be contiguous"),
        }
    }

    /// What is left of it without `other`: up to two ranges.
    fn without(&self, other: &Self) -> Vec<Self> {
        if self.empty {
            return vec![];
        }
        if !self.overlaps(other) {
            return vec![self.clone()];
        }
        let left = Self::settled(self.lower.clone(), other.lower.as_ref().map(flipped));
        let right = Self::settled(other.upper.as_ref().map(flipped), self.upper.clone());
        let left = Some(left).filter(|left| other.lower.is_some() && !left.empty);
        let right = Some(right).filter(|right| other.upper.is_some() && !right.empty);
        left.into_iter().chain(right).collect()
    }

    /// Appends a key that compares as the range does. `type_oid` is of the range or a multirange.
    pub fn order_key(&self, type_oid: Oid, out: &mut Vec<u8>) {
        let element = oid::range_element(type_oid).or_else(|| oid::multirange_element(type_oid));
        let element = element.unwrap_or(oid::UNKNOWN);
        out.push(u8::from(!self.empty));
        if self.empty {
            return;
        }
        match &self.lower {
            None => out.push(0),
            Some(bound) => {
                out.push(1);
                order::key(&bound.value, element, out);
                out.push(u8::from(!bound.inclusive));
            }
        }
        match &self.upper {
            None => out.push(2),
            Some(bound) => {
                out.push(1);
                order::key(&bound.value, element, out);
                out.push(u8::from(bound.inclusive));
            }
        }
    }
}

/// Whether a lower bound lies at or below an upper one, with a value between them.
fn reaches(lower: Option<&Bound>, upper: Option<&Bound>) -> bool {
    match (lower, upper) {
        (Some(lower), Some(upper)) => match compare_values(&lower.value, &upper.value) {
            Ordering::Less => true,
            Ordering::Equal => lower.inclusive && upper.inclusive,
            Ordering::Greater => false,
        },
        _ => true,
    }
}

/// Lower bounds of discrete types are inclusive, upper ones exclusive: `(1,5]` is `[2,6)`.
fn canonical(bound: Bound, upper: bool, element: Oid) -> Result<Bound> {
    let discrete = matches!(element, oid::INT4 | oid::INT8 | oid::DATE);
    if !discrete || bound.inclusive != upper {
        return Ok(bound);
    }
    let value = match bound.value {
        Datum::Int4(value) => match value.checked_add(1) {
            Some(next) => Datum::Int4(next),
            None => return err!(NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range"),
        },
        Datum::Int8(value) => match value.checked_add(1) {
            Some(next) => Datum::Int8(next),
            None => return err!(NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range"),
        },
        // The infinities have no successor and stay as they are.
        Datum::Date(i32::MIN | i32::MAX) => return Ok(bound),
        Datum::Date(value) => Datum::Date(value + 1),
        other => other,
    };
    Ok(Bound { value, inclusive: !upper })
}

/// Sorts ranges and joins those that overlap or touch.
pub fn normalised(mut ranges: Vec<RangeValue>) -> Arc<[RangeValue]> {
    ranges.retain(|range| !range.empty);
    ranges.sort_by(RangeValue::compare);
    let mut joined: Vec<RangeValue> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.overlaps(&range) || last.is_adjacent(&range) => {
                *last = last.merge(&range);
            }
            _ => joined.push(range),
        }
    }
    joined.into()
}

pub fn compare_all(a: &[RangeValue], b: &[RangeValue]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| a.compare(b));
    pairs.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
}

/// What is asked of two sets, each a range or a multirange.
pub fn overlap(a: &[RangeValue], b: &[RangeValue]) -> bool {
    a.iter().any(|a| b.iter().any(|b| a.overlaps(b)))
}

pub fn contain(a: &[RangeValue], b: &[RangeValue]) -> bool {
    b.iter().all(|b| b.empty || a.iter().any(|a| a.contains(b)))
}

pub fn contain_value(a: &[RangeValue], value: &Datum) -> bool {
    a.iter().any(|a| a.contains_value(value))
}

/// `<<`
pub fn before(a: &[RangeValue], b: &[RangeValue]) -> bool {
    matches!((a.last(), b.first()), (Some(a), Some(b)) if a.is_before(b))
}

/// `&<`: `a` does not extend to the right of `b`.
pub fn over_left(a: &[RangeValue], b: &[RangeValue]) -> bool {
    match (a.last(), b.last()) {
        (Some(a), Some(b)) => !a.empty && !b.empty && a.compare_upper(b) != Ordering::Greater,
        _ => false,
    }
}

/// `&>`
pub fn over_right(a: &[RangeValue], b: &[RangeValue]) -> bool {
    match (a.first(), b.first()) {
        (Some(a), Some(b)) => !a.empty && !b.empty && a.compare_lower(b) != Ordering::Less,
        _ => false,
    }
}

/// `-|-`
pub fn adjacent(a: &[RangeValue], b: &[RangeValue]) -> bool {
    let touch = |a: Option<&RangeValue>, b: Option<&RangeValue>| matches!((a, b), (Some(a), Some(b)) if a.is_adjacent(b));
    touch(a.last(), b.first()) || touch(b.last(), a.first())
}

pub fn intersect_all(a: &[RangeValue], b: &[RangeValue]) -> Arc<[RangeValue]> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| a.intersection(b)));
    normalised(pairs.collect())
}

pub fn subtract_all(a: &[RangeValue], b: &[RangeValue]) -> Arc<[RangeValue]> {
    let mut left = a.to_vec();
    for b in b {
        left = left.iter().flat_map(|a| a.without(b)).collect();
    }
    normalised(left)
}
