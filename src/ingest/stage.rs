//! A bulk load of any size: written in slices that let other commits through, visible at once.

use std::collections::VecDeque;

use super::{
    committer::Committer,
    queue::{Answer, Work},
    write_set::{CommitError, RowOp, WriteSet},
};
use crate::base::{Csn, PgError};

/// Slices that may wait for the Committer while the next one is made: it writes those that wait in
/// one transaction, with one sync.
const WAITING_MAX: usize = 4;

/// Rows pushed are written but invisible until [`Stage::publish`]. Dropping it abandons them, and a
/// crash does too.
pub struct Stage {
    committer: Committer,
    id: u64,
    rows: u64,
    /// Of slices that are on their way, the oldest first.
    waiting: VecDeque<Answer>,
    /// A push failed, or was dropped half-way: only abandoning is left.
    broken: bool,
}

impl Stage {
    pub(super) fn open(committer: Committer) -> Self {
        // Row ids are never given out twice, and so neither are stage ids.
        let id = committer.shared.store.allocate_rows(1).0;
        committer.shared.open_stages.lock().insert(id);
        Self { committer, id, rows: 0, waiting: VecDeque::new(), broken: false }
    }

    /// Rows pushed so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Sends a slice to be written: only [`RowOp::Insert`] and [`RowOp::IndexOnly`]. A few megabytes
    /// are a good size. Row ids of one table should ascend without gaps. Waits while several slices
    /// are on their way.
    ///
    /// Errors: 23505, 53100, of this slice or of one before; the stage is of no use then.
    pub async fn push(&mut self, rows: Vec<RowOp>) -> Result<(), CommitError> {
        if rows.is_empty() {
            return Ok(());
        }
        if std::mem::replace(&mut self.broken, true) {
            return Err(broken());
        }
        while let Some(answer) = self.waiting.front_mut().and_then(Answer::now) {
            self.waiting.pop_front();
            answer?;
        }
        while self.waiting.len() >= WAITING_MAX
            && let Some(answer) = self.waiting.pop_front()
        {
            answer.await?;
        }
        let count = rows.len() as u64;
        let work = Work::Slice { stage: self.id, rows };
        self.waiting.push_back(self.committer.shared.queue.send(work).await?);
        self.rows += count;
        self.broken = false;
        Ok(())
    }

    /// Waits until every slice is durable.
    ///
    /// Errors: as [`Stage::push`].
    pub async fn settle(&mut self) -> Result<(), CommitError> {
        if std::mem::replace(&mut self.broken, true) {
            return Err(broken());
        }
        while let Some(answer) = self.waiting.pop_front() {
            answer.await?;
        }
        self.broken = false;
        Ok(())
    }

    /// Commits the staged rows together with `set`, under one csn.
    ///
    /// Errors: as [`Stage::push`]; those of [`Committer::commit`].
    pub async fn publish(mut self, set: WriteSet) -> Result<Csn, CommitError> {
        // The publishing commit takes over what the Committer knows of the stage by then.
        self.settle().await?;
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
