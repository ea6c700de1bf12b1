//! `[query]`: memory, time and the defaults of sessions.

use std::time::Duration;

use super::{section::section, units::ByteSize};

section! {
    /// Limits of statements, and defaults that a session may SET.
    Query = "query" {
        /// Memory that all running statements share; one that needs more fails with 53200.
        memory: ByteSize = "2GiB" in "16MiB" .. "16TiB", Restart;
        /// Default of statement_timeout; 0 is none.
        statement_timeout: Duration = "0s" in "0s" .. "24d", Live;
        /// Default of transaction_timeout; 0 is none.
        transaction_timeout: Duration = "0s" in "0s" .. "24d", Live;
        /// Default of idle_in_transaction_session_timeout; 0 is none.
        idle_in_transaction_timeout: Duration = "0s" in "0s" .. "24d", Live;
        /// How long a statement may keep its snapshot open before it fails with 57014; 0 is
        /// without end. An old snapshot keeps the database's file growing.
        snapshot_timeout: Duration = "1h" in "0s" .. "24d", Live;
        /// Default of hnsw.ef_search: candidates that a graph search keeps.
        ef_search: u32 = "40" in "1" .. "1000", Live;
    }
}
