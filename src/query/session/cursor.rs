//! Cursors: DECLARE, FETCH, MOVE, CLOSE.
//!
//! A cursor's rows are made when it is declared and kept in memory, so that no storage transaction
//! waits for the client between two FETCHes.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;

use super::{Outcome, Session, Tag, engine::now};
use crate::{
    base::Result,
    query::{
        ir::Field,
        parse::{NodeEnum, Statement},
    },
};

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
    /// Rows are sent in binary whatever the client asks for.
    pub binary: bool,
    /// The text of DECLARE.
    pub sql: Arc<str>,
    /// Microseconds since 2000-01-01 UTC.
    pub since: i64,
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

/// The cursor that a FETCH, MOVE or CLOSE names.
pub fn named_by(statement: &Statement) -> Option<&str> {
    let name = match statement.node.as_ref() {
        NodeEnum::FetchStmt(fetch) => &fetch.portalname,
        NodeEnum::ClosePortalStmt(close) => &close.portalname,
        _ => return None,
    };
    (!name.is_empty()).then_some(name)
}

impl Session {
    /// A portal of the protocol that statements name from now on: its rows from here.
    pub fn adopt(&mut self, name: &str, fields: Arc<[Field]>, batches: Vec<RecordBatch>) {
        let cursor = Cursor {
            fields,
            rows: batches.iter().map(RecordBatch::num_rows).sum(),
            batches,
            position: 0,
            scroll: false,
            hold: false,
            kept: false,
            binary: false,
            sql: Arc::from(""),
            since: now(),
        };
        self.cursors.lock().insert(name.to_owned(), cursor);
    }

    /// The columns of an open cursor, for Describe.
    pub fn cursor_fields(&self, name: &str) -> Option<Arc<[Field]>> {
        self.cursors.lock().get(name).map(|cursor| cursor.fields.clone())
    }

    /// The next rows of a cursor, at most `rows_max`: Execute on a portal that DECLARE has made.
    ///
    /// Errors: 34000 if there is no such cursor.
    pub fn fetch_forward(&mut self, name: &str, rows_max: Option<u64>) -> Result<Outcome> {
        let mut cursors = self.cursors.lock();
        let Some(cursor) = cursors.get_mut(name) else {
            return crate::err!(INVALID_CURSOR_NAME, "cursor \"{name}\" does not exist");
        };
        let from = cursor.position.min(cursor.rows);
        let wanted = rows_max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        let to = from.saturating_add(wanted).min(cursor.rows);
        let ended = from.saturating_add(wanted) > cursor.rows;
        cursor.position = if ended { cursor.rows + 1 } else { to };
        let stream = Box::pin(futures::stream::iter(cursor.slice(from, to).into_iter().map(Ok)));
        Ok(Outcome::Rows { fields: cursor.fields.clone(), stream, tag: Tag::Counted("SELECT") })
    }

    /// The protocol's Close; a name of no cursor is no error.
    pub fn close_cursor(&mut self, name: &str) {
        self.cursors.lock().remove(name);
    }

    /// At the end of a transaction: those WITH HOLD stay if it commits.
    pub(super) async fn close_cursors(&mut self, committed: bool) -> Result<()> {
        let mut cursors = self.cursors.lock();
        cursors.retain(|_, cursor| cursor.hold && (committed || cursor.kept));
        for cursor in cursors.values_mut() {
            cursor.kept = true;
        }
        Ok(())
    }
}
