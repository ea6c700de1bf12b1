//! All tables' indexes: the way in for searches, sessions and the builder.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, watch};

use super::{
    contract::{KeyEvaluator, ManifestSink},
    keys::{IndexedTable, Reading},
    load::Loaded,
    pool::Pool,
    search::Consulted,
    segment::{Segment, SegmentFolder},
    stats::Counters,
    table::{Followed, TableState},
};
use crate::{
    base::{Csn, Result, TableId, ids::IndexId},
    storage::{
        Snapshot, Store,
        catalog::{Index, Table},
    },
};

/// A tail of so many rows is scanned in some tens of microseconds.
const TAIL_ROWS_AT_HAND: usize = 512;

/// When a tail is sealed, and what the parts may cost.
#[derive(Clone, Debug)]
pub struct IndexOptions {
    /// Threads that run searches.
    pub search_threads: usize,
    /// OpenMP threads of a build in the background.
    pub build_threads: usize,
    /// OpenMP threads of a build that somebody waits for.
    pub build_threads_urgent: usize,
    /// A tail of so many rows is sealed at once.
    pub seal_rows: usize,
    /// A tail of so many bytes too.
    pub seal_bytes: usize,
    /// A tail of so many rows is sealed when nothing has changed for [`IndexOptions::quiet`].
    pub seal_rows_quiet: usize,
    pub quiet: Duration,
    /// Any tail is sealed when its oldest row is so old.
    pub seal_age: Duration,
    /// A segment is rebuilt when so much of it is dead.
    pub dead_ratio_max: f64,
    /// A tail that takes more is given up: searches scan the table until the builder has sealed it.
    pub tail_bytes_max: usize,
    /// A table without segments is loaded into the tail if it has no more rows.
    pub load_rows_max: u64,
}

impl Default for IndexOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            search_threads: cores.clamp(2, 32),
            build_threads: (cores / 2).clamp(1, 2),
            build_threads_urgent: cores.clamp(1, 8),
            seal_rows: 8192,
            seal_bytes: 64 << 20,
            seal_rows_quiet: 1000,
            quiet: Duration::from_secs(2),
            seal_age: Duration::from_secs(60),
            dead_ratio_max: 0.25,
            tail_bytes_max: 1 << 30,
            load_rows_max: 50_000,
        }
    }
}

/// A cheap handle.
#[derive(Clone)]
pub struct Indexes {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub store: Store,
    pub folder: SegmentFolder,
    pub options: IndexOptions,
    pub evaluator: Arc<dyn KeyEvaluator>,
    pub sink: Arc<dyn ManifestSink>,
    pub counters: Counters,
    pub pool: Pool,
    pub slots: RwLock<BTreeMap<TableId, Arc<Slot>>>,
    /// Tables that somebody waits for.
    pub urgent: Mutex<HashSet<TableId>>,
    pub doorbell: Notify,
    /// Rises with every published segment.
    pub published: watch::Sender<u64>,
    /// A builder runs in the background.
    pub attended: AtomicBool,
    pub stopping: AtomicBool,
}

/// A table's place.
pub(super) struct Slot {
    pub phase: RwLock<Phase>,
    /// Held while a segment is built.
    pub building: Mutex<()>,
    /// Above every segment number ever given.
    pub next_segment: AtomicU64,
}

pub(super) enum Phase {
    /// Not in memory, or too large to be: searches scan the table until the builder is done.
    Cold(Cold),
    Ready(Box<TableState>),
}

/// What is known of a table that is not in memory.
#[derive(Default)]
pub(super) struct Cold {
    /// Segments that were verified already.
    pub segments: Vec<Arc<Segment>>,
    /// Loading into the tail was given up.
    pub too_large: bool,
}

impl Indexes {
    /// Opens the segments' folder and sweeps leftovers of a crash from it. Tables are loaded when
    /// they are first searched or built.
    ///
    /// Errors: 58030 if the folder cannot be made.
    pub fn open(
        folder: &Path,
        store: Store,
        evaluator: Arc<dyn KeyEvaluator>,
        sink: Arc<dyn ManifestSink>,
        options: IndexOptions,
    ) -> Result<Self> {
        let folder = SegmentFolder::open(folder)?;
        folder.sweep(&store.snapshot()?.manifest()?);
        let pool = Pool::start(options.search_threads)?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                folder,
                options,
                evaluator,
                sink,
                counters: Counters::default(),
                pool,
                slots: RwLock::default(),
                urgent: Mutex::default(),
                doorbell: Notify::new(),
                published: watch::Sender::new(0),
                attended: AtomicBool::new(false),
                stopping: AtomicBool::new(false),
            }),
        })
    }

    /// The threads that searches belong on.
    pub fn pool(&self) -> &Pool {
        &self.inner.pool
    }

    /// Builds stop at their next look around; what they have begun is swept at the next start.
    pub fn stop(&self) {
        self.inner.stopping.store(true, Ordering::Relaxed);
        self.inner.doorbell.notify_waiters();
    }

    pub(super) fn reading<'a>(&'a self, keys: &'a IndexedTable) -> Reading<'a> {
        let Inner { evaluator, counters, .. } = &*self.inner;
        Reading { table: keys, evaluator: &**evaluator, counters }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    pub(super) fn slot(&self, table: TableId) -> Arc<Slot> {
        if let Some(slot) = self.inner.slots.read().get(&table) {
            return slot.clone();
        }
        let slot = || {
            Arc::new(Slot {
                phase: RwLock::new(Phase::Cold(Cold::default())),
                building: Mutex::default(),
                next_segment: AtomicU64::new(1),
            })
        };
        self.inner.slots.write().entry(table).or_insert_with(slot).clone()
    }

    /// Whether a search of the index in this snapshot would find it in memory, up to date and with a
    /// short tail, and nobody changing it. It may still change before the search begins.
    pub fn is_at_hand(&self, table: &Table, index: &Index, snapshot: &Snapshot) -> bool {
        let slot = self.inner.slots.read().get(&table.oid).cloned();
        let Some(slot) = slot.filter(|_| !snapshot.is_historic()) else { return false };
        let Some(phase) = slot.phase.try_read() else { return false };
        match &*phase {
            Phase::Ready(state) => {
                state.csn >= snapshot.csn()
                    && state.tail.len() <= TAIL_ROWS_AT_HAND
                    && state.keys.indexes().any(|oid| oid == index.oid)
                    && state.covers(index.oid)
            }
            Phase::Cold(_) => false,
        }
    }

    /// Lets `look` search a table's state that shows at least the snapshot, under its lock.
    pub(super) fn consult<T>(
        &self,
        table: &Table,
        index: &Index,
        snapshot: &Snapshot,
        look: impl FnOnce(&TableState) -> Result<Option<T>>,
    ) -> Result<Consulted<T>> {
        let scan = || Consulted::Scan(Arc::new(IndexedTable::single(snapshot, table, index)));
        if snapshot.catalog().index(index.oid).is_none() {
            // Made by the caller's own transaction.
            return Ok(scan());
        }
        let slot = self.slot(table.oid);
        for follow in [false, true] {
            if follow {
                self.bring_up(&slot, table.oid, snapshot)?;
            }
            // Recursive: a filter may search the same table.
            let phase = slot.phase.read_recursive();
            let Phase::Ready(state) = &*phase else { continue };
            if state.csn >= snapshot.csn() && state.keys.indexes().any(|oid| oid == index.oid) {
                if !state.covers(index.oid) {
                    return Ok(scan());
                }
                return Ok(look(state)?.map_or_else(scan, Consulted::Ready));
            }
        }
        Ok(scan())
    }

    /// Brings a table's state up to the snapshot, or leaves it cold.
    ///
    /// Blocks: reads what changed; the first time, loads and verifies the table's segments.
    pub(super) fn bring_up(&self, slot: &Slot, table: TableId, snapshot: &Snapshot) -> Result<()> {
        if snapshot.is_historic() {
            // The state follows the present; from there it answers for the past.
            let present = self.inner.store.snapshot()?;
            return self.bring_up(slot, table, &present);
        }
        let Some(keys) = IndexedTable::of(snapshot.catalog(), table) else { return Ok(()) };
        let mut phase = slot.phase.write();
        if let Phase::Ready(state) = &mut *phase {
            if state.csn >= snapshot.csn() {
                return Ok(());
            }
            if state.keys.same_keys(&keys) {
                if !Arc::ptr_eq(&state.keys.catalog, &keys.catalog) {
                    state.keys = Arc::new(keys);
                    state.tail.forget_columns();
                }
                let keys = state.keys.clone();
                let bytes_max = self.inner.options.tail_bytes_max;
                match state.follow(snapshot, self.reading(&keys), bytes_max)? {
                    Followed::UpToDate => {
                        self.ring_if_due(state);
                        return Ok(());
                    }
                    Followed::Lost => *phase = Phase::Cold(cold(state, false)),
                    Followed::TooLong => {
                        *phase = Phase::Cold(cold(state, true));
                        self.inner.doorbell.notify_one();
                        return Ok(());
                    }
                }
            } else {
                // An index was made or dropped: the tail has the wrong keys.
                *phase = Phase::Cold(cold(state, false));
            }
        }
        self.load_cold(slot, &mut phase, table, snapshot)
    }

    fn load_cold(
        &self,
        slot: &Slot,
        phase: &mut Phase,
        table: TableId,
        snapshot: &Snapshot,
    ) -> Result<()> {
        let Phase::Cold(cold) = phase else { return Ok(()) };
        if cold.too_large {
            return Ok(());
        }
        let Some(keys) = IndexedTable::of(snapshot.catalog(), table) else { return Ok(()) };
        match self.load(slot, Arc::new(keys), snapshot, std::mem::take(&mut cold.segments))? {
            Loaded::Ready(state) => *phase = Phase::Ready(state),
            Loaded::TooLarge(segments) => {
                *phase = Phase::Cold(Cold { segments, too_large: true });
                self.inner.doorbell.notify_one();
            }
        }
        Ok(())
    }

    fn ring_if_due(&self, state: &TableState) {
        let options = &self.inner.options;
        if state.tail.len() >= options.seal_rows || state.tail.bytes() >= options.seal_bytes {
            self.inner.doorbell.notify_one();
        }
    }

    /// Rows that no segment holds yet, of the table that has most of them: what writers wait for when
    /// it grows too long.
    pub fn longest_backlog_rows(&self) -> Result<usize> {
        let snapshot = self.inner.store.snapshot()?;
        let mut longest = 0;
        for (table, slot) in self.slots() {
            let rows = match &*slot.phase.read() {
                Phase::Ready(state) => state.tail.len(),
                Phase::Cold(cold) if cold.too_large => {
                    let sealed: usize = cold.segments.iter().map(|segment| segment.len()).sum();
                    (snapshot.row_count(table)? as usize).saturating_sub(sealed)
                }
                Phase::Cold(_) => 0,
            };
            longest = longest.max(rows);
        }
        Ok(longest)
    }

    /// Whether a builder works on the backlog. One that has crashed too often does not.
    pub fn is_attended(&self) -> bool {
        self.inner.attended.load(Ordering::Relaxed)
    }

    /// Waits until the index is built: every row up to `csn` is in a segment, but for a tail too
    /// short to be worth one. CREATE INDEX ends with it.
    ///
    /// Errors: what building raises; drop the future to stop waiting.
    pub async fn wait_sealed(&self, table: TableId, index: IndexId, csn: Csn) -> Result<()> {
        let mut published = self.inner.published.subscribe();
        loop {
            if self.is_settled(table, index, csn)? {
                return Ok(());
            }
            self.inner.urgent.lock().insert(table);
            if self.is_attended() {
                self.inner.doorbell.notify_one();
                let _ = tokio::time::timeout(Duration::from_secs(1), published.changed()).await;
            } else {
                let indexes = self.clone();
                self.pool().run(move || indexes.build(table).map(|_| ())).await?;
            }
        }
    }

    fn is_settled(&self, table: TableId, index: IndexId, csn: Csn) -> Result<bool> {
        let snapshot = self.inner.store.snapshot()?;
        if snapshot.catalog().index(index).is_none() {
            return Ok(true);
        }
        let slot = self.slot(table);
        self.bring_up(&slot, table, &snapshot)?;
        Ok(match &*slot.phase.read() {
            Phase::Cold(_) => false,
            Phase::Ready(state) => {
                let short = state.tail.len() < self.inner.options.seal_rows_quiet;
                state.covers(index) && (short || state.watermark >= csn)
            }
        })
    }

    /// Every loaded table.
    pub(super) fn slots(&self) -> HashMap<TableId, Arc<Slot>> {
        self.inner.slots.read().iter().map(|(table, slot)| (*table, slot.clone())).collect()
    }
}

pub(super) fn cold(state: &TableState, too_large: bool) -> Cold {
    let segments = state.segments.iter().map(|published| published.segment.clone()).collect();
    Cold { segments, too_large }
}
