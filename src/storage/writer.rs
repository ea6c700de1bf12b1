//! The one write transaction: verbs for the Committer, so that LMDB stays behind this folder.
//!
//! A writer holds many clients' write sets, each under its own csn. Whoever drives it validates a
//! write set before applying it: a failed verb leaves the transaction unusable.

use std::{collections::HashMap, ops::Bound, sync::Arc};

use heed::RwTxn;

use super::{
    Act, Store,
    catalog::{Catalog, CatalogChange, Index, Object},
    change::ChangeKind,
    codec::{self, Head, STAGED},
    databases::{Databases, Raw},
    manifest::ManifestChange,
    purge::Purge,
    sequence::SequenceState,
    stage::Slice,
    state::State,
};
use crate::base::{Csn, Oid, Result, RowId, TableId, ids::IndexId};

mod commit;
mod room;

pub(crate) use commit::CommitFailure;
pub(crate) use room::Room;

/// How the row under an id stands inside the write transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowStatus {
    /// Visible, written by this commit.
    Live(Csn),
    /// Written by a stage that is not published.
    Staged(u64),
    /// Never there, deleted or truncated away.
    Absent,
}

/// What a step of pruning the change log came to.
pub(crate) struct Pruned {
    pub deleted: bool,
    pub done: bool,
}

pub(crate) struct Writer<'s> {
    store: &'s Store,
    pub(super) databases: Databases,
    pub(super) txn: RwTxn<'s>,
    head: Head,
    state: State,
    state_changed: bool,
    /// Net rows and last csn by table, added to `tables` at the end.
    counts: HashMap<TableId, (i64, Csn)>,
    /// Stored rows this transaction replaced or deleted, with the csn that did it.
    overwritten: Vec<(TableId, RowId, Csn)>,
    /// Next position in the change log of the present csn.
    seq: u32,
    key: Vec<u8>,
    value: Vec<u8>,
    /// The greatest row key, once it was looked up.
    last_row: Option<Vec<u8>>,
}

impl<'s> Writer<'s> {
    /// Blocks: until the transaction before has ended.
    pub fn begin(store: &'s Store) -> Result<Self> {
        let environment = &store.inner.environment;
        let databases = environment.databases;
        let txn = environment.env.write_txn().act("open a write transaction")?;
        let head = databases.meta.get(&txn, Head::NAME).act("read the head record")?;
        let head = Head::decode(head.unwrap_or_default())?;
        let state = match store.inner.states.of_version(head.state_version) {
            Some(state) => State::clone(&state),
            None => State::load(&databases, &txn, &head)?,
        };
        Ok(Self {
            store,
            databases,
            txn,
            head,
            state,
            state_changed: false,
            counts: HashMap::new(),
            overwritten: Vec::new(),
            seq: 0,
            key: Vec::new(),
            value: Vec::new(),
            last_row: None,
        })
    }

    pub fn csn(&self) -> Csn {
        self.head.csn
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.state.catalog
    }

    /// What follows belongs to the next commit number.
    pub fn next_csn(&mut self) -> Csn {
        self.head.csn.0 += 1;
        self.seq = 0;
        self.head.csn
    }

    pub fn row_status(&self, table: TableId, row: RowId) -> Result<RowStatus> {
        let key = codec::row_key(table, row);
        let Some(value) = self.databases.rows.get(&self.txn, &key).act("read a row")? else {
            return Ok(RowStatus::Absent);
        };
        let (field, _) = codec::split_row(value)?;
        Ok(match self.state.live(table, field) {
            Some(csn) => RowStatus::Live(csn),
            None if field & STAGED != 0 && self.state.resolve(field).is_none() => {
                RowStatus::Staged(field & !STAGED)
            }
            None => RowStatus::Absent,
        })
    }

    /// The rows that have an entry of exactly this key, visible or not.
    pub fn rows_of_key(
        &mut self,
        index: IndexId,
        key: &[u8],
        mut each: impl FnMut(&Self, RowId) -> Result<bool>,
    ) -> Result<()> {
        let mut probe = std::mem::take(&mut self.key);
        codec::entry_prefix(index, key, &mut probe);
        let prefix = probe.len();
        let entries = self.databases.entries;
        let mut found =
            entries.get_greater_than_or_equal_to(&self.txn, &probe).act("read an index")?;
        while let Some((entry, _)) = found {
            if entry.len() != prefix + 8 || !entry.starts_with(&probe[..prefix]) {
                break;
            }
            let row = codec::entry_row(entry)?;
            if !each(self, row)? {
                break;
            }
            probe.truncate(prefix);
            probe.extend_from_slice(&row.0.to_be_bytes());
            found = entries.get_greater_than(&self.txn, &probe).act("read an index")?;
        }
        self.key = probe;
        Ok(())
    }

    /// Writes a new row under the present csn.
    pub fn insert_row(&mut self, table: TableId, row: RowId, bytes: &[u8]) -> Result<()> {
        self.add_row(table, row, self.head.csn.0, bytes)?;
        self.count(table, 1);
        self.log(table, ChangeKind::Put(row))
    }

    /// Writes a row that stays invisible until its stage is published.
    pub fn stage_row(&mut self, stage: u64, table: TableId, row: RowId, b: &[u8]) -> Result<()> {
        self.add_row(table, row, STAGED | stage, b)
    }

    pub fn update_row(&mut self, table: TableId, row: RowId, bytes: &[u8]) -> Result<()> {
        self.overwritten.push((table, row, self.head.csn));
        self.put_row(table, row, self.head.csn.0, bytes)?;
        self.count(table, 0);
        self.log(table, ChangeKind::Put(row))
    }

    pub fn delete_row(&mut self, table: TableId, row: RowId) -> Result<()> {
        self.overwritten.push((table, row, self.head.csn));
        let key = codec::row_key(table, row);
        self.databases.rows.delete(&mut self.txn, &key).act("delete a row")?;
        self.count(table, -1);
        self.log(table, ChangeKind::Delete(row))
    }

    /// As [`Writer::put_row`], for a row that is new. Behind all others it is appended: a page that is
    /// full is then left full, where an insertion would split it in halves.
    fn add_row(&mut self, table: TableId, row: RowId, field: u64, bytes: &[u8]) -> Result<()> {
        let key = codec::row_key(table, row);
        let last = match &mut self.last_row {
            Some(last) => last,
            None => {
                let last = self.databases.rows.last(&self.txn).act("look for the last row")?;
                self.last_row.insert(last.map(|(key, _)| key.to_vec()).unwrap_or_default())
            }
        };
        if key[..] <= last[..] {
            return self.put_row(table, row, field, bytes);
        }
        last.clear();
        last.extend_from_slice(&key);
        self.value.clear();
        self.value.extend_from_slice(&field.to_le_bytes());
        self.value.extend_from_slice(bytes);
        self.databases
            .rows
            .put_with_flags(&mut self.txn, heed::PutFlags::APPEND, &key, &self.value)
            .act("write a row")
    }

    fn put_row(&mut self, table: TableId, row: RowId, field: u64, bytes: &[u8]) -> Result<()> {
        use std::io::Write;
        let key = codec::row_key(table, row);
        let size = codec::ROW_HEADER_BYTES + bytes.len();
        self.databases
            .rows
            .put_reserved(&mut self.txn, &key, size, |space| {
                space.write_all(&field.to_le_bytes())?;
                space.write_all(bytes)
            })
            .act("write a row")
    }

    fn count(&mut self, table: TableId, rows: i64) {
        let count = self.counts.entry(table).or_default();
        count.0 += rows;
        count.1 = self.head.csn;
    }

    fn log(&mut self, table: TableId, kind: ChangeKind) -> Result<()> {
        let key = codec::change_key(self.head.csn, self.seq);
        self.seq += 1;
        let value = codec::change_value(table, kind);
        // Keys of the change log only grow.
        self.databases
            .changelog
            .put_with_flags(&mut self.txn, heed::PutFlags::APPEND, &key, &value)
            .act("write the change log")
    }

    pub fn put_entry(&mut self, index: IndexId, key: &[u8], row: RowId) -> Result<()> {
        let mut entry = std::mem::take(&mut self.key);
        codec::entry_key(index, key, row, &mut entry);
        let put = self.databases.entries.put(&mut self.txn, &entry, &[]);
        self.key = entry;
        put.act("write an index entry")
    }

    pub fn delete_entry(&mut self, index: IndexId, key: &[u8], row: RowId) -> Result<()> {
        let mut entry = std::mem::take(&mut self.key);
        codec::entry_key(index, key, row, &mut entry);
        let deleted = self.databases.entries.delete(&mut self.txn, &entry);
        self.key = entry;
        deleted.act("delete an index entry").map(drop)
    }

    /// All rows written by commits before the present one are gone at once; the background deletes
    /// them.
    pub fn truncate(&mut self, table: TableId) -> Result<()> {
        let csn = self.head.csn;
        self.set_horizon(table, Some(csn))?;
        self.put_purge(&Purge::Truncation { table, before: csn })?;
        self.databases.tables.delete(&mut self.txn, &table.0.to_be_bytes()).act("truncate")?;
        self.counts.insert(table, (0, csn));
        self.log(table, ChangeKind::Truncate)
    }

    pub(super) fn set_horizon(&mut self, table: TableId, csn: Option<Csn>) -> Result<()> {
        let key = table.0.to_be_bytes();
        let horizons = Arc::make_mut(&mut self.state.horizons);
        match csn {
            Some(csn) => {
                horizons.insert(table, csn);
                let value = csn.0.to_le_bytes();
                self.databases.horizons.put(&mut self.txn, &key, &value).act("truncate")?;
            }
            None => {
                horizons.remove(&table);
                self.databases.horizons.delete(&mut self.txn, &key).act("truncate")?;
            }
        }
        self.state_changed = true;
        Ok(())
    }

    pub(super) fn resolve(&self, field: u64) -> Option<Csn> {
        self.state.resolve(field)
    }

    pub(super) fn horizon(&self, table: TableId) -> Csn {
        self.state.horizon(table)
    }

    pub fn change_catalog(&mut self, changes: &[CatalogChange]) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        for change in changes {
            match change {
                CatalogChange::Put(object) => {
                    let key = object.oid().0.to_be_bytes();
                    let value = codec::json(object)?;
                    let catalog = self.databases.catalog;
                    catalog.put(&mut self.txn, &key, &value).act("write a definition")?;
                }
                CatalogChange::Drop(oid) => self.drop_object(*oid)?,
            }
            Arc::make_mut(&mut self.state.catalog).apply(change);
        }
        self.head.catalog_version = self.head.csn.0;
        Arc::make_mut(&mut self.state.catalog).version = self.head.csn.0;
        self.state_changed = true;
        Ok(())
    }

    fn drop_object(&mut self, oid: Oid) -> Result<()> {
        let key = oid.0.to_be_bytes();
        self.databases.catalog.delete(&mut self.txn, &key).act("drop a definition")?;
        match self.state.catalog.object(oid) {
            Some(Object::Table(table)) => {
                let table = table.clone();
                // All rows at once, for pinned snapshots too, whatever the deletion has got to.
                self.set_horizon(oid, Some(self.head.csn))?;
                self.put_purge(&Purge::Table { table: oid })?;
                for index in self.state.catalog.clone().indexes_of(&table) {
                    self.drop_index(index)?;
                }
                self.databases.tables.delete(&mut self.txn, &key).act("drop a table")?;
                self.counts.remove(&oid);
                self.log(oid, ChangeKind::Truncate)
            }
            Some(Object::Index(index)) => {
                let index = index.clone();
                self.drop_index(&index)
            }
            Some(Object::Sequence(_)) => {
                self.databases.sequences.delete(&mut self.txn, &key).act("drop a sequence")?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn drop_index(&mut self, index: &Index) -> Result<()> {
        match index.has_entries() {
            true => self.put_purge(&Purge::Index { index: index.oid }),
            false => Ok(()),
        }
    }

    pub fn put_sequence(&mut self, oid: Oid, state: SequenceState) -> Result<()> {
        let value = codec::sequence_value(state);
        self.databases
            .sequences
            .put(&mut self.txn, &oid.0.to_be_bytes(), &value)
            .act("write a sequence")
    }

    pub fn change_manifest(&mut self, change: &ManifestChange) -> Result<()> {
        let manifest = self.databases.manifest;
        match change {
            ManifestChange::Put(entry) => {
                let key = manifest_key(entry.owner, entry.segment);
                manifest.put(&mut self.txn, &key, &codec::json(entry)?)
            }
            ManifestChange::Remove { owner, segment } => {
                let key = manifest_key(*owner, *segment);
                manifest.delete(&mut self.txn, &key).map(drop)
            }
        }
        .act("write the manifest")
    }

    /// Declares the change log up to `csn` superfluous; [`Writer::prune_changes`] deletes it.
    pub fn prune(&mut self, csn: Csn) {
        self.head.pruned = self.head.pruned.max(csn.min(self.head.csn));
    }

    /// Deletes up to `limit` superfluous changes.
    pub fn prune_changes(&mut self, limit: usize) -> Result<Pruned> {
        let first = self.databases.changelog.first(&self.txn).act("read the change log")?;
        let oldest = first.map(|(key, _)| codec::be_u64(key, 0, "change")).transpose()?;
        if oldest.is_none_or(|oldest| oldest > self.head.pruned.0) {
            return Ok(Pruned { deleted: false, done: true });
        }
        let end = codec::change_key(Csn(self.head.pruned.0.saturating_add(1)), 0);
        let end = Bound::Excluded(end.to_vec());
        let done = self.delete_range(self.databases.changelog, Bound::Unbounded, end, limit)?;
        Ok(Pruned { deleted: true, done })
    }

    /// Deletes the first `limit` keys of a range; `true` if none is left.
    pub(super) fn delete_range(
        &mut self,
        database: Raw,
        start: Bound<Vec<u8>>,
        end: Bound<Vec<u8>>,
        limit: usize,
    ) -> Result<bool> {
        let start = start.as_ref().map(Vec::as_slice);
        let bounds = (start, end.as_ref().map(Vec::as_slice));
        let cut = database
            .range(&self.txn, &bounds)
            .act("delete a range")?
            .nth(limit)
            .transpose()
            .act("delete a range")?
            .map(|(key, _)| key.to_vec());
        let done = cut.is_none();
        let end = cut.map_or(end, Bound::Excluded);
        let bounds = (start, end.as_ref().map(Vec::as_slice));
        database.delete_range(&mut self.txn, &bounds).act("delete a range")?;
        Ok(done)
    }

    /// Records what a slice of a stage wrote. Slice 0 is the header, so they count from 1.
    pub fn put_slice(&mut self, stage: u64, number: u32, slice: &Slice) -> Result<()> {
        let stages = self.databases.stages;
        if number == 1 {
            let key = codec::stage_key(stage, 0);
            stages.put(&mut self.txn, &key, &0u64.to_le_bytes()).act("write a stage")?;
        }
        let key = codec::stage_key(stage, number);
        stages.put(&mut self.txn, &key, &codec::json(slice)?).act("write a stage")
    }

    /// Makes a stage's rows part of the present csn.
    pub fn publish(&mut self, stage: u64, written: &Slice) -> Result<()> {
        self.forget_slices(stage)?;
        let key = codec::stage_key(stage, 0);
        if written.runs.is_empty() {
            // Only index entries: no row asks for the stage's csn.
            return self
                .databases
                .stages
                .delete(&mut self.txn, &key)
                .act("publish a stage")
                .map(drop);
        }
        let value = self.head.csn.0.to_le_bytes();
        self.databases.stages.put(&mut self.txn, &key, &value).act("publish a stage")?;
        Arc::make_mut(&mut self.state.stages).insert(stage, self.head.csn);
        self.state_changed = true;
        for run in &written.runs {
            self.log(run.table, ChangeKind::PutRange { first: run.first, count: run.count })?;
        }
        for (table, rows) in written.row_counts() {
            self.count(table, rows as i64);
        }
        Ok(())
    }

    /// Hands an unpublished stage to the background.
    pub fn abandon(&mut self, stage: u64) -> Result<()> {
        self.put_purge(&Purge::Stage { stage })
    }

    pub(super) fn forget_slices(&mut self, stage: u64) -> Result<()> {
        let start = Bound::Included(codec::stage_key(stage, 1).to_vec());
        let end = Bound::Included(codec::stage_key(stage, u32::MAX).to_vec());
        self.delete_range(self.databases.stages, start, end, usize::MAX - 1).map(drop)
    }

    pub(super) fn put_purge(&mut self, purge: &Purge) -> Result<()> {
        let value = codec::json(purge)?;
        self.databases.purges.put(&mut self.txn, &purge.key(), &value).act("record a deletion")
    }

    #[cfg(test)]
    pub fn set_format(&mut self, format: u32) -> Result<()> {
        super::upgrades::set_format(&self.databases, &mut self.txn, format)
    }
}

fn manifest_key(owner: Oid, segment: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&owner.0.to_be_bytes());
    key[4..].copy_from_slice(&segment.to_be_bytes());
    key
}
