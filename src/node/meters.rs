//! The store's and the committer's own counts as metrics.

use std::time::Duration;

use crate::{
    base::{PgError, clock::now_unix_us},
    ingest::{CommitReport, Committer, Observer},
    metrics::{Sampling, metrics, on_scrape},
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

/// Has gauges set before every scrape, while the answer lives.
pub fn sample(
    store: Store,
    committer: Committer,
    queue_transactions: usize,
    reserve_bytes: u64,
) -> Sampling {
    metrics().csn.set(committer.csn().0 as i64);
    on_scrape(move || {
        let metrics = metrics();
        let storage = store.statistics();
        metrics.storage_map_bytes.set(storage.map_bytes as i64);
        metrics.storage_used_bytes.set(storage.live_bytes as i64);
        metrics.storage_file_bytes.set(storage.file_bytes as i64);
        metrics.storage_readers.set(storage.readers as i64);
        metrics.storage_oldest_reader.set(storage.oldest_reader_age.as_secs_f64());
        metrics.storage_disk_free_bytes.set(storage.disk_free_bytes as i64);
        let short = storage.disk_free_bytes < reserve_bytes;
        metrics.storage_read_only.set(i64::from(short));

        let ingest = committer.statistics();
        metrics.commit_queue_depth.set(ingest.queue_requests as i64);
        metrics.commit_queue_capacity.set(queue_transactions as i64);
        metrics.commit_queue_bytes.set(ingest.queue_bytes as i64);
    })
}
