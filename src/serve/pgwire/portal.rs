//! A portal: a statement bound to its parameters, and where its rows have got to.

use std::{collections::VecDeque, sync::Arc};

use datafusion::arrow::record_batch::RecordBatch;
use futures::{StreamExt, stream::BoxStream};

use super::{
    rows::Format,
    session::{Session, Tag},
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::ir::Field,
    types::Datum,
};

pub struct Portal<S: Session> {
    /// `None` for an empty statement.
    pub prepared: Option<S::Prepared>,
    pub formats: Vec<Format>,
    pub state: State,
}

pub enum State {
    Bound(Vec<Datum>),
    Rows(Rows),
    /// A FETCH, MOVE or CLOSE has named it: its rows are a cursor of the session's.
    Shared,
    /// Rows: another Execute finds none. Otherwise it cannot be run again.
    Done(Option<Tag>),
}

/// A result on its way to the client.
pub struct Rows {
    pub fields: Arc<[Field]>,
    pub tag: Tag,
    /// The rest; `None` once it is all in `batches`.
    stream: Option<BoxStream<'static, Result<RecordBatch>>>,
    batches: VecDeque<RecordBatch>,
    /// The first row of `batches` that is not yet sent.
    next: usize,
}

impl Rows {
    pub fn new(
        fields: Arc<[Field]>,
        tag: Tag,
        stream: BoxStream<'static, Result<RecordBatch>>,
    ) -> Self {
        Self { fields, tag, stream: Some(stream), batches: VecDeque::new(), next: 0 }
    }

    /// The batch that holds the next row, and where in it; `None` after the last.
    pub async fn peek(&mut self) -> Result<Option<(&RecordBatch, usize)>> {
        loop {
            while self.batches.front().is_some_and(|batch| self.next >= batch.num_rows()) {
                self.batches.pop_front();
                self.next = 0;
            }
            if !self.batches.is_empty() {
                return Ok(self.batches.front().map(|batch| (batch, self.next)));
            }
            let Some(stream) = &mut self.stream else { return Ok(None) };
            match stream.next().await.transpose()? {
                Some(batch) => self.batches.push_back(batch),
                None => self.stream = None,
            }
        }
    }

    /// Counts `rows` of the peeked batch as sent.
    pub fn advance(&mut self, rows: usize) {
        self.next += rows;
    }

    /// The rest, settled before.
    pub fn into_batches(self) -> Vec<RecordBatch> {
        let mut batches = self.batches;
        if let Some(front) = batches.front_mut() {
            let sent = self.next.min(front.num_rows());
            *front = front.slice(sent, front.num_rows() - sent);
        }
        batches.into()
    }

    /// Whether a snapshot may still be open behind the rows.
    pub fn is_live(&self) -> bool {
        self.stream.is_some()
    }

    /// Takes the rest into memory, so that no snapshot waits for the client.
    ///
    /// Errors: the statement's own; 53200 if the rest has more than `bytes_max`.
    pub async fn settle(&mut self, bytes_max: usize) -> Result<()> {
        let mut bytes = 0usize;
        while let Some(stream) = &mut self.stream {
            match stream.next().await.transpose()? {
                Some(batch) => {
                    bytes = bytes.saturating_add(batch.get_array_memory_size());
                    if bytes > bytes_max {
                        return Err(PgError::new(
                            sqlstate::OUT_OF_MEMORY,
                            "the rest of a suspended portal does not fit in memory",
                        )
                        .hint("Use a smaller result, or raise query.memory."));
                    }
                    self.batches.push_back(batch);
                }
                None => self.stream = None,
            }
        }
        Ok(())
    }
}
