//! SELECT, VALUES and TABLE.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};

use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        exec,
        ir::Plan,
        session::{Outcome, Session, Tag, transaction::Isolation},
    },
    types::Datum,
};

/// A bound query, and whether it locks rows.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    pub plan: &'a Arc<Plan>,
    pub locks_rows: bool,
}

pub async fn select(
    session: &mut Session,
    query: Query<'_>,
    params: Vec<Datum>,
) -> Result<Outcome> {
    let stream = stream(session, query, params).await?;
    Ok(Outcome::Rows { fields: query.plan.fields.clone(), stream, tag: Tag::Counted("SELECT") })
}

/// The rows of a query, as they are made; those of FOR UPDATE all at once, when all are locked.
///
/// Errors: the query's; 40001 in REPEATABLE READ if a row to be locked has changed.
pub async fn stream(
    session: &mut Session,
    query: Query<'_>,
    params: Vec<Datum>,
) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    let plan = query.plan;
    if !query.locks_rows {
        let (env, view) = session.environment()?;
        let stream = exec::run(plan, Arc::new(session.execution(env, view, params)))?;
        return Ok(attentive(session, stream));
    }
    loop {
        let (env, view) = session.environment()?;
        let execution = Arc::new(session.execution(env, view, params.clone()));
        let made = exec::run(plan, execution.clone());
        let made = match made {
            Ok(stream) => stream.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        };
        match made {
            Ok(batches) => {
                return Ok(futures::stream::iter(batches.into_iter().map(Ok)).boxed());
            }
            Err(error) if may_run_again(session, &error) => execution.cancel.check()?,
            Err(error) => return Err(error),
        }
    }
}

/// Stops between two batches when the statement is cancelled, though the rest may be at hand.
pub fn attentive(
    session: &Session,
    stream: BoxStream<'static, Result<RecordBatch>>,
) -> BoxStream<'static, Result<RecordBatch>> {
    let running = session.running().clone();
    stream.map(move |batch| running.check().and(batch)).boxed()
}

/// Whether a query that met a changed row runs again on a newer snapshot: READ COMMITTED.
pub fn may_run_again(session: &mut Session, error: &PgError) -> bool {
    error.code == sqlstate::SERIALIZATION_FAILURE
        && session.transaction().isolation == Isolation::ReadCommitted
}
