//! The objects that privileges are about, found by name or oid.

use super::Context;
use crate::{
    base::{Oid, Result, SqlState, sqlstate},
    err,
    query::catalog::{self, relation_by_oid},
    storage::catalog::Object,
    types::{Datum, oid},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Column,
    AnyColumn,
    Sequence,
    Database,
    Schema,
    Function,
    Language,
    LargeObject,
    Parameter,
    Tablespace,
    ForeignDataWrapper,
    Server,
    Type,
}

impl Kind {
    /// As `acldefault` takes it.
    pub fn letter(self) -> char {
        match self {
            Kind::Table => 'r',
            Kind::Column | Kind::AnyColumn => 'c',
            Kind::Sequence => 's',
            Kind::Database => 'd',
            Kind::Schema => 'n',
            Kind::Function => 'f',
            Kind::Language => 'l',
            Kind::LargeObject => 'L',
            Kind::Parameter => 'p',
            Kind::Tablespace => 't',
            Kind::ForeignDataWrapper => 'F',
            Kind::Server => 'S',
            Kind::Type => 'T',
        }
    }

    /// The privileges that may be asked for, by their letters.
    pub fn letters(self) -> &'static str {
        match self {
            Kind::Table => "arwdDxtm",
            Kind::Column | Kind::AnyColumn => "arwx",
            Kind::Sequence => "rwU",
            Kind::Database => "CTc",
            Kind::Schema => "UC",
            Kind::Function => "X",
            Kind::LargeObject => "rw",
            Kind::Parameter => "sA",
            Kind::Tablespace => "C",
            Kind::Language | Kind::ForeignDataWrapper | Kind::Server | Kind::Type => "U",
        }
    }
}

pub(super) struct Target {
    pub oid: Oid,
    /// In `pg_catalog` or `information_schema`; of schemas, `public` too.
    pub system: bool,
}

/// The object of that name or oid; `None` for an oid of nothing.
///
/// Errors: the kind's own for an unknown name; 42809 for a relation that is no sequence.
pub(super) fn find(context: &Context, kind: Kind, given: &Datum) -> Result<Option<Target>> {
    let env = context.env;
    let found = match given {
        Datum::Text(name) => Some(named(context, kind, name)?),
        oid => Some(Oid(oid.as_i64() as u32)).filter(|oid| exists(context, kind, *oid)),
    };
    let Some(oid) = found else { return Ok(None) };
    if kind == Kind::Sequence && env.catalog.sequence(oid).is_none() {
        return err!(WRONG_OBJECT_TYPE, "\"{}\" is not a sequence", relation_name(context, oid));
    }
    let system = match kind {
        Kind::Schema => env
            .catalog
            .schema(oid)
            .is_some_and(|schema| schema.is_system() || schema.name == "public"),
        _ => relation_by_oid(oid).is_some(),
    };
    Ok(Some(Target { oid, system }))
}

fn named(context: &Context, kind: Kind, name: &str) -> Result<Oid> {
    let catalog = &context.env.catalog;
    let of_type = |reg| match &context.env.style.names {
        Some(names) => names.object_of(reg, name),
        None => missing(sqlstate::UNDEFINED_OBJECT, "object", name),
    };
    let of_rows = |relation, kind| {
        let rows = catalog::system_rows(relation, context.env)?;
        let found = rows.iter().find(|row| row[1].as_str() == name);
        match found {
            Some(row) => Ok(Oid(row[0].as_i64() as u32)),
            None => missing(sqlstate::UNDEFINED_OBJECT, kind, name),
        }
    };
    match kind {
        Kind::Table | Kind::Column | Kind::AnyColumn | Kind::Sequence => of_type(oid::REGCLASS),
        Kind::Function => of_type(oid::REGPROCEDURE),
        Kind::Type => of_type(oid::REGTYPE),
        Kind::Database => match catalog.database_named(name) {
            Some(database) => Ok(database.oid),
            None => missing(sqlstate::INVALID_CATALOG_NAME, "database", name),
        },
        Kind::Schema => match catalog.schema_named_on(&context.env.search_path, name) {
            Some(schema) => Ok(schema.oid),
            None => missing(sqlstate::INVALID_SCHEMA_NAME, "schema", name),
        },
        Kind::Language => of_rows("pg_language", "language"),
        Kind::Tablespace => of_rows("pg_tablespace", "tablespace"),
        Kind::ForeignDataWrapper => {
            missing(sqlstate::UNDEFINED_OBJECT, "foreign-data wrapper", name)
        }
        Kind::Server => missing(sqlstate::UNDEFINED_OBJECT, "server", name),
        // Any name may become a setting; large objects have none.
        Kind::Parameter | Kind::LargeObject => Ok(Oid(0)),
    }
}

fn missing<T>(code: SqlState, kind: &str, name: &str) -> Result<T> {
    Err(crate::base::PgError::new(code, format!("{kind} \"{name}\" does not exist")))
}

fn exists(context: &Context, kind: Kind, oid: Oid) -> bool {
    let catalog = &context.env.catalog;
    let in_rows = |relation| {
        let rows = catalog::system_rows(relation, context.env).unwrap_or_default();
        rows.iter().any(|row| row[0].as_i64() as u32 == oid.0)
    };
    match kind {
        Kind::Table | Kind::Column | Kind::AnyColumn | Kind::Sequence => {
            relation_by_oid(oid).is_some()
                || catalog.object(oid).is_some_and(|of| of.relation_name(catalog).is_some())
        }
        Kind::Database => catalog.databases().iter().any(|database| database.oid == oid),
        Kind::Schema => catalog.schema(oid).is_some(),
        Kind::Language => in_rows("pg_language"),
        Kind::Tablespace => in_rows("pg_tablespace"),
        Kind::Type => in_rows("pg_type"),
        Kind::Function | Kind::Parameter => true,
        Kind::LargeObject | Kind::ForeignDataWrapper | Kind::Server => false,
    }
}

fn relation_name(context: &Context, oid: Oid) -> String {
    let catalog = &context.env.catalog;
    let stored = catalog.object(oid).and_then(|object| object.relation_name(catalog));
    let name = stored.map(|(_, name)| name);
    name.or_else(|| relation_by_oid(oid).map(|system| system.name.to_owned()))
        .unwrap_or_else(|| oid.to_string())
}

/// Whether a relation has the column, by name or number; `false` for a number of none.
///
/// Errors: 42703 for a name of none.
pub(super) fn has_column(context: &Context, found: &Target, column: &Datum) -> Result<bool> {
    let catalog = &context.env.catalog;
    let columns: Vec<Option<&str>> = match catalog.object(found.oid) {
        Some(Object::Table(table)) => {
            let name = |column: &'_ crate::storage::catalog::Column| column.dropped;
            table
                .columns
                .iter()
                .map(|column| (!name(column)).then_some(column.name.as_str()))
                .collect()
        }
        Some(Object::View(view)) => view.columns.iter().map(|(name, _)| Some(&**name)).collect(),
        _ => relation_by_oid(found.oid).map_or_else(Vec::new, |system| {
            system.columns.iter().map(|(name, _)| Some(*name)).collect()
        }),
    };
    match column {
        Datum::Text(name) if !columns.contains(&Some(&**name)) => err!(
            UNDEFINED_COLUMN,
            "column \"{name}\" of relation \"{}\" does not exist",
            relation_name(context, found.oid)
        ),
        Datum::Text(_) => Ok(true),
        number => {
            let position = usize::try_from(number.as_i64() - 1).ok();
            Ok(position.and_then(|at| columns.get(at)).is_some_and(Option::is_some))
        }
    }
}
