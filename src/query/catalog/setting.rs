//! `pg_settings`: the session's values beside the table of settings.

use super::{
    relation::RowsFn,
    row::{NULL, array, row},
};
use crate::{
    base::Result,
    query::{
        env::Env,
        settings::{Kind, SETTINGS, Scope, Setting},
    },
    types::{Datum, oid},
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[("pg_settings", settings)];

/// The server tells name, setting, unit and short_desc.
fn settings(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let told = env.services.system_rows("pg_settings").unwrap_or_default();
    let rows = told.into_iter().filter_map(|row| {
        let [name, value, unit, help] = <[Datum; 4]>::try_from(row).ok()?;
        let definition = match &name {
            Datum::Text(name) => SETTINGS.iter().find(|setting| setting.name == &**name),
            _ => None,
        };
        Some(match definition {
            Some(definition) => setting_row(definition, name, value, unit, help),
            None => custom_row(name, value, help),
        })
    });
    Ok(rows.collect())
}

fn setting_row(
    definition: &Setting,
    name: Datum,
    value: Datum,
    unit: Datum,
    help: Datum,
) -> Vec<Datum> {
    let (kind, own_unit, min, max, choices) = match definition.kind {
        Kind::Bool => ("bool", "", NULL, NULL, NULL),
        Kind::Integer(min, max, unit) => {
            ("integer", unit, min.to_string().into(), max.to_string().into(), NULL)
        }
        Kind::Real(min, max) => ("real", "", min.to_string().into(), max.to_string().into(), NULL),
        Kind::Text => ("string", "", NULL, NULL, NULL),
        Kind::Enum(choices) => ("enum", "", NULL, NULL, array(oid::TEXT, choices.iter().copied())),
    };
    let unit = match unit {
        Datum::Null if !own_unit.is_empty() => own_unit.into(),
        unit => unit,
    };
    let default = Datum::text(definition.default);
    let source = if value == default { "default" } else { "session" };
    row![
        name,
        value,
        unit,
        "Customized Options",
        help,
        NULL,
        if definition.scope == Scope::Internal { "internal" } else { "user" },
        kind,
        source,
        min,
        max,
        choices,
        default.clone(),
        default,
        NULL,
        NULL,
        false,
    ]
}

/// A setting with a prefix of the user's, which has no definition.
fn custom_row(name: Datum, value: Datum, help: Datum) -> Vec<Datum> {
    row![
        name,
        value,
        NULL,
        "Customized Options",
        help,
        NULL,
        "user",
        "string",
        "session",
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        false,
    ]
}
