//! `to_char`, `to_date` and `to_timestamp` with templates.

use super::interval;
use crate::{
    base::Result,
    query::functions::Context,
    types::{
        Datum,
        datetime::{
            Civil,
            calendar::{MICROS_PER_SECOND, is_infinite_timestamp},
            template::{Subject, read_date, read_timestamp, render},
        },
    },
};

/// NULL for infinities and for an empty template.
pub fn to_char(context: &Context, args: &[Datum]) -> Result<Datum> {
    let template = args[1].as_str();
    let subject = match &args[0] {
        _ if template.is_empty() => return Ok(Datum::Null),
        Datum::Timestamp(micros) | Datum::TimestampTz(micros) if is_infinite_timestamp(*micros) => {
            return Ok(Datum::Null);
        }
        Datum::Timestamp(micros) => Subject::of_civil(&Civil::of_timestamp(*micros), None),
        Datum::TimestampTz(micros) => {
            let zone = &context.env.style.time_zone;
            let east = zone.offset_at(*micros);
            let local = micros + i64::from(east) * MICROS_PER_SECOND;
            let name = zone.abbreviation_at(*micros);
            Subject::of_civil(&Civil::of_timestamp(local), Some((east, name)))
        }
        value => {
            let span = interval(value);
            if !span.is_finite() {
                return Ok(Datum::Null);
            }
            Subject::of_interval(span)
        }
    };
    render(template, &subject).map(Datum::from)
}

pub fn to_date(_: &Context, args: &[Datum]) -> Result<Datum> {
    read_date(args[0].as_str(), args[1].as_str()).map(Datum::Date)
}

pub fn to_timestamp(context: &Context, args: &[Datum]) -> Result<Datum> {
    read_timestamp(args[0].as_str(), args[1].as_str(), &context.env.style).map(Datum::TimestampTz)
}
