//! The end of a transaction, and of the session: what must go, what is told to others.

use std::collections::HashMap;

use super::{Session, transaction::Committed};
use crate::{
    base::{Notice, Result, TableId},
    query::functions::advisory,
};

/// What becomes of a temporary table when its transaction commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCommit {
    DeleteRows,
    Drop,
}

/// By temporary table; one that is gone is forgotten at the next commit.
pub(super) type OnCommits = HashMap<TableId, OnCommit>;

impl Session {
    /// Ends a transaction that BEGIN did not open: commits it, or rolls it back if it has failed.
    ///
    /// Errors: those of the commit; nothing is kept then.
    pub async fn end_implicit(&mut self) -> Result<()> {
        match &self.transaction {
            Some(transaction) if !transaction.explicit => {
                let failed = transaction.failed;
                if failed { self.rollback() } else { self.commit().await? }
            }
            _ => {}
        }
        Ok(())
    }

    /// Commits the open transaction; its notifications go out.
    pub(in crate::query) async fn commit(&mut self) -> Result<()> {
        self.close_cursors(true).await?;
        self.take_copied().await?;
        if self.transaction.is_none() {
            return Ok(());
        }
        if let Err(error) = self.ready_to_commit().await {
            self.rollback();
            return Err(error);
        }
        let Some(transaction) = self.transaction.take() else { return Ok(()) };
        let result = match transaction.eased(&self.running).await {
            Ok(()) => transaction.commit().await,
            Err(error) => Err(error.into()),
        };
        advisory::release_transaction(self.pid);
        let news = self.live.lock().end(result.is_ok());
        let committed = result?;
        self.publish(news);
        self.await_builds(committed).await;
        Ok(())
    }

    /// What belongs to the transaction and comes last.
    async fn ready_to_commit(&mut self) -> Result<()> {
        if !self.transaction().writes.pending.is_empty() {
            self.settle_references(None).await?;
        }
        if !self.on_commit.is_empty() {
            self.settle_temporary()?;
        }
        Ok(())
    }

    /// CREATE INDEX ends when its graph or its lists are built, as users of PostgreSQL expect; from
    /// the commit on, searches are exact meanwhile. What is committed is no error any more, whatever
    /// happens while waiting.
    async fn await_builds(&mut self, committed: Committed) {
        if let Err(error) = self.builds(committed).await {
            let warning = Notice::warning(error.code, error.message)
                .detail("The index exists; it is built in the background and searches are exact.");
            self.notice(warning);
        }
    }

    async fn builds(&self, committed: Committed) -> Result<()> {
        let indexes = self.shared().indexes.clone();
        for (table, index) in committed.to_build {
            self.running.watch(indexes.wait_sealed(table, index, committed.csn)).await?;
        }
        Ok(())
    }

    pub(in crate::query) fn rollback(&mut self) {
        self.copied.lock().take();
        self.cursors.lock().retain(|_, cursor| cursor.is_held());
        self.transaction = None;
        advisory::release_transaction(self.pid);
        self.live.lock().end(false);
    }

    /// ON COMMIT DROP and ON COMMIT DELETE ROWS, as part of the transaction.
    fn settle_temporary(&mut self) -> Result<()> {
        let transaction = self.transaction();
        let snapshot = transaction.snapshot()?;
        let catalog = transaction.catalog(&snapshot);
        let mut kept = OnCommits::new();
        for (oid, act) in std::mem::take(&mut self.on_commit) {
            let transaction = self.transaction.as_mut().expect("a transaction is open");
            let Some(table) = catalog.table(oid) else { continue };
            match act {
                OnCommit::Drop => {
                    transaction.writes.forget_table(oid);
                    for change in catalog.drops_of_table(table) {
                        transaction.writes.change(&catalog, change);
                    }
                }
                OnCommit::DeleteRows => {
                    if transaction.writes.rows_of(oid).next().is_some() {
                        transaction.writes.truncate(oid);
                    }
                    kept.insert(oid, act);
                }
            }
        }
        self.on_commit = kept;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.transaction = None;
        advisory::release_session(self.pid);
        let shared = self.engine.shared.clone();
        shared.channels.leave(self.pid);
        shared.backends.lock().remove(&self.pid);
        if self.temporary {
            let name = super::temporary_schema_name(self.pid);
            shared.clone().spawn(async move {
                // What cannot be dropped now goes when the process starts again.
                if let Err(error) = shared.drop_temporary(|other| other == name).await {
                    tracing::warn!(target: "query", schema = name, %error, "a temporary schema stays");
                }
            });
        }
    }
}
