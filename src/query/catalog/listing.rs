//! The views that list relations by name: `pg_tables`, `pg_indexes`, `pg_views`.

use super::{
    definition::{self, Form},
    owner::role_name,
    relation::{RelationKind, RowsFn, system_relations},
    row::{NULL, row},
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{Object, SUPERUSER},
    types::Datum,
};

pub(super) const ROWS: &[(&str, RowsFn)] =
    &[("pg_tables", tables), ("pg_indexes", indexes), ("pg_views", views)];

pub(super) fn schema_name(env: &Env, schema: Oid) -> String {
    env.catalog.schema(schema).map_or_else(String::new, |schema| schema.name.clone())
}

fn tables(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let owner = role_name(env, SUPERUSER);
    let system = system_relations()
        .iter()
        .filter(|relation| relation.kind == RelationKind::Table)
        .map(|relation| {
            let schema = schema_name(env, relation.schema);
            row![schema, relation.name, &owner, NULL, false, false, false, false]
        });
    let stored = env.catalog.tables().map(|table| {
        row![
            schema_name(env, table.schema),
            &table.name,
            role_name(env, table.owner),
            NULL,
            !table.indexes.is_empty(),
            false,
            false,
            false,
        ]
    });
    Ok(system.chain(stored).collect())
}

fn indexes(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| {
        let Object::Index(index) = object else { return None };
        let table = env.catalog.table(index.table)?;
        let text = definition::index(env, index, Form::Plain);
        Some(row![schema_name(env, table.schema), &table.name, &index.name, NULL, text])
    });
    Ok(rows.collect())
}

fn views(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| {
        let Object::View(view) = object else { return None };
        let owner = role_name(env, view.owner);
        Some(row![schema_name(env, view.schema), &view.name, owner, definition::view(env, view)])
    });
    Ok(rows.collect())
}
