//! One LMDB transaction of many requests: each is validated, then applied, under its own csn.
//!
//! Validation reads only; so a request that fails leaves its neighbours untouched. A request that
//! fails while it is applied (the map is full) breaks the transaction: the batch is then run again
//! one by one.

use std::collections::{HashMap, HashSet};

use super::{
    entry::IndexEntry,
    queue::{Request, Work},
    write_set::{CommitError, RowOp, WriteSet},
};
use crate::{
    base::{Csn, PgError, Result, RowId, TableId, ids::IndexId},
    pg_error,
    storage::{
        CatalogChange, Slice,
        writer::{RowStatus, Writer},
    },
};

/// Stages that have written something and are neither published nor abandoned.
pub(super) type ActiveStages = HashMap<u64, ActiveStage>;

#[derive(Default)]
pub(super) struct ActiveStage {
    pub written: Slice,
    pub slices: u32,
}

/// A request's effect on [`ActiveStages`] once the transaction is committed.
pub(super) enum StageChange {
    Wrote(u64, Slice),
    Published(u64),
}

impl StageChange {
    fn wrote(&self, stage: u64) -> bool {
        matches!(self, StageChange::Wrote(wrote, _) if *wrote == stage)
    }
}

/// What applying one request came to.
pub(super) struct Applied {
    pub csn: Csn,
    pub stage: Option<StageChange>,
}

/// Why a request was not applied.
pub(super) enum Refusal {
    /// The transaction is as before.
    Refused(CommitError),
    /// The transaction is unusable.
    Broken(PgError),
}

/// Validates and applies one request.
///
/// `open`: the stages whose handle lives; the keys of others are free. `before`: what requests before
/// it in the same transaction have changed.
pub(super) fn run(
    writer: &mut Writer<'_>,
    request: &Request,
    stages: &ActiveStages,
    open: &HashSet<u64>,
    before: &[StageChange],
) -> Result<Applied, Refusal> {
    if request.work.stage().is_some_and(|stage| !open.contains(&stage)) {
        let error = PgError::internal("the bulk load was abandoned");
        return Err(Refusal::Refused(error.into()));
    }
    let check = Check { open };
    match &request.work {
        Work::Commit { set, stage } => {
            check.write_set(writer, set).map_err(Refusal::Refused)?;
            apply(writer, set, stage.and_then(|id| stages.get(&id).map(|stage| (id, stage))))
                .map(|csn| Applied { csn, stage: stage.map(StageChange::Published) })
                .map_err(Refusal::Broken)
        }
        Work::Slice { stage, rows } => {
            check.slice(writer, rows).map_err(Refusal::Refused)?;
            let here = before.iter().filter(|change| change.wrote(*stage)).count() as u32;
            let number = stages.get(stage).map_or(0, |stage| stage.slices) + here + 1;
            let slice = apply_slice(writer, *stage, number, rows).map_err(Refusal::Broken)?;
            Ok(Applied { csn: writer.csn(), stage: Some(StageChange::Wrote(*stage, slice)) })
        }
    }
}

struct Check<'a> {
    open: &'a HashSet<u64>,
}

impl Check<'_> {
    fn write_set(&self, writer: &mut Writer<'_>, set: &WriteSet) -> Result<(), CommitError> {
        let truncated: HashSet<TableId> = set
            .rows
            .iter()
            .filter_map(|op| match op {
                RowOp::Truncate { table } => Some(*table),
                _ => None,
            })
            .collect();
        for op in &set.rows {
            let (table, row, expected) = match op {
                RowOp::Update { table, row, expected, .. }
                | RowOp::Delete { table, row, expected, .. } => (*table, *row, *expected),
                _ => continue,
            };
            if truncated.contains(&table) {
                continue;
            }
            match writer.row_status(table, row)? {
                RowStatus::Live(csn)
                    if csn == expected && set.snapshot.is_none_or(|snapshot| csn <= snapshot) => {}
                RowStatus::Live(_) => return Err(concurrent("update").into()),
                RowStatus::Absent | RowStatus::Staged(_) => {
                    return Err(concurrent("delete").into());
                }
            }
        }
        self.unique(writer, &set.rows, &truncated)?;
        names_are_free(writer, &set.catalog)?;
        Ok(())
    }

    fn slice(&self, writer: &mut Writer<'_>, rows: &[RowOp]) -> Result<(), CommitError> {
        if rows.iter().any(|op| !matches!(op, RowOp::Insert { .. } | RowOp::IndexOnly { .. })) {
            return Err(PgError::internal("a stage takes only new rows and entries").into());
        }
        self.unique(writer, rows, &HashSet::new())
    }

    /// No added unique key may belong to another row, stored or in the same set.
    fn unique(
        &self,
        writer: &mut Writer<'_>,
        rows: &[RowOp],
        truncated: &HashSet<TableId>,
    ) -> Result<(), CommitError> {
        let mut mine: HashMap<(IndexId, &[u8]), RowId> = HashMap::new();
        let mut removed: Option<HashSet<(IndexId, &[u8], RowId)>> = None;
        for (table, row, entries) in rows.iter().filter_map(RowOp::added) {
            for entry in entries.iter().filter(|entry| entry.is_unique()) {
                if let Some(other) = mine.insert((entry.index, &entry.key), row)
                    && other != row
                {
                    return Err(CommitError::unique(writer.catalog(), entry, row, other));
                }
                if truncated.contains(&table) {
                    continue;
                }
                let existing = self.others(writer, table, row, entry)?;
                let Some(existing) = existing else { continue };
                let removed = removed.get_or_insert_with(|| removed_keys(rows));
                let stays = existing
                    .into_iter()
                    .find(|other| !removed.contains(&(entry.index, &entry.key[..], *other)));
                if let Some(other) = stays {
                    return Err(CommitError::unique(writer.catalog(), entry, row, other));
                }
            }
        }
        Ok(())
    }

    /// Other rows that hold the key and count: live ones, and those of stages in progress.
    fn others(
        &self,
        writer: &mut Writer<'_>,
        table: TableId,
        row: RowId,
        entry: &IndexEntry,
    ) -> Result<Option<Vec<RowId>>> {
        let mut others = None;
        writer.rows_of_key(entry.index, &entry.key, |writer, other| {
            let counts = other != row
                && match writer.row_status(table, other)? {
                    RowStatus::Live(_) => true,
                    RowStatus::Staged(stage) => self.open.contains(&stage),
                    RowStatus::Absent => false,
                };
            if counts {
                others.get_or_insert_with(Vec::new).push(other);
            }
            Ok(true)
        })?;
        Ok(others)
    }
}

/// The keys that the set takes away from their rows.
fn removed_keys(rows: &[RowOp]) -> HashSet<(IndexId, &[u8], RowId)> {
    rows.iter()
        .filter_map(RowOp::removed)
        .flat_map(|(row, entries)| {
            entries.iter().map(move |entry| (entry.index, &entry.key[..], row))
        })
        .collect()
}

fn concurrent(what: &str) -> PgError {
    pg_error!(SERIALIZATION_FAILURE, "could not serialize access due to concurrent {what}")
}

/// Two transactions may have created the same name at once.
fn names_are_free(writer: &Writer<'_>, changes: &[CatalogChange]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut catalog = crate::storage::Catalog::clone(writer.catalog());
    for change in changes {
        if let CatalogChange::Put(object) = change
            && let Some((schema, name)) = object.relation_name(&catalog)
            && catalog.relation(schema, &name).is_some_and(|other| other.oid() != object.oid())
        {
            return Err(pg_error!(
                UNIQUE_VIOLATION,
                "duplicate key value violates unique constraint \"pg_class_relname_nsp_index\""
            )
            .detail(format!("Key (relname, relnamespace)=({name}, {schema}) already exists.")));
        }
        catalog.apply(change);
    }
    Ok(())
}

fn apply(
    writer: &mut Writer<'_>,
    set: &WriteSet,
    stage: Option<(u64, &ActiveStage)>,
) -> Result<Csn> {
    if set.advances() || stage.is_some() {
        writer.next_csn();
    }
    for op in &set.rows {
        if let RowOp::Truncate { table } = op {
            writer.truncate(*table)?;
        }
    }
    if let Some((id, stage)) = stage {
        writer.publish(id, &stage.written)?;
    }
    for op in &set.rows {
        apply_row(writer, op)?;
    }
    add_entries(writer, &set.rows)?;
    writer.change_catalog(&set.catalog)?;
    for (oid, state) in &set.sequences {
        writer.put_sequence(*oid, *state)?;
    }
    for change in &set.manifest {
        writer.change_manifest(change)?;
    }
    if let Some(csn) = set.prune {
        writer.prune(csn);
    }
    Ok(writer.csn())
}

fn apply_row(writer: &mut Writer<'_>, op: &RowOp) -> Result<()> {
    match op {
        RowOp::Insert { table, row, bytes, .. } => writer.insert_row(*table, *row, bytes),
        RowOp::Update { table, row, bytes, removed, .. } => {
            writer.update_row(*table, *row, bytes)?;
            remove_entries(writer, *row, removed)
        }
        RowOp::Delete { table, row, removed, .. } => {
            writer.delete_row(*table, *row)?;
            remove_entries(writer, *row, removed)
        }
        RowOp::Truncate { .. } | RowOp::IndexOnly { .. } => Ok(()),
    }
}

/// Writes all entries that the operations add, in the order of their keys: neighbours go to one page.
fn add_entries(writer: &mut Writer<'_>, rows: &[RowOp]) -> Result<()> {
    let mut all: Vec<(IndexId, &[u8], RowId)> = Vec::new();
    for (_, row, entries) in rows.iter().filter_map(RowOp::added) {
        for entry in entries {
            all.extend(entry.keys().map(|key| (entry.index, key, row)));
        }
    }
    all.sort_unstable();
    all.into_iter().try_for_each(|(index, key, row)| writer.put_entry(index, key, row))
}

fn remove_entries(writer: &mut Writer<'_>, row: RowId, entries: &[IndexEntry]) -> Result<()> {
    for entry in entries {
        entry.keys().try_for_each(|key| writer.delete_entry(entry.index, key, row))?;
    }
    Ok(())
}

fn apply_slice(writer: &mut Writer<'_>, stage: u64, number: u32, rows: &[RowOp]) -> Result<Slice> {
    let mut slice = Slice::default();
    for op in rows {
        match op {
            RowOp::Insert { table, row, bytes, keys } => {
                writer.stage_row(stage, *table, *row, bytes)?;
                slice.push(*table, *row);
                slice.indexes.extend(keys.iter().map(|entry| entry.index));
            }
            RowOp::IndexOnly { key, .. } => {
                slice.indexes.insert(key.index);
            }
            // `Check::slice` has refused the others.
            RowOp::Update { .. } | RowOp::Delete { .. } | RowOp::Truncate { .. } => {}
        }
    }
    add_entries(writer, rows)?;
    writer.put_slice(stage, number, &slice)?;
    Ok(slice)
}
