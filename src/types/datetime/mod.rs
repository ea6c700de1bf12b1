//! Dates, times, zones and intervals: input, output and arithmetic, as PostgreSQL does them.
//!
//! | value | unit and origin |
//! |---|---|
//! | date | days since 2000-01-01 |
//! | time | microseconds since midnight |
//! | timestamp, timestamptz | microseconds since 2000-01-01 00:00 (UTC) |
//!
//! The calendar is the proleptic Gregorian one throughout.

pub mod abbreviations;
pub mod arithmetic;
pub mod calendar;
mod clock;
mod date_numbers;
mod decode;
mod failure;
mod fields;
mod input;
mod interval_input;
mod interval_iso;
mod interval_output;
pub mod lengths;
pub mod moment;
mod output;
pub mod parts;
mod style;
pub mod template;
mod time_only;
mod tokens;
mod zone;

pub use calendar::Civil;
pub use input::{parse_date, parse_time, parse_timestamp, parse_timestamptz, parse_timetz};
pub use interval_input::{parse_interval, parse_interval_within};
pub use interval_output::format_interval;
pub use lengths::{adjust_interval, adjust_time, adjust_timestamp};
pub use output::{
    format_date, format_time, format_timestamp, format_timestamptz, format_timetz, iso_offset,
};
pub use style::{DateFormat, DateOrder, DateStyle, IntervalStyle};
pub use zone::{TimeZone, parse_sane_zone};

#[cfg(test)]
mod tests;
