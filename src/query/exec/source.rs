//! Where table rows come from: a snapshot with the session's uncommitted rows over it.
//!
//! Rows are visited, not collected: the bytes stay in the memory map, and a reader decodes only the
//! columns it wants. A visit that stops is taken up again by the last row's id.

use std::ops::Bound;

use crate::{
    base::{Csn, Result, RowId, TableId, ids::IndexId},
    storage::Lookup,
};

/// Sees one row's id, csn and bytes (`types::row`); `false` stops the visit.
pub type RowVisitor<'a> = dyn FnMut(RowId, Csn, &[u8]) -> Result<bool> + 'a;

/// Bounds on an index's keys, as [`Source::index_range`] takes them.
#[derive(Clone, Copy)]
pub struct KeyRange<'a> {
    pub index: IndexId,
    pub lower: Bound<&'a [u8]>,
    pub upper: Bound<&'a [u8]>,
}

impl<'a> KeyRange<'a> {
    /// The keys that begin with `key`.
    pub fn of(index: IndexId, key: &'a [u8]) -> Self {
        Self { index, lower: Bound::Included(key), upper: Bound::Included(key) }
    }
}

pub trait Source: Send + Sync {
    /// Visits the rows of a table behind `after`, by ascending id.
    fn scan(&self, table: TableId, after: Option<RowId>, visit: &mut RowVisitor) -> Result<()>;

    /// Visits one row, if it is there.
    fn row(&self, table: TableId, row: RowId, visit: &mut RowVisitor) -> Result<()>;

    /// Bounds are prefixes: an inclusive one takes in every key that begins with it, an exclusive one
    /// none. Visits the rows that may have an index key in the range, each once, uncommitted ones too.
    /// Long keys are kept shortened and uncommitted rows are not compared: the reader checks again.
    fn index_range(
        &self,
        table: TableId,
        index: IndexId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()>;

    /// As [`Source::index_range`], by the key, downwards if `descending`. The second argument of
    /// `visit` tells that a row stands in that order; others come wherever they are met.
    fn index_order(
        &self,
        table: TableId,
        range: KeyRange<'_>,
        descending: bool,
        visit: &mut dyn FnMut(RowId, bool) -> Result<bool>,
    ) -> Result<()>;

    /// As [`Source::index_order`], for one key of a unique index: its first entry is looked at before
    /// a range is.
    fn index_key(
        &self,
        table: TableId,
        index: IndexId,
        key: &[u8],
        visit: &mut dyn FnMut(RowId, bool) -> Result<bool>,
    ) -> Result<()> {
        self.index_order(table, KeyRange::of(index, key), false, visit)
    }

    /// Visits the rows that inverted indexes find, each once; uncommitted ones all, since they are not
    /// compared.
    fn index_rows(
        &self,
        table: TableId,
        lookup: &Lookup,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()>;

    /// How many rows the table has, nearly.
    fn row_count(&self, table: TableId) -> Result<u64>;
}
