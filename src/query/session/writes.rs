//! What a transaction has written and not committed: rows, index entries, definitions, sequences.

use std::sync::Arc;

use imbl::OrdMap;

use super::references::Pending;
use crate::{
    base::{Csn, Oid, RowId, TableId, ids::IndexId},
    ingest::{IndexEntry, RowOp, WriteSet},
    storage::{
        CatalogChange, Overlay, SequenceState,
        catalog::{Catalog, Object},
    },
};

/// What the transaction has changed so far. A copy shares it: each savepoint keeps one.
#[derive(Clone, Default)]
pub struct Writes {
    pub overlay: Arc<Overlay>,
    rows: OrdMap<(TableId, RowId), Arc<Written>>,
    truncated: Vec<TableId>,
    /// Definitions as this transaction has them, once it has changed any.
    catalog: Option<Arc<Catalog>>,
    changes: Vec<CatalogChange>,
    sequences: Vec<(Oid, SequenceState)>,
    /// Checks of foreign keys that wait for COMMIT.
    pub pending: Vec<Pending>,
    /// Index entries for rows that were there before: CREATE INDEX.
    entries: Arc<Vec<(TableId, RowId, IndexEntry)>>,
}

/// One written row: the stored version it replaces, and what it is now.
#[derive(Clone)]
struct Written {
    base: Option<(Csn, Vec<IndexEntry>)>,
    current: Option<(Arc<[u8]>, Vec<IndexEntry>)>,
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
    pub fn grows(&self) -> bool {
        self.rows.values().any(|written| written.current.is_some())
    }

    pub fn insert(&mut self, table: TableId, row: RowId, bytes: Arc<[u8]>, keys: Vec<IndexEntry>) {
        Arc::make_mut(&mut self.overlay).put(table, row, bytes.clone());
        self.remember_keys(row, &keys);
        let written = Written { base: None, current: Some((bytes, keys)) };
        self.rows.insert((table, row), Arc::new(written));
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
        self.written(table, row, read, removed).current = Some((bytes, added));
    }

    pub fn delete(&mut self, table: TableId, row: RowId, read: Csn, removed: Vec<IndexEntry>) {
        Arc::make_mut(&mut self.overlay).delete(table, row);
        self.forget_keys(table, row);
        let written = self.written(table, row, read, removed);
        written.current = None;
        // A row of this transaction's own leaves nothing behind.
        if written.base.is_none() {
            self.rows.remove(&(table, row));
        }
    }

    /// What is written to a row; the first time, over the version `read` with its entries.
    fn written(
        &mut self,
        table: TableId,
        row: RowId,
        read: Csn,
        entries: Vec<IndexEntry>,
    ) -> &mut Written {
        let first = || Arc::new(Written { base: Some((read, entries)), current: None });
        Arc::make_mut(self.rows.entry((table, row)).or_insert_with(first))
    }

    pub fn truncate(&mut self, table: TableId) {
        Arc::make_mut(&mut self.overlay).truncate(table);
        let gone: Vec<RowId> = self.rows_of(table).collect();
        for row in gone {
            self.forget_keys(table, row);
            self.rows.remove(&(table, row));
        }
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
        Arc::make_mut(&mut self.entries).retain(|(other, ..)| *other != table);
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

    /// The rows of this transaction's own that have the key.
    pub fn rows_with_key<'a>(&'a self, entry: &'a IndexEntry) -> impl Iterator<Item = RowId> + 'a {
        self.overlay.rows_with_key(entry.index, &entry.key)
    }

    /// The rows of a table that this transaction has written.
    pub fn rows_of(&self, table: TableId) -> impl Iterator<Item = RowId> {
        self.rows.range((table, RowId(0))..=(table, RowId(u64::MAX))).map(|((_, row), _)| *row)
    }

    fn remember_keys(&mut self, row: RowId, entries: &[IndexEntry]) {
        let overlay = Arc::make_mut(&mut self.overlay);
        for entry in entries.iter().filter(|entry| !entry.is_inverted()) {
            overlay.add_entry(entry.index, &entry.key, row);
        }
    }

    fn forget_keys(&mut self, table: TableId, row: RowId) {
        let Some(written) = self.rows.get(&(table, row)) else { return };
        let Some((_, entries)) = &written.current else { return };
        let overlay = Arc::make_mut(&mut self.overlay);
        for entry in entries.iter().filter(|entry| !entry.is_inverted()) {
            overlay.remove_entry(entry.index, &entry.key, row);
        }
    }

    pub fn add_entry(&mut self, table: TableId, row: RowId, entry: IndexEntry) {
        // A row of this transaction's own carries its entries itself.
        let own = self.rows.get_mut(&(table, row)).map(Arc::make_mut);
        if let Some((_, keys)) = own.and_then(|written| written.current.as_mut()) {
            if !entry.is_inverted() {
                Arc::make_mut(&mut self.overlay).add_entry(entry.index, &entry.key, row);
            }
            keys.push(entry);
            return;
        }
        Arc::make_mut(&mut self.entries).push((table, row, entry));
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

    pub fn set_sequence(&mut self, sequence: Oid, state: SequenceState) {
        self.sequences.push((sequence, state));
    }

    /// The new indexes whose entries are not written with the commit.
    pub fn indexes_to_build(&self) -> Vec<(TableId, IndexId)> {
        let new = self.changes.iter().filter_map(|change| match change {
            CatalogChange::Put(Object::Index(index)) if !index.has_entries() => {
                Some((index.table, index.oid))
            }
            _ => None,
        });
        new.collect()
    }

    /// The sequences it has set.
    pub fn sequences(&self) -> impl Iterator<Item = Oid> {
        self.sequences.iter().map(|(oid, _)| *oid)
    }

    /// Definitions as this transaction has them, if it has changed any.
    pub fn catalog(&self) -> Option<&Arc<Catalog>> {
        self.catalog.as_ref()
    }

    pub fn changes_definitions(&self) -> bool {
        !self.changes.is_empty()
    }

    pub fn into_set(self, snapshot: Option<Csn>) -> WriteSet {
        // A row that was written after its index was made has the entries of what it is now.
        let mut entries = Arc::unwrap_or_clone(self.entries);
        entries.retain(|(table, row, _)| !self.rows.contains_key(&(*table, *row)));
        let entries = entries.into_iter();
        let mut rows: Vec<RowOp> =
            self.truncated.into_iter().map(|table| RowOp::Truncate { table }).collect();
        for ((table, row), written) in self.rows {
            let written = Arc::unwrap_or_clone(written);
            match (written.base, written.current) {
                (None, Some((bytes, keys))) => {
                    rows.push(RowOp::Insert { table, row, bytes: bytes.to_vec(), keys });
                }
                (Some((expected, old)), Some((bytes, new))) => {
                    let (removed, added) = IndexEntry::changes(old, new);
                    let bytes = bytes.to_vec();
                    rows.push(RowOp::Update { table, row, expected, bytes, removed, added });
                }
                (Some((expected, removed)), None) => {
                    rows.push(RowOp::Delete { table, row, expected, removed });
                }
                (None, None) => {}
            }
        }
        rows.extend(entries.map(|(table, row, key)| RowOp::IndexOnly { table, row, key }));
        WriteSet {
            rows,
            catalog: self.changes,
            sequences: self.sequences,
            snapshot,
            ..WriteSet::default()
        }
    }
}
