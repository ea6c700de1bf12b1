//! A table's indexes at one csn: the published segments, their tombstones, the tail, and what
//! changed lately.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Instant,
};

use super::{
    keys::{IndexedTable, Reading},
    segment::{Dead, Segment},
    tail::{CHUNK_ROWS, LiveRow, Tail},
};
use crate::{
    base::{Csn, Result, RowId, ids::IndexId},
    storage::{ChangeKind, Snapshot},
};

/// Changes kept for snapshots older than the state.
const HISTORY_CHANGES_MAX: usize = 100_000;

/// A segment in use.
#[derive(Clone)]
pub struct Published {
    pub segment: Arc<Segment>,
    pub dead: Arc<Dead>,
}

impl Published {
    /// Buries the row's versions other than `kept`.
    pub fn bury(&mut self, row: RowId, kept: Option<Csn>) {
        let rows = &self.segment.rows;
        for local in rows.find(row) {
            if Some(rows.csn(local)) != kept && !self.dead.is_dead(local) {
                Arc::make_mut(&mut self.dead).bury(local);
            }
        }
    }

    /// Whether this segment holds that version, alive.
    pub fn holds(&self, row: RowId, csn: Csn) -> bool {
        let rows = &self.segment.rows;
        rows.find(row).any(|local| rows.csn(local) == csn && !self.dead.is_dead(local))
    }
}

/// Everything needed to search a table's indexes in any snapshot up to `csn`.
pub struct TableState {
    pub keys: Arc<IndexedTable>,
    /// The state shows every commit up to this one.
    pub csn: Csn,
    /// Segments hold every commit up to this one; the tail holds the rest.
    pub watermark: Csn,
    pub segments: Vec<Published>,
    pub tail: Tail,
    pub history: History,
    /// The first change after the watermark.
    pub unsealed_from: Option<Csn>,
    pub unsealed_since: Option<Instant>,
    pub changed: Instant,
    /// Rises when segments under construction have become worthless.
    pub epoch: u64,
    /// Segments that a TRUNCATE emptied: the manifest still names them.
    pub emptied: Vec<Arc<Segment>>,
    /// Corrupt segments that the manifest names until their rows are sealed again.
    pub lost: Vec<u64>,
}

/// How a state fared on its way to a newer snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    UpToDate,
    /// The change log no longer reaches back: load anew.
    Lost,
    /// The tail would take more memory than allowed.
    TooLong,
}

impl TableState {
    pub fn new(keys: Arc<IndexedTable>, csn: Csn) -> Self {
        Self {
            keys,
            csn,
            watermark: csn,
            segments: Vec::new(),
            tail: Tail::default(),
            history: History { changes: VecDeque::new(), floor: csn, pinned: None },
            unsealed_from: None,
            unsealed_since: None,
            changed: Instant::now(),
            epoch: 0,
            emptied: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Whether every segment has a part for the index.
    pub fn covers(&self, index: IndexId) -> bool {
        self.segments.iter().all(|published| published.segment.covers(index))
    }

    /// Applies the commits up to the snapshot's.
    ///
    /// Blocks: reads the change log and the changed rows.
    pub fn follow(
        &mut self,
        snapshot: &Snapshot,
        reading: Reading<'_>,
        tail_bytes_max: usize,
    ) -> Result<Followed> {
        let (table, target) = (self.keys.table.oid, snapshot.csn());
        if target <= self.csn || !snapshot.table_changed_since(table, self.csn)? {
            self.csn = self.csn.max(target);
            return Ok(Followed::UpToDate);
        }
        if snapshot.pruned() > self.csn {
            return Ok(Followed::Lost);
        }
        let mut touched = Touched::default();
        let mut first = None;
        for change in snapshot.changes(self.csn)? {
            let change = change?;
            if change.csn > target {
                break;
            }
            if change.table != table {
                continue;
            }
            first = first.or(Some(change.csn));
            match change.kind {
                ChangeKind::Put(row) | ChangeKind::Delete(row) => {
                    self.history.push(change.csn, row);
                    touched.add(row);
                }
                ChangeKind::PutRange { first, count } => touched.ranges.push((first, count)),
                ChangeKind::Truncate => {
                    self.empty(change.csn);
                    touched = Touched::default();
                }
            }
        }
        self.apply(snapshot, reading, &touched, tail_bytes_max, first)
    }

    fn apply(
        &mut self,
        snapshot: &Snapshot,
        reading: Reading<'_>,
        touched: &Touched,
        tail_bytes_max: usize,
        first: Option<Csn>,
    ) -> Result<Followed> {
        let table = self.keys.table.oid;
        let mut batch = Vec::with_capacity(CHUNK_ROWS);
        for (first, count) in &touched.ranges {
            let end = first.0.saturating_add(*count);
            let after = first.0.checked_sub(1).map(RowId);
            for row in snapshot.scan(table, after)? {
                let (row, stored) = row?;
                if row.0 >= end {
                    break;
                }
                batch.push(LiveRow { row, csn: stored.csn, bytes: stored.bytes });
                if batch.len() == CHUNK_ROWS {
                    self.tail.push(&reading, &batch)?;
                    batch.clear();
                    if self.tail.bytes() > tail_bytes_max {
                        return Ok(Followed::TooLong);
                    }
                }
            }
        }
        self.tail.push(&reading, &batch)?;
        batch.clear();
        for row in &touched.rows {
            let now = snapshot.row(table, *row)?;
            let csn = now.map(|stored| stored.csn);
            self.segments.iter_mut().for_each(|published| published.bury(*row, csn));
            match now {
                None => self.tail.bury(*row),
                Some(stored) => {
                    if self.segments.iter().any(|published| published.holds(*row, stored.csn)) {
                        continue;
                    }
                    batch.push(LiveRow { row: *row, csn: stored.csn, bytes: stored.bytes });
                }
            }
            if batch.len() == CHUNK_ROWS {
                self.tail.push(&reading, &batch)?;
                batch.clear();
            }
        }
        self.tail.push(&reading, &batch)?;
        self.csn = snapshot.csn();
        if let Some(first) = first {
            self.changed = Instant::now();
            self.unsealed_from.get_or_insert(first);
            self.unsealed_since.get_or_insert(self.changed);
        }
        let too_long = self.tail.bytes() > tail_bytes_max;
        Ok(if too_long { Followed::TooLong } else { Followed::UpToDate })
    }

    /// A TRUNCATE at `csn`.
    fn empty(&mut self, csn: Csn) {
        self.tail.clear();
        self.emptied.extend(self.segments.drain(..).map(|published| published.segment));
        self.history.forget(csn);
        self.watermark = csn;
        self.epoch += 1;
    }

    /// Puts a new segment in the place of those it holds.
    ///
    /// `dead` is what of the segment was dead at its watermark; what changed since is buried here.
    pub fn publish(&mut self, segment: Arc<Segment>, dead: Dead, replaced: &[u64]) {
        let watermark = segment.watermark;
        let mut published = Published { segment, dead: Arc::new(dead) };
        for (_, row) in self.history.since(watermark) {
            // Changed after the segment was begun: the tail has it now, or nothing.
            published.bury(row, None);
        }
        self.segments.retain(|published| !replaced.contains(&published.segment.id));
        self.lost.retain(|lost| !replaced.contains(lost));
        self.segments.push(published);
        self.segments.sort_by_key(|published| published.segment.id);
        self.watermark = self.watermark.max(watermark);
        self.tail.trim(watermark);
        let changed = !self.tail.is_empty() || self.history.since(watermark).next().is_some();
        self.unsealed_from = changed.then_some(Csn(watermark.0 + 1));
        self.unsealed_since = changed.then(Instant::now);
        self.history.pinned = None;
    }

    /// Takes segments away whose every row is dead.
    pub fn retire(&mut self, segments: &[u64]) {
        self.segments.retain(|published| !segments.contains(&published.segment.id));
        self.lost.retain(|lost| !segments.contains(lost));
        self.history.pinned = None;
    }

    /// Sealed rows, dead or alive.
    pub fn sealed_rows(&self) -> usize {
        self.segments.iter().map(|published| published.segment.len()).sum()
    }

    pub fn dead_rows(&self) -> usize {
        self.segments.iter().map(|published| published.dead.count()).sum()
    }
}

/// The rows that commits have touched: their state in the snapshot decides what became of them.
#[derive(Default)]
struct Touched {
    rows: Vec<RowId>,
    seen: HashSet<RowId>,
    ranges: Vec<(RowId, u64)>,
}

impl Touched {
    fn add(&mut self, row: RowId) {
        if self.seen.insert(row) {
            self.rows.push(row);
        }
    }
}

/// Which rows changed lately, for snapshots that are older than the state.
pub struct History {
    changes: VecDeque<(Csn, RowId)>,
    /// Complete above this csn.
    floor: Csn,
    /// A segment under construction needs what came after this csn.
    pub pinned: Option<Csn>,
}

impl History {
    fn push(&mut self, csn: Csn, row: RowId) {
        self.changes.push_back((csn, row));
        while self.changes.len() > HISTORY_CHANGES_MAX
            && let Some((oldest, _)) = self.changes.front()
            && self.pinned.is_none_or(|pinned| *oldest <= pinned)
        {
            self.floor = *oldest;
            self.changes.pop_front();
        }
    }

    fn forget(&mut self, csn: Csn) {
        self.changes.clear();
        self.floor = csn;
    }

    /// Rows updated or deleted above `csn`; call only if [`History::reaches`].
    pub fn since(&self, csn: Csn) -> impl Iterator<Item = (Csn, RowId)> + '_ {
        let start = self.changes.partition_point(|(changed, _)| *changed <= csn);
        self.changes.range(start..).copied()
    }

    pub fn reaches(&self, csn: Csn) -> bool {
        csn >= self.floor
    }
}
