//! Cursors: DECLARE, FETCH, MOVE, CLOSE.
//!
//! A cursor's rows are made when it is declared and kept in memory, so that no storage transaction
//! waits for the client between two FETCHes.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;

use super::Session;
use crate::{base::Result, query::ir::Field};

pub struct Cursor {
    pub fields: Arc<[Field]>,
    pub batches: Vec<RecordBatch>,
    pub rows: usize,
    /// 0 before the first row, `n` on the n-th, `rows + 1` behind the last.
    pub position: usize,
    pub scroll: bool,
    /// WITH HOLD: it outlives its transaction.
    pub hold: bool,
    /// The transaction that declared it has committed.
    pub kept: bool,
}

impl Cursor {
    /// Whether it survives a rollback.
    pub fn is_held(&self) -> bool {
        self.hold && self.kept
    }

    /// The rows `from..to`, counted from 0.
    pub fn slice(&self, from: usize, to: usize) -> Vec<RecordBatch> {
        let mut start = 0;
        let mut slices = Vec::new();
        for batch in &self.batches {
            let end = start + batch.num_rows();
            let (first, last) = (from.max(start), to.min(end));
            if first < last {
                slices.push(batch.slice(first - start, last - first));
            }
            start = end;
        }
        slices
    }
}

impl Session {
    /// The columns of an open cursor, for Describe.
    pub fn cursor_fields(&self, name: &str) -> Option<Arc<[Field]>> {
        self.cursors.get(name).map(|cursor| cursor.fields.clone())
    }

    /// At the end of a transaction: those WITH HOLD stay if it commits.
    pub(super) async fn close_cursors(&mut self, committed: bool) -> Result<()> {
        self.cursors.retain(|_, cursor| cursor.hold && (committed || cursor.kept));
        for cursor in self.cursors.values_mut() {
            cursor.kept = true;
        }
        Ok(())
    }
}
