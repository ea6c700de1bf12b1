//! Ranges and multiranges: constructors, bounds, operators.
//!
//! A range is the set of one range where a function takes either; only what may leave such a set
//! (union, difference) is told apart.

use std::{borrow::Cow, cmp::Ordering, sync::Arc};

use super::{Context, Family, args::array};
use crate::{
    base::{Oid, Result},
    err,
    types::{
        Datum, oid, order,
        range::{self, Bound, RangeValue},
    },
};

mod rows;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

fn of(value: &Datum) -> &RangeValue {
    match value {
        Datum::Range(value) => value,
        other => unreachable!("range expected, found {other:?}"),
    }
}

/// A range that is not empty, or a multirange, as ranges in order.
fn set(value: &Datum) -> Cow<'_, [RangeValue]> {
    match value {
        Datum::Range(value) if value.is_empty() => Cow::Owned(vec![]),
        Datum::Range(value) => Cow::Owned(vec![(**value).clone()]),
        Datum::Multirange(value) => Cow::Borrowed(value),
        other => unreachable!("range or multirange expected, found {other:?}"),
    }
}

fn datum(value: RangeValue) -> Datum {
    Datum::Range(Arc::new(value))
}

fn element(context: &Context) -> Oid {
    oid::range_element(context.result.oid).unwrap_or(oid::UNKNOWN)
}

/// `int4range(1, 5)`, `int4range(1, 5, '[]')`; NULL is no bound.
///
/// Errors: 22000 for the third argument; those of the range.
fn construct(context: &Context, args: &[Datum]) -> Result<Datum> {
    let flags = match args.get(2) {
        None => "[)",
        Some(Datum::Null) => {
            return err!(DATA_EXCEPTION, "range constructor flags argument must not be null");
        }
        Some(flags) => flags.as_str(),
    };
    let (lower, upper) = match flags {
        "[]" => (true, true),
        "[)" => (true, false),
        "(]" => (false, true),
        "()" => (false, false),
        _ => {
            let error: Result<Datum> = err!(SYNTAX_ERROR, "invalid range bound flags");
            return error.map_err(|error| {
                error.hint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".")
            });
        }
    };
    let bound = |value: &Datum, inclusive| {
        (!value.is_null()).then(|| Bound { value: value.clone(), inclusive })
    };
    let (lower, upper) = (bound(&args[0], lower), bound(&args[1], upper));
    RangeValue::new(lower, upper, element(context)).map(datum)
}

/// `int4multirange()`, `int4multirange(range)`, `int4multirange(VARIADIC ranges)`
///
/// Errors: 22004 for a NULL among the ranges.
fn construct_multirange(_: &Context, args: &[Datum]) -> Result<Datum> {
    let ranges = match args {
        [] => vec![],
        [Datum::Range(one)] => vec![(**one).clone()],
        [many, ..] => {
            let elements = &array(many).elements;
            if elements.iter().any(Datum::is_null) {
                return err!(
                    NULL_VALUE_NOT_ALLOWED,
                    "multirange values cannot contain null members"
                );
            }
            elements.iter().map(|one| of(one).clone()).collect()
        }
    };
    Ok(Datum::Multirange(range::normalised(ranges)))
}

fn ends(set: &[RangeValue], upper: bool) -> Option<&Bound> {
    if upper { set.last()?.upper() } else { set.first()?.lower() }
}

fn end_value(args: &[Datum], upper: bool) -> Result<Datum> {
    Ok(ends(&set(&args[0]), upper).map_or(Datum::Null, |bound| bound.value.clone()))
}

fn end_is_inclusive(args: &[Datum], upper: bool) -> Result<Datum> {
    Ok(Datum::Bool(ends(&set(&args[0]), upper).is_some_and(|bound| bound.inclusive)))
}

fn end_is_infinite(args: &[Datum], upper: bool) -> Result<Datum> {
    let set = set(&args[0]);
    Ok(Datum::Bool(!set.is_empty() && ends(&set, upper).is_none()))
}

macro_rules! bounds {
    ($($name:ident $ask:ident $upper:literal;)*) => {$(
        fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            $ask(args, $upper)
        }
    )*};
}

bounds! {
    lower end_value false;
    upper end_value true;
    lower_inc end_is_inclusive false;
    upper_inc end_is_inclusive true;
    lower_inf end_is_infinite false;
    upper_inf end_is_infinite true;
}

fn isempty(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(set(&args[0]).is_empty()))
}

macro_rules! relations {
    ($($name:ident |$a:ident, $b:ident| $holds:expr;)*) => {$(
        fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            let ($a, $b) = (&set(&args[0]), &set(&args[1]));
            Ok(Datum::Bool($holds))
        }
    )*};
}

relations! {
    overlaps |a, b| range::overlap(a, b);
    contains |a, b| range::contain(a, b);
    contained |a, b| range::contain(b, a);
    before |a, b| range::before(a, b);
    after |a, b| range::before(b, a);
    overleft |a, b| range::over_left(a, b);
    overright |a, b| range::over_right(a, b);
    adjacent |a, b| range::adjacent(a, b);
}

fn contains_element(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(range::contain_value(&set(&args[0]), &args[1])))
}

fn element_contained(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(range::contain_value(&set(&args[1]), &args[0])))
}

fn ordering(args: &[Datum]) -> Ordering {
    order::compare(&args[0], &args[1], oid::UNKNOWN)
}

macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => {$(
        fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool(ordering(args).$test()))
        }
    )*};
}

comparisons! {
    equal is_eq;
    different is_ne;
    less is_lt;
    at_most is_le;
    greater is_gt;
    at_least is_ge;
}

fn compare(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(ordering(args) as i32))
}

fn range_union(_: &Context, args: &[Datum]) -> Result<Datum> {
    of(&args[0]).union(of(&args[1])).map(datum)
}

fn range_merge(_: &Context, args: &[Datum]) -> Result<Datum> {
    let merged = match args {
        [one] => set(one).iter().fold(RangeValue::empty(), |all, range| all.merge(range)),
        _ => of(&args[0]).merge(of(&args[1])),
    };
    Ok(datum(merged))
}

fn range_intersect(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(datum(of(&args[0]).intersection(of(&args[1]))))
}

fn range_minus(_: &Context, args: &[Datum]) -> Result<Datum> {
    of(&args[0]).difference(of(&args[1])).map(datum)
}

fn multirange_union(_: &Context, args: &[Datum]) -> Result<Datum> {
    let all = [set(&args[0]), set(&args[1])].concat();
    Ok(Datum::Multirange(range::normalised(all)))
}

fn multirange_intersect(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Multirange(range::intersect_all(&set(&args[0]), &set(&args[1]))))
}

fn multirange_minus(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Multirange(range::subtract_all(&set(&args[0]), &set(&args[1]))))
}

fn unnest(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    Ok(set(&args[0]).iter().map(|range| vec![datum(range.clone())]).collect())
}
