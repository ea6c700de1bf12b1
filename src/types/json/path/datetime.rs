//! `.datetime()`, `.date()`, `.timestamp_tz()` and the rest.

use super::{
    evaluate::{Step, Stop},
    methods::refused,
    tree::Method,
};
use crate::{
    base::sqlstate,
    pg_error,
    types::{
        datetime::{
            moment::{Clock, Kind, Moment},
            template::read_moment,
        },
        json::Value,
    },
};

/// What a text is read by where no template is given, in this order.
const TEMPLATES: &[&str] = &[
    "yyyy-mm-dd",
    "HH24:MI:SS.USTZ",
    "HH24:MI:SSTZ",
    "HH24:MI:SS.US",
    "HH24:MI:SS",
    "yyyy-mm-dd HH24:MI:SS.USTZ",
    "yyyy-mm-dd HH24:MI:SSTZ",
    "yyyy-mm-dd\"T\"HH24:MI:SS.USTZ",
    "yyyy-mm-dd\"T\"HH24:MI:SSTZ",
    "yyyy-mm-dd HH24:MI:SS.US",
    "yyyy-mm-dd HH24:MI:SS",
    "yyyy-mm-dd\"T\"HH24:MI:SS.US",
    "yyyy-mm-dd\"T\"HH24:MI:SS",
];

/// Errors, soft: 22031, 22007; hard: 0A000 where the session's time zone may not be used.
pub fn moment(method: Method, args: &[String], value: &Value, clock: Clock) -> Step<Moment> {
    let Value::String(text) = value else {
        return refused(
            sqlstate::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
            method,
            "a string",
        );
    };
    let unknown = || {
        pg_error!(
            INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
            "{} format is not recognized: \"{text}\"",
            method.name()
        )
    };
    if let (Method::DateTime, Some(template)) = (method, args.first()) {
        return Ok(read_moment(text, template)?);
    }
    let Some(found) = TEMPLATES.iter().find_map(|template| read_moment(text, template).ok()) else {
        return Err(Stop::Soft(match method {
            Method::DateTime => {
                unknown().hint("Use a datetime template argument to specify the input data format.")
            }
            _ => unknown(),
        }));
    };
    let kind = match method {
        Method::Date => Kind::Date,
        Method::Time => Kind::Time,
        Method::TimeTz => Kind::TimeTz,
        Method::Timestamp => Kind::Timestamp,
        Method::TimestampTz => Kind::TimestampTz,
        _ => return Ok(found),
    };
    let converted = found.convert(kind, clock).map_err(Stop::Hard)?;
    let converted = converted.ok_or_else(|| Stop::Soft(unknown()))?;
    let Some(precision) = args.first() else { return Ok(converted) };
    let precision: i32 = precision.parse().map_err(|_| {
        Stop::Soft(pg_error!(
            INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION,
            "time precision of jsonpath item method .{}() is out of range for type integer",
            method.name()
        ))
    })?;
    Ok(converted.rounded(precision.min(6))?)
}
