//! `(start, end) OVERLAPS (start, end)`, where an end may be a length.

use super::{arithmetic, micros};
use crate::{base::Result, query::functions::Context, types::Datum};

/// A place on a line on which values of one type compare.
fn place(value: &Datum) -> Option<i128> {
    Some(match value {
        Datum::Null => return None,
        Datum::Time(value) => i128::from(*value),
        // At equal moments the zone decides.
        Datum::TimeTz(value, west) => {
            (i128::from(*value) + i128::from(*west) * 1_000_000) * (1 << 20) - i128::from(*west)
        }
        value => i128::from(micros(value)),
    })
}

/// The two ends in order; an end is the start if only one is known.
fn ends(context: &Context, start: &Datum, end: &Datum) -> Result<Option<(i128, Option<i128>)>> {
    let end = match (start, end) {
        (Datum::Null, Datum::Interval(_)) => &Datum::Null,
        (_, Datum::Interval(_)) => &arithmetic::sum(context, &[start.clone(), end.clone()])?,
        (_, end) => end,
    };
    Ok(match (place(start), place(end)) {
        (Some(start), Some(end)) => Some((start.min(end), Some(start.max(end)))),
        (Some(one), None) | (None, Some(one)) => Some((one, None)),
        (None, None) => None,
    })
}

/// NULL where an unknown end decides.
pub fn overlaps(context: &Context, args: &[Datum]) -> Result<Datum> {
    let first = ends(context, &args[0], &args[1])?;
    let second = ends(context, &args[2], &args[3])?;
    let (Some((start_a, end_a)), Some((start_b, end_b))) = (first, second) else {
        return Ok(Datum::Null);
    };
    // The end of the one that begins first, and of the other.
    let (first_end, later_start, later_end) =
        if start_a <= start_b { (end_a, start_b, end_b) } else { (end_b, start_a, end_a) };
    Ok(match (first_end, later_end) {
        (Some(_), Some(_)) if start_a == start_b => Datum::Bool(true),
        _ if start_a == start_b => Datum::Null,
        (None, _) => Datum::Null,
        (Some(end), _) if later_start < end => Datum::Bool(true),
        (Some(_), None) => Datum::Null,
        (Some(_), Some(_)) => Datum::Bool(false),
    })
}
