//! The spellings of values: time zones, date styles, Booleans, numbers with units, lists of names.

use crate::types::datetime::{DateFormat, DateOrder, DateStyle, TimeZone};

pub(super) fn time_zone(value: &str) -> Option<TimeZone> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("local") || value.eq_ignore_ascii_case("default") {
        return Some(TimeZone::Named(chrono_tz::Tz::UTC));
    }
    // A bare number counts hours east.
    if let Ok(hours) = value.parse::<f64>() {
        return Some(TimeZone::Fixed((hours * 3600.0) as i32));
    }
    TimeZone::parse(value).ok()
}

pub(super) fn show_zone(value: &str, zone: &TimeZone) -> String {
    match zone {
        TimeZone::Named(zone) => zone.name().to_owned(),
        TimeZone::Fixed(seconds) if value.trim().parse::<f64>().is_ok() => {
            let (sign, size) = if *seconds < 0 { ('-', -seconds) } else { ('+', *seconds) };
            let offset = match (size / 3600, size % 3600 / 60) {
                (hours, 0) => format!("{hours:02}"),
                (hours, minutes) => format!("{hours:02}:{minutes:02}"),
            };
            let inverse = if sign == '+' { '-' } else { '+' };
            format!("<{sign}{offset}>{inverse}{offset}")
        }
        TimeZone::Fixed(_) => value.to_owned(),
    }
}

pub(super) fn date_style(value: &str, mut style: DateStyle) -> Option<DateStyle> {
    for word in value.split(',') {
        match word.trim().to_lowercase().as_str() {
            "iso" => style.format = DateFormat::Iso,
            "sql" => style.format = DateFormat::Sql,
            "postgres" => style.format = DateFormat::Postgres,
            "german" => {
                style.format = DateFormat::German;
                style.order = DateOrder::Dmy;
            }
            "mdy" | "us" | "noneuropean" | "noneuro" => style.order = DateOrder::Mdy,
            "dmy" | "euro" | "european" => style.order = DateOrder::Dmy,
            "ymd" => style.order = DateOrder::Ymd,
            "default" => style = DateStyle { format: DateFormat::Iso, order: DateOrder::Mdy },
            _ => return None,
        }
    }
    Some(style)
}

pub(super) fn show_date_style(style: DateStyle) -> String {
    let format = match style.format {
        DateFormat::Iso => "ISO",
        DateFormat::Sql => "SQL",
        DateFormat::Postgres => "Postgres",
        DateFormat::German => "German",
    };
    let order = match style.order {
        DateOrder::Mdy => "MDY",
        DateOrder::Dmy => "DMY",
        DateOrder::Ymd => "YMD",
    };
    format!("{format}, {order}")
}

/// PostgreSQL's spellings: any unambiguous prefix of true, false, yes, no; on, off, 1, 0.
pub(super) fn parse_bool(value: &str) -> Option<bool> {
    let value = value.trim().to_lowercase();
    let prefix = |word: &str| !value.is_empty() && word.starts_with(&value);
    match value.as_str() {
        "on" | "1" => Some(true),
        "of" | "off" | "0" => Some(false),
        _ if prefix("true") || prefix("yes") => Some(true),
        _ if prefix("false") || prefix("no") => Some(false),
        _ => None,
    }
}

/// A number in `unit`, or with a unit of its own: `'5s'`, `'64MB'`.
pub(super) fn parse_integer(value: &str, unit: &str) -> Option<i64> {
    let value = value.trim();
    let split = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len());
    let (number, suffix) = (value[..split].trim(), value[split..].trim());
    let number: f64 = number.parse().ok()?;
    let factor = match (unit, suffix) {
        (_, "") => 1.0,
        ("ms", "us") => 0.001,
        ("ms", "ms") => 1.0,
        ("ms", "s") => 1000.0,
        ("ms", "min") => 60_000.0,
        ("ms", "h") => 3_600_000.0,
        ("ms", "d") => 86_400_000.0,
        ("kB", "B") => 1.0 / 1024.0,
        ("kB", "kB") => 1.0,
        ("kB", "MB") => 1024.0,
        ("kB", "GB") => 1024.0 * 1024.0,
        ("kB", "TB") => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number * factor).round() as i64)
}

/// The largest unit that divides the value.
pub(super) fn show_integer(value: i64, unit: &str) -> String {
    let steps: &[(i64, &str)] = match unit {
        "ms" => &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")],
        "kB" => &[(1 << 30, "TB"), (1 << 20, "GB"), (1 << 10, "MB"), (1, "kB")],
        _ => return value.to_string(),
    };
    if value <= 0 {
        return value.to_string();
    }
    steps
        .iter()
        .find(|(size, _)| value % size == 0)
        .map_or_else(|| value.to_string(), |(size, name)| format!("{}{name}", value / size))
}

/// `a, "B c", d` as names: unquoted ones are folded.
pub fn split_names(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some((name, after)) => (name.to_owned(), after),
                None => (quoted.to_owned(), ""),
            },
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_lowercase(), &rest[end..])
            }
        };
        if !name.is_empty() {
            names.push(name);
        }
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    names
}
