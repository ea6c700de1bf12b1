//! Locks that transactions hold until they end: rows, unique keys, tables, and what else has a name.
//!
//! In memory only, shared by all sessions. A request waits behind those it conflicts with, first
//! come first served; a wait that would close a circle fails at once with 40P01. Modes and their
//! conflicts are PostgreSQL's.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::{
    base::{Oid, PgError, Result, RowId, TableId, ids::IndexId, sqlstate},
    err,
};

mod graph;
mod mode;
mod table;

pub use mode::LockMode;
use table::{Attempt, LockTable};

/// A transaction, as an owner of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub u64);

/// What is locked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LockTarget {
    Row(TableId, RowId),
    /// A unique key, so that two transactions cannot both insert it.
    Key(IndexId, Vec<u8>),
    Table(TableId),
    /// Any other object of the catalogue, or a name about to be taken (with a hash of it).
    Object(Oid, u64),
    /// pg_advisory_lock and kin.
    Advisory(i64),
}

/// What to do if the lock is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Forever,
    /// lock_timeout.
    AtMost(Duration),
    /// NOWAIT and SKIP LOCKED.
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    AtOnce,
    /// Others held it meanwhile: what was read before may have changed.
    AfterWaiting,
    /// [`Wait::Never`], and it is not free.
    Refused,
}

/// A place in a transaction's list of locks, for savepoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockMark(usize);

/// One lock held or waited for, for pg_locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockInfo {
    pub target: LockTarget,
    pub mode: LockMode,
    pub owner: TransactionId,
    pub granted: bool,
}

/// A cheap handle on the one lock table.
#[derive(Clone, Default)]
pub struct Locks {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    table: Mutex<LockTable>,
    next: AtomicU64,
    deadlocks: AtomicU64,
    waits: AtomicU64,
}

impl Locks {
    pub fn new() -> Self {
        Self::default()
    }

    /// A new owner.
    pub fn begin(&self) -> TransactionId {
        TransactionId(self.shared.next.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Takes a lock, waiting as `wait` says. A lock already held in this or a stronger mode costs
    /// nothing. Dropping the future gives the place in the queue up.
    ///
    /// Errors: 40P01 if waiting would close a circle; 55P03 after [`Wait::AtMost`].
    pub async fn lock(
        &self,
        owner: TransactionId,
        target: LockTarget,
        mode: LockMode,
        wait: Wait,
    ) -> Result<Granted> {
        let (waiter, granted) = {
            let mut table = self.shared.table.lock();
            match table.attempt(owner, &target, mode) {
                Attempt::Granted => return Ok(Granted::AtOnce),
                Attempt::Blocked if wait == Wait::Never => return Ok(Granted::Refused),
                Attempt::Blocked => {}
            }
            let (bell, granted) = oneshot::channel();
            let waiter = table.enqueue(owner, &target, mode, bell);
            if let Some(circle) = graph::circle(&table, owner) {
                table.give_up(&target, waiter);
                self.shared.deadlocks.fetch_add(1, Ordering::Relaxed);
                return Err(deadlock(&circle));
            }
            (waiter, granted)
        };
        self.shared.waits.fetch_add(1, Ordering::Relaxed);
        let place = Place { shared: &self.shared, target: &target, waiter };
        let rung = match wait {
            Wait::AtMost(limit) => match tokio::time::timeout(limit, granted).await {
                Ok(rung) => rung,
                Err(_) => {
                    return err!(LOCK_NOT_AVAILABLE, "canceling statement due to lock timeout");
                }
            },
            Wait::Forever | Wait::Never => granted.await,
        };
        drop(place);
        match rung {
            Ok(()) => Ok(Granted::AfterWaiting),
            Err(_) => Err(PgError::internal("a lock's queue was lost")),
        }
    }

    /// Takes a lock if it is free.
    pub fn try_lock(&self, owner: TransactionId, target: LockTarget, mode: LockMode) -> bool {
        let mut table = self.shared.table.lock();
        matches!(table.attempt(owner, &target, mode), Attempt::Granted)
    }

    /// Takes free row locks and returns the rows that others hold, without waiting for them.
    pub fn try_lock_rows(
        &self,
        owner: TransactionId,
        table: TableId,
        rows: impl IntoIterator<Item = RowId>,
        mode: LockMode,
    ) -> Vec<RowId> {
        let mut locks = self.shared.table.lock();
        rows.into_iter()
            .filter(|row| {
                let target = LockTarget::Row(table, *row);
                matches!(locks.attempt(owner, &target, mode), Attempt::Blocked)
            })
            .collect()
    }

    /// Gives up one mode of one lock before the transaction's end (pg_advisory_unlock). `false` if it
    /// was not held.
    pub fn unlock(&self, owner: TransactionId, target: &LockTarget, mode: LockMode) -> bool {
        self.shared.table.lock().release_one(owner, target, mode)
    }

    /// At the end of the transaction.
    pub fn release_all(&self, owner: TransactionId) {
        self.shared.table.lock().release_to(owner, 0);
    }

    /// Where a savepoint starts.
    pub fn mark(&self, owner: TransactionId) -> LockMark {
        LockMark(self.shared.table.lock().held(owner))
    }

    /// ROLLBACK TO SAVEPOINT: gives up what was taken since, stronger modes of older locks included.
    pub fn release_to(&self, owner: TransactionId, mark: LockMark) {
        self.shared.table.lock().release_to(owner, mark.0);
    }

    pub fn is_held(&self, owner: TransactionId, target: &LockTarget, mode: LockMode) -> bool {
        self.shared.table.lock().holds(owner, target, mode)
    }

    /// Every lock held or waited for.
    pub fn list(&self) -> Vec<LockInfo> {
        self.shared.table.lock().list()
    }

    /// Transactions that `owner` waits for now (pg_blocking_pids).
    pub fn blockers(&self, owner: TransactionId) -> Vec<TransactionId> {
        self.shared.table.lock().blockers(owner)
    }

    /// Deadlocks found and waits begun since the start.
    pub fn statistics(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.shared.deadlocks), read(&self.shared.waits))
    }
}

/// A place in a queue; given up if the wait ends without the lock.
struct Place<'a> {
    shared: &'a Shared,
    target: &'a LockTarget,
    waiter: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // After a grant the waiter is no longer queued, and this does nothing.
        self.shared.table.lock().give_up(self.target, self.waiter);
    }
}

fn deadlock(circle: &[TransactionId]) -> PgError {
    let mut detail = String::new();
    for (n, waiter) in circle.iter().enumerate() {
        let blocker = circle[(n + 1) % circle.len()];
        if n > 0 {
            detail.push('\n');
        }
        detail.push_str(&format!(
            "Transaction {} waits for a lock; blocked by transaction {}.",
            waiter.0, blocker.0
        ));
    }
    PgError::new(sqlstate::DEADLOCK_DETECTED, "deadlock detected").detail(detail)
}

#[cfg(test)]
mod tests;
