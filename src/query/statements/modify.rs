//! UPDATE and DELETE.
//!
//! The statement's query finds the rows and computes their new values; the rows are locked; where
//! one has changed since it was read, READ COMMITTED runs the query again on a newer snapshot and
//! REPEATABLE READ fails with 40001. So no update is ever lost.

use std::{collections::HashSet, sync::Arc};

use super::{
    insert::{check_changed_keys, is_unchanged, returning_rows},
    select::may_run_again,
    write::{RowWriter, lock_rows, lock_table},
};
use crate::{
    base::{Csn, PgError, Result, RowId, sqlstate},
    ingest::locks::LockMode,
    query::{
        bind::{Delete, Returning, Update},
        env::Env,
        exec::{self, Execution, batches::batches_of},
        ir::Plan,
        session::{Outcome, Session, Tag, references::Change, transaction::Isolation},
    },
    storage::catalog::{KeyTarget, Table},
    types::Datum,
};

/// A row that the statement's query found: its id, the version read, and the other columns.
struct Found {
    row: RowId,
    read: Csn,
    values: Vec<Datum>,
}

pub async fn update(
    session: &mut Session,
    update: &Arc<Update>,
    params: Vec<Datum>,
) -> Result<Outcome> {
    lock_table(session, &update.table, LockMode::RowExclusive).await?;
    let mode = match changes_key(session, update)? {
        true => LockMode::ForUpdate,
        false => LockMode::ForNoKeyUpdate,
    };
    let (found, execution) =
        locked_rows(session, &update.table, &update.source, params, mode).await?;
    let writer = RowWriter::new(session, execution.env.clone(), &update.table)?;
    let table = update.table.clone();
    let width = table.columns.len();
    let mut changes = Vec::with_capacity(found.len());
    for mut one in found {
        let mut new: Vec<Datum> = one.values[..width].to_vec();
        writer.complete(&mut new)?;
        one.values.splice(..width, new.iter().cloned());
        let removed = writer.keys(&one.values[width..2 * width])?;
        let row = writer.encode(&new)?;
        changes.push((one, removed, row));
    }
    let mut rows = Vec::with_capacity(changes.len());
    for (one, removed, row) in changes {
        check_changed_keys(session, &writer, one.row, &removed, &row.keys, &one.values[..width])
            .await?;
        session.transaction().writes.update(
            table.oid,
            one.row,
            one.read,
            removed,
            row.bytes.into(),
            row.keys,
        );
        rows.push(one.values);
    }
    if Session::is_referential(&execution.env.catalog, &table) {
        let changes: Vec<Change<'_>> = rows
            .iter()
            .map(|row| Change { old: Some(&row[width..2 * width]), new: Some(&row[..width]) })
            .collect();
        session.refer(&execution.env, &table, &changes).await?;
    }
    returned(update.returning.as_ref(), rows, "UPDATE", &execution)
}

pub async fn delete(
    session: &mut Session,
    delete: &Arc<Delete>,
    params: Vec<Datum>,
) -> Result<Outcome> {
    lock_table(session, &delete.table, LockMode::RowExclusive).await?;
    let (found, execution) =
        locked_rows(session, &delete.table, &delete.source, params, LockMode::ForUpdate).await?;
    let writer = RowWriter::new(session, execution.env.clone(), &delete.table)?;
    let table = delete.table.clone();
    let width = table.columns.len();
    let mut rows = Vec::with_capacity(found.len());
    for one in found {
        let removed = writer.keys(&one.values[..width])?;
        session.transaction().writes.delete(table.oid, one.row, one.read, removed);
        rows.push(one.values);
    }
    if Session::is_referential(&execution.env.catalog, &table) {
        let changes: Vec<Change<'_>> =
            rows.iter().map(|row| Change { old: Some(&row[..width]), new: None }).collect();
        session.refer(&execution.env, &table, &changes).await?;
    }
    returned(delete.returning.as_ref(), rows, "DELETE", &execution)
}

/// Whether an UPDATE assigns to a column of a unique key, which foreign keys may refer to.
fn changes_key(session: &mut Session, update: &Update) -> Result<bool> {
    let (env, _) = session.environment()?;
    Ok(env.catalog.indexes_of(&update.table).filter(|index| index.unique).any(|index| {
        index.keys.iter().any(|key| match &key.target {
            KeyTarget::Column(position) => update.columns.contains(position),
            KeyTarget::Expression(_) => true,
        })
    }))
}

/// Foreign keys look at rows that were inserted, or replaced where `replaced` has the row of before.
pub async fn refer(
    session: &mut Session,
    env: &Arc<Env>,
    table: &Arc<Table>,
    replaced: &[Option<Vec<Datum>>],
    rows: &[Vec<Datum>],
) -> Result<()> {
    if !Session::is_referential(&env.catalog, table) {
        return Ok(());
    }
    let changes: Vec<Change<'_>> = rows
        .iter()
        .enumerate()
        .map(|(at, new)| Change {
            old: replaced.get(at).and_then(Option::as_deref),
            new: Some(new),
        })
        .collect();
    session.refer(env, table, &changes).await
}

/// Runs the query until every row it found is locked and unchanged. Each row comes once, even if a
/// join found it more often.
///
/// Errors: 40001 in REPEATABLE READ; 40P01.
async fn locked_rows(
    session: &mut Session,
    table: &Arc<Table>,
    source: &Plan,
    params: Vec<Datum>,
    mode: LockMode,
) -> Result<(Vec<Found>, Arc<Execution>)> {
    loop {
        let (env, view) = session.environment()?;
        let execution = Arc::new(session.execution(env, view.clone(), params.clone()));
        let mut seen = HashSet::new();
        let rows = match exec::rows(source, execution.clone()).await {
            Err(error) if may_run_again(session, &error) => {
                execution.cancel.check()?;
                continue;
            }
            rows => rows?,
        };
        let found: Vec<Found> = rows
            .into_iter()
            .filter_map(|mut values| {
                let row = RowId(values[0].as_i64() as u64);
                let read = Csn(values[1].as_i64() as u64);
                seen.insert(row).then(|| Found { row, read, values: values.split_off(2) })
            })
            .collect();
        let rows: Vec<RowId> = found.iter().map(|one| one.row).collect();
        lock_rows(session, table, &rows, mode).await?;
        let newest = session.shared().store.snapshot()?;
        let mut changed = false;
        if newest.csn() != view.csn() {
            for one in &found {
                if !session.transaction().writes.has_written(table.oid, one.row) {
                    changed |= !is_unchanged(&newest, table, one.row, one.read)?;
                }
            }
        }
        if !changed {
            return Ok((found, execution));
        }
        if session.transaction().isolation == Isolation::RepeatableRead {
            return Err(PgError::new(
                sqlstate::SERIALIZATION_FAILURE,
                "could not serialize access due to concurrent update",
            ));
        }
        execution.cancel.check()?;
    }
}

/// The outcome of a writing statement: its tag, or RETURNING's rows.
pub fn returned(
    returning: Option<&Returning>,
    rows: Vec<Vec<Datum>>,
    tag: &'static str,
    execution: &Arc<Execution>,
) -> Result<Outcome> {
    let Some(returning) = returning else {
        return super::command(format!("{tag} {}", rows.len()));
    };
    let rows = returning_rows(returning, rows, execution)?;
    let batches = batches_of(&rows, &returning.fields)?;
    let stream = Box::pin(futures::stream::iter(batches.into_iter().map(Ok)));
    Ok(Outcome::Rows { fields: returning.fields.clone(), stream, tag: Tag::Counted(tag) })
}
