//! Intervals as text, in the four interval styles.

use std::fmt::Write as _;

use super::{
    IntervalStyle,
    calendar::{MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND},
    output::push_seconds,
};
use crate::types::{interval::Interval, text_io::Style};

/// The fields of an interval, each with its own sign.
struct Shown {
    years: i64,
    months: i64,
    days: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
    micros: i64,
}

/// Appends an interval.
pub fn format_interval(interval: &Interval, style: &Style, out: &mut String) {
    if *interval == Interval::INFINITY {
        return out.push_str("infinity");
    }
    if *interval == Interval::NEGATIVE_INFINITY {
        return out.push_str("-infinity");
    }
    let micros = interval.micros;
    let shown = Shown {
        years: i64::from(interval.months / 12),
        months: i64::from(interval.months % 12),
        days: i64::from(interval.days),
        hours: micros / MICROS_PER_HOUR,
        minutes: micros % MICROS_PER_HOUR / MICROS_PER_MINUTE,
        seconds: micros % MICROS_PER_MINUTE / MICROS_PER_SECOND,
        micros: micros % MICROS_PER_SECOND,
    };
    match style.interval_style {
        IntervalStyle::Postgres => shown.postgres(out),
        IntervalStyle::PostgresVerbose => shown.verbose(out),
        IntervalStyle::SqlStandard => shown.sql_standard(out),
        IntervalStyle::Iso8601 => shown.iso_8601(out),
    }
}

macro_rules! push {
    ($out:expr, $($arg:tt)*) => {
        write!($out, $($arg)*).expect("a string takes all")
    };
}

impl Shown {
    fn has_time(&self) -> bool {
        [self.hours, self.minutes, self.seconds, self.micros].iter().any(|field| *field != 0)
    }

    fn time_is_negative(&self) -> bool {
        [self.hours, self.minutes, self.seconds, self.micros].iter().any(|field| *field < 0)
    }

    fn push_clock(&self, hour_width: usize, out: &mut String) {
        push!(out, "{:0hour_width$}:{:02}:", self.hours.abs(), self.minutes.abs());
        push_seconds(self.seconds.abs() as i32, self.micros.abs() as i32, 2, out);
    }

    fn postgres(&self, out: &mut String) {
        let start = out.len();
        let mut negative_before = false;
        for (value, unit) in [(self.years, "year"), (self.months, "mon"), (self.days, "day")] {
            if value == 0 {
                continue;
            }
            let space = if out.len() > start { " " } else { "" };
            let plus = if negative_before && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            push!(out, "{space}{plus}{value} {unit}{plural}");
            negative_before = value < 0;
        }
        if out.len() == start || self.has_time() {
            if out.len() > start {
                out.push(' ');
            }
            if self.time_is_negative() {
                out.push('-');
            } else if negative_before {
                out.push('+');
            }
            self.push_clock(2, out);
        }
    }

    fn verbose(&self, out: &mut String) {
        out.push('@');
        // The first field that is not zero decides whether the whole is shown as `ago`.
        let mut ago = None;
        let fields = [
            (self.years, "year"),
            (self.months, "mon"),
            (self.days, "day"),
            (self.hours, "hour"),
            (self.minutes, "min"),
        ];
        for (value, unit) in fields.into_iter().filter(|(value, _)| *value != 0) {
            let negative = *ago.get_or_insert(value < 0);
            let value = if negative { -value } else { value };
            push!(out, " {value} {unit}{}", if value == 1 { "" } else { "s" });
        }
        if self.seconds != 0 || self.micros != 0 {
            let negative = self.seconds < 0 || self.micros < 0;
            let ago = *ago.get_or_insert(negative);
            out.push(' ');
            if ago != negative {
                out.push('-');
            }
            push_seconds(self.seconds.abs() as i32, self.micros.abs() as i32, 0, out);
            let one = self.seconds.abs() == 1 && self.micros == 0;
            out.push_str(if one { " sec" } else { " secs" });
        }
        match ago {
            None => out.push_str(" 0"),
            Some(true) => out.push_str(" ago"),
            Some(false) => {}
        }
    }

    fn sql_standard(&self, out: &mut String) {
        let all = [
            self.years,
            self.months,
            self.days,
            self.hours,
            self.minutes,
            self.seconds,
            self.micros,
        ];
        let negative = all.iter().any(|field| *field < 0);
        let positive = all.iter().any(|field| *field > 0);
        let year_month = self.years != 0 || self.months != 0;
        let day_time = self.days != 0 || self.has_time();
        if !negative && !positive {
            return out.push('0');
        }
        if negative && positive || year_month && day_time {
            // Not a value of the standard: every part shows its sign.
            let sign = |negative: bool| if negative { '-' } else { '+' };
            push!(
                out,
                "{}{}-{} {}{} {}",
                sign(self.years < 0 || self.months < 0),
                self.years.abs(),
                self.months.abs(),
                sign(self.days < 0),
                self.days.abs(),
                sign(self.time_is_negative()),
            );
            return self.push_clock(0, out);
        }
        if negative {
            out.push('-');
        }
        if year_month {
            push!(out, "{}-{}", self.years.abs(), self.months.abs());
        } else {
            if self.days != 0 {
                push!(out, "{} ", self.days.abs());
            }
            self.push_clock(0, out);
        }
    }

    fn iso_8601(&self, out: &mut String) {
        let start = out.len();
        out.push('P');
        let mut push_field = |value: i64, unit: char| {
            if value != 0 {
                push!(out, "{value}{unit}");
            }
        };
        push_field(self.years, 'Y');
        push_field(self.months, 'M');
        push_field(self.days, 'D');
        if self.has_time() {
            out.push('T');
            let mut push_field = |value: i64, unit: char| {
                if value != 0 {
                    push!(out, "{value}{unit}");
                }
            };
            push_field(self.hours, 'H');
            push_field(self.minutes, 'M');
            if self.seconds != 0 || self.micros != 0 {
                if self.seconds < 0 || self.micros < 0 {
                    out.push('-');
                }
                push_seconds(self.seconds.abs() as i32, self.micros.abs() as i32, 0, out);
                out.push('S');
            }
        }
        if out.len() == start + 1 {
            out.push_str("T0S");
        }
    }
}
