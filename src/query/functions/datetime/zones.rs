//! `timezone(zone, value)`, which is what `value AT TIME ZONE zone` means.

use crate::{
    base::Result,
    err, pg_error,
    query::functions::Context,
    types::{
        Datum,
        datetime::{
            TimeZone,
            arithmetic::{to_local, to_utc},
            calendar::{MICROS_PER_DAY, MICROS_PER_SECOND},
            format_interval,
        },
        interval::Interval,
    },
};

/// The zone of an interval: seconds east. Errors: 22023 for days, months, infinity.
fn zone_of(interval: &Interval, context: &Context) -> Result<TimeZone> {
    let text = || {
        let mut text = String::new();
        format_interval(interval, &context.env.style, &mut text);
        text
    };
    if !interval.is_finite() {
        return err!(INVALID_PARAMETER_VALUE, "interval time zone \"{}\" must be finite", text());
    }
    if interval.months != 0 || interval.days != 0 {
        return err!(
            INVALID_PARAMETER_VALUE,
            "interval time zone \"{}\" must not include months or days",
            text()
        );
    }
    i32::try_from(interval.micros / MICROS_PER_SECOND)
        .map(TimeZone::Fixed)
        .map_err(|_| pg_error!(DATETIME_FIELD_OVERFLOW, "timestamp out of range"))
}

/// With one argument, the session's zone (`AT LOCAL`).
pub fn timezone(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (zone, value) = match args {
        [value] => (context.env.style.time_zone.clone(), value),
        [Datum::Interval(zone), value] => (zone_of(zone, context)?, value),
        [zone, value] => (TimeZone::parse_at(zone.as_str())?, value),
        _ => unreachable!("timezone has one or two arguments"),
    };
    Ok(match value {
        Datum::TimestampTz(micros) => Datum::Timestamp(to_local(*micros, &zone)?),
        Datum::Timestamp(local) => Datum::TimestampTz(to_utc(*local, &zone)?),
        Datum::TimeTz(time, west) => {
            let east = zone.offset_at(context.env.style.now);
            let shift = i64::from(*west + east) * MICROS_PER_SECOND;
            Datum::TimeTz((time + shift).rem_euclid(MICROS_PER_DAY), -east)
        }
        other => unreachable!("no time zone for {other:?}"),
    })
}
