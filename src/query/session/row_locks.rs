//! Row locks that a running query takes: FOR UPDATE and its kin.

use super::services::StatementServices;
use crate::{
    base::{Csn, PgError, Result, TableId, sqlstate},
    err,
    ingest::locks::{Granted, LockMode, LockTarget, Wait},
    query::{
        env::{LockWait, RowLock, RowLocked},
        statements::write::patience,
    },
};

impl StatementServices {
    /// Locks one row, and looks whether it is still what the query read.
    ///
    /// Errors: 40001 if it has changed, which READ COMMITTED answers by running the query again.
    pub(super) fn lock_row_of(&self, wanted: &RowLock) -> Result<RowLocked> {
        let table = LockTarget::Table(wanted.table);
        self.take(table, LockMode::RowShare, patience(&self.live))?;
        let row = LockTarget::Row(wanted.table, wanted.row);
        let wait = match wanted.wait {
            LockWait::Block => patience(&self.live),
            LockWait::Error | LockWait::Skip => Wait::Never,
        };
        if self.take(row, wanted.mode, wait)? == Granted::Refused {
            if wanted.wait == LockWait::Skip {
                return Ok(RowLocked::Skipped);
            }
            let name = self.catalog.table(wanted.table).map_or("", |table| table.name.as_str());
            return err!(LOCK_NOT_AVAILABLE, "could not obtain lock on row in relation \"{name}\"");
        }
        if self.has_changed(wanted.table, wanted)? {
            return Err(PgError::new(
                sqlstate::SERIALIZATION_FAILURE,
                "could not serialize access due to concurrent update",
            ));
        }
        Ok(RowLocked::Locked)
    }

    fn take(&self, target: LockTarget, mode: LockMode, wait: Wait) -> Result<Granted> {
        let locks = &self.shared.locks;
        if locks.try_lock(self.owner, target.clone(), mode) {
            return Ok(Granted::AtOnce);
        }
        if wait == Wait::Never {
            return Ok(Granted::Refused);
        }
        self.shared.wait(self.cancel.watch(locks.lock(self.owner, target, mode, wait)))
    }

    /// Whether another transaction has written the row since the query's snapshot. A row of this
    /// transaction's own carries the csn of the one it replaces, or none.
    fn has_changed(&self, table: TableId, wanted: &RowLock) -> Result<bool> {
        if wanted.read == Csn(0) || self.shared.committer.csn() == self.view.csn() {
            return Ok(false);
        }
        let newest = self.shared.store.snapshot()?;
        let stored = newest.row(table, wanted.row)?;
        Ok(stored.is_none_or(|stored| stored.csn != wanted.read))
    }
}
