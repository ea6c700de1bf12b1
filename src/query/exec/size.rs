//! Which plans are small: run row by row, they are done before DataFusion's operators are built.

use super::scope::{CteRows, Scope};
use crate::{
    query::{
        ir::{Expr, JoinKind, Node, Plan},
        rules::volatility::inputs,
    },
    storage::catalog::IndexMethod,
};

/// Rows that a small plan may touch.
const ROWS_MAX: u64 = 1000;
/// Pairs that a join without equalities may compare.
const PAIRS_MAX: u64 = 40_000;

/// Whether a plan is run row by row.
pub fn is_small(plan: &Plan, scope: &Scope) -> bool {
    rows(plan, scope).is_some_and(|rows| rows <= ROWS_MAX * 4)
}

/// Whether a plan asks the indexes for neighbours or words anywhere in its own tree.
pub fn searches(plan: &Plan) -> bool {
    matches!(plan.node, Node::Knn(_) | Node::TextSearch(_))
        || inputs(plan).into_iter().any(searches)
}

/// Whether a plan may run long although it touches few stored rows: it makes rows of its own, or
/// runs a subplan for each.
pub fn lasts(plan: &Plan) -> bool {
    let own = match &plan.node {
        Node::FunctionScan { .. } | Node::ProjectSet { .. } => true,
        Node::Join { right, lateral: true, on, .. } => {
            !looks_up(right) || on.as_ref().is_some_and(has_subquery)
        }
        Node::Join { on, .. } => on.as_ref().is_none_or(|on| !has_equality(on) || has_subquery(on)),
        Node::With { ctes, .. } => ctes.iter().any(|cte| cte.recursive.is_some()),
        Node::Scan(scan) => scan.filter.as_ref().is_some_and(has_subquery),
        Node::IndexScan(index) => index.scan.filter.as_ref().is_some_and(has_subquery),
        Node::Filter { predicate, .. } => has_subquery(predicate),
        Node::Project { exprs, .. } => exprs.iter().any(has_subquery),
        _ => false,
    };
    own || inputs(plan).into_iter().any(lasts)
}

/// Whether a plan finds one row at most, by a unique key.
fn looks_up(plan: &Plan) -> bool {
    let Node::IndexScan(index) = &plan.node else { return false };
    index.index.unique && index.equal.len() == index.index.keys.len()
}

/// Without an equality, a join compares every pair.
fn has_equality(on: &Expr) -> bool {
    match on {
        Expr::And(parts) => parts.iter().any(has_equality),
        Expr::Call(call) => super::deparse::symbol(&call.function) == Some("="),
        _ => false,
    }
}

fn has_subquery(expr: &Expr) -> bool {
    expr.any(&mut |expr| matches!(expr, Expr::Subquery(_)))
}

/// A search for at most so many rows, at so much effort, takes a fraction of a millisecond; two of
/// them, joined and looked up, about one.
const QUICK_ROWS_MAX: i64 = 200;
const QUICK_EFFORT_MAX: usize = 400;
/// Lists of the words of more rows may be long.
const QUICK_TEXT_ROWS_MAX: u64 = 1_000_000;

/// Whether a small plan that searches is done sooner than another thread would begin with it.
pub fn is_quick(plan: &Plan, scope: &Scope) -> bool {
    let execution = &scope.execution;
    let few = |count: &Expr| {
        scope.count(count).is_ok_and(|count| count.is_some_and(|count| count <= QUICK_ROWS_MAX))
    };
    let quick = match &plan.node {
        Node::With { .. } | Node::SetOp { .. } => false,
        Node::Knn(knn) => {
            knn.scan.filter.is_none()
                && execution.settings.ef_search <= QUICK_EFFORT_MAX
                && knn.index.method == IndexMethod::Hnsw
                && few(&knn.limit)
                && execution.search.is_at_hand(&knn.scan.table, &knn.index)
        }
        Node::TextSearch(text) => {
            text.scan.filter.is_none()
                && text.top.as_ref().is_some_and(few)
                && execution
                    .source
                    .row_count(text.scan.table.oid)
                    .is_ok_and(|rows| rows <= QUICK_TEXT_ROWS_MAX)
                && execution.search.is_at_hand(&text.scan.table, &text.index)
        }
        _ => true,
    };
    quick && inputs(plan).into_iter().all(|input| is_quick(input, scope))
}

/// Whether the first row comes without reading everything.
pub fn streams(plan: &Plan) -> bool {
    match &plan.node {
        Node::Aggregate { .. } | Node::Window { .. } | Node::Sort { .. } | Node::SetOp { .. } => {
            false
        }
        Node::Join { lateral: false, .. } | Node::With { .. } => false,
        _ => inputs(plan).into_iter().all(streams),
    }
}

/// An upper bound of the rows a plan reads or makes; `None` if it is not small for certain.
fn rows(plan: &Plan, scope: &Scope) -> Option<u64> {
    let small = |count: u64| (count <= ROWS_MAX).then_some(count);
    match &plan.node {
        Node::Empty => Some(1),
        Node::Values(rows) => Some(rows.len() as u64 / 16),
        // Rows that exist already, or are made all at once whichever way they are read.
        Node::System(_) | Node::FunctionScan { .. } => Some(100),
        Node::Scan(scan) => {
            small(scope.execution.source.row_count(scan.table.oid).unwrap_or(u64::MAX))
        }
        Node::Knn(knn) => small(constant(&knn.limit).unwrap_or(100)),
        // A search knows its candidates; what is left is to fetch them.
        Node::TextSearch(search) => match &search.top {
            Some(top) => small(constant(top).unwrap_or(100)),
            None => None,
        },
        Node::IndexScan(index) => {
            if let Some(first) = &index.first {
                return small(constant(&first.wanted).unwrap_or(100));
            }
            if looks_up(plan) {
                Some(1)
            } else {
                small(scope.execution.source.row_count(index.scan.table.oid).unwrap_or(u64::MAX))
            }
        }
        Node::InvertedScan(found) => {
            small(scope.execution.source.row_count(found.scan.table.oid).unwrap_or(u64::MAX))
        }
        Node::CteScan { id } => match scope.cte(*id) {
            Ok(CteRows::Ready(rows)) => small(rows.len() as u64),
            Ok(CteRows::Growing(_)) => Some(100),
            Ok(CteRows::Batches(batches)) => small(batches.rows() as u64),
            Err(_) => None,
        },
        Node::Limit { input, limit: Some(limit), offset, with_ties: None } => {
            let wanted = constant(limit)
                .and_then(|limit| {
                    offset.as_ref().map_or(Some(0), constant).map(|offset| limit + offset)
                })
                .filter(|_| passes_rows(input));
            match wanted {
                Some(wanted) => small(wanted),
                None => rows(input, scope),
            }
        }
        Node::Join { left, right, lateral: true, .. } => {
            let left = rows(left, scope)?;
            small(left.saturating_mul(rows(right, scope)?))
        }
        Node::Join { left, right, kind, on, .. } => {
            let (left_rows, right_rows) = (rows(left, scope)?, rows(right, scope)?);
            let equal = super::rows::has_equality(on.as_ref(), left.fields.len());
            if !equal && left_rows.saturating_mul(right_rows) > PAIRS_MAX {
                return None;
            }
            match kind {
                JoinKind::LeftSemi | JoinKind::LeftAnti => Some(left_rows),
                _ => Some(left_rows.max(right_rows)),
            }
        }
        // Rows are locked as they are asked for, which batches would do ahead of a LIMIT.
        Node::LockRows { .. } => Some(1),
        // Their common table expressions are run for themselves.
        Node::With { body, .. } => rows(body, scope),
        _ => {
            let mut sum = 0;
            for input in inputs(plan) {
                sum += rows(input, scope)?;
            }
            Some(sum)
        }
    }
}

/// How many rows a plan makes, guessed from its tables; only to be compared with another guess.
pub fn rows_guess(plan: &Plan, scope: &Scope) -> u64 {
    let of = |plan: &Plan| rows_guess(plan, scope);
    match &plan.node {
        Node::Empty => 1,
        Node::Values(rows) => rows.len() as u64,
        Node::Scan(scan) => {
            let rows = scope.execution.source.row_count(scan.table.oid).unwrap_or(u64::MAX);
            if scan.filter.is_some() { rows / 4 } else { rows }
        }
        Node::Knn(knn) => constant(&knn.limit).unwrap_or(100),
        Node::TextSearch(search) => search.top.as_ref().and_then(constant).unwrap_or(1000),
        Node::IndexScan(_) | Node::InvertedScan(_) => 100,
        Node::System(_) | Node::FunctionScan { .. } => 1000,
        Node::CteScan { id } => match scope.cte(*id) {
            Ok(CteRows::Ready(rows)) => rows.len() as u64,
            Ok(CteRows::Batches(batches)) => batches.rows() as u64,
            _ => 1000,
        },
        Node::Filter { input, .. } => of(input) / 4,
        Node::Aggregate { input, groups, .. } => {
            if groups.is_empty() {
                1
            } else {
                of(input) / 10
            }
        }
        Node::Limit { input, limit: Some(limit), .. } => {
            of(input).min(constant(limit).unwrap_or(u64::MAX))
        }
        Node::Join { left, right, .. } => of(left).max(of(right)),
        Node::SetOp { left, right, .. } => of(left).saturating_add(of(right)),
        Node::With { body, .. } => of(body),
        _ => inputs(plan).first().map_or(1000, |input| of(input)),
    }
}

/// Whether every input row comes out: a LIMIT above reads no more than it returns.
fn passes_rows(plan: &Plan) -> bool {
    match &plan.node {
        Node::Scan(scan) => scan.filter.is_none(),
        Node::Project { input, .. } => passes_rows(input),
        _ => false,
    }
}

fn constant(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Const(value, _) if !value.is_null() => u64::try_from(value.as_i64()).ok(),
        _ => None,
    }
}
