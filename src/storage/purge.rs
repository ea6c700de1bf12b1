//! Deletions in the background: dropped tables and indexes, truncated tables, abandoned stages.
//!
//! Each is a record, so that a crash resumes it, and goes on in steps, so that commits get through.
//! A step done twice does no harm.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use super::{
    Act,
    codec::{self, STAGED},
    databases::Raw,
    stage::Slice,
    writer::{RowStatus, Writer},
};
use crate::base::{Csn, Oid, Result, RowId, TableId, ids::IndexId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purge {
    Table {
        table: TableId,
    },
    Index {
        index: IndexId,
    },
    /// Rows written before the csn.
    Truncation {
        table: TableId,
        before: Csn,
    },
    Stage {
        stage: u64,
    },
}

/// How far a purge has come; lost in a crash, which costs a second look only.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Which of its parts: the indexes first, the rows last.
    part: usize,
    /// The last key looked at within the part.
    after: Option<Vec<u8>>,
}

impl Purge {
    pub fn key(&self) -> [u8; 9] {
        let (kind, id) = match self {
            Purge::Table { table } => (1, u64::from(table.0)),
            Purge::Index { index } => (2, u64::from(index.0)),
            Purge::Truncation { table, .. } => (3, u64::from(table.0)),
            Purge::Stage { stage } => (4, *stage),
        };
        let mut key = [0; 9];
        key[0] = kind;
        key[1..].copy_from_slice(&id.to_be_bytes());
        key
    }
}

impl Writer<'_> {
    /// The first purge on record, and what is left of it.
    pub fn first_purge(&self) -> Result<Option<Purge>> {
        let first = self.databases.purges.first(&self.txn).act("read the deletions")?;
        first.map(|(_, value)| codec::from_json(value, "deletion record")).transpose()
    }

    /// Stages that a crash left unpublished become purges.
    pub fn abandon_unpublished(&mut self) -> Result<usize> {
        let mut unpublished = Vec::new();
        for entry in self.databases.stages.iter(&self.txn).act("read the stages")? {
            let (key, value) = entry.act("read the stages")?;
            if codec::be_u32(key, 8, "stage")? == 0 && codec::le_u64(value, 0, "stage")? == 0 {
                unpublished.push(codec::be_u64(key, 0, "stage")?);
            }
        }
        for stage in &unpublished {
            self.abandon(*stage)?;
        }
        Ok(unpublished.len())
    }

    /// Looks at up to `limit` keys of a purge; `true` when it is done and its record gone.
    pub fn purge_step(
        &mut self,
        purge: &Purge,
        progress: &mut Progress,
        limit: usize,
    ) -> Result<bool> {
        let done = match purge {
            Purge::Table { table } => {
                let databases = self.databases;
                let done = self.delete_prefix(databases.rows, *table, limit)?
                    && self.delete_prefix(databases.versions, *table, limit)?;
                if done {
                    self.forget_horizon(*table, None)?;
                }
                done
            }
            Purge::Index { index } => self.delete_prefix(self.databases.entries, *index, limit)?,
            Purge::Truncation { table, before } => {
                self.truncation_step(*table, *before, progress, limit)?
            }
            Purge::Stage { stage } => self.stage_step(*stage, progress, limit)?,
        };
        if done {
            self.databases
                .purges
                .delete(&mut self.txn, &purge.key())
                .act("forget a deletion record")?;
        }
        Ok(done)
    }

    fn delete_prefix(&mut self, database: Raw, oid: Oid, limit: usize) -> Result<bool> {
        let prefix = oid.0.to_be_bytes();
        let start = Bound::Included(prefix.to_vec());
        self.delete_range(database, start, codec::successor(&prefix), limit)
    }

    /// Removes the table's horizon, if it is still the one given.
    fn forget_horizon(&mut self, table: TableId, only: Option<Csn>) -> Result<()> {
        let horizon = self.horizon(table);
        if horizon != Csn(0) && only.is_none_or(|only| only == horizon) {
            self.set_horizon(table, None)?;
        }
        Ok(())
    }

    fn truncation_step(
        &mut self,
        table: TableId,
        before: Csn,
        progress: &mut Progress,
        limit: usize,
    ) -> Result<bool> {
        let catalog = self.catalog().clone();
        let indexes: Vec<_> = catalog
            .table(table)
            .map(|table| catalog.indexes_of(table).map(|index| index.oid).collect())
            .unwrap_or_default();
        let dead_entry = |writer: &Self, key: &[u8]| {
            Ok(writer.row_status(table, codec::entry_row(key)?)? == RowStatus::Absent)
        };
        if let Some(index) = indexes.get(progress.part) {
            self.sweep(self.databases.entries, *index, progress, limit, |writer, key, _| {
                dead_entry(writer, key)
            })?;
            return Ok(false);
        }
        let dead_row = |writer: &Self, key: &[u8], field: u64| {
            let old = field & STAGED == 0 && Csn(field) < before;
            let status = |writer: &Self| writer.row_status(table, codec::row_of(key)?);
            Ok(old || status(writer)? == RowStatus::Absent)
        };
        if progress.part == indexes.len() {
            self.sweep(self.databases.rows, table, progress, limit, |writer, key, value| {
                dead_row(writer, key, codec::split_row(value)?.0)
            })?;
            return Ok(false);
        }
        // Pinned snapshots must not see the versions again once the horizon is forgotten.
        self.sweep(self.databases.versions, table, progress, limit, |writer, _, value| {
            let (field, _) = codec::split_row(value)?;
            Ok(writer.resolve(field).is_none_or(|csn| csn < before))
        })?;
        let done = progress.part > indexes.len() + 1;
        if done {
            self.forget_horizon(table, Some(before))?;
        }
        Ok(done)
    }

    fn stage_step(&mut self, stage: u64, progress: &mut Progress, limit: usize) -> Result<bool> {
        let mut written = self.slices(stage)?;
        written.sort();
        let indexes: Vec<_> = written.indexes.iter().copied().collect();
        if let Some(index) = indexes.get(progress.part) {
            // A backfill of an index that never came to be: all of it goes.
            let orphan = self.catalog().index(*index).is_none();
            self.sweep(self.databases.entries, *index, progress, limit, |_, key, _| {
                Ok(orphan || written.holds(codec::entry_row(key)?))
            })?;
            return Ok(false);
        }
        if let Some(run) = written.runs.get(progress.part - indexes.len()).copied() {
            let start = Bound::Included(codec::row_key(run.table, run.first).to_vec());
            let end = codec::row_key(run.table, RowId(run.first.0 + run.count)).to_vec();
            if self.delete_range(self.databases.rows, start, Bound::Excluded(end), limit)? {
                progress.part += 1;
            }
            return Ok(false);
        }
        self.forget_slices(stage)?;
        self.databases
            .stages
            .delete(&mut self.txn, &codec::stage_key(stage, 0))
            .act("forget a stage")?;
        Ok(true)
    }

    /// All that the slices of an unpublished stage say.
    fn slices(&self, stage: u64) -> Result<Slice> {
        let start = codec::stage_key(stage, 1);
        let end = codec::stage_key(stage, u32::MAX);
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Included(&start), Bound::Included(&end));
        let mut written = Slice::default();
        for entry in self.databases.stages.range(&self.txn, &bounds).act("read a stage")? {
            let (_, value) = entry.act("read a stage")?;
            written.merge(codec::from_json(value, "stage slice")?);
        }
        Ok(written)
    }

    /// Looks at the next `limit` keys that begin with `oid` and deletes those that `dead` names;
    /// goes to the next part when there is no further key.
    fn sweep(
        &mut self,
        database: Raw,
        oid: Oid,
        progress: &mut Progress,
        limit: usize,
        dead: impl Fn(&Self, &[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let prefix = oid.0.to_be_bytes();
        let start = match progress.after.take() {
            Some(key) => Bound::Excluded(key),
            None => Bound::Included(prefix.to_vec()),
        };
        let end = codec::successor(&prefix);
        let bounds = (start.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        let mut doomed: Vec<Vec<u8>> = Vec::new();
        let mut seen = 0;
        let mut last = None;
        for entry in database.range(&self.txn, &bounds).act("sweep")?.take(limit) {
            let (key, value) = entry.act("sweep")?;
            if dead(self, key, value)? {
                doomed.push(key.to_vec());
            }
            seen += 1;
            last = Some(key);
        }
        match last.filter(|_| seen == limit) {
            Some(key) => progress.after = Some(key.to_vec()),
            None => progress.part += 1,
        }
        for key in doomed {
            database.delete(&mut self.txn, &key).act("sweep")?;
        }
        Ok(())
    }

    /// Deletes old versions that no pin sees any more; `pins` in order. `true` if there were any.
    pub fn prune_versions(&mut self, pins: &[Csn]) -> Result<bool> {
        let versions = self.databases.versions;
        if versions.is_empty(&self.txn).act("prune old versions")? {
            return Ok(false);
        }
        if pins.is_empty() {
            versions.clear(&mut self.txn).act("clear old versions")?;
            return Ok(true);
        }
        let mut doomed: Vec<Vec<u8>> = Vec::new();
        for entry in versions.iter(&self.txn).act("prune old versions")? {
            let (key, value) = entry.act("prune old versions")?;
            let superseding = Csn(codec::be_u64(key, 12, "row version")?);
            let (field, _) = codec::split_row(value)?;
            let written = self.resolve(field).unwrap_or_default();
            let at = pins.partition_point(|pin| *pin < written);
            if pins.get(at).is_none_or(|pin| *pin >= superseding) {
                doomed.push(key.to_vec());
            }
        }
        let any = !doomed.is_empty();
        for key in doomed {
            versions.delete(&mut self.txn, &key).act("prune old versions")?;
        }
        Ok(any)
    }
}
