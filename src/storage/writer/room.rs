//! How much may still be written: the disk's and the map's reserves are kept for deletions.

use std::sync::atomic::Ordering;

use super::Writer;
use crate::{
    base::Result,
    pg_error,
    storage::{Act, environment::disk_free_bytes},
};

/// Of the map, a sixteenth but at most this is kept for deletions.
const MAP_RESERVE_BYTES_MAX: u64 = 256 << 20;

/// What growing write sets may still take.
pub(crate) struct Room {
    disk_bytes: u64,
    map_bytes: u64,
}

impl Room {
    /// Errors: 53100 if `bytes` would eat into the reserve that deletions need.
    pub fn take(&mut self, bytes: u64) -> Result<()> {
        let full = |what: &str| {
            pg_error!(DISK_FULL, "could not extend the store: {what}")
                .hint("Check free disk space.")
        };
        if self.disk_bytes < bytes {
            return Err(full("no space left on device"));
        }
        if self.map_bytes < bytes {
            return Err(full("its map is full").hint("Raise the map size, or delete rows."));
        }
        self.disk_bytes -= bytes;
        self.map_bytes -= bytes;
        Ok(())
    }
}

impl Writer<'_> {
    /// Errors: 58030 if the file system cannot be asked.
    pub fn room(&self) -> Result<Room> {
        let inner = &self.store.inner;
        let free = disk_free_bytes(&inner.folder)
            .map_err(|error| pg_error!(IO_ERROR, "could not measure free disk space: {error}"))?;
        let live = self.live_bytes()?;
        // The file never shrinks: what was deleted is written over before it grows.
        let within = inner.environment.file_bytes().saturating_sub(live);
        let reserve = inner.disk_reserve_bytes.load(Ordering::Relaxed);
        let map_bytes = inner.environment.map_bytes;
        let map_reserve = (map_bytes / 16).min(MAP_RESERVE_BYTES_MAX);
        Ok(Room {
            disk_bytes: (free + within).saturating_sub(reserve),
            map_bytes: map_bytes.saturating_sub(map_reserve).saturating_sub(live),
        })
    }

    /// Bytes of pages in use, uncommitted ones included.
    pub(super) fn live_bytes(&self) -> Result<u64> {
        self.databases.live_bytes(&self.txn).act("measure the store")
    }
}
