//! Data-modifying statements in WITH: each query of the WITH is a step, then the statement runs.
//!
//! As in PostgreSQL, all of them read the same state, that before the statement, and pass rows on by
//! RETURNING alone.

use std::sync::Arc;

use futures::TryStreamExt;

use super::{insert, modify, run, writable_table};
use crate::{
    base::Result,
    query::{
        bind::{Action, Step},
        exec::{self, CteRows, batches::push_rows},
        session::{Outcome, Session, Steps, prepared::PreparedInner},
    },
    types::Datum,
};

pub async fn execute(
    session: &mut Session,
    inner: &PreparedInner,
    params: Vec<Datum>,
) -> Result<Outcome> {
    let overlay = session.transaction().writes.overlay.clone();
    session.steps = Some(Steps { overlay, ctes: vec![] });
    let outcome = in_steps(session, inner, params).await;
    session.steps = None;
    outcome
}

async fn in_steps(
    session: &mut Session,
    inner: &PreparedInner,
    params: Vec<Datum>,
) -> Result<Outcome> {
    for step in &inner.steps {
        let rows = rows_of(session, step, params.clone()).await?;
        if let Some(steps) = &mut session.steps {
            steps.ctes.push((step.id, CteRows::Ready(Arc::new(rows))));
        }
    }
    run(session, inner, params).await
}

async fn rows_of(
    session: &mut Session,
    step: &Step,
    params: Vec<Datum>,
) -> Result<Vec<Vec<Datum>>> {
    let outcome = match &step.action {
        Action::Query(plan) => {
            let (env, view) = session.environment()?;
            let execution = Arc::new(session.execution(env, view, params));
            return exec::rows(plan, execution).await;
        }
        Action::Insert(statement) => {
            writable_table(session, &statement.table, "INSERT")?;
            insert::insert(session, statement, params).await?
        }
        Action::Update(statement) => {
            writable_table(session, &statement.table, "UPDATE")?;
            modify::update(session, statement, params).await?
        }
        Action::Delete(statement) => {
            writable_table(session, &statement.table, "DELETE")?;
            modify::delete(session, statement, params).await?
        }
    };
    let mut rows = Vec::new();
    if let Outcome::Rows { fields, mut stream, .. } = outcome {
        while let Some(batch) = stream.try_next().await? {
            push_rows(&batch, &fields, &mut rows)?;
        }
    }
    Ok(rows)
}
