//! The end of a write transaction: head record, old versions for pins, the sync.

use std::sync::{Arc, atomic::Ordering};

use super::Writer;
use crate::{
    base::{Csn, PgError, Result},
    storage::{
        Act, Store,
        codec::{self, Head},
        environment::disk_free_bytes,
        error::storage_error,
    },
};

/// Row ids are promised to the file this many at a time.
const ROW_CEILING_STEP: u64 = 1 << 16;
/// With less than this left on the disk a failed write means a full disk, not a broken one.
const DISK_FULL_BYTES: u64 = 16 << 20;

/// Why a commit did not happen.
pub(crate) struct CommitFailure {
    pub error: PgError,
    /// The environment must not be used any more: later commits could be lost silently.
    pub fatal: bool,
}

impl Writer<'_> {
    /// Makes everything durable and visible.
    ///
    /// Blocks: for the sync, and keeps pins from being taken meanwhile.
    pub fn commit(mut self) -> Result<Csn, CommitFailure> {
        if let Err(error) = self.write_head() {
            return Err(CommitFailure { error, fatal: false });
        }
        let inner = &self.store.inner;
        let pins = inner.pins.lock();
        if let Some((newest, _)) = pins.last_key_value()
            && let Err(error) = self.keep_versions(*newest)
        {
            return Err(CommitFailure { error, fatal: false });
        }
        let live_bytes = self.live_bytes().unwrap_or_default();
        let version = self.state.version;
        if self.state_changed {
            inner.states.announce(Arc::new(self.state));
        }
        let committed = self.txn.commit();
        drop(pins);
        match committed {
            Ok(()) => {
                inner.live_bytes.store(live_bytes, Ordering::Relaxed);
                Ok(self.head.csn)
            }
            Err(error) => {
                if self.state_changed {
                    inner.states.withdraw(version);
                }
                Err(commit_failure(self.store, error))
            }
        }
    }

    fn write_head(&mut self) -> Result<()> {
        for (table, (delta, csn)) in std::mem::take(&mut self.counts) {
            let key = table.0.to_be_bytes();
            let stored = self.databases.tables.get(&self.txn, &key).act("read a row count")?;
            let (rows, _) = stored.map(codec::split_table).transpose()?.unwrap_or_default();
            let value = codec::table_value(rows.saturating_add_signed(delta), csn);
            self.databases.tables.put(&mut self.txn, &key, &value).act("write a row count")?;
        }
        let (rows, oid) = self.store.allocated();
        if rows > self.head.row_ceiling {
            self.head.row_ceiling = rows + ROW_CEILING_STEP;
        }
        self.head.oid_ceiling = self.head.oid_ceiling.max(oid);
        if self.state_changed {
            self.head.state_version += 1;
            self.state.version = self.head.state_version;
        }
        let head = self.head.encode();
        self.databases.meta.put(&mut self.txn, Head::NAME, &head).act("write the head record")
    }

    /// Keeps the overwritten rows that some pin up to `newest` still sees. Pins stand only at ends
    /// of LMDB transactions, so that the rows as they were before this one are enough.
    fn keep_versions(&mut self, newest: Csn) -> Result<()> {
        if self.overwritten.is_empty() {
            return Ok(());
        }
        let before = self.store.inner.environment.read()?;
        for (table, row, superseding) in std::mem::take(&mut self.overwritten) {
            let key = codec::row_key(table, row);
            let old = self.databases.rows.get(&before, &key).act("keep a row version")?;
            let Some(old) = old else { continue };
            let (field, _) = codec::split_row(old)?;
            if self.state.resolve(field).is_some_and(|csn| csn <= newest) {
                let key = codec::version_key(table, row, superseding);
                self.databases.versions.put(&mut self.txn, &key, old).act("keep a row version")?;
            }
        }
        Ok(())
    }
}

/// A full disk is the user's to mend; anything else that fails in a commit may have lost pages.
fn commit_failure(store: &Store, error: heed::Error) -> CommitFailure {
    let fatal = match &error {
        heed::Error::Mdb(
            heed::MdbError::MapFull | heed::MdbError::TxnFull | heed::MdbError::BadTxn,
        ) => false,
        heed::Error::Io(io) if io.raw_os_error() == Some(libc::ENOSPC) => false,
        heed::Error::Io(_) => {
            // LMDB reports a short write as EIO.
            disk_free_bytes(&store.inner.folder).map_or(true, |free| free > DISK_FULL_BYTES)
        }
        _ => true,
    };
    let error = if !fatal && matches!(error, heed::Error::Io(_)) {
        storage_error("commit", heed::Error::Io(std::io::Error::from_raw_os_error(libc::ENOSPC)))
    } else {
        storage_error("commit", error)
    };
    CommitFailure { error, fatal }
}
