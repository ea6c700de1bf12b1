//! The entries of a new index for the rows that are there already.
//!
//! Alone in its transaction, CREATE INDEX stages them in slices, so that neither memory nor other
//! tables' writers pay for the table's size; inside BEGIN they join the transaction's other writes.

use std::{collections::HashSet, sync::Arc};

use super::write::{RowWriter, full_row};
use crate::{
    base::{PgError, Result, RowId},
    ingest::{CommitError, Committer, EntryKind, IndexEntry, RowOp, Stage},
    query::{exec::source::Source, session::Session},
    storage::catalog::Index,
    types::Datum,
};

/// Entries are handed on when there are so many bytes of them.
const SLICE_BYTES: usize = 4 << 20;

/// Makes the entries of every row of `view`. `alone`: nothing else is in the transaction.
///
/// Errors: 23505 `could not create unique index "x"`; those of the keys' expressions; 57014.
pub async fn fill(
    session: &mut Session,
    writer: &RowWriter,
    view: &dyn Source,
    index: &Arc<Index>,
    alone: bool,
) -> Result<()> {
    if alone {
        let committer = session.shared().committer.clone();
        let running = session.running().clone();
        let stage = staged(&committer, writer, view, index, &|| running.check()).await?;
        session.transaction().stage = Some(stage);
        return Ok(());
    }
    let mut keys = Keys { writer, view, index, after: None, ended: false };
    let mut seen = HashSet::new();
    while !keys.ended {
        session.running().check()?;
        for (row, entry) in keys.slice()? {
            if entry.is_unique() && !seen.insert(entry.key.clone()) {
                return Err(keys.duplicated(row, &entry));
            }
            session.transaction().writes.add_entry(writer.table().oid, row, entry);
        }
    }
    Ok(())
}

/// Asks of every row whether a vector index can take it; it is built later, from the change log.
///
/// Errors: those of the keys' expressions; 57014.
pub fn check(
    session: &Session,
    writer: &RowWriter,
    view: &dyn Source,
    index: &Arc<Index>,
) -> Result<()> {
    let mut visited = 0;
    view.scan(writer.table().oid, None, &mut |_, _, stored| {
        visited += 1;
        if visited % 1024 == 0 {
            session.running().check()?;
        }
        writer.key_of(index.oid, &writer.decode(stored)?)?;
        Ok(true)
    })
}

/// Writes the entries of every row of `view`; they count once the stage is published.
///
/// Errors: as [`fill`].
pub async fn staged(
    committer: &Committer,
    writer: &RowWriter,
    view: &dyn Source,
    index: &Arc<Index>,
    check: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Stage> {
    let mut keys = Keys { writer, view, index, after: None, ended: false };
    let mut stage = committer.stage();
    while !keys.ended {
        check()?;
        keys.push_slice(&mut stage).await?;
    }
    stage.settle().await.map_err(|error| keys.refused(error))?;
    Ok(stage)
}

/// The rows of a table, as entries of one index, slice by slice.
struct Keys<'a> {
    writer: &'a RowWriter,
    view: &'a dyn Source,
    index: &'a Arc<Index>,
    after: Option<RowId>,
    ended: bool,
}

impl Keys<'_> {
    fn slice(&mut self) -> Result<Vec<(RowId, IndexEntry)>> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let (writer, index, after) = (self.writer, self.index.oid, &mut self.after);
        self.ended = true;
        let ended = &mut self.ended;
        self.view.scan(writer.table().oid, *after, &mut |row, _, stored| {
            let values = writer.decode(stored)?;
            *after = Some(row);
            if let Some(entry) = writer.key_of(index, &values)? {
                bytes += entry.bytes();
                entries.push((row, entry));
            }
            *ended = bytes < SLICE_BYTES;
            Ok(*ended)
        })?;
        Ok(entries)
    }

    async fn push_slice(&mut self, stage: &mut Stage) -> Result<()> {
        let table = self.writer.table().oid;
        let slice = self.slice()?;
        let rows = slice.into_iter().map(|(row, key)| RowOp::IndexOnly { table, row, key });
        stage.push(rows.collect()).await.map_err(|error| self.refused(error))
    }

    fn refused(&self, error: CommitError) -> PgError {
        match error {
            CommitError::Unique { index, key, row, .. } => {
                self.duplicated(row, &IndexEntry { index, key, kind: EntryKind::Unique })
            }
            CommitError::Failed(error) => error,
        }
    }

    /// The error for a row whose key another row has.
    fn duplicated(&self, row: RowId, entry: &IndexEntry) -> PgError {
        let values = match full_row(self.view, self.writer.table(), row) {
            Ok(values) => values.unwrap_or_default(),
            Err(error) => return error,
        };
        not_unique(self.writer, entry, &values)
    }
}

/// 23505 for a key that a new unique index finds twice.
pub fn not_unique(writer: &RowWriter, entry: &IndexEntry, values: &[Datum]) -> PgError {
    let mut error = writer.unique_violation(entry, values);
    let index = error.fields.constraint.clone().unwrap_or_default();
    error.message = format!("could not create unique index \"{index}\"");
    let detail = error.fields.detail.take();
    error.fields.detail = detail.map(|detail| detail.replace("already exists.", "is duplicated."));
    error
}
