//! From a prepared statement to its outcome: locks, definitions, the run.

use std::sync::Arc;

use super::{
    Outcome, Session,
    activity::State,
    engine::now,
    prepared::{Bound, Prepared},
};
use crate::{
    base::{PgError, Result, sqlstate},
    ingest::locks::{LockMode, LockTarget},
    query::{
        exec::{Cause, Deadline},
        ir::Field,
        parse::Statement,
        statements,
    },
    types::Datum,
};

impl Session {
    /// Runs a statement. Its rows stream as they are asked for.
    ///
    /// Errors: the statement's own; 25P02 in a failed transaction; 25P04 in one that has lasted too long.
    pub async fn execute(&mut self, prepared: &Prepared, params: Vec<Datum>) -> Result<Outcome> {
        self.refuse_if_failed(&prepared.inner.statement)?;
        self.cancel.reset();
        // Not every statement asks, and a client that sends them without a pause is never waited for.
        self.cancel.timer().check()?;
        let limit = self.resolved().statement_timeout;
        self.running = self.cancel.with_deadline(Deadline::after(limit, Cause::Statement));
        self.enter(&prepared.inner.statement);
        let outcome = match self.settle(prepared).await {
            Ok(prepared) => statements::execute(self, &prepared, params).await,
            Err(error) => Err(error),
        };
        // No snapshot outlives its statement.
        self.opened = None;
        outcome
    }

    /// Locks the tables that the statement writes, and then has it bound against definitions that no
    /// other transaction changes any more.
    async fn settle(&mut self, prepared: &Prepared) -> Result<Prepared> {
        let mut prepared = prepared.clone();
        loop {
            for table in prepared.inner.written() {
                let target = LockTarget::Table(table);
                statements::write::lock(self, target, LockMode::RowExclusive).await?;
            }
            let fresh = self.current(&prepared)?;
            if Arc::ptr_eq(&fresh.inner, &prepared.inner) {
                return Ok(fresh);
            }
            prepared = fresh;
        }
    }

    fn enter(&self, statement: &Statement) {
        if let Some(backend) = self.shared().backends.lock().get_mut(&self.pid) {
            backend.query = statement.text.clone();
            backend.query_started = Some(now());
        }
        self.activity.set(State::Active);
    }

    /// The statement, bound again if what it was bound against has changed.
    ///
    /// Errors: 0A000 `cached plan must not change result type`.
    pub(super) fn current(&mut self, prepared: &Prepared) -> Result<Prepared> {
        if matches!(prepared.inner.bound, Bound::Utility) {
            return Ok(prepared.clone());
        }
        let (env, view) = self.environment()?;
        if prepared.inner.version == self.bound_against(&env) {
            self.opened = Some((env, view));
            return Ok(prepared.clone());
        }
        let inner = &prepared.inner;
        let fresh = self.bind(inner.statement.clone(), inner.params.clone())?;
        let types = |fields: &Option<Arc<[Field]>>| {
            fields.as_ref().map(|fields| fields.iter().map(|field| field.ty).collect::<Vec<_>>())
        };
        if types(&fresh.inner.fields) != types(&inner.fields) {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "cached plan must not change result type",
            )
            .routine("RevalidateCachedQuery"));
        }
        Ok(fresh)
    }

    /// In a failed transaction only its end is allowed.
    pub(super) fn refuse_if_failed(&self, statement: &Statement) -> Result<()> {
        let failed = self.transaction.as_ref().is_some_and(|transaction| transaction.failed);
        if failed && !statements::ends_transaction(&statement.node) {
            return Err(PgError::new(
                sqlstate::IN_FAILED_SQL_TRANSACTION,
                "current transaction is aborted, commands ignored until end of transaction block",
            ));
        }
        Ok(())
    }
}
