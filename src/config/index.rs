//! `[index]`: sealing, searching and how far indexes may lag.

use super::{section::section, units::ByteSize};

section! {
    /// Derived indexes: vector graphs and text indexes, built behind the commits.
    Index = "index" {
        /// Threads that search; 0 takes one per processor.
        search_threads: usize = "0" in "0" .. "1024", Restart;
        /// Threads that build; 0 takes one per processor.
        build_threads: usize = "0" in "0" .. "1024", Restart;
        /// Rows that are not yet indexed before a segment is built from them.
        seal_rows: u64 = "10000" in "100" .. "10000000", Restart;
        /// Bytes that are not yet indexed before a segment is built from them.
        seal_bytes: ByteSize = "64MiB" in "1MiB" .. "16GiB", Restart;
        /// Writers wait for the builders when more rows than this are not yet indexed; 0 never.
        lag_rows_soft: u64 = "2000000", Restart;
        /// Writes are refused with 53400 when more rows than this are not yet indexed; 0 never.
        lag_rows_hard: u64 = "20000000", Restart;
    }
}
