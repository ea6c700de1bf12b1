//! A bulk load of any size: written in slices that let other commits through, visible at once.

use super::{
    committer::Committer,
    queue::Work,
    write_set::{CommitError, RowOp, WriteSet},
};
use crate::base::{Csn, PgError};

/// Rows pushed are durable but invisible until [`Stage::publish`]. Dropping it abandons them, and a
/// crash does too.
pub struct Stage {
    committer: Committer,
    id: u64,
    rows: u64,
    /// A push failed, or was dropped half-way: only abandoning is left.
    broken: bool,
}

impl Stage {
    pub(super) fn open(committer: Committer) -> Self {
        // Row ids are never given out twice, and so neither are stage ids.
        let id = committer.shared.store.allocate_rows(1).0;
        committer.shared.open_stages.lock().insert(id);
        Self { committer, id, rows: 0, broken: false }
    }

    /// Rows pushed so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a slice: only [`RowOp::Insert`] and [`RowOp::IndexOnly`]. A few megabytes are a good
    /// size. Row ids of one table should ascend without gaps.
    ///
    /// Errors: 23505, 53100; the stage is of no use then.
    pub async fn push(&mut self, rows: Vec<RowOp>) -> Result<(), CommitError> {
        if rows.is_empty() {
            return Ok(());
        }
        if std::mem::replace(&mut self.broken, true) {
            return Err(broken());
        }
        let count = rows.len() as u64;
        let work = Work::Slice { stage: self.id, rows };
        self.committer.shared.queue.ask(work).await?;
        self.rows += count;
        self.broken = false;
        Ok(())
    }

    /// Commits the staged rows together with `set`, under one csn.
    pub async fn publish(self, set: WriteSet) -> Result<Csn, CommitError> {
        if self.broken {
            return Err(broken());
        }
        if self.rows == 0 {
            return self.committer.commit(set).await;
        }
        let work = Work::Commit { set: Box::new(set), stage: Some(self.id) };
        self.committer.shared.queue.ask(work).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The Committer abandons what it knows of a stage that is not open; of a published one it
        // knows nothing any more.
        self.committer.shared.open_stages.lock().remove(&self.id);
    }
}

fn broken() -> CommitError {
    PgError::internal("the bulk load has failed before").into()
}
