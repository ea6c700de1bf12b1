//! INSERT, ON CONFLICT and RETURNING.

use std::{collections::HashSet, sync::Arc};

use super::{
    modify::{refer, returned},
    select::may_run_again,
    write::{RowWriter, lock_keys, lock_rows, lock_table, newest_csn, row_with_key},
};
use crate::{
    base::{PgError, Result, RowId, sqlstate},
    ingest::{IndexEntry, locks::LockMode},
    query::{
        bind::{Conflict, ConflictAction, Insert, Returning},
        exec::{self, Execution, source::Source},
        session::{Outcome, Session},
    },
    storage::catalog::Table,
    types::Datum,
};

pub async fn insert(
    session: &mut Session,
    insert: &Arc<Insert>,
    params: Vec<Datum>,
) -> Result<Outcome> {
    lock_table(session, &insert.table, LockMode::RowExclusive).await?;
    let (execution, rows) = loop {
        let (env, view) = session.environment()?;
        let execution = Arc::new(session.execution(env, view, params.clone()));
        match exec::rows(&insert.source, execution.clone()).await {
            Err(error) if may_run_again(session, &error) => execution.cancel.check()?,
            rows => break (execution, rows?),
        }
    };
    let writer = RowWriter::new(session, execution.env.clone(), &insert.table)?;
    let rows = match &insert.conflict {
        None => {
            let rows = plain(session, &writer, rows).await?;
            refer(session, &execution.env, &insert.table, &[], &rows).await?;
            rows
        }
        Some(conflict) => {
            let mut written = Written::default();
            for row in rows {
                session.running().check()?;
                upsert(session, &writer, conflict, &execution, row, &mut written).await?;
            }
            let Written { mut rows, replaced, .. } = written;
            refer(session, &execution.env, &insert.table, &replaced, &rows).await?;
            if insert.returning.is_some() {
                for (row, old) in rows.iter_mut().zip(replaced) {
                    row.extend(old.into_iter().flatten());
                }
            }
            rows
        }
    };
    returned(insert.returning.as_ref(), rows, "INSERT 0", &execution)
}

/// Adds the rows of one statement; all of them or, on an error, none that will be kept.
///
/// Errors: 23502, 23505, 23514; 57014.
pub async fn plain(
    session: &mut Session,
    writer: &RowWriter,
    rows: Vec<Vec<Datum>>,
) -> Result<Vec<Vec<Datum>>> {
    let table = writer.table().clone();
    let mut done = Vec::with_capacity(rows.len());
    let mut ready = Vec::with_capacity(rows.len());
    for mut values in rows {
        session.running().check()?;
        writer.complete(&mut values)?;
        let row = writer.encode(&values)?;
        lock_keys(session, &row.keys).await?;
        ready.push(row);
        done.push(values);
    }
    let newest = session.shared().store.snapshot()?;
    let first = session.shared().store.allocate_rows(ready.len() as u64);
    let nobody = HashSet::new();
    for (offset, (row, values)) in ready.into_iter().zip(&done).enumerate() {
        for entry in row.keys.iter().filter(|entry| entry.is_unique()) {
            if row_with_key(&session.transaction().writes, &newest, &table, entry, &nobody)?
                .is_some()
            {
                return Err(writer.unique_violation(entry, values));
            }
        }
        let id = RowId(first.0 + offset as u64);
        session.transaction().writes.insert(table.oid, id, row.bytes.into(), row.keys);
    }
    Ok(done)
}

/// What INSERT ... ON CONFLICT has done so far.
#[derive(Default)]
struct Written {
    rows: Vec<Vec<Datum>>,
    /// What each of them was before; `None` for a new one.
    replaced: Vec<Option<Vec<Datum>>>,
    ids: HashSet<RowId>,
}

/// One row of INSERT ... ON CONFLICT.
async fn upsert(
    session: &mut Session,
    writer: &RowWriter,
    conflict: &Conflict,
    execution: &Arc<Execution>,
    mut values: Vec<Datum>,
    written: &mut Written,
) -> Result<()> {
    let table = writer.table().clone();
    writer.complete(&mut values)?;
    let row = writer.encode(&values)?;
    lock_keys(session, &row.keys).await?;
    let newest = session.shared().store.snapshot()?;
    let nobody = HashSet::new();
    let mut caught = None;
    for entry in row.keys.iter().filter(|entry| entry.is_unique()) {
        let Some(existing) =
            row_with_key(&session.transaction().writes, &newest, &table, entry, &nobody)?
        else {
            continue;
        };
        if conflict.arbiters.is_empty() || conflict.arbiters.contains(&entry.index) {
            caught = caught.or(Some(existing));
        } else if caught.is_none() {
            return Err(writer.unique_violation(entry, &values));
        }
    }
    let Some(existing) = caught else {
        let id = session.shared().store.allocate_rows(1);
        session.transaction().writes.insert(table.oid, id, row.bytes.into(), row.keys);
        written.ids.insert(id);
        written.rows.push(values);
        written.replaced.push(None);
        return Ok(());
    };
    let ConflictAction::Update { set, filter } = &conflict.action else { return Ok(()) };
    if written.ids.contains(&existing) {
        return Err(PgError::new(
            sqlstate::CARDINALITY_VIOLATION,
            "ON CONFLICT DO UPDATE command cannot affect row a second time",
        )
        .hint(
            "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
        ));
    }
    if let Some((old, updated)) =
        update_existing(session, writer, execution, existing, &values, set, filter.as_ref()).await?
    {
        written.ids.insert(existing);
        written.rows.push(updated);
        written.replaced.push(Some(old));
    }
    Ok(())
}

/// DO UPDATE on the newest version of `existing`: what it was and what it is. `None` if WHERE keeps
/// it as it is.
async fn update_existing(
    session: &mut Session,
    writer: &RowWriter,
    execution: &Arc<Execution>,
    existing: RowId,
    proposed: &[Datum],
    set: &[(usize, crate::query::ir::Expr)],
    filter: Option<&crate::query::ir::Expr>,
) -> Result<Option<(Vec<Datum>, Vec<Datum>)>> {
    let table = writer.table().clone();
    lock_rows(session, &table, &[existing], LockMode::ForUpdate).await?;
    // The newest version counts, even if this statement's snapshot does not see it.
    let (_, view) = session.environment()?;
    let newest = session.shared().store.snapshot()?;
    let (old, read) = match own_or_newest(session, &newest, &*view.rows, &table, existing)? {
        Some(found) => found,
        None => {
            return Err(PgError::new(
                sqlstate::SERIALIZATION_FAILURE,
                "could not serialize access due to concurrent delete",
            ));
        }
    };
    let mut both = old.clone();
    both.extend_from_slice(proposed);
    let scope = exec::scope::Scope::root(execution.clone());
    if let Some(filter) = filter
        && !scope.holds(filter, &both)?
    {
        return Ok(None);
    }
    let mut new = old.clone();
    for (position, expr) in set {
        new[*position] = scope.evaluate(expr, &both)?;
    }
    writer.complete(&mut new)?;
    let removed = writer.keys(&old)?;
    let row = writer.encode(&new)?;
    check_changed_keys(session, writer, existing, &removed, &row.keys, &new).await?;
    session.transaction().writes.update(
        table.oid,
        existing,
        read,
        removed,
        row.bytes.into(),
        row.keys,
    );
    Ok(Some((old, new)))
}

/// The version of a row that a change must start from: this transaction's own, or the newest.
fn own_or_newest(
    session: &mut Session,
    newest: &crate::storage::Snapshot,
    view: &dyn Source,
    table: &Table,
    row: RowId,
) -> Result<Option<(Vec<Datum>, crate::base::Csn)>> {
    if session.transaction().writes.has_written(table.oid, row) {
        let own = super::write::full_row(view, table, row)?;
        return Ok(own.map(|values| (values, crate::base::Csn(0))));
    }
    match newest.row(table.oid, row)? {
        Some(stored) => Ok(Some((super::write::decode_row(table, stored.bytes)?, stored.csn))),
        None => Ok(None),
    }
}

/// Locks and looks up the unique keys that an update brings in.
///
/// Errors: 23505.
pub async fn check_changed_keys(
    session: &mut Session,
    writer: &RowWriter,
    row: RowId,
    removed: &[IndexEntry],
    added: &[IndexEntry],
    values: &[Datum],
) -> Result<()> {
    let changed: Vec<IndexEntry> = added
        .iter()
        .filter(|entry| entry.is_unique() && !removed.contains(entry))
        .cloned()
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    lock_keys(session, &changed).await?;
    let newest = session.shared().store.snapshot()?;
    let itself = HashSet::from([row]);
    for entry in &changed {
        let table = writer.table().clone();
        if row_with_key(&session.transaction().writes, &newest, &table, entry, &itself)?.is_some() {
            return Err(writer.unique_violation(entry, values));
        }
    }
    Ok(())
}

/// Whether a stored row is still the version that was read.
pub fn is_unchanged(
    newest: &crate::storage::Snapshot,
    table: &Table,
    row: RowId,
    read: crate::base::Csn,
) -> Result<bool> {
    Ok(newest_csn(newest, table, row)? == Some(read))
}

/// Evaluates RETURNING over written rows.
pub fn returning_rows(
    returning: &Returning,
    rows: Vec<Vec<Datum>>,
    execution: &Arc<Execution>,
) -> Result<Vec<Vec<Datum>>> {
    let scope = exec::scope::Scope::root(execution.clone());
    rows.into_iter()
        .map(|mut row| {
            row.resize(returning.width.max(row.len()), Datum::Null);
            scope.evaluate_all(&returning.exprs, &row)
        })
        .collect()
}
