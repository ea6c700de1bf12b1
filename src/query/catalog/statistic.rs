//! `pg_stat_*` and `pg_statio_*` over tables and indexes. Rows alive are counted; what PostgreSQL
//! counts of its pages has no counterpart here and is 0.

use std::collections::HashMap;

use super::{
    listing::schema_name,
    relation::{RelationKind, RowsFn, system_relations},
    row::{NULL, row},
    sequence::sequences,
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::Object,
    types::Datum,
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_stat_all_tables", |env| Ok(tables(env, system_relids(env)))),
    ("pg_stat_user_tables", |env| Ok(tables(env, vec![]))),
    ("pg_stat_all_indexes", indexes),
    ("pg_stat_user_indexes", indexes),
    ("pg_statio_all_tables", table_pages),
    ("pg_statio_user_tables", table_pages),
    ("pg_statio_all_indexes", index_pages),
    ("pg_statio_user_indexes", index_pages),
    ("pg_statio_all_sequences", sequence_pages),
    ("pg_statio_user_sequences", sequence_pages),
];

/// Rows alive per table, where the server tells: `pg_stat_all_tables` of
/// [`crate::query::env::Services`] has rows of relid and n_live_tup.
pub(super) fn live_rows(env: &Env) -> HashMap<Oid, i64> {
    let told = env.services.system_rows("pg_stat_all_tables").unwrap_or_default();
    told.into_iter()
        .filter_map(|row| match row.as_slice() {
            [Datum::Oid(oid), Datum::Int8(rows)] => Some((Oid(*oid), *rows)),
            _ => None,
        })
        .collect()
}

fn system_relids(env: &Env) -> Vec<Vec<Datum>> {
    let tables = system_relations().iter().filter(|relation| relation.kind == RelationKind::Table);
    tables
        .map(|table| table_row(table.oid, schema_name(env, table.schema), table.name, 0))
        .collect()
}

fn table_row(oid: Oid, schema: String, name: &str, live: i64) -> Vec<Datum> {
    const ZERO: i64 = 0;
    row![
        oid, schema, name, ZERO, NULL, ZERO, ZERO, NULL, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, live,
        ZERO, ZERO, ZERO, NULL, NULL, NULL, NULL, ZERO, ZERO, ZERO, ZERO, 0.0, 0.0, 0.0, 0.0,
    ]
}

fn tables(env: &Env, mut rows: Vec<Vec<Datum>>) -> Vec<Vec<Datum>> {
    let live = live_rows(env);
    rows.extend(env.catalog.tables().map(|table| {
        let schema = schema_name(env, table.schema);
        table_row(table.oid, schema, &table.name, live.get(&table.oid).copied().unwrap_or(0))
    }));
    rows
}

/// Table oid, index oid, schema, table, index.
fn index_names(env: &Env) -> impl Iterator<Item = Vec<Datum>> {
    env.catalog.objects().filter_map(|object| {
        let Object::Index(index) = object else { return None };
        let table = env.catalog.table(index.table)?;
        let schema = schema_name(env, table.schema);
        Some(row![table.oid, index.oid, schema, &table.name, &index.name])
    })
}

fn indexes(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let counters = row![0_i64, NULL, 0_i64, 0_i64];
    Ok(index_names(env).map(|names| [names, counters.clone()].concat()).collect())
}

fn index_pages(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let counters = row![0_i64, 0_i64];
    Ok(index_names(env).map(|names| [names, counters.clone()].concat()).collect())
}

fn table_pages(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.tables().map(|table| {
        let mut row = row![table.oid, schema_name(env, table.schema), &table.name];
        row.extend(vec![Datum::Int8(0); 8]);
        row
    });
    Ok(rows.collect())
}

fn sequence_pages(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = sequences(env).map(|sequence| {
        let schema = schema_name(env, sequence.schema);
        row![sequence.oid, schema, &sequence.name, 0_i64, 0_i64]
    });
    Ok(rows.collect())
}
