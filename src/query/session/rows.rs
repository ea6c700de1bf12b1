//! A snapshot with the session's own uncommitted rows laid over it.

use std::{iter::Peekable, ops::Bound, sync::Arc};

use crate::{
    base::{Csn, Result, RowId, TableId, ids::IndexId},
    query::exec::source::{KeyRange, RowVisitor, Source},
    storage::{Lookup, Overlay, Snapshot},
};

/// What a statement reads. Rows of the overlay carry the csn of the row they replace; new ones
/// carry none (0).
#[derive(Clone)]
pub struct Rows {
    pub snapshot: Arc<Snapshot>,
    pub overlay: Option<Arc<Overlay>>,
}

impl Rows {
    fn overlay_of(&self, table: TableId) -> Option<&Overlay> {
        self.overlay.as_deref().filter(|overlay| overlay.touches(table))
    }

    /// Whether the index has an entry for every row that the snapshot shows. One that this transaction
    /// makes has them after its commit, and an older snapshot's entries may be gone; its rows are not.
    fn is_whole(&self, table: TableId, index: IndexId) -> Result<bool> {
        let snapshot = &self.snapshot;
        let known = snapshot.catalog().index(index).is_some();
        Ok(known
            && !(snapshot.is_historic() && snapshot.table_changed_since(table, snapshot.csn())?))
    }

    /// Visits the ids of all stored rows but those that the overlay has.
    fn all_stored(
        &self,
        table: TableId,
        overlay: Option<&Overlay>,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()> {
        for stored in self.snapshot.scan(table, None)? {
            let (row, _) = stored?;
            if !is_own(overlay, table, row) && !visit(row)? {
                break;
            }
        }
        Ok(())
    }

    fn stored_csn(&self, table: TableId, row: RowId) -> Result<Csn> {
        Ok(self.snapshot.row(table, row)?.map_or(Csn(0), |stored| stored.csn))
    }
}

impl Source for Rows {
    fn scan(&self, table: TableId, after: Option<RowId>, visit: &mut RowVisitor) -> Result<()> {
        let Some(overlay) = self.overlay_of(table) else {
            for row in self.snapshot.scan(table, after)? {
                let (id, stored) = row?;
                if !visit(id, stored.csn, stored.bytes)? {
                    break;
                }
            }
            return Ok(());
        };
        let mut own = overlay.rows(table, after).peekable();
        if !overlay.is_truncated(table) {
            for row in self.snapshot.scan(table, after)? {
                let (id, stored) = row?;
                if !visit_own(&mut own, Some(id), visit)? {
                    return Ok(());
                }
                // The overlay's word on this very row.
                let more = match own.next_if(|(row, _)| *row == id) {
                    Some((_, Some(bytes))) => visit(id, stored.csn, bytes)?,
                    Some((_, None)) => true,
                    None => visit(id, stored.csn, stored.bytes)?,
                };
                if !more {
                    return Ok(());
                }
            }
        }
        visit_own(&mut own, None, visit).map(|_| ())
    }

    fn row(&self, table: TableId, row: RowId, visit: &mut RowVisitor) -> Result<()> {
        if let Some(overlay) = self.overlay_of(table) {
            match overlay.get(table, row) {
                Some(Some(bytes)) => {
                    return visit(row, self.stored_csn(table, row)?, bytes).map(|_| ());
                }
                Some(None) => return Ok(()),
                None if overlay.is_truncated(table) => return Ok(()),
                None => {}
            }
        }
        match self.snapshot.row(table, row)? {
            Some(stored) => visit(row, stored.csn, stored.bytes).map(|_| ()),
            None => Ok(()),
        }
    }

    fn index_range(
        &self,
        table: TableId,
        index: IndexId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()> {
        let range = KeyRange { index, lower, upper };
        self.index_order(table, range, false, &mut |row, _| visit(row))
    }

    fn index_order(
        &self,
        table: TableId,
        KeyRange { index, lower, upper }: KeyRange<'_>,
        descending: bool,
        visit: &mut dyn FnMut(RowId, bool) -> Result<bool>,
    ) -> Result<()> {
        let overlay = self.overlay_of(table);
        let written = overlay.map(|overlay| overlay.index_range(index, lower, upper));
        for row in written.into_iter().flatten() {
            if !visit(row, false)? {
                return Ok(());
            }
        }
        if overlay.is_some_and(|overlay| overlay.is_truncated(table)) {
            return Ok(());
        }
        if !self.is_whole(table, index)? {
            return self.all_stored(table, overlay, &mut |row| visit(row, false));
        }
        for row in self.snapshot.index_range(index, lower, upper, descending)? {
            let row = row?;
            if !is_own(overlay, table, row) && !visit(row, true)? {
                break;
            }
        }
        Ok(())
    }

    fn index_key(
        &self,
        table: TableId,
        index: IndexId,
        key: &[u8],
        visit: &mut dyn FnMut(RowId, bool) -> Result<bool>,
    ) -> Result<()> {
        let range = KeyRange::of(index, key);
        if self.overlay_of(table).is_some() || !self.is_whole(table, index)? {
            return self.index_order(table, range, false, visit);
        }
        let Some(first) = self.snapshot.index_first(index, key)? else { return Ok(()) };
        if !visit(first, true)? {
            return Ok(());
        }
        // An entry whose row is not to be seen may stand before the one whose row is.
        self.index_order(table, range, false, &mut |row, stored| {
            if row == first { Ok(true) } else { visit(row, stored) }
        })
    }

    fn index_rows(
        &self,
        table: TableId,
        lookup: &Lookup,
        visit: &mut dyn FnMut(RowId) -> Result<bool>,
    ) -> Result<()> {
        let overlay = self.overlay_of(table);
        let written = overlay.into_iter().flat_map(|overlay| overlay.rows(table, None));
        for (row, bytes) in written {
            if bytes.is_some() && !visit(row)? {
                return Ok(());
            }
        }
        if overlay.is_some_and(|overlay| overlay.is_truncated(table)) {
            return Ok(());
        }
        for index in lookup.indexes() {
            if !self.is_whole(table, index)? {
                return self.all_stored(table, overlay, visit);
            }
        }
        for row in self.snapshot.index_rows(lookup) {
            let row = row?;
            if !is_own(overlay, table, row) && !visit(row)? {
                break;
            }
        }
        Ok(())
    }

    fn row_count(&self, table: TableId) -> Result<u64> {
        let own = self.overlay_of(table).map_or(0, |overlay| overlay.len(table) as u64);
        Ok(self.snapshot.row_count(table)? + own)
    }
}

/// Whether the transaction has written the row, or deleted it.
fn is_own(overlay: Option<&Overlay>, table: TableId, row: RowId) -> bool {
    overlay.is_some_and(|overlay| overlay.get(table, row).is_some())
}

/// Visits uncommitted rows below `until`; `false` if the visit was stopped.
fn visit_own<'a>(
    own: &mut Peekable<impl Iterator<Item = (RowId, Option<&'a Arc<[u8]>>)>>,
    until: Option<RowId>,
    visit: &mut RowVisitor,
) -> Result<bool> {
    while let Some((row, bytes)) = own.next_if(|(row, _)| until.is_none_or(|until| *row < until)) {
        if let Some(bytes) = bytes
            && !visit(row, Csn(0), bytes)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}
