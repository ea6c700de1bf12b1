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

/// What a sequence has given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequencePosition {
    pub last_value: i64,
    /// `last_value` has been given out; otherwise it comes next.
    pub is_called: bool,
}

/// Where the sequences stand, as the session tells: `pg_sequences` of
/// [`crate::query::env::Services`] has rows of oid, last value and whether it was given out.
pub fn sequence_positions(env: &Env) -> HashMap<Oid, SequencePosition> {
    let told = env.services.system_rows("pg_sequences").unwrap_or_default();
    let positions = told.into_iter().filter_map(|row| match <[Datum; 3]>::try_from(row) {
        Ok([Datum::Oid(oid), Datum::Int8(last_value), Datum::Bool(is_called)]) => {
            Some((Oid(oid), SequencePosition { last_value, is_called }))
        }
        _ => None,
    });
    positions.collect()
}

fn listing(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let positions = sequence_positions(env);
    let last = |oid: &Oid| match positions.get(oid) {
        Some(SequencePosition { last_value, is_called: true }) => Datum::Int8(*last_value),
        _ => NULL,
    };
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
            last(&sequence.oid),
        ]
    });
    Ok(rows.collect())
}
