//! One round of upkeep: follow every table, build what is worth it, drop what is gone, prune the
//! change log.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures::executor::block_on;

use super::{
    draw::Drawing,
    plan::{Plan, Purpose, plan},
};
use crate::{
    base::{Csn, Result, RowId, TableId},
    index::{
        indexes::{Cold, Indexes, Phase, Slot},
        keys::IndexedTable,
        load::gap,
        segment::{Dead, Segment},
        stats::Counters,
        table::{Published, TableState},
        vector::faiss,
    },
    storage::{ManifestChange, Snapshot},
};

/// Commits that the change log may keep beyond what is needed, so that pruning is rare.
const PRUNE_SLACK_COMMITS: u64 = 256;

/// What a table's turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Idle,
    Built,
}

/// A build as it was begun.
struct Begun {
    keys: Arc<IndexedTable>,
    snapshot: Snapshot,
    epoch: u64,
    purpose: Purpose,
    inputs: Vec<Published>,
    keep_base: bool,
    others: Vec<Published>,
    rows: Vec<(RowId, Csn)>,
    /// Segments that the new one replaces in the manifest.
    replaced: Vec<u64>,
    /// The table was cold: its state is made of the new segment and `others`.
    cold: bool,
}

impl Indexes {
    /// Follows all tables and builds at most one segment of each. Returns whether any was built.
    ///
    /// Blocks: yes; call from a thread of its own.
    pub fn maintain(&self) -> Result<Turn> {
        let snapshot = self.inner.store.snapshot()?;
        let mut turn = Turn::Idle;
        let tables: Vec<TableId> = snapshot
            .catalog()
            .tables()
            .map(|table| table.oid)
            .filter(|table| IndexedTable::of(snapshot.catalog(), *table).is_some())
            .collect();
        self.drop_others(&snapshot, &tables)?;
        drop(snapshot);
        for table in tables {
            if self.inner.stopping.load(Ordering::Relaxed) {
                return Ok(Turn::Idle);
            }
            if self.build(table)? == Turn::Built {
                turn = Turn::Built;
            }
        }
        self.prune()?;
        Ok(turn)
    }

    /// Builds one segment of a table, if one is worth it.
    ///
    /// Blocks: yes.
    pub fn build(&self, table: TableId) -> Result<Turn> {
        let slot = self.slot(table);
        let _building = slot.building.lock();
        self.drop_emptied(&slot, table)?;
        let Some(begun) = self.begin(&slot, table)? else {
            self.inner.urgent.lock().remove(&table);
            return Ok(Turn::Idle);
        };
        let built = self.draw(&slot, &begun);
        if built.is_err()
            && let Phase::Ready(state) = &mut *slot.phase.write()
        {
            state.history.pinned = None;
        }
        built?;
        self.inner.published.send_modify(|generation| *generation += 1);
        Ok(Turn::Built)
    }

    /// Takes a snapshot that the state shows exactly, and decides what to build.
    fn begin(&self, slot: &Slot, table: TableId) -> Result<Option<Begun>> {
        loop {
            let snapshot = self.inner.store.snapshot()?;
            let Some(keys) = IndexedTable::of(snapshot.catalog(), table) else { return Ok(None) };
            self.bring_up(slot, table, &snapshot)?;
            let mut phase = slot.phase.write();
            match &mut *phase {
                Phase::Cold(cold) => {
                    let segments = std::mem::take(&mut cold.segments);
                    return self.begin_cold(slot, keys, snapshot, segments).map(Some);
                }
                // A search was ahead with a newer snapshot.
                Phase::Ready(state) if state.csn > snapshot.csn() => continue,
                Phase::Ready(state) => {
                    let urgent = self.inner.urgent.lock().contains(&table);
                    let plan = plan(state, &self.inner.options, urgent, Instant::now());
                    return Ok(plan.map(|plan| begin_ready(state, snapshot, plan)));
                }
            }
        }
    }

    /// A table that is not in memory: whatever no segment holds becomes one.
    fn begin_cold(
        &self,
        slot: &Slot,
        keys: IndexedTable,
        snapshot: Snapshot,
        known: Vec<Arc<Segment>>,
    ) -> Result<Begun> {
        let table = keys.table.oid;
        let segments = self.open_segments(slot, table, &snapshot, known)?;
        let gap = gap(table, &snapshot, &segments.whole)?;
        Ok(Begun {
            keys: Arc::new(keys),
            snapshot,
            epoch: 0,
            purpose: Purpose::Seal,
            inputs: Vec::new(),
            keep_base: false,
            others: gap.published,
            rows: gap.orphans,
            replaced: segments.lost,
            cold: true,
        })
    }

    fn draw(&self, slot: &Slot, begun: &Begun) -> Result<()> {
        let options = &self.inner.options;
        let urgent = self.inner.urgent.lock().contains(&begun.keys.table.oid);
        faiss::set_threads(if urgent {
            options.build_threads_urgent
        } else {
            options.build_threads
        });
        let started = Instant::now();
        let table = begun.keys.table.oid;
        let drawing = Drawing {
            reading: self.reading(&begun.keys),
            snapshot: &begun.snapshot,
            folder: &self.inner.folder,
            segment: slot.next_segment.fetch_add(1, Ordering::Relaxed),
            inputs: begun.inputs.clone(),
            keep_base: begun.keep_base,
            others: begun.others.clone(),
            rows: begun.rows.clone(),
            stopping: &self.inner.stopping,
        };
        let drawn = drawing.draw()?;
        let opened = match &drawn {
            Some(drawn) => Some(drawing.open(drawn)?),
            None => None,
        };
        let mut changes: Vec<ManifestChange> =
            drawn.iter().map(|drawn| ManifestChange::Put(drawn.entry.clone())).collect();
        let removed = begun.replaced.iter();
        changes.extend(removed.map(|old| ManifestChange::Remove { owner: table, segment: *old }));
        if !changes.is_empty() {
            block_on(self.inner.sink.record(changes))?;
        }
        let rows = opened.as_ref().map_or(0, Segment::len);
        let segment = opened.zip(drawn).map(|(segment, drawn)| (Arc::new(segment), drawn.dead));
        self.put(slot, begun, segment)?;
        for old in &begun.replaced {
            self.inner.folder.remove(table, *old);
        }
        self.count(begun.purpose);
        tracing::info!(
            target: "index", table = %begun.keys.table.name, rows, purpose = ?begun.purpose,
            merged = begun.inputs.len(), ms = started.elapsed().as_millis() as u64,
            "a segment is sealed"
        );
        Ok(())
    }

    /// Swaps the published set.
    fn put(&self, slot: &Slot, begun: &Begun, segment: Option<(Arc<Segment>, Dead)>) -> Result<()> {
        let mut phase = slot.phase.write();
        match &mut *phase {
            Phase::Cold(_) if begun.cold => {
                let mut state = TableState::new(begun.keys.clone(), begun.snapshot.csn());
                state.segments = begun.others.clone();
                if let Some((segment, dead)) = segment {
                    state.publish(segment, dead, &begun.replaced);
                }
                *phase = Phase::Ready(Box::new(state));
            }
            Phase::Ready(state) if !begun.cold && state.epoch == begun.epoch => match segment {
                Some((segment, dead)) => state.publish(segment, dead, &begun.replaced),
                None => state.retire(&begun.replaced),
            },
            // Emptied or reloaded meanwhile: what is in the manifest decides, on the next load.
            phase => {
                *phase = Phase::Cold(Cold::default());
                drop(segment);
            }
        }
        Ok(())
    }

    fn count(&self, purpose: Purpose) {
        let counters = self.counters();
        let counter = match purpose {
            Purpose::Seal => &counters.seals,
            Purpose::Merge => &counters.merges,
            Purpose::Rebuild => &counters.rebuilds,
        };
        Counters::add(counter, 1);
    }

    /// Takes what a TRUNCATE emptied out of the manifest.
    fn drop_emptied(&self, slot: &Slot, table: TableId) -> Result<()> {
        let emptied: Vec<u64> = match &*slot.phase.read() {
            Phase::Ready(state) => state.emptied.iter().map(|segment| segment.id).collect(),
            Phase::Cold(_) => return Ok(()),
        };
        self.forget(table, &emptied)?;
        if let Phase::Ready(state) = &mut *slot.phase.write() {
            state.emptied.retain(|segment| !emptied.contains(&segment.id));
        }
        Ok(())
    }

    fn forget(&self, table: TableId, segments: &[u64]) -> Result<()> {
        if segments.is_empty() {
            return Ok(());
        }
        let remove = |segment: &u64| ManifestChange::Remove { owner: table, segment: *segment };
        block_on(self.inner.sink.record(segments.iter().map(remove).collect()))?;
        segments.iter().for_each(|segment| self.inner.folder.remove(table, *segment));
        Ok(())
    }

    /// Drops the segments of tables that are gone or have lost their indexes.
    fn drop_others(&self, snapshot: &Snapshot, tables: &[TableId]) -> Result<()> {
        let kept: HashSet<TableId> = tables.iter().copied().collect();
        self.inner.slots.write().retain(|table, slot| {
            // A slot made for an index of the latest commit may be newer than the snapshot.
            kept.contains(table)
                || matches!(&*slot.phase.read(), Phase::Ready(state) if state.csn > snapshot.csn())
        });
        let mut gone: Vec<(TableId, u64)> = Vec::new();
        for entry in snapshot.manifest()? {
            if !kept.contains(&entry.owner) {
                gone.push((entry.owner, entry.segment));
            }
        }
        for (table, segment) in gone {
            self.forget(table, &[segment])?;
        }
        Ok(())
    }

    /// Lets go of the change log below what any table still needs.
    fn prune(&self) -> Result<()> {
        let snapshot = self.inner.store.snapshot()?;
        let mut floor = snapshot.csn();
        let manifest = snapshot.manifest()?;
        for table in snapshot.catalog().tables() {
            let table = table.oid;
            if IndexedTable::of(snapshot.catalog(), table).is_none() {
                continue;
            }
            let sealed = manifest.iter().filter(|entry| entry.owner == table);
            let sealed = sealed.map(|entry| entry.watermark).max();
            floor = floor.min(match &*self.slot(table).phase.read() {
                Phase::Ready(state) => needed(state),
                // Loaded by replay if it has segments, else from its rows.
                Phase::Cold(_) => sealed.unwrap_or(floor),
            });
        }
        if floor.0 > snapshot.pruned().0 + PRUNE_SLACK_COMMITS {
            drop(snapshot);
            block_on(self.inner.sink.prune(floor))?;
        }
        Ok(())
    }
}

/// The change log above this csn would be replayed after a restart.
fn needed(state: &TableState) -> Csn {
    let replayed = !state.segments.is_empty() || !state.emptied.is_empty();
    match state.unsealed_from.filter(|_| replayed) {
        Some(first) => Csn(first.0.saturating_sub(1)).min(state.csn),
        None => state.csn,
    }
}

fn begin_ready(state: &mut TableState, snapshot: Snapshot, plan: Plan) -> Begun {
    let find =
        |id: &u64| state.segments.iter().find(|published| published.segment.id == *id).cloned();
    let inputs: Vec<Published> = plan.inputs.iter().filter_map(find).collect();
    let others =
        state.segments.iter().filter(|published| !plan.inputs.contains(&published.segment.id));
    let mut replaced = plan.inputs.clone();
    replaced.extend(&state.lost);
    let begun = Begun {
        keys: state.keys.clone(),
        epoch: state.epoch,
        purpose: plan.purpose,
        keep_base: plan.keep_base,
        others: others.cloned().collect(),
        inputs,
        rows: state.tail.rows(),
        replaced,
        cold: false,
        snapshot,
    };
    state.history.pinned = Some(state.csn);
    begun
}

/// How long the builder waits after failures in a row.
pub fn back_off(failures: u32) -> Duration {
    Duration::from_millis(250 << failures.min(8))
}
