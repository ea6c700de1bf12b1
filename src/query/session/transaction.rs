//! A transaction: its snapshot rule, its uncommitted writes, its savepoints.

use std::sync::Arc;

use super::{
    channels::NewsMark, copy::Copied, engine::Shared, references::ConstraintModes, writes::Writes,
};
use crate::{
    base::{Csn, PgError, Result, TableId, ids::IndexId, sqlstate},
    ingest::{CommitError, Stage, TransactionId, locks::LockMark},
    query::{exec::CancelToken, settings::Settings},
    storage::{Pin, Snapshot, catalog::Catalog},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    ReadCommitted,
    RepeatableRead,
}

/// One transaction, from its first statement to COMMIT or ROLLBACK.
pub struct Transaction {
    pub id: TransactionId,
    pub isolation: Isolation,
    pub read_only: bool,
    /// Microseconds since 2000-01-01 UTC: `now()`.
    pub started: i64,
    /// BEGIN was said; otherwise it ends with its statement, or with Sync.
    pub explicit: bool,
    pub failed: bool,
    /// REPEATABLE READ's snapshot, from the first statement on.
    pin: Option<Pin>,
    pub writes: Writes,
    savepoints: Vec<Savepoint>,
    /// A statement has read: the modes are fixed.
    queried: bool,
    database: crate::base::Oid,
    /// SET CONSTRAINTS
    pub constraint_modes: ConstraintModes,
    /// A bulk load that is published with the commit.
    pub stage: Option<Stage>,
    shared: Arc<Shared>,
}

struct Savepoint {
    name: String,
    read_only: bool,
    writes: Writes,
    locks: LockMark,
    settings: Settings,
    news: NewsMark,
}

/// What a commit leaves to be done.
#[derive(Default)]
pub struct Committed {
    pub csn: Csn,
    /// New indexes that are built behind the commit.
    pub to_build: Vec<(TableId, IndexId)>,
}

impl Transaction {
    pub(super) fn begin(
        shared: Arc<Shared>,
        database: crate::base::Oid,
        isolation: Isolation,
        explicit: bool,
    ) -> Self {
        Self {
            database,
            constraint_modes: ConstraintModes::default(),
            id: shared.locks.begin(),
            isolation,
            read_only: false,
            started: super::engine::now(),
            explicit,
            failed: false,
            pin: None,
            writes: Writes::default(),
            savepoints: vec![],
            queried: false,
            stage: None,
            shared,
        }
    }

    /// The snapshot that the next statement reads.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        self.queried = true;
        match (self.isolation, &self.pin) {
            (Isolation::ReadCommitted, _) => self.shared.store.snapshot(),
            (Isolation::RepeatableRead, Some(pin)) => self.shared.store.snapshot_at(pin),
            (Isolation::RepeatableRead, None) => {
                let (pin, snapshot) = self.shared.store.pin()?;
                self.pin = Some(pin);
                Ok(snapshot)
            }
        }
    }

    /// Nothing has been read yet for the client: the next statement takes a new snapshot.
    pub fn forget_snapshot(&mut self) {
        if self.writes.is_empty() {
            self.pin = None;
            self.queried = false;
        }
    }

    /// A statement has read or written: the isolation level is fixed.
    pub fn has_snapshot(&self) -> bool {
        self.queried || self.pin.is_some() || !self.writes.is_empty()
    }

    /// Whether a savepoint of this transaction was set when it could only read.
    pub fn is_inside_read_only(&self) -> bool {
        self.savepoints.last().is_some_and(|savepoint| savepoint.read_only)
    }

    /// Definitions as this transaction sees them.
    pub fn catalog(&self, snapshot: &Snapshot) -> Arc<Catalog> {
        let changed = self.writes.catalog().cloned();
        changed.unwrap_or_else(|| self.shared.catalog_of(snapshot.catalog(), self.database))
    }

    /// The rows of a finished COPY.
    pub(super) fn take_in(&mut self, copied: Copied) {
        if copied.stage.is_some() {
            self.stage = copied.stage;
        }
        for (row, ready) in copied.rows {
            self.writes.insert(copied.table, row, ready.bytes.into(), ready.keys);
        }
    }

    pub fn savepoint(&mut self, name: &str, settings: Settings, news: NewsMark) {
        self.savepoints.push(Savepoint {
            name: name.to_owned(),
            read_only: self.read_only,
            writes: self.writes.clone(),
            locks: self.shared.locks.mark(self.id),
            settings,
            news,
        });
    }

    /// Errors: 3B001 `savepoint "x" does not exist`.
    pub fn release(&mut self, name: &str) -> Result<()> {
        let at = self.savepoint_named(name)?;
        self.read_only = self.savepoints[at].read_only;
        self.savepoints.truncate(at);
        Ok(())
    }

    /// Goes back to a savepoint, which stays; the settings of then are returned, and how much had
    /// been said.
    pub fn rollback_to(&mut self, name: &str) -> Result<(Settings, NewsMark)> {
        let at = self.savepoint_named(name)?;
        self.savepoints.truncate(at + 1);
        let savepoint = &self.savepoints[at];
        self.writes = savepoint.writes.clone();
        self.shared.locks.release_to(self.id, savepoint.locks);
        self.failed = false;
        self.read_only = savepoint.read_only;
        Ok((savepoint.settings.clone(), savepoint.news))
    }

    fn savepoint_named(&self, name: &str) -> Result<usize> {
        self.savepoints.iter().rposition(|savepoint| savepoint.name == name).ok_or_else(|| {
            PgError::new(
                sqlstate::INVALID_SAVEPOINT_SPECIFICATION,
                format!("savepoint \"{name}\" does not exist"),
            )
        })
    }

    /// Waits, before anything is handed over, until the indexes are not too far behind.
    ///
    /// Errors: 53400, 57014; nothing is committed then.
    pub async fn eased(&self, cancel: &CancelToken) -> Result<()> {
        if self.writes.grows() { cancel.watch(self.shared.committer.eased()).await } else { Ok(()) }
    }

    /// Commits everything, or nothing.
    ///
    /// Errors: 23505, 40001, 53100; the transaction is over either way.
    pub async fn commit(mut self) -> Result<Committed, CommitError> {
        let stage = self.stage.take();
        let writes = std::mem::take(&mut self.writes);
        if stage.is_none() && writes.is_empty() {
            return Ok(Committed::default());
        }
        let to_build = writes.indexes_to_build();
        let changed: Vec<_> = writes.sequences().collect();
        let snapshot = match self.isolation {
            Isolation::RepeatableRead => self.pin.as_ref().map(Pin::csn),
            Isolation::ReadCommitted => None,
        };
        let set = writes.into_set(snapshot);
        let csn = match stage {
            Some(stage) => stage.publish(set).await?,
            None => self.shared.committer.commit(set).await?,
        };
        for sequence in changed {
            self.shared.sequences.forget(sequence).await;
        }
        Ok(Committed { csn, to_build })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.shared.locks.release_all(self.id);
    }
}
