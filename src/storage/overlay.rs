//! A transaction's own uncommitted rows, laid over its snapshot.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use imbl::{OrdMap, OrdSet};

use crate::base::{RowId, TableId, ids::IndexId};

/// What a transaction has written and nobody else sees. `None` is a deleted row.
///
/// A clone shares everything: each statement's view and each savepoint is one.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    tables: BTreeMap<TableId, OrdMap<RowId, Option<Arc<[u8]>>>>,
    /// Tables whose stored rows are hidden: TRUNCATE in this transaction.
    truncated: BTreeSet<TableId>,
    /// The btree entries of the written rows: index, key, row. Those of inverted indexes are not kept:
    /// every written row is looked at instead.
    entries: OrdSet<(IndexId, Arc<[u8]>, RowId)>,
    bytes: usize,
}

impl Overlay {
    pub fn put(&mut self, table: TableId, row: RowId, bytes: Arc<[u8]>) {
        self.set(table, row, Some(bytes));
    }

    pub fn delete(&mut self, table: TableId, row: RowId) {
        self.set(table, row, None);
    }

    /// Sets or (with the value an earlier [`Overlay::get`] gave) restores a row.
    pub fn set(&mut self, table: TableId, row: RowId, value: Option<Arc<[u8]>>) {
        self.bytes += value.as_ref().map_or(0, |bytes| bytes.len());
        let old = self.tables.entry(table).or_default().insert(row, value);
        self.bytes -= old.flatten().map_or(0, |bytes| bytes.len());
    }

    /// Forgets what was written to a row: the stored one shows again.
    pub fn forget(&mut self, table: TableId, row: RowId) {
        if let Some(rows) = self.tables.get_mut(&table) {
            let old = rows.remove(&row);
            self.bytes -= old.flatten().map_or(0, |bytes| bytes.len());
            if rows.is_empty() {
                self.tables.remove(&table);
            }
        }
    }

    /// Hides the table's stored rows and forgets its uncommitted ones.
    pub fn truncate(&mut self, table: TableId) {
        if let Some(rows) = self.tables.remove(&table) {
            self.bytes -= rows.values().flatten().map(|bytes| bytes.len()).sum::<usize>();
        }
        self.truncated.insert(table);
    }

    pub fn is_truncated(&self, table: TableId) -> bool {
        self.truncated.contains(&table)
    }

    /// `None`: untouched; `Some(None)`: deleted; `Some(Some(bytes))`: written.
    pub fn get(&self, table: TableId, row: RowId) -> Option<Option<&Arc<[u8]>>> {
        self.tables.get(&table)?.get(&row).map(Option::as_ref)
    }

    /// The touched rows of a table above `after`, in order of row id.
    pub fn rows(
        &self,
        table: TableId,
        after: Option<RowId>,
    ) -> impl Iterator<Item = (RowId, Option<&Arc<[u8]>>)> {
        let lower = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.tables
            .get(&table)
            .into_iter()
            .flat_map(move |rows| rows.range((lower, Bound::Unbounded)))
            .map(|(row, bytes)| (*row, bytes.as_ref()))
    }

    pub fn add_entry(&mut self, index: IndexId, key: &[u8], row: RowId) {
        self.entries.insert((index, key.into(), row));
    }

    pub fn remove_entry(&mut self, index: IndexId, key: &[u8], row: RowId) {
        self.entries.remove(&(index, key.into(), row));
    }

    /// Written rows whose key is in the range, in the order of keys. Bounds are prefixes: an
    /// inclusive one takes in every key that begins with it, an exclusive one none.
    pub fn index_range<'a>(
        &'a self,
        index: IndexId,
        lower: Bound<&'a [u8]>,
        upper: Bound<&'a [u8]>,
    ) -> impl Iterator<Item = RowId> + 'a {
        let first = match lower {
            Bound::Included(key) | Bound::Excluded(key) => key,
            Bound::Unbounded => &[],
        };
        let passed =
            move |key: &[u8]| matches!(lower, Bound::Excluded(below) if key.starts_with(below));
        let within = move |key: &[u8]| match upper {
            Bound::Included(last) => key <= last || key.starts_with(last),
            Bound::Excluded(end) => key < end,
            Bound::Unbounded => true,
        };
        self.entries
            .range((index, first.into(), RowId(0))..)
            .take_while(move |(of, key, _)| *of == index && within(key))
            .filter(move |(_, key, _)| !passed(key))
            .map(|(.., row)| *row)
    }

    /// Written rows with exactly this key.
    pub fn rows_with_key<'a>(
        &'a self,
        index: IndexId,
        key: &'a [u8],
    ) -> impl Iterator<Item = RowId> + 'a {
        self.entries
            .range((index, key.into(), RowId(0))..)
            .take_while(move |(of, other, _)| *of == index && **other == *key)
            .map(|(.., row)| *row)
    }

    /// Whether the transaction has touched the table at all.
    pub fn touches(&self, table: TableId) -> bool {
        self.tables.contains_key(&table) || self.truncated.contains(&table)
    }

    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.truncated.is_empty()
    }

    /// Number of touched rows of a table.
    pub fn len(&self, table: TableId) -> usize {
        self.tables.get(&table).map_or(0, OrdMap::len)
    }

    /// Bytes of the written rows.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Oid;

    #[test]
    fn written_rows_are_found_by_ranges_of_prefixes() {
        let (index, other) = (Oid(5), Oid(6));
        let mut overlay = Overlay::default();
        for (row, key) in [(1, "a"), (2, "ab"), (3, "b"), (4, "ba"), (5, "c")] {
            overlay.add_entry(index, key.as_bytes(), RowId(row));
        }
        overlay.add_entry(other, b"b", RowId(9));
        let found = |lower: Bound<&[u8]>, upper: Bound<&[u8]>| -> Vec<u64> {
            overlay.index_range(index, lower, upper).map(|row| row.0).collect()
        };
        assert_eq!(found(Bound::Included(b"b"), Bound::Included(b"b")), [3, 4]);
        assert_eq!(found(Bound::Excluded(b"a"), Bound::Unbounded), [3, 4, 5]);
        assert_eq!(found(Bound::Unbounded, Bound::Excluded(b"b")), [1, 2]);
        assert_eq!(found(Bound::Included(b"ab"), Bound::Included(b"b")), [2, 3, 4]);
        let with_key = |key: &[u8]| overlay.rows_with_key(index, key).collect::<Vec<_>>();
        assert_eq!((with_key(b"b"), with_key(b"bb")), (vec![RowId(3)], vec![]));
    }

    #[test]
    fn truncate_hides_stored_rows_and_forgets_written_ones() {
        let (table, row) = (Oid(1), RowId(7));
        let mut overlay = Overlay::default();
        overlay.put(table, row, Arc::from(&b"abc"[..]));
        overlay.put(table, row, Arc::from(&b"de"[..]));
        assert_eq!(overlay.bytes(), 2);
        overlay.delete(table, RowId(8));
        assert_eq!(overlay.rows(table, Some(row)).collect::<Vec<_>>(), [(RowId(8), None)]);
        overlay.truncate(table);
        assert!(overlay.get(table, row).is_none() && overlay.is_truncated(table));
        assert_eq!(overlay.bytes(), 0);
    }
}
