//! Loading a table's state from its segments, the change log or, where these do not suffice, from
//! its rows.

use std::sync::{Arc, atomic::Ordering};

use super::{
    bitmap::Bitmap,
    indexes::{Indexes, Slot},
    keys::IndexedTable,
    search::BATCH_ROWS,
    segment::{Dead, DeadList, Segment, Verdict},
    stats::Counters,
    table::{Followed, Published, TableState},
    tail::LiveRow,
};
use crate::{
    base::{Csn, Result, RowId, TableId},
    storage::Snapshot,
};

pub(super) enum Loaded {
    Ready(Box<TableState>),
    /// The rows that no segment holds are too many for the tail: the builder's task.
    TooLarge(Vec<Arc<Segment>>),
}

/// A table's segments, as far as they are whole.
pub(super) struct Segments {
    pub whole: Vec<Arc<Segment>>,
    /// Named by the manifest, but not usable: they stay named until what they held is sealed
    /// again, so that a restart knows of the gap.
    pub lost: Vec<u64>,
}

/// The rows that no segment holds, and the tombstones of those that do.
pub(super) struct Gap {
    pub orphans: Vec<(RowId, Csn)>,
    pub published: Vec<Published>,
}

impl Indexes {
    pub(super) fn load(
        &self,
        slot: &Slot,
        keys: Arc<IndexedTable>,
        snapshot: &Snapshot,
        known: Vec<Arc<Segment>>,
    ) -> Result<Loaded> {
        let table = keys.table.oid;
        let segments = self.open_segments(slot, table, snapshot, known)?;
        if segments.lost.is_empty()
            && let Some(newest) = segments.whole.iter().max_by_key(|segment| segment.id)
            && let Ok(dead) = newest.dead_list()
        {
            let mut state = replayable(keys.clone(), snapshot, &segments.whole, &dead);
            let bytes_max = self.inner.options.tail_bytes_max;
            return Ok(match state.follow(snapshot, self.reading(&keys), bytes_max)? {
                Followed::UpToDate => Loaded::Ready(Box::new(state)),
                Followed::Lost => self.reconcile(keys, snapshot, segments)?,
                Followed::TooLong => Loaded::TooLarge(segments.whole),
            });
        }
        self.reconcile(keys, snapshot, segments)
    }

    /// Opens what the manifest names; what is corrupt is moved aside and counted.
    pub(super) fn open_segments(
        &self,
        slot: &Slot,
        table: TableId,
        snapshot: &Snapshot,
        known: Vec<Arc<Segment>>,
    ) -> Result<Segments> {
        let mut segments = Segments { whole: Vec::new(), lost: Vec::new() };
        for entry in snapshot.manifest()?.into_iter().filter(|entry| entry.owner == table) {
            slot.next_segment.fetch_max(entry.segment + 1, Ordering::Relaxed);
            let open = known.iter().find(|segment| segment.entry == entry).cloned();
            let opened = match open {
                Some(segment) => Ok(segment),
                None => Segment::open(&self.inner.folder, &entry).map(Arc::new),
            };
            match opened {
                Ok(segment) => segments.whole.push(segment),
                Err(verdict) => {
                    let counters = self.counters();
                    if matches!(verdict, Verdict::Corrupt(_)) {
                        Counters::add(&counters.checksum_failures, 1);
                    }
                    Counters::add(&counters.segments_quarantined, 1);
                    tracing::error!(
                        target: "index", %table, segment = entry.segment, ?verdict,
                        "a segment is set aside; its rows are scanned until they are sealed again"
                    );
                    self.inner.folder.set_aside(table, entry.segment);
                    segments.lost.push(entry.segment);
                }
            }
        }
        segments.whole.sort_by_key(|segment| segment.id);
        Ok(segments)
    }

    /// Puts the rows that no segment holds into the tail, if they are few enough.
    fn reconcile(
        &self,
        keys: Arc<IndexedTable>,
        snapshot: &Snapshot,
        segments: Segments,
    ) -> Result<Loaded> {
        let table = keys.table.oid;
        let options = &self.inner.options;
        let sealed: u64 = segments.whole.iter().map(|segment| segment.len() as u64).sum();
        if snapshot.row_count(table)? > options.load_rows_max.saturating_add(sealed) {
            return Ok(Loaded::TooLarge(segments.whole));
        }
        let gap = gap(table, snapshot, &segments.whole)?;
        if gap.orphans.len() as u64 > options.load_rows_max {
            return Ok(Loaded::TooLarge(segments.whole));
        }
        let mut state = TableState::new(keys.clone(), snapshot.csn());
        state.watermark = newest_watermark(&segments.whole);
        state.segments = gap.published;
        state.lost = segments.lost;
        let reading = self.reading(&keys);
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for chunk in gap.orphans.chunks(BATCH_ROWS) {
            batch.clear();
            for (row, csn) in chunk {
                if let Some(stored) = snapshot.row(table, *row)? {
                    batch.push(LiveRow { row: *row, csn: *csn, bytes: stored.bytes });
                }
            }
            state.tail.push(&reading, &batch)?;
            if state.tail.bytes() > options.tail_bytes_max {
                return Ok(Loaded::TooLarge(segments.whole));
            }
        }
        Ok(Loaded::Ready(Box::new(state)))
    }
}

/// The state as its newest segment left it; the change log has the rest.
///
/// The log may be pruned past the watermark: then it held nothing of this table in between.
fn replayable(
    keys: Arc<IndexedTable>,
    snapshot: &Snapshot,
    segments: &[Arc<Segment>],
    dead: &DeadList,
) -> TableState {
    let watermark = newest_watermark(segments);
    let mut state = TableState::new(keys, watermark.max(snapshot.pruned()).min(snapshot.csn()));
    state.watermark = watermark;
    state.segments = segments
        .iter()
        .map(|segment| {
            let mut tombstones = Dead::none(segment.len());
            for local in dead.segments.get(&segment.id).into_iter().flatten() {
                tombstones.bury(*local);
            }
            Published { segment: segment.clone(), dead: Arc::new(tombstones) }
        })
        .collect();
    state
}

fn newest_watermark(segments: &[Arc<Segment>]) -> Csn {
    segments.iter().map(|segment| segment.watermark).max().unwrap_or_default()
}

/// Compares all rows of the table with its segments.
///
/// Time: a walk through the whole table.
pub(super) fn gap(table: TableId, snapshot: &Snapshot, segments: &[Arc<Segment>]) -> Result<Gap> {
    let mut alive: Vec<Bitmap> =
        segments.iter().map(|segment| Bitmap::empty(segment.len())).collect();
    let mut orphans = Vec::new();
    for row in snapshot.scan(table, None)? {
        let (row, stored) = row?;
        // The newest segment first: it is the likeliest to hold the present version.
        let held = segments.iter().enumerate().rev().find_map(|(at, segment)| {
            let local =
                segment.rows.find(row).find(|local| segment.rows.csn(*local) == stored.csn)?;
            Some((at, local))
        });
        match held {
            Some((at, local)) => alive[at].set(local as usize),
            None => orphans.push((row, stored.csn)),
        }
    }
    let published = segments
        .iter()
        .zip(alive)
        .map(|(segment, alive)| {
            let mut dead = Dead::none(segment.len());
            let mut bits = Bitmap::full(segment.len());
            bits.and_not(&alive);
            bits.iter().for_each(|local| dead.bury(local));
            Published { segment: segment.clone(), dead: Arc::new(dead) }
        })
        .collect();
    Ok(Gap { orphans, published })
}
