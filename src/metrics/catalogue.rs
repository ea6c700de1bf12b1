//! The catalogue: every metric with its kind, labels, unit and help.
//!
//! Names have the prefix `fathom_`, base units, and `_total` on counters (checked by a test).

use std::sync::LazyLock;

use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// What a value counts; its name ends the metric's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Bytes,
    Rows,
    /// Things that the name itself names.
    Count,
}

/// A row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub unit: Unit,
    pub help: &'static str,
}

/// 0.5 ms to 30 s.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const COUNTS: &[f64] =
    &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0, 16384.0];

/// How each kind of field is described and made.
trait Metric: prometheus::core::Collector + Clone + Sized + 'static {
    const KIND: Kind;
    fn make(name: &str, help: &str, labels: &[&str], unit: Unit) -> prometheus::Result<Self>;
}

macro_rules! plain {
    ($($metric:ty, $kind:ident;)*) => {$(
        impl Metric for $metric {
            const KIND: Kind = Kind::$kind;
            fn make(name: &str, help: &str, _: &[&str], _: Unit) -> prometheus::Result<Self> {
                Self::with_opts(Opts::new(name, help))
            }
        }
    )*};
}
plain! { IntCounter, Counter; IntGauge, Gauge; Gauge, Gauge; }

macro_rules! labelled {
    ($($metric:ty, $kind:ident;)*) => {$(
        impl Metric for $metric {
            const KIND: Kind = Kind::$kind;
            fn make(name: &str, help: &str, labels: &[&str], _: Unit) -> prometheus::Result<Self> {
                Self::new(Opts::new(name, help), labels)
            }
        }
    )*};
}
labelled! { IntCounterVec, Counter; IntGaugeVec, Gauge; GaugeVec, Gauge; }

fn histogram(name: &str, help: &str, unit: Unit) -> HistogramOpts {
    let buckets = if unit == Unit::Seconds { SECONDS } else { COUNTS };
    HistogramOpts::new(name, help).buckets(buckets.to_vec())
}

impl Metric for Histogram {
    const KIND: Kind = Kind::Histogram;
    fn make(name: &str, help: &str, _: &[&str], unit: Unit) -> prometheus::Result<Self> {
        Self::with_opts(histogram(name, help, unit))
    }
}

impl Metric for HistogramVec {
    const KIND: Kind = Kind::Histogram;
    fn make(name: &str, help: &str, labels: &[&str], unit: Unit) -> prometheus::Result<Self> {
        Self::new(histogram(name, help, unit), labels)
    }
}

macro_rules! catalogue {
    ($($name:literal $field:ident: $metric:ty, [$($label:literal),*], $unit:ident, $help:literal;)*) => {
        /// Every metric of our own; `process_*` comes from the operating system.
        pub static CATALOGUE: &[Row] = &[$(Row {
            name: $name,
            kind: <$metric as Metric>::KIND,
            labels: &[$($label),*],
            unit: Unit::$unit,
            help: $help,
        }),*];

        /// One field a metric, in the catalogue's order.
        pub struct Metrics {
            $(#[doc = $help] pub $field: $metric,)*
            pub(super) registry: Registry,
        }

        impl Metrics {
            fn new() -> prometheus::Result<Self> {
                let registry = Registry::new();
                $(
                    let $field = <$metric as Metric>::make($name, $help, &[$($label),*], Unit::$unit)?;
                    registry.register(Box::new($field.clone()))?;
                )*
                Ok(Self { $($field,)* registry })
            }
        }
    };
}

catalogue! {
    // Queries: kind is knn, fts, hybrid, point, scan, dml, copy, ddl or other
    "fathom_queries_total" queries: IntCounterVec, ["kind"], Count, "Statements run, by kind.";
    "fathom_query_seconds" query_seconds: HistogramVec, ["kind"], Seconds, "Time from a statement's arrival to its last row, by kind.";
    "fathom_query_errors_total" query_errors: IntCounterVec, ["class"], Count, "Statements that failed, by the two first characters of their SQLSTATE.";
    "fathom_query_rows_total" query_rows: IntCounter, [], Rows, "Rows sent to clients.";
    "fathom_query_cancels_total" query_cancels: IntCounter, [], Count, "Cancel requests with a right key.";
    "fathom_query_memory_bytes" query_memory_bytes: IntGauge, [], Bytes, "Memory that running statements have reserved.";
    // Ingest
    "fathom_ingest_rows_total" ingest_rows: IntCounterVec, ["operation"], Rows, "Rows committed, by operation: insert, update or delete.";
    "fathom_ingest_bytes_total" ingest_bytes: IntCounter, [], Bytes, "Bytes of rows committed.";
    "fathom_commits_total" commits: IntCounter, [], Count, "Transactions committed.";
    "fathom_commit_failures_total" commit_failures: IntCounterVec, ["class"], Count, "Transactions that the committer refused, by the two first characters of their SQLSTATE.";
    "fathom_commit_seconds" commit_seconds: Histogram, [], Seconds, "Time of one batch: apply, sync, acknowledge.";
    "fathom_commit_batch_transactions" commit_batch_transactions: Histogram, [], Count, "Transactions that share one sync.";
    "fathom_commit_queue_depth" commit_queue_depth: IntGauge, [], Count, "Transactions that wait for the committer.";
    "fathom_commit_queue_capacity" commit_queue_capacity: IntGauge, [], Count, "Transactions that may wait for the committer.";
    "fathom_commit_queue_bytes" commit_queue_bytes: IntGauge, [], Bytes, "Bytes that wait for the committer.";
    "fathom_csn" csn: IntGauge, [], Count, "The last commit sequence number.";
    "fathom_lock_waits_total" lock_waits: IntCounter, [], Count, "Times that a transaction waited for another's lock.";
    "fathom_deadlocks_total" deadlocks: IntCounter, [], Count, "Transactions ended by 40P01.";
    // Index
    "fathom_index_lag_commits" index_lag_commits: IntGaugeVec, ["index"], Count, "Commits that an index is behind; they are searched exactly.";
    "fathom_index_lag_seconds" index_lag_seconds: GaugeVec, ["index"], Seconds, "Age of the oldest commit that an index is behind.";
    "fathom_index_tail_rows" index_tail_rows: IntGaugeVec, ["index"], Rows, "Rows that are searched exactly because no segment holds them.";
    "fathom_index_segments" index_segments: IntGaugeVec, ["index"], Count, "Sealed segments of an index.";
    "fathom_index_sealed_rows" index_rows: IntGaugeVec, ["index"], Rows, "Rows in an index's segments.";
    "fathom_index_ready" index_ready: IntGaugeVec, ["index"], Count, "1 while searches use the index; 0 while they read the table.";
    "fathom_index_bytes" index_bytes: IntGaugeVec, ["index"], Bytes, "Size of an index's segments on disk.";
    "fathom_index_builds_total" index_builds: IntCounterVec, ["reason"], Count, "Segments built, by reason: seal, merge, rebuild or failed.";
    "fathom_index_corruptions_total" index_corruptions: IntCounter, [], Count, "Index files whose checksum was wrong; they are rebuilt.";
    "fathom_searches_total" searches: IntCounterVec, ["strategy"], Count, "Index searches, by strategy: graph, lists, gather, scan or text.";
    "fathom_search_table_scans_total" search_table_scans: IntCounter, [], Count, "Index searches that read the table because no index could answer.";
    "fathom_search_refills_total" search_refills: IntCounter, [], Count, "Searches of graphs or lists that went on because too few rows passed the filter.";
    "fathom_search_queue_depth" search_queue_depth: IntGauge, [], Count, "Searches that wait for a thread of the pool.";
    // Storage
    "fathom_storage_map_bytes" storage_map_bytes: IntGauge, [], Bytes, "The most that the database may grow to.";
    "fathom_storage_used_bytes" storage_used_bytes: IntGauge, [], Bytes, "Bytes of the map in use.";
    "fathom_storage_file_bytes" storage_file_bytes: IntGauge, [], Bytes, "Size of the data file, free pages included.";
    "fathom_storage_readers" storage_readers: IntGauge, [], Count, "Snapshots open now.";
    "fathom_storage_oldest_reader_seconds" storage_oldest_reader: Gauge, [], Seconds, "Age of the oldest open snapshot.";
    "fathom_storage_disk_free_bytes" storage_disk_free_bytes: IntGauge, [], Bytes, "Free bytes on the data folder's file system.";
    "fathom_storage_read_only" storage_read_only: IntGauge, [], Count, "1 while writes are refused for want of space.";
    // Connections
    "fathom_connections" connections: IntGaugeVec, ["state"], Count, "Client connections, by state: starting, idle, active or transaction.";
    "fathom_connections_max" connections_max: IntGauge, [], Count, "Connections allowed at once.";
    "fathom_connections_total" connections_accepted: IntCounter, [], Count, "Connections accepted.";
    "fathom_connection_refusals_total" connection_refusals: IntCounterVec, ["reason"], Count, "Connections refused: full, reserved, starting, draining, timeout or protocol.";
    "fathom_auth_failures_total" auth_failures: IntCounter, [], Count, "Attempts to authenticate that failed.";
    "fathom_wire_received_bytes_total" wire_received_bytes: IntCounter, [], Bytes, "Bytes read from clients.";
    "fathom_wire_sent_bytes_total" wire_sent_bytes: IntCounter, [], Bytes, "Bytes written to clients.";
    "fathom_session_panics_total" session_panics: IntCounter, [], Count, "Connections ended by a defect of ours.";
    // Process
    "fathom_build_info" build_info: IntGaugeVec, ["version"], Count, "1, with the version as a label.";
    "fathom_ready" ready: IntGauge, [], Count, "1 while new connections are served.";
    "fathom_actor_restarts_total" actor_restarts: IntCounterVec, ["actor"], Count, "Actors restarted after a crash.";
    "fathom_quarantined_rows_total" quarantined_rows: IntCounter, [], Rows, "Rows set aside because they crashed an index builder twice.";
    "fathom_reloads_total" reloads: IntCounterVec, ["outcome"], Count, "Configurations reloaded: applied or refused.";
}

static METRICS: LazyLock<Metrics> =
    LazyLock::new(|| Metrics::new().expect("the catalogue has no two metrics of one name"));

/// The process's metrics.
pub fn metrics() -> &'static Metrics {
    &METRICS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        let mut names: Vec<_> = CATALOGUE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CATALOGUE.len());
        for row in CATALOGUE {
            let Row { name, kind, unit, help, .. } = row;
            assert!(name.starts_with("fathom_") && help.ends_with('.'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            let base = name.trim_end_matches("_total");
            let suffix = match unit {
                Unit::Seconds => "_seconds",
                Unit::Bytes => "_bytes",
                Unit::Rows => "_rows",
                Unit::Count => "",
            };
            assert!(base.ends_with(suffix), "{name} counts {unit:?}");
        }
    }

    #[test]
    fn histograms_have_twelve_to_sixteen_buckets() {
        assert!((12..=16).contains(&SECONDS.len()) && (12..=16).contains(&COUNTS.len()));
        assert_eq!((SECONDS[0], SECONDS[SECONDS.len() - 1]), (0.0005, 30.0));
    }
}
