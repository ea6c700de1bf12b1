//! Large plans as DataFusion's physical operators, one partition each.
//!
//! DataFusion filters, projects, hashes joins, sorts and limits. Table scans, aggregation, DISTINCT
//! and the set operations are operators of our own over batches; whatever is left runs in the row
//! executor behind an operator that turns batches into rows and back. No DataFusion optimiser runs:
//! [`crate::query::rules`] has been there before.

mod aggregate;
mod error;
mod expr;
mod join;
mod operator;
mod row_node;
mod scan;
mod sets;
mod sort;

use std::sync::Arc;

use datafusion::{
    arrow::record_batch::RecordBatch,
    execution::{
        TaskContext,
        config::SessionConfig,
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        runtime_env::RuntimeEnvBuilder,
    },
    physical_plan::{
        ExecutionPlan, filter::FilterExec, limit::GlobalLimitExec, projection::ProjectionExec,
        projection::ProjectionExpr,
    },
};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};

pub use error::{from_pg, to_pg};
pub use operator::Operator;

use super::{
    batches::{BATCH_ROWS, batches_of, schema_of},
    rows::{self, TableChunk, count_rows},
    scope::{CteRows, Scope},
};
use crate::{
    base::Result,
    query::ir::{Expr, Node, Plan},
};

pub type Exec = Arc<dyn ExecutionPlan>;

/// The plan's batches; it runs as they are polled, and looks for a cancel before each.
pub fn stream(plan: &Plan, scope: &Scope) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    let exec = lower(plan, scope)?;
    let stream = exec.execute(0, task_context(scope)?).map_err(to_pg)?;
    let cancel = scope.execution.cancel.clone();
    Ok(stream
        .map_err(to_pg)
        .and_then(move |batch| futures::future::ready(cancel.check().map(|()| batch)))
        .boxed())
}

fn task_context(scope: &Scope) -> Result<Arc<TaskContext>> {
    // A sort that does not fit is an error, not a surprise on the disk.
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(scope.execution.memory.clone())
        .with_disk_manager_builder(disk)
        .build_arc()
        .map_err(to_pg)?;
    let config = SessionConfig::new().with_batch_size(BATCH_ROWS).with_target_partitions(1);
    Ok(Arc::new(TaskContext::default().with_session_config(config).with_runtime(runtime)))
}

/// The operators of a plan.
pub fn lower(plan: &Plan, scope: &Scope) -> Result<Exec> {
    let exec = lower_node(plan, scope)?;
    Ok(match &scope.execution.profile {
        Some(profile) => operator::measured(exec, plan, profile.clone()),
        None => exec,
    })
}

/// Whether locks are taken here, or right below a LIMIT.
fn locks_rows(plan: &Plan) -> bool {
    match &plan.node {
        Node::LockRows { .. } => true,
        Node::Limit { input, .. } | Node::Project { input, .. } => locks_rows(input),
        _ => false,
    }
}

fn lower_node(plan: &Plan, scope: &Scope) -> Result<Exec> {
    if locks_rows(plan) {
        let rows = rows::collect(&mut *rows::open(plan, scope)?, scope, "row locks")?;
        return Ok(operator::ready(schema_of(&plan.fields), batches_of(&rows, &plan.fields)?));
    }
    match &plan.node {
        Node::Scan(scan) => Ok(scan::lower(scan, TableChunk::start(), plan, scope)),
        Node::InvertedScan(found) => {
            let rows = rows::candidates(found, plan, scope)?;
            let chunk = rows.map_or_else(TableChunk::start, TableChunk::of);
            Ok(scan::lower(&found.scan, chunk, plan, scope))
        }
        Node::Filter { input, predicate } => {
            let predicate = expr::lower(predicate, scope);
            let filter = FilterExec::try_new(predicate, lower(input, scope)?).map_err(to_pg)?;
            Ok(Arc::new(filter))
        }
        Node::Project { input, exprs } => project(exprs, lower(input, scope)?, scope),
        Node::Join { left, right, kind, on, lateral: false } => {
            join::lower(left, right, *kind, on.as_ref(), plan, scope)
        }
        Node::Aggregate { input, groups, sets, aggregates } => {
            let input = lower(input, scope)?;
            Ok(aggregate::lower(input, groups, sets, aggregates, plan, scope))
        }
        Node::Sort { input, keys } => sort::lower(lower(input, scope)?, keys, None, scope),
        Node::Limit { input, limit, offset, with_ties: None } => {
            let (limit, offset) = count_rows(limit.as_ref(), offset.as_ref(), scope)?;
            let keep = limit.map(|limit| limit.saturating_add(offset));
            let input = limited(input, keep, scope)?;
            Ok(Arc::new(GlobalLimitExec::new(input, offset, limit)))
        }
        Node::Distinct { input } => Ok(sets::distinct(lower(input, scope)?, plan, scope)),
        Node::SetOp { left, right, op, all } => {
            Ok(sets::lower(lower(left, scope)?, lower(right, scope)?, *op, *all, plan, scope))
        }
        Node::With { .. } => {
            let (body, inside) = rows::enter(plan, scope)?;
            lower(body, &inside)
        }
        Node::CteScan { id } => match scope.cte(*id)? {
            CteRows::Batches(batches) => {
                Ok(operator::ready(schema_of(&plan.fields), batches.batches.clone()))
            }
            CteRows::Ready(rows) => {
                Ok(operator::ready(schema_of(&plan.fields), batches_of(&rows, &plan.fields)?))
            }
            CteRows::Growing(_) => row_node::lower(plan, vec![], scope),
        },
        node => {
            let inputs: Result<Vec<_>> =
                rows::direct_inputs(node).into_iter().map(|input| lower(input, scope)).collect();
            row_node::lower(plan, inputs?, scope)
        }
    }
}

/// The input of a LIMIT: a sort below it keeps only the rows that can come out.
fn limited(plan: &Plan, keep: Option<usize>, scope: &Scope) -> Result<Exec> {
    let exec = match &plan.node {
        Node::Sort { input, keys } => sort::lower(lower(input, scope)?, keys, keep, scope)?,
        Node::Project { input, exprs } => project(exprs, limited(input, keep, scope)?, scope)?,
        _ => return lower(plan, scope),
    };
    Ok(match &scope.execution.profile {
        Some(profile) => operator::measured(exec, plan, profile.clone()),
        None => exec,
    })
}

fn project(exprs: &[Expr], input: Exec, scope: &Scope) -> Result<Exec> {
    let exprs: Vec<ProjectionExpr> = exprs
        .iter()
        .enumerate()
        .map(|(position, expr)| ProjectionExpr {
            expr: expr::lower(expr, scope),
            alias: format!("c{position}"),
        })
        .collect();
    Ok(Arc::new(ProjectionExec::try_new(exprs, input).map_err(to_pg)?))
}

#[cfg(test)]
mod tests;
