//! `to_char`, `to_date` and `to_timestamp`: templates such as `YYYY-MM-DD HH24:MI`.

mod assemble;
mod pattern;
mod read;
mod render;

pub use assemble::{read_date, read_moment, read_timestamp};
pub use render::{Subject, render};

use super::calendar::weekday;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ROMAN_MONTHS: [&str; 12] =
    ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// `Jan` for 1.
pub fn short_month(month: i32) -> &'static str {
    &MONTHS[(month - 1) as usize][..3]
}

/// `Sat` for 2000-01-01, which is day 0.
pub fn short_weekday(days: i64) -> &'static str {
    &DAYS[weekday(days) as usize][..3]
}
