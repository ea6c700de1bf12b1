//! `[storage]`: the data folder and its promises.

use std::{path::PathBuf, time::Duration};

use super::{
    section::section,
    units::{ByteSize, choice},
};

choice! {
    /// What an acknowledged commit survives.
    Durability {
        /// kill -9 and power loss.
        Full = "full",
        /// kill -9; a power cut may lose the last `sync_interval`.
        Relaxed = "relaxed",
    }
    "\"full\" or \"relaxed\""
}

section! {
    /// The data folder.
    Storage = "storage" {
        /// The folder of everything stored. It is made if absent, and locked while in use.
        data_dir: PathBuf = "data", Restart;
        /// The most that the database may grow to. Address space, not memory or disk.
        map_bytes: ByteSize = "1TiB" in "16MiB" .. "64TiB", Restart;
        /// "full": a commit survives power loss. "relaxed": it survives a crash of the process,
        /// and a power cut may lose what the last sync_interval wrote.
        durability: Durability = "full", Restart;
        /// How often relaxed durability syncs.
        sync_interval: Duration = "200ms" in "10ms" .. "1h", Restart;
        /// Snapshots open at once; a statement that finds none free fails with 53000.
        readers_max: u32 = "4096" in "16" .. "100000", Restart;
        /// Inserts and updates are refused with 53100 while the disk has less than this free.
        reserve_bytes: ByteSize = "256MiB", Restart;
    }
}
