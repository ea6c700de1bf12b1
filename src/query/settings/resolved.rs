//! What a session's settings come to, in the types that statements use.

use std::{sync::Arc, time::Duration};

use super::{
    Settings,
    spelling::{date_style, split_names, time_zone},
};
use crate::types::{
    datetime::{IntervalStyle, TimeZone},
    text_io::Style,
};

/// Every statement asks for these: they are parsed when a setting changes, not each time.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// How values print, without names and time.
    pub style: Style,
    /// `default_text_search_config` without its schema.
    pub text_search_config: Arc<str>,
    /// `search_path`, with `$user` as it was written.
    pub search_path: Vec<String>,
    /// `default_transaction_isolation` is REPEATABLE READ or more.
    pub repeatable_read: bool,
    /// `default_transaction_read_only`
    pub read_only: bool,
    /// `hnsw.ef_search`
    pub ef_search: usize,
    /// `ivfflat.probes`
    pub probes: usize,
    /// `enable_indexscan`
    pub index_scans: bool,
    /// `enable_bitmapscan`
    pub bitmap_scans: bool,
    /// `enable_seqscan`
    pub sequential_scans: bool,
    /// Zero is without end, here and below.
    pub statement_timeout: Duration,
    pub transaction_timeout: Duration,
    pub lock_timeout: Duration,
    pub idle_session_timeout: Duration,
    pub idle_in_transaction_session_timeout: Duration,
}

impl Resolved {
    pub(super) fn of(settings: &Settings) -> Self {
        let config = settings.value("default_text_search_config");
        let isolation = settings.value("default_transaction_isolation");
        let count = |name| usize::try_from(settings.integer(name)).unwrap_or_default();
        let time =
            |name| Duration::from_millis(u64::try_from(settings.integer(name)).unwrap_or_default());
        Self {
            style: style(settings),
            text_search_config: config.strip_prefix("pg_catalog.").unwrap_or(&config).into(),
            search_path: split_names(&settings.value("search_path")),
            repeatable_read: matches!(isolation.as_str(), "repeatable read" | "serializable"),
            read_only: settings.is_on("default_transaction_read_only"),
            ef_search: count("hnsw.ef_search"),
            probes: count("ivfflat.probes"),
            index_scans: settings.is_on("enable_indexscan"),
            bitmap_scans: settings.is_on("enable_bitmapscan"),
            sequential_scans: settings.is_on("enable_seqscan"),
            statement_timeout: time("statement_timeout"),
            transaction_timeout: time("transaction_timeout"),
            lock_timeout: time("lock_timeout"),
            idle_session_timeout: time("idle_session_timeout"),
            idle_in_transaction_session_timeout: time("idle_in_transaction_session_timeout"),
        }
    }
}

fn style(settings: &Settings) -> Style {
    let mut style = Style::default();
    style.time_zone = time_zone(&settings.value("TimeZone")).unwrap_or(TimeZone::Fixed(0));
    style.date_style =
        date_style(&settings.value("DateStyle"), style.date_style).unwrap_or(style.date_style);
    style.interval_style = match settings.value("IntervalStyle").as_str() {
        "postgres_verbose" => IntervalStyle::PostgresVerbose,
        "sql_standard" => IntervalStyle::SqlStandard,
        "iso_8601" => IntervalStyle::Iso8601,
        _ => IntervalStyle::Postgres,
    };
    style.extra_float_digits = settings.integer("extra_float_digits") as i32;
    style.bytea_escape = settings.value("bytea_output") == "escape";
    style
}
