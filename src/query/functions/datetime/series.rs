//! `generate_series` of timestamps.

use super::{arithmetic::zone_or_session, interval, micros};
use crate::{
    base::Result,
    err,
    query::functions::{Context, Series},
    types::{
        Datum,
        datetime::arithmetic::{timestamp_add, timestamptz_add},
        interval::Interval,
    },
};

/// `generate_series(start, stop, step [, zone])`. Errors: 22023 for a step of zero or infinity.
pub fn generate_series(context: &Context, args: &[Datum]) -> Result<Series> {
    let (start, stop, step) = (micros(&args[0]), micros(&args[1]), *interval(&args[2]));
    if !step.is_finite() {
        return err!(INVALID_PARAMETER_VALUE, "step size cannot be infinite");
    }
    let direction = step.compare(&Interval::default());
    if direction.is_eq() {
        return err!(INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    let zoned = matches!(args[0], Datum::TimestampTz(_));
    let zone = zone_or_session(context, args.get(3))?;
    let mut next = start;
    Ok(Box::new(move || {
        let at = next;
        if at != stop && stop.cmp(&at) != direction {
            return Ok(None);
        }
        next = if zoned { timestamptz_add(at, &step, &zone)? } else { timestamp_add(at, &step)? };
        Ok(Some(if zoned { Datum::TimestampTz(at) } else { Datum::Timestamp(at) }))
    }))
}
