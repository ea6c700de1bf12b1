//! Schemas, tables, views, sequences, roles, and what may be done with them.

use crate::{
    base::{Oid, Result},
    query::{
        catalog::{
            definition,
            listing::schema_name,
            owner::role_name,
            relation::{RelationKind, RowsFn, system_relations},
            row::{NULL, row, yes},
            sequence,
        },
        env::Env,
    },
    storage::catalog::{Object, SUPERUSER},
    types::{Datum, oid, typmod},
};

pub(in crate::query::catalog) const ROWS: &[(&str, RowsFn)] = &[
    ("information_schema_catalog_name", |env| Ok(vec![row![&env.database]])),
    ("schemata", schemata),
    ("tables", tables),
    ("views", views),
    ("sequences", sequences),
    ("table_privileges", privileges),
    ("role_table_grants", privileges),
    ("character_sets", character_sets),
    ("collations", collations),
    ("enabled_roles", enabled_roles),
];

fn schemata(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| match object {
        Object::Schema(schema) => {
            let owner = role_name(env, schema.owner);
            Some(row![&env.database, &schema.name, owner, NULL, NULL, NULL, NULL])
        }
        _ => None,
    });
    Ok(rows.collect())
}

fn tables(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let row = |schema: Oid, name: &str, kind: &str, insertable: bool, commit: Option<&str>| {
        row![
            &env.database,
            schema_name(env, schema),
            name,
            kind,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            yes(insertable),
            "NO",
            commit,
        ]
    };
    let system = system_relations().iter().map(|relation| {
        let kind = match relation.kind {
            RelationKind::Table => "BASE TABLE",
            RelationKind::View => "VIEW",
        };
        row(relation.schema, relation.name, kind, false, None)
    });
    let stored = env.catalog.objects().filter_map(|object| match object {
        Object::Table(table) if table.temporary => {
            Some(row(table.schema, &table.name, "LOCAL TEMPORARY", true, Some("PRESERVE")))
        }
        Object::Table(table) => Some(row(table.schema, &table.name, "BASE TABLE", true, None)),
        Object::View(view) => Some(row(view.schema, &view.name, "VIEW", false, None)),
        _ => None,
    });
    Ok(system.chain(stored).collect())
}

/// Nothing is written through a view.
fn views(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| match object {
        Object::View(view) => Some(row![
            &env.database,
            schema_name(env, view.schema),
            &view.name,
            definition::view(env, view),
            "NONE",
            "NO",
            "NO",
            "NO",
            "NO",
            "NO",
        ]),
        _ => None,
    });
    Ok(rows.collect())
}

/// The sequences of identity columns are told of in `columns`.
fn sequences(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let is_identity = |owned_by: Option<(Oid, usize)>| {
        owned_by
            .and_then(|(table, position)| env.catalog.table(table)?.columns.get(position))
            .is_some_and(|column| column.identity.is_some())
    };
    let rows = sequence::sequences(env).filter(|found| !is_identity(found.owned_by)).map(|found| {
        let bits = match found.ty {
            oid::INT2 => 16,
            oid::INT4 => 32,
            _ => 64,
        };
        row![
            &env.database,
            schema_name(env, found.schema),
            &found.name,
            typmod::format_type(crate::types::PgType::new(found.ty)),
            bits,
            2,
            0,
            found.start.to_string(),
            found.min.to_string(),
            found.max.to_string(),
            found.increment.to_string(),
            yes(found.cycle),
        ]
    });
    Ok(rows.collect())
}

const TABLE_PRIVILEGES: &[&str] =
    &["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/// Owners hold every privilege; everybody reads the system relations.
fn privileges(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let superuser = role_name(env, SUPERUSER);
    let system = system_relations().iter().map(|relation| {
        row![
            &superuser,
            "PUBLIC",
            &env.database,
            schema_name(env, relation.schema),
            relation.name,
            "SELECT",
            "NO",
            "YES",
        ]
    });
    let mut rows: Vec<Vec<Datum>> = system.collect();
    for object in env.catalog.objects() {
        let (schema, name, owner) = match object {
            Object::Table(table) => (table.schema, &table.name, table.owner),
            Object::View(view) => (view.schema, &view.name, view.owner),
            _ => continue,
        };
        let (schema, owner) = (schema_name(env, schema), role_name(env, owner));
        rows.extend(TABLE_PRIVILEGES.iter().map(|privilege| {
            let hierarchy = yes(*privilege == "SELECT");
            row![&owner, &owner, &env.database, &schema, name, *privilege, "YES", hierarchy]
        }));
    }
    Ok(rows)
}

fn character_sets(env: &Env) -> Result<Vec<Vec<Datum>>> {
    Ok(vec![row![NULL, NULL, "UTF8", "UCS", "UTF8", &env.database, NULL, NULL]])
}

fn collations(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let names = ["default", "C", "POSIX"];
    Ok(names.iter().map(|name| row![&env.database, "pg_catalog", *name, "NO PAD"]).collect())
}

fn enabled_roles(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let role = env.catalog.role_named(&env.current_user);
    let rows = env.catalog.objects().filter_map(|object| match object {
        // A superuser may become any role.
        Object::Role(found)
            if *found.name == *env.current_user || role.is_some_and(|role| role.superuser) =>
        {
            Some(row![&found.name])
        }
        _ => None,
    });
    Ok(rows.collect())
}
