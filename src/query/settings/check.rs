//! What a setting may be set to, and how SHOW prints it.

use super::{
    Kind, Scope, definition,
    spelling::{
        date_style, parse_bool, parse_integer, show_date_style, show_integer, show_zone, time_zone,
    },
};
use crate::{
    base::{PgError, Result, sqlstate},
    err, pg_error,
    types::{
        charset::Charset,
        datetime::{DateFormat, DateOrder, DateStyle},
    },
};
use Kind::{Bool, Enum, Integer, Real, Text};

pub(super) fn unknown(name: &str) -> PgError {
    pg_error!(UNDEFINED_OBJECT, "unrecognized configuration parameter \"{name}\"")
}

/// The value in the form SHOW prints.
pub(super) fn check(name: &str, value: &str) -> Result<String> {
    let Some(setting) = definition(name) else {
        // `app.tenant`: a class of the user's own; pgvector's classes are complete in the table.
        return match name.split_once('.') {
            Some(("hnsw" | "ivfflat", _)) | None => Err(unknown(name)),
            Some(_) => Ok(value.to_owned()),
        };
    };
    if setting.scope == Scope::Internal {
        return Err(PgError::new(
            sqlstate::CANT_CHANGE_RUNTIME_PARAM,
            format!("parameter \"{}\" cannot be changed", setting.name),
        ));
    }
    let invalid = || {
        pg_error!(
            INVALID_PARAMETER_VALUE,
            "invalid value for parameter \"{}\": \"{value}\"",
            setting.name
        )
    };
    match setting.kind {
        Bool => {
            parse_bool(value).map(|on| if on { "on" } else { "off" }.to_owned()).ok_or_else(|| {
                pg_error!(
                    INVALID_PARAMETER_VALUE,
                    "parameter \"{}\" requires a Boolean value",
                    setting.name
                )
            })
        }
        Integer(min, max, unit) => {
            let number = parse_integer(value, unit).ok_or_else(invalid)?;
            if !(min..=max).contains(&number) {
                let (shown, suffix) = (
                    format!("{number}"),
                    if unit.is_empty() { String::new() } else { format!(" {unit}") },
                );
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "{shown}{suffix} is outside the valid range for parameter \"{}\" ({min}{suffix} .. {max}{suffix})",
                    setting.name
                );
            }
            Ok(show_integer(number, unit))
        }
        Real(min, max) => {
            let number: f64 = value.trim().parse().map_err(|_| invalid())?;
            if !(min..=max).contains(&number) {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "{number} is outside the valid range for parameter \"{}\" ({min} .. {max})",
                    setting.name
                );
            }
            Ok(number.to_string())
        }
        Enum(choices) => {
            let lower = value.to_lowercase();
            let lower = match (choices.contains(&"on"), lower.as_str()) {
                (true, "true" | "yes" | "1") => "on".to_owned(),
                (true, "false" | "no" | "0") => "off".to_owned(),
                _ => lower,
            };
            if choices.contains(&lower.as_str()) {
                return Ok(lower);
            }
            Err(invalid().hint(format!("Available values: {}.", choices.join(", "))))
        }
        Text => check_text(setting.name, value, &invalid),
    }
}

fn check_text(name: &str, value: &str, invalid: &dyn Fn() -> PgError) -> Result<String> {
    match name {
        "TimeZone" => match time_zone(value) {
            Some(zone) => Ok(show_zone(value, &zone)),
            None => Err(invalid()),
        },
        "DateStyle" => {
            let default = DateStyle { format: DateFormat::Iso, order: DateOrder::Mdy };
            let style = date_style(value, default).ok_or_else(invalid)?;
            Ok(show_date_style(style))
        }
        "client_encoding" => match Charset::named(value) {
            Some(charset) if charset.is_known() => Ok(charset.name().to_owned()),
            Some(charset) => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("invalid value for parameter \"client_encoding\": \"{value}\""),
            )
            .detail(format!("Conversion between {} and UTF8 is not supported.", charset.name()))),
            None => Err(invalid()),
        },
        "default_text_search_config" => {
            let bare = value.strip_prefix("pg_catalog.").unwrap_or(value);
            match crate::fulltext::Config::by_name(bare).ok() {
                Some(_) => Ok(format!("pg_catalog.{bare}")),
                None => Err(invalid()),
            }
        }
        _ => Ok(value.to_owned()),
    }
}
