//! What a search looks through, as of its snapshot.

use std::{collections::HashSet, sync::Arc};

use crate::{
    base::{Csn, Result, RowId, TableId},
    index::{
        bitmap::Bitmap,
        contract::{Hit, RowFilter, UNCOMMITTED},
        keys::{IndexedTable, Reading, holds_columns},
        search::loose::matching_places,
        stats::Counters,
        table::{Published, TableState},
        tail::Chunk,
    },
    storage::{Overlay, Snapshot},
};

/// The indexes' answer to "may I search you in this snapshot?".
pub enum Consulted<T> {
    /// With what the caller made of the state.
    Ready(T),
    /// Not built, or not reaching back so far: read the table.
    Scan(Arc<IndexedTable>),
}

/// The sealed part of a table in one snapshot, and which of its rows do not count.
pub struct Source {
    pub keys: Arc<IndexedTable>,
    pub segments: Vec<Published>,
    csn: Csn,
    watermark: Csn,
    /// Rows that changed between the snapshot and the state: read them in the snapshot.
    patch: HashSet<RowId>,
    /// `patch`, and what the statement's own transaction has touched.
    excluded: HashSet<RowId>,
}

impl Source {
    /// `None` if the state does not reach back to the snapshot.
    pub fn of(
        state: &TableState,
        table: TableId,
        snapshot: &Snapshot,
        overlay: Option<&Overlay>,
    ) -> Option<Self> {
        let csn = snapshot.csn();
        let patch: HashSet<RowId> = if csn < state.csn {
            if !state.history.reaches(csn) {
                return None;
            }
            state.history.since(csn).map(|(_, row)| row).collect()
        } else {
            HashSet::new()
        };
        let mut excluded = patch.clone();
        if let Some(overlay) = overlay {
            excluded.extend(overlay.rows(table, None).map(|(row, _)| row));
        }
        Some(Self {
            keys: state.keys.clone(),
            segments: state.segments.clone(),
            csn,
            watermark: state.watermark,
            patch,
            excluded,
        })
    }

    /// The patch rows that the statement's transaction has not touched.
    pub fn patch_rows<'a>(
        &'a self,
        overlay: Option<&'a Overlay>,
    ) -> impl Iterator<Item = RowId> + 'a {
        let table = self.keys.table.oid;
        self.patch.iter().copied().filter(move |row| !is_touched(overlay, table, *row))
    }

    /// Rows that changed between the snapshot and the state.
    pub fn patch(&self) -> impl Iterator<Item = RowId> + '_ {
        self.patch.iter().copied()
    }

    /// The segment's rows that are visible; `None`: all of them. Those that the statement's own
    /// transaction has touched are among them only if `own_too`.
    pub fn visible(&self, published: &Published, own_too: bool) -> Option<Bitmap> {
        let (segment, dead) = (&published.segment, &published.dead);
        let mut visible = (dead.count() > 0).then(|| dead.alive());
        if self.csn < self.watermark {
            let bits = visible.get_or_insert_with(|| Bitmap::full(segment.len()));
            for local in 0..segment.len() as u32 {
                if segment.rows.csn(local) > self.csn {
                    bits.clear(local as usize);
                }
            }
        }
        for row in self.hidden(own_too) {
            for local in segment.rows.find(*row) {
                visible.get_or_insert_with(|| Bitmap::full(segment.len())).clear(local as usize);
            }
        }
        visible
    }

    /// The chunk's rows that are visible; as [`Source::visible`].
    pub fn visible_in(&self, chunk: &Chunk, own_too: bool) -> Bitmap {
        let mut visible = chunk.visible(self.csn);
        let hidden = self.hidden(own_too);
        if hidden.is_empty() {
            return visible;
        }
        for slot in visible.clone().iter() {
            if hidden.contains(&chunk.row(slot)) {
                visible.clear(slot as usize);
            }
        }
        visible
    }

    fn hidden(&self, own_too: bool) -> &HashSet<RowId> {
        if own_too { &self.patch } else { &self.excluded }
    }

    /// Narrows a segment's candidates to those that a filter lets through.
    pub fn filtered(
        &self,
        published: &Published,
        candidates: Option<Bitmap>,
        filter: Option<&dyn RowFilter>,
        reading: &Reading<'_>,
        snapshot: &Snapshot,
    ) -> Result<Option<Bitmap>> {
        let Some(filter) = filter else { return Ok(candidates) };
        let segment = &published.segment;
        if holds_columns(&self.keys.table, filter) {
            let table = &self.keys.table;
            return segment.columns.matching(table, filter, candidates.as_ref()).map(Some);
        }
        let among = candidates.unwrap_or_else(|| Bitmap::full(segment.len()));
        let row_of = |local| segment.rows.row(local);
        matching_places(reading, snapshot, &among, filter, &row_of).map(Some)
    }

    /// Narrows a chunk's candidates; as [`Source::filtered`].
    pub fn filtered_in(
        &self,
        chunk: &Chunk,
        candidates: Bitmap,
        filter: Option<&dyn RowFilter>,
        reading: &Reading<'_>,
        snapshot: &Snapshot,
    ) -> Result<Bitmap> {
        let Some(filter) = filter.filter(|_| candidates.count() > 0) else { return Ok(candidates) };
        if holds_columns(&self.keys.table, filter) {
            let mut matching = chunk.matching(&self.keys.table, filter)?;
            matching.and(&candidates);
            return Ok(matching);
        }
        matching_places(reading, snapshot, &candidates, filter, &|slot| chunk.row(slot))
    }
}

pub fn is_touched(overlay: Option<&Overlay>, table: TableId, row: RowId) -> bool {
    overlay.is_some_and(|overlay| overlay.get(table, row).is_some())
}

/// Whether the snapshot shows exactly this version of the row; the hit then has its bytes. What fails
/// was a tombstone that got lost; it is counted, and the caller scans.
pub fn is_current<'s>(
    snapshot: &'s Snapshot,
    table: TableId,
    hit: &mut Hit<'s>,
    counters: &Counters,
) -> Result<bool> {
    if hit.csn == UNCOMMITTED {
        return Ok(true);
    }
    hit.bytes = snapshot
        .row(table, hit.row)?
        .filter(|stored| stored.csn == hit.csn)
        .map(|stored| stored.bytes);
    if hit.bytes.is_none() {
        Counters::add(&counters.stale_hits, 1);
    }
    Ok(hit.bytes.is_some())
}
