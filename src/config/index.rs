//! `[index]`: searching and sealing.

use std::time::Duration;

use super::{section::section, units::ByteSize};

section! {
    /// Derived indexes: vector graphs and text indexes, built behind the commits.
    Index = "index" {
        /// Threads that search; 0 takes one per processor.
        search_threads: usize = "0" in "0" .. "1024", Restart;
        /// Threads of one build; 0 takes half of the processors, at most two.
        build_threads: usize = "0" in "0" .. "1024", Restart;
        /// Rows that are not yet indexed before a segment is built from them.
        seal_rows: usize = "8192" in "100" .. "10000000", Restart;
        /// Bytes that are not yet indexed before a segment is built from them.
        seal_bytes: ByteSize = "64MiB" in "1MiB" .. "16GiB", Restart;
        /// How long a row stays unindexed, however few there are.
        seal_age: Duration = "1min" in "1s" .. "1d", Restart;
        /// The most memory that a table's unindexed rows take; beyond it, searches read the table.
        tail_bytes: ByteSize = "1GiB" in "1MiB" .. "1TiB", Restart;
    }
}
