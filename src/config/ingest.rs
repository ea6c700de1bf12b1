//! `[ingest]`: the committer's queue and batches.

use super::{section::section, units::ByteSize};

section! {
    /// The way of rows into the store.
    Ingest = "ingest" {
        /// Bytes of transactions that may wait for the committer; writers wait beyond it.
        queue_bytes: ByteSize = "256MiB" in "1MiB" .. "64GiB", Restart;
        /// Transactions that may wait for the committer.
        queue_transactions: usize = "1024" in "1" .. "1000000", Restart;
        /// The most bytes that one sync commits together, unless one transaction alone has more.
        batch_bytes: ByteSize = "16MiB" in "64KiB" .. "4GiB", Restart;
        /// Rows of one table that its vector and text indexes may be behind; those who add rows wait
        /// beyond it.
        backlog_rows_wait: usize = "1000000" in "1000" .. "1000000000", Live;
        /// The same, beyond which they are refused with 53400.
        backlog_rows_refuse: usize = "10000000" in "1000" .. "10000000000", Live;
    }
}
