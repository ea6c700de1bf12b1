//! A transaction's own uncommitted rows, laid over its snapshot.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use imbl::OrdMap;

use crate::base::{RowId, TableId};

/// What a transaction has written and nobody else sees. `None` is a deleted row.
///
/// A clone shares everything: each statement's view and each savepoint is one.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    tables: BTreeMap<TableId, OrdMap<RowId, Option<Arc<[u8]>>>>,
    /// Tables whose stored rows are hidden: TRUNCATE in this transaction.
    truncated: BTreeSet<TableId>,
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
