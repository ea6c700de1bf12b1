//! Why a date or time text was refused, and PostgreSQL's words for it.

use crate::{
    base::{PgError, sqlstate},
    pg_error,
};

/// The ways in which input fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    BadFormat,
    FieldOverflow,
    /// A month or day out of range, which another field order might cure.
    MonthDayOverflow,
    IntervalOverflow,
    ZoneOverflow,
    UnknownZone(String),
}

impl Failure {
    /// The report for `text` as input of `type_name`, as PostgreSQL spells types in these messages.
    pub fn report(self, text: &str, type_name: &str) -> PgError {
        match self {
            Failure::FieldOverflow => {
                pg_error!(DATETIME_FIELD_OVERFLOW, "date/time field value out of range: \"{text}\"")
            }
            Failure::MonthDayOverflow => {
                pg_error!(DATETIME_FIELD_OVERFLOW, "date/time field value out of range: \"{text}\"")
                    .hint("Perhaps you need a different \"DateStyle\" setting.")
            }
            Failure::IntervalOverflow => PgError::new(
                sqlstate::INTERVAL_FIELD_OVERFLOW,
                format!("interval field value out of range: \"{text}\""),
            ),
            Failure::ZoneOverflow => pg_error!(
                INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                "time zone displacement out of range: \"{text}\""
            ),
            Failure::UnknownZone(name) => {
                pg_error!(INVALID_PARAMETER_VALUE, "time zone \"{name}\" not recognized")
            }
            Failure::BadFormat => pg_error!(
                INVALID_DATETIME_FORMAT,
                "invalid input syntax for type {type_name}: \"{text}\""
            ),
        }
    }
}
