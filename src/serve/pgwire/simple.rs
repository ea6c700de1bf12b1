//! The simple protocol: a string of statements, run in one transaction unless it says BEGIN.

use std::time::Instant;

use super::{
    connection::Connection,
    portal::Rows,
    rows::{RowEncoder, describe},
    session::{Outcome, Session},
    wire::{Failure, Transport},
};
use crate::{base::PgError, metrics::metrics};

impl<T: Transport, S: Session> Connection<T, S> {
    pub(super) async fn simple_query(&mut self, sql: String) -> Result<(), Failure> {
        // As in PostgreSQL, the unnamed statement and portal do not outlive a simple query.
        self.unnamed = None;
        self.portals.remove("");
        match self.run_all(&sql).await {
            Ok(()) => {
                self.ready();
                self.wire.flush().await
            }
            Err(Failure::Report(error)) => self.simple_failed(error, &sql).await,
            Err(closed) => Err(closed),
        }
    }

    /// Tells an error, ends the implicit transaction and is ready again.
    pub(super) async fn simple_failed(&mut self, error: PgError, sql: &str) -> Result<(), Failure> {
        self.report(error, sql)?;
        if let Err(error) = self.wire.attend(self.session.end_implicit()).await? {
            self.report(error, "")?;
        }
        self.ready();
        self.wire.flush().await
    }

    async fn run_all(&mut self, sql: &str) -> Result<(), Failure> {
        let statements = self.session.parse(sql)?;
        let Some((last, earlier)) = statements.split_last() else {
            self.wire.output.signal(b'I');
            return Ok(());
        };
        for statement in earlier {
            let tag = self.run(statement).await?;
            self.complete(tag);
        }
        let tag = self.run(last).await?;
        // The commit comes before the tag: what is answered is durable.
        self.wire.attend(self.session.end_implicit()).await??;
        self.complete(tag);
        Ok(())
    }

    /// The command tag, after what the statement has left to say; `None` for an empty statement.
    pub(super) fn complete(&mut self, tag: Option<String>) {
        self.tidings();
        match tag {
            Some(tag) => self.wire.output.complete(tag),
            None => self.wire.output.signal(b'I'),
        }
    }

    /// Runs one statement, its rows included, and returns its tag.
    async fn run(&mut self, statement: &S::Statement) -> Result<Option<String>, Failure> {
        let started = Instant::now();
        // A statement may have ended the transaction that the string began with.
        self.session.begin_implicit();
        if let Some(portal) = S::portal_of(statement) {
            self.share_portal(portal).await?;
        }
        let prepared = self.wire.attend(self.session.prepare(statement, &[])).await??;
        let outcome = self.wire.attend(self.session.execute(&prepared, Vec::new())).await??;
        let tag = match outcome {
            Outcome::Rows { fields, stream, tag } => {
                self.wire.output.message(&describe(&fields, &[]));
                Some(self.send_all(Rows::new(fields, tag, stream)).await?)
            }
            Outcome::Command(tag) => Some(tag),
            Outcome::CopyIn(copy) => Some(self.copy_in(copy).await?),
            Outcome::CopyOut(copy) => Some(self.copy_out(copy).await?),
            Outcome::Empty => None,
        };
        self.count(&prepared, started);
        Ok(tag)
    }

    async fn send_all(&mut self, mut rows: Rows) -> Result<String, Failure> {
        let mut encoder = RowEncoder::new(&rows.fields, &[], self.session.style());
        let sent = self.send(&mut rows, &mut encoder, None).await?;
        Ok(rows.tag.text(sent))
    }

    /// Sends rows, at most `rows_max`, and returns how many.
    pub(super) async fn send(
        &mut self,
        rows: &mut Rows,
        encoder: &mut RowEncoder,
        rows_max: Option<u64>,
    ) -> Result<u64, Failure> {
        let mut sent = 0;
        while rows_max.is_none_or(|max| sent < max) {
            let Some((batch, first)) = self.wire.attend(rows.peek()).await?? else { break };
            let left = rows_max
                .map_or(usize::MAX, |max| usize::try_from(max - sent).unwrap_or(usize::MAX));
            let count = (batch.num_rows() - first).min(left);
            for row in first..first + count {
                encoder.encode(batch, row, &mut self.wire.output)?;
                self.wire.flush_if_full().await?;
            }
            rows.advance(count);
            sent += count as u64;
        }
        metrics().query_rows.inc_by(sent);
        Ok(sent)
    }
}
