//! `pg_sequence` and `pg_sequences`.

use std::collections::HashMap;

use super::{
    listing::schema_name,
    owner::role_name,
    relation::RowsFn,
    row::{NULL, row},
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{Object, Sequence},
    types::Datum,
};

pub(super) const ROWS: &[(&str, RowsFn)] =
    &[("pg_sequence", definitions), ("pg_sequences", listing)];

pub(super) fn sequences(env: &Env) -> impl Iterator<Item = &Sequence> {
    env.catalog.objects().filter_map(|object| match object {
        Object::Sequence(sequence) => Some(sequence.as_ref()),
        _ => None,
    })
}

fn definitions(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = sequences(env).map(|sequence| {
        row![
            sequence.oid,
            sequence.ty,
            sequence.start,
            sequence.increment,
            sequence.max,
            sequence.min,
            sequence.cache,
            sequence.cycle,
        ]
    });
    Ok(rows.collect())
}

/// The session tells the last values: `pg_sequences` of [`crate::query::env::Services`] has rows of
/// oid and last value.
fn listing(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let told = env.services.system_rows("pg_sequences").unwrap_or_default();
    let last: HashMap<Oid, Datum> = told
        .into_iter()
        .filter_map(|row| match <[Datum; 2]>::try_from(row) {
            Ok([Datum::Oid(oid), value]) => Some((Oid(oid), value)),
            _ => None,
        })
        .collect();
    let rows = sequences(env).map(|sequence| {
        row![
            schema_name(env, sequence.schema),
            &sequence.name,
            role_name(env, sequence.owner),
            sequence.ty,
            sequence.start,
            sequence.min,
            sequence.max,
            sequence.increment,
            sequence.cycle,
            sequence.cache,
            last.get(&sequence.oid).cloned().unwrap_or(NULL),
        ]
    });
    Ok(rows.collect())
}
