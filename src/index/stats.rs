//! What the indexes have done and how far behind they are, for /metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::{Oid, TableId};

/// Events since the process started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Segments sealed from tails.
    pub seals: AtomicU64,
    /// Segments that took others in.
    pub merges: AtomicU64,
    /// Segments rebuilt because too much of them was dead, or for a new index.
    pub rebuilds: AtomicU64,
    pub build_failures: AtomicU64,
    pub builder_restarts: AtomicU64,
    pub checksum_failures: AtomicU64,
    pub segments_quarantined: AtomicU64,
    /// Rows left out of an index because their key could not be computed.
    pub rows_quarantined: AtomicU64,
    /// Searches that read the table itself because its indexes could not answer.
    pub table_scans: AtomicU64,
    /// Hits dropped because the snapshot shows another version: should stay 0.
    pub stale_hits: AtomicU64,
}

impl Counters {
    pub fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

/// One index's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexStatistics {
    pub index: Oid,
    pub table: TableId,
    /// Commits that are searchable but not sealed.
    pub lag_commits: u64,
    /// Age of the oldest unsealed change.
    pub lag_seconds: f64,
    /// Rows in the tail.
    pub backlog_rows: u64,
    pub backlog_bytes: u64,
    pub segments: u64,
    pub sealed_rows: u64,
    pub dead_rows: u64,
    pub bytes: u64,
    /// Whether searches use it; otherwise they scan the table until it is built.
    pub ready: bool,
}

/// All of it, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    pub indexes: Vec<IndexStatistics>,
    pub seals: u64,
    pub merges: u64,
    pub rebuilds: u64,
    pub build_failures: u64,
    pub builder_restarts: u64,
    pub checksum_failures: u64,
    pub segments_quarantined: u64,
    pub rows_quarantined: u64,
    pub table_scans: u64,
    pub stale_hits: u64,
    /// Searches waiting for a thread of the pool.
    pub pool_waiting: u64,
    pub pool_capacity: u64,
}

impl Statistics {
    pub(super) fn of(counters: &Counters) -> Self {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Self {
            seals: get(&counters.seals),
            merges: get(&counters.merges),
            rebuilds: get(&counters.rebuilds),
            build_failures: get(&counters.build_failures),
            builder_restarts: get(&counters.builder_restarts),
            checksum_failures: get(&counters.checksum_failures),
            segments_quarantined: get(&counters.segments_quarantined),
            rows_quarantined: get(&counters.rows_quarantined),
            table_scans: get(&counters.table_scans),
            stale_hits: get(&counters.stale_hits),
            ..Self::default()
        }
    }
}
