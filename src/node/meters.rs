//! The counts that the store, the committer, the indexes and the engine keep themselves,
//! as metrics.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    base::{PgError, clock::now_unix_us},
    config::Config,
    index::{Indexes, Statistics},
    ingest::{CommitReport, Committer, Observer},
    metrics::{Sampling, metrics, on_scrape},
    query::session::Engine,
    storage::Store,
};

/// Hears of every commit, on the committer's thread.
pub struct CommitMeter;

impl Observer for CommitMeter {
    fn committed(&self, report: &CommitReport) {
        let metrics = metrics();
        metrics.commits.inc_by(report.requests as u64);
        for (operation, rows) in
            [("insert", report.inserted), ("update", report.updated), ("delete", report.deleted)]
        {
            metrics.ingest_rows.with_label_values(&[operation]).inc_by(rows);
        }
        metrics.ingest_bytes.inc_by(report.bytes);
        metrics.commit_seconds.observe(report.duration.as_secs_f64());
        metrics.commit_batch_transactions.observe(report.requests as f64);
        metrics.csn.set(report.csn.0 as i64);
    }

    fn refused(&self, error: &PgError) {
        metrics().commit_failures.with_label_values(&[&error.code.0[..2]]).inc();
    }
}

/// A committer that has not shown itself for so long is not alive.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Whether the committer's thread has shown itself of late.
pub fn heartbeat(committer: Committer) -> impl Fn() -> bool + Send + Sync + 'static {
    move || {
        let silence_us = now_unix_us() - committer.statistics().heartbeat_unix_us;
        silence_us < SILENCE_MAX.as_micros() as i64
    }
}

/// What is sampled.
pub struct Sampled {
    pub store: Store,
    pub committer: Committer,
    pub indexes: Indexes,
    pub engine: Engine,
}

/// Has gauges set before every scrape, while the answer lives.
pub fn sample(sampled: Sampled, settings: &Config) -> Sampling {
    let Sampled { store, committer, indexes, engine } = sampled;
    let queue_transactions = settings.ingest.queue_transactions;
    let reserve_bytes = settings.storage.reserve_bytes.bytes();
    let builds = Builds::default();
    let (lock_waits, deadlocks) = (Follower::default(), Follower::default());
    metrics().csn.set(committer.csn().0 as i64);
    on_scrape(move || {
        sample_storage(&store, reserve_bytes);
        let ingest = committer.statistics();
        let metrics = metrics();
        metrics.commit_queue_depth.set(ingest.queue_requests as i64);
        metrics.commit_queue_capacity.set(queue_transactions as i64);
        metrics.commit_queue_bytes.set(ingest.queue_bytes as i64);
        let queries = engine.statistics();
        metrics.query_memory_bytes.set(queries.memory_bytes as i64);
        metrics.lock_waits.inc_by(lock_waits.step(queries.lock_waits));
        metrics.deadlocks.inc_by(deadlocks.step(queries.deadlocks));
        match indexes.statistics() {
            Ok(statistics) => {
                builds.follow(&statistics);
                sample_indexes(&store, &statistics);
            }
            Err(error) => tracing::warn!(target: "node", %error, "indexes were not sampled"),
        }
    })
}

fn sample_storage(store: &Store, reserve_bytes: u64) {
    let (metrics, storage) = (metrics(), store.statistics());
    metrics.storage_map_bytes.set(storage.map_bytes as i64);
    metrics.storage_used_bytes.set(storage.live_bytes as i64);
    metrics.storage_file_bytes.set(storage.file_bytes as i64);
    metrics.storage_readers.set(storage.readers as i64);
    metrics.storage_oldest_reader.set(storage.oldest_reader_age.as_secs_f64());
    metrics.storage_disk_free_bytes.set(storage.disk_free_bytes as i64);
    metrics.storage_read_only.set(i64::from(storage.disk_free_bytes < reserve_bytes));
}

fn sample_indexes(store: &Store, statistics: &Statistics) {
    let metrics = metrics();
    metrics.search_queue_depth.set(statistics.pool_waiting as i64);
    // Indexes come and go; what is not told again is gone.
    metrics.index_lag_commits.reset();
    metrics.index_lag_seconds.reset();
    metrics.index_tail_rows.reset();
    metrics.index_segments.reset();
    metrics.index_rows.reset();
    metrics.index_bytes.reset();
    metrics.index_ready.reset();
    let Ok(snapshot) = store.snapshot() else { return };
    for of_index in &statistics.indexes {
        let Some(index) = snapshot.catalog().index(of_index.index) else { continue };
        let labels = [index.name.as_str()];
        metrics.index_lag_commits.with_label_values(&labels).set(of_index.lag_commits as i64);
        metrics.index_lag_seconds.with_label_values(&labels).set(of_index.lag_seconds);
        metrics.index_tail_rows.with_label_values(&labels).set(of_index.backlog_rows as i64);
        metrics.index_segments.with_label_values(&labels).set(of_index.segments as i64);
        metrics.index_rows.with_label_values(&labels).set(of_index.sealed_rows as i64);
        metrics.index_bytes.with_label_values(&labels).set(of_index.bytes as i64);
        metrics.index_ready.with_label_values(&labels).set(i64::from(of_index.ready));
    }
}

/// The indexes' totals as of the last scrape: counters go on from there.
#[derive(Default)]
struct Builds {
    seals: Follower,
    merges: Follower,
    rebuilds: Follower,
    failures: Follower,
    restarts: Follower,
    corruptions: Follower,
    quarantined: Follower,
    table_scans: Follower,
}

impl Builds {
    fn follow(&self, statistics: &Statistics) {
        let metrics = metrics();
        for (reason, follower, total) in [
            ("seal", &self.seals, statistics.seals),
            ("merge", &self.merges, statistics.merges),
            ("rebuild", &self.rebuilds, statistics.rebuilds),
            ("failed", &self.failures, statistics.build_failures),
        ] {
            metrics.index_builds.with_label_values(&[reason]).inc_by(follower.step(total));
        }
        let restarts = self.restarts.step(statistics.builder_restarts);
        metrics.actor_restarts.with_label_values(&["builder"]).inc_by(restarts);
        metrics.index_corruptions.inc_by(self.corruptions.step(statistics.checksum_failures));
        metrics.quarantined_rows.inc_by(self.quarantined.step(statistics.rows_quarantined));
        metrics.search_table_scans.inc_by(self.table_scans.step(statistics.table_scans));
    }
}

/// A total that another keeps, as the steps by which a counter follows it.
#[derive(Default)]
struct Follower(AtomicU64);

impl Follower {
    fn step(&self, total: u64) -> u64 {
        total.saturating_sub(self.0.swap(total, Ordering::AcqRel))
    }
}
