//! A transaction: its snapshot rule, its uncommitted writes, its savepoints.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    channels::NewsMark,
    copy::Copied,
    engine::Shared,
    references::{ConstraintModes, Pending},
};
use crate::{
    base::{Csn, PgError, Result, RowId, TableId, ids::IndexId, sqlstate},
    ingest::{CommitError, IndexEntry, RowOp, Stage, TransactionId, WriteSet, locks::LockMark},
    query::exec::CancelToken,
    storage::{
        CatalogChange, Overlay, Pin, SequenceState, Snapshot,
        catalog::{Catalog, IndexMethod, Object},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    ReadCommitted,
    RepeatableRead,
}

/// One transaction, from its first statement to COMMIT or ROLLBACK.
pub struct Transaction {
    pub id: TransactionId,
    pub isolation: Isolation,
    pub read_only: bool,
    /// Microseconds since 2000-01-01 UTC: `now()`.
    pub started: i64,
    /// BEGIN was said; otherwise it ends with its statement, or with Sync.
    pub explicit: bool,
    pub failed: bool,
    /// REPEATABLE READ's snapshot, from the first statement on.
    pin: Option<Pin>,
    pub writes: Writes,
    savepoints: Vec<Savepoint>,
    database: crate::base::Oid,
    /// SET CONSTRAINTS
    pub constraint_modes: ConstraintModes,
    /// A bulk load that is published with the commit.
    pub stage: Option<Stage>,
    shared: Arc<Shared>,
}

/// What the transaction has changed so far; a savepoint keeps a copy (the rows are shared).
#[derive(Clone, Default)]
pub struct Writes {
    pub overlay: Arc<Overlay>,
    rows: BTreeMap<(TableId, RowId), Written>,
    truncated: Vec<TableId>,
    /// Definitions as this transaction has them, once it has changed any.
    catalog: Option<Arc<Catalog>>,
    changes: Vec<CatalogChange>,
    sequences: Vec<(crate::base::Oid, SequenceState)>,
    /// Which row of this transaction's own has a unique key.
    keys: Arc<HashMap<(IndexId, Vec<u8>), RowId>>,
    /// Checks of foreign keys that wait for COMMIT.
    pub pending: Vec<Pending>,
    /// Index entries for rows that were there before: CREATE INDEX.
    entries: Vec<(TableId, RowId, IndexEntry)>,
}

/// One written row: the stored version it replaces, and what it is now.
#[derive(Clone)]
struct Written {
    base: Option<(Csn, Vec<IndexEntry>)>,
    current: Option<(Arc<[u8]>, Vec<IndexEntry>)>,
}

struct Savepoint {
    name: String,
    writes: Writes,
    locks: LockMark,
    settings: super::settings::Settings,
    news: NewsMark,
}

/// What a commit leaves to be done.
#[derive(Default)]
pub struct Committed {
    pub csn: Csn,
    /// New indexes that are built behind the commit.
    pub to_build: Vec<(TableId, IndexId)>,
}

impl Transaction {
    pub(super) fn begin(
        shared: Arc<Shared>,
        database: crate::base::Oid,
        isolation: Isolation,
        explicit: bool,
    ) -> Self {
        Self {
            database,
            constraint_modes: ConstraintModes::default(),
            id: shared.locks.begin(),
            isolation,
            read_only: false,
            started: super::engine::now(),
            explicit,
            failed: false,
            pin: None,
            writes: Writes::default(),
            savepoints: vec![],
            stage: None,
            shared,
        }
    }

    /// The snapshot that the next statement reads.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        match (self.isolation, &self.pin) {
            (Isolation::ReadCommitted, _) => self.shared.store.snapshot(),
            (Isolation::RepeatableRead, Some(pin)) => self.shared.store.snapshot_at(pin),
            (Isolation::RepeatableRead, None) => {
                let (pin, snapshot) = self.shared.store.pin()?;
                self.pin = Some(pin);
                Ok(snapshot)
            }
        }
    }

    /// Nothing has been read yet for the client: the next statement takes a new snapshot.
    pub fn forget_snapshot(&mut self) {
        if self.writes.is_empty() {
            self.pin = None;
        }
    }

    /// A statement has read or written: the isolation level is fixed.
    pub fn has_snapshot(&self) -> bool {
        self.pin.is_some() || !self.writes.is_empty()
    }

    /// Definitions as this transaction sees them.
    pub fn catalog(&self, snapshot: &Snapshot) -> Arc<Catalog> {
        let changed = self.writes.catalog.clone();
        changed.unwrap_or_else(|| self.shared.catalog_of(snapshot.catalog(), self.database))
    }

    /// The rows of a finished COPY.
    pub(super) fn take_in(&mut self, copied: Copied) {
        if copied.stage.is_some() {
            self.stage = copied.stage;
        }
        for (row, ready) in copied.rows {
            self.writes.insert(copied.table, row, ready.bytes.into(), ready.keys);
        }
    }

    pub fn savepoint(&mut self, name: &str, settings: super::settings::Settings, news: NewsMark) {
        self.savepoints.push(Savepoint {
            name: name.to_owned(),
            writes: self.writes.clone(),
            locks: self.shared.locks.mark(self.id),
            settings,
            news,
        });
    }

    /// Errors: 3B001 `savepoint "x" does not exist`.
    pub fn release(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_named(name)?;
        self.savepoints.truncate(at);
        Ok(())
    }

    /// Goes back to a savepoint, which stays; the settings of then are returned, and how much had
    /// been said.
    pub fn rollback_to(&mut self, name: &str) -> Result<(super::settings::Settings, NewsMark)> {
        let at = self.savepoint_named(name)?;
        self.savepoints.truncate(at + 1);
        let savepoint = &self.savepoints[at];
        self.writes = savepoint.writes.clone();
        self.shared.locks.release_to(self.id, savepoint.locks);
        self.failed = false;
        Ok((savepoint.settings.clone(), savepoint.news))
    }

    fn savepoint_named(&self, name: &str) -> Result<usize> {
        self.savepoints.iter().rposition(|savepoint| savepoint.name == name).ok_or_else(|| {
            PgError::new(
                sqlstate::INVALID_SAVEPOINT_SPECIFICATION,
                format!("savepoint \"{name}\" does not exist"),
            )
        })
    }

    /// Waits, before anything is handed over, until the indexes are not too far behind.
    ///
    /// Errors: 53400, 57014; nothing is committed then.
    pub async fn eased(&self, cancel: &CancelToken) -> Result<()> {
        if self.writes.grows() { cancel.watch(self.shared.committer.eased()).await } else { Ok(()) }
    }

    /// Commits everything, or nothing.
    ///
    /// Errors: 23505, 40001, 53100; the transaction is over either way.
    pub async fn commit(mut self) -> Result<Committed, CommitError> {
        let stage = self.stage.take();
        let writes = std::mem::take(&mut self.writes);
        if stage.is_none() && writes.is_empty() {
            return Ok(Committed::default());
        }
        let to_build = writes.indexes_to_build();
        let changed: Vec<_> = writes.sequences.iter().map(|(oid, _)| *oid).collect();
        let snapshot = match self.isolation {
            Isolation::RepeatableRead => self.pin.as_ref().map(Pin::csn),
            Isolation::ReadCommitted => None,
        };
        let set = writes.into_set(snapshot);
        let csn = match stage {
            Some(stage) => stage.publish(set).await?,
            None => self.shared.committer.commit(set).await?,
        };
        for sequence in changed {
            self.shared.sequences.forget(sequence).await;
        }
        Ok(Committed { csn, to_build })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.shared.locks.release_all(self.id);
    }
}

impl Writes {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.truncated.is_empty()
            && self.changes.is_empty()
            && self.sequences.is_empty()
            && self.entries.is_empty()
    }

    /// Whether rows are added or changed, rather than only deleted.
    fn grows(&self) -> bool {
        self.rows.values().any(|written| written.current.is_some())
    }

    pub fn insert(&mut self, table: TableId, row: RowId, bytes: Arc<[u8]>, keys: Vec<IndexEntry>) {
        Arc::make_mut(&mut self.overlay).put(table, row, bytes.clone());
        self.remember_keys(row, &keys);
        self.rows.insert((table, row), Written { base: None, current: Some((bytes, keys)) });
    }

    /// `read` is the csn of the version that was read, `removed` that version's entries.
    pub fn update(
        &mut self,
        table: TableId,
        row: RowId,
        read: Csn,
        removed: Vec<IndexEntry>,
        bytes: Arc<[u8]>,
        added: Vec<IndexEntry>,
    ) {
        Arc::make_mut(&mut self.overlay).put(table, row, bytes.clone());
        self.forget_keys(table, row);
        self.remember_keys(row, &added);
        self.rows
            .entry((table, row))
            .or_insert(Written { base: Some((read, removed)), current: None })
            .current = Some((bytes, added));
    }

    pub fn delete(&mut self, table: TableId, row: RowId, read: Csn, removed: Vec<IndexEntry>) {
        Arc::make_mut(&mut self.overlay).delete(table, row);
        self.forget_keys(table, row);
        let written = self
            .rows
            .entry((table, row))
            .or_insert(Written { base: Some((read, removed)), current: None });
        written.current = None;
        // A row of this transaction's own leaves nothing behind.
        if written.base.is_none() {
            self.rows.remove(&(table, row));
        }
    }

    pub fn truncate(&mut self, table: TableId) {
        Arc::make_mut(&mut self.overlay).truncate(table);
        let gone: Vec<RowId> = self.rows_of(table).collect();
        for row in gone {
            self.forget_keys(table, row);
        }
        self.rows.retain(|(other, _), _| *other != table);
        self.truncated.push(table);
    }

    /// The table is dropped: what was written to it goes with it.
    pub fn forget_table(&mut self, table: TableId) {
        let rows: Vec<RowId> = self.rows_of(table).collect();
        for row in rows {
            self.forget_keys(table, row);
            self.rows.remove(&(table, row));
            Arc::make_mut(&mut self.overlay).forget(table, row);
        }
        self.truncated.retain(|other| *other != table);
        self.entries.retain(|(other, ..)| *other != table);
    }

    /// Whether this transaction has written the row, and so holds its newest version.
    pub fn has_written(&self, table: TableId, row: RowId) -> bool {
        self.rows.contains_key(&(table, row))
    }

    /// The entries the row has now, if this transaction wrote it.
    pub fn entries_of(&self, table: TableId, row: RowId) -> Option<&[IndexEntry]> {
        let (_, entries) = self.rows.get(&(table, row))?.current.as_ref()?;
        Some(entries)
    }

    /// The row of this transaction's own that has the unique key.
    pub fn row_with_key(&self, entry: &IndexEntry) -> Option<RowId> {
        self.keys.get(&(entry.index, entry.key.clone())).copied()
    }

    /// The rows of a table that this transaction has written.
    pub fn rows_of(&self, table: TableId) -> impl Iterator<Item = RowId> {
        self.rows.range((table, RowId(0))..=(table, RowId(u64::MAX))).map(|((_, row), _)| *row)
    }

    fn remember_keys(&mut self, row: RowId, entries: &[IndexEntry]) {
        for entry in entries.iter().filter(|entry| entry.unique) {
            Arc::make_mut(&mut self.keys).insert((entry.index, entry.key.clone()), row);
        }
    }

    fn forget_keys(&mut self, table: TableId, row: RowId) {
        let Some(Written { current: Some((_, entries)), .. }) = self.rows.get(&(table, row)) else {
            return;
        };
        for entry in entries.iter().filter(|entry| entry.unique) {
            Arc::make_mut(&mut self.keys).remove(&(entry.index, entry.key.clone()));
        }
    }

    pub fn add_entry(&mut self, table: TableId, row: RowId, entry: IndexEntry) {
        // A row of this transaction's own carries its entries itself.
        if let Some((_, keys)) =
            self.rows.get_mut(&(table, row)).and_then(|written| written.current.as_mut())
        {
            if entry.unique {
                Arc::make_mut(&mut self.keys).insert((entry.index, entry.key.clone()), row);
            }
            keys.push(entry);
            return;
        }
        self.entries.push((table, row, entry));
    }

    /// Changes a definition; `base` is the catalogue as the statement saw it.
    pub fn change(&mut self, base: &Arc<Catalog>, change: CatalogChange) {
        let catalog = self.catalog.get_or_insert_with(|| base.clone());
        let catalog = Arc::make_mut(catalog);
        catalog.apply(&change);
        // Plans and rules bound before do not hold for it.
        catalog.version = catalog.version.wrapping_add(1) | (1 << 63);
        self.changes.push(change);
    }

    pub fn set_sequence(&mut self, sequence: crate::base::Oid, state: SequenceState) {
        self.sequences.push((sequence, state));
    }

    /// The new indexes whose entries are not written with the commit.
    fn indexes_to_build(&self) -> Vec<(TableId, IndexId)> {
        let new = self.changes.iter().filter_map(|change| match change {
            CatalogChange::Put(Object::Index(index))
                if index.method != IndexMethod::Btree && !index.is_inert() =>
            {
                Some((index.table, index.oid))
            }
            _ => None,
        });
        new.collect()
    }

    pub fn changes_definitions(&self) -> bool {
        !self.changes.is_empty()
    }

    fn into_set(self, snapshot: Option<Csn>) -> WriteSet {
        let mut rows: Vec<RowOp> =
            self.truncated.into_iter().map(|table| RowOp::Truncate { table }).collect();
        for ((table, row), written) in self.rows {
            match (written.base, written.current) {
                (None, Some((bytes, keys))) => {
                    rows.push(RowOp::Insert { table, row, bytes: bytes.to_vec(), keys });
                }
                (Some((expected, mut removed)), Some((bytes, mut added))) => {
                    // What stays needs neither to go nor to come.
                    let kept: Vec<IndexEntry> =
                        added.iter().filter(|entry| removed.contains(entry)).cloned().collect();
                    removed.retain(|entry| !kept.contains(entry));
                    added.retain(|entry| !kept.contains(entry));
                    let bytes = bytes.to_vec();
                    rows.push(RowOp::Update { table, row, expected, bytes, removed, added });
                }
                (Some((expected, removed)), None) => {
                    rows.push(RowOp::Delete { table, row, expected, removed });
                }
                (None, None) => {}
            }
        }
        rows.extend(self.entries.into_iter().map(|(table, row, key)| RowOp::IndexOnly {
            table,
            row,
            key,
        }));
        WriteSet {
            rows,
            catalog: self.changes,
            sequences: self.sequences,
            snapshot,
            ..WriteSet::default()
        }
    }
}
