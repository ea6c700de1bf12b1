//! The row executor: every plan node as a cursor of rows. Small statements run in it alone, without
//! a batch or a future; large plans borrow single operators from it ([`super::lower`]).

mod aggregate;
mod basic;
mod functions;
mod index;
mod inverted;
mod join;
mod lateral;
mod lock;
mod lookup;
mod recursion;
mod scan;
mod search;
mod sets;
mod sort;

use std::time::Duration;

pub use aggregate::{Grouping, Spec, State, grouping_bits};
pub use basic::count_rows;
pub use inverted::candidates;
pub use join::{Condition, has_equality};
pub use recursion::Recursion;
pub use scan::{RowReader, TableChunk};

use super::{
    constants::hoisted,
    profile::{Measured, Profile},
    scope::{CteRows, Row, Scope},
    window,
};
use crate::{
    base::Result,
    query::ir::{Node, Plan},
};

/// Rows one at a time.
pub trait Cursor: Send {
    fn next(&mut self) -> Result<Option<Row>>;
}

pub type BoxCursor<'p> = Box<dyn Cursor + 'p>;

/// Rows that are at hand.
pub struct Stored {
    rows: std::vec::IntoIter<Row>,
}

impl Stored {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows: rows.into_iter() }
    }
}

impl Cursor for Stored {
    fn next(&mut self) -> Result<Option<Row>> {
        Ok(self.rows.next())
    }
}

/// Rows that are made by a function when the first one is asked for.
pub struct Deferred<F> {
    make: Option<F>,
    rows: std::vec::IntoIter<Row>,
}

impl<F: FnOnce() -> Result<Vec<Row>> + Send> Deferred<F> {
    pub fn new(make: F) -> Self {
        Self { make: Some(make), rows: Vec::new().into_iter() }
    }
}

impl<F: FnOnce() -> Result<Vec<Row>> + Send> Cursor for Deferred<F> {
    fn next(&mut self) -> Result<Option<Row>> {
        if let Some(make) = self.make.take() {
            self.rows = make()?.into_iter();
        }
        Ok(self.rows.next())
    }
}

/// Goes into WITH: runs its common table expressions, and returns the body with the scope they are
/// known in.
pub fn enter<'p>(plan: &'p Plan, scope: &Scope) -> Result<(&'p Plan, Scope)> {
    let (mut plan, mut scope) = (plan, scope.clone());
    while let Node::With { ctes, body } = &plan.node {
        scope = recursion::bind(ctes, &scope)?;
        plan = body;
    }
    Ok((plan, scope))
}

/// Opens a plan. Nothing is read before the first row is asked for, but for WITH: its common table
/// expressions are run here, in order.
pub fn open<'p>(plan: &'p Plan, scope: &Scope) -> Result<BoxCursor<'p>> {
    if let Node::With { .. } = &plan.node {
        let (body, inside) = enter(plan, scope)?;
        return Ok(measured(plan, scope, open(body, &inside)?));
    }
    let inputs = match &plan.node {
        Node::Limit { input, limit, offset, with_ties: None } => {
            vec![basic::open_limited(input, limit.as_ref(), offset.as_ref(), scope)?]
        }
        node => direct_inputs(node)
            .into_iter()
            .map(|input| open(input, scope))
            .collect::<Result<Vec<_>>>()?,
    };
    let cursor = assemble(plan, inputs, scope)?;
    Ok(measured(plan, scope, cursor))
}

fn measured<'p>(plan: &Plan, scope: &Scope, cursor: BoxCursor<'p>) -> BoxCursor<'p> {
    match &scope.execution.profile {
        None => cursor,
        Some(profile) => Box::new(Measured {
            input: cursor,
            profile: profile.clone(),
            address: Profile::address(plan),
            rows: 0,
            time: Duration::ZERO,
        }),
    }
}

/// The inputs that are run once, in the node's own scope.
pub fn direct_inputs(node: &Node) -> Vec<&Plan> {
    match node {
        Node::Filter { input, .. }
        | Node::Project { input, .. }
        | Node::ProjectSet { input, .. }
        | Node::Aggregate { input, .. }
        | Node::Window { input, .. }
        | Node::Sort { input, .. }
        | Node::Limit { input, .. }
        | Node::Distinct { input }
        | Node::DistinctOn { input, .. }
        | Node::LockRows { input, .. } => vec![input],
        Node::Join { left, lateral: true, .. } => vec![left],
        Node::Join { left, right, .. } | Node::SetOp { left, right, .. } => vec![left, right],
        _ => vec![],
    }
}

/// One node over inputs that are open already (as [`direct_inputs`] lists them).
pub fn assemble<'p>(
    plan: &'p Plan,
    inputs: Vec<BoxCursor<'p>>,
    scope: &Scope,
) -> Result<BoxCursor<'p>> {
    let scope = scope.clone();
    let mut inputs = inputs.into_iter();
    let mut input = || inputs.next().expect("as many inputs as the node lists");
    Ok(match &plan.node {
        Node::Empty => Box::new(Stored::new(vec![vec![]])),
        Node::Scan(scan) => Box::new(scan::TableCursor::new(scan, scan::Rows::All, scope, plan)),
        Node::InvertedScan(found) => {
            Box::new(scan::TableCursor::new(&found.scan, scan::Rows::Indexed(found), scope, plan))
        }
        Node::Values(rows) => Box::new(basic::Values { rows: rows.iter(), scope }),
        Node::System(name) => {
            Box::new(Deferred::new(move || (scope.execution.system)(name, &scope.execution.env)))
        }
        Node::FunctionScan { call, ordinality } => {
            Box::new(functions::FunctionScan::new(call, *ordinality, scope))
        }
        Node::Filter { predicate, .. } => {
            let predicate = hoisted(predicate, &scope);
            Box::new(basic::Filter { input: input(), predicate, scope, plan, removed: 0 })
        }
        Node::Project { exprs, .. } => Box::new(basic::Project::new(input(), exprs, &scope)),
        Node::ProjectSet { exprs, .. } => {
            Box::new(functions::ProjectSet::new(input(), exprs, scope))
        }
        Node::Join { right, kind, on, lateral: true, .. } => {
            Box::new(lateral::Lateral::new(input(), right, *kind, on.as_ref(), scope))
        }
        Node::Join { left, right, kind, on, lateral: false } => {
            let widths = (left.fields.len(), right.fields.len());
            Box::new(join::Join::new(input(), input(), widths, *kind, on.as_ref(), scope))
        }
        Node::Aggregate { groups, sets, aggregates, .. } => {
            let mut input = input();
            Box::new(Deferred::new(move || {
                let mut grouping = Grouping::new(groups, sets, aggregates, &scope);
                while let Some(row) = input.next()? {
                    grouping.add(&row)?;
                }
                grouping.finish()
            }))
        }
        Node::Window { calls, .. } => {
            let mut input = input();
            Box::new(Deferred::new(move || {
                let rows = collect(&mut *input, &scope, "window functions")?;
                window::compute(calls, rows, &scope)
            }))
        }
        Node::Sort { keys, .. } => {
            let mut input = input();
            Box::new(Deferred::new(move || sort::sorted(&mut *input, keys, None, &scope)))
        }
        Node::Limit { limit, offset, with_ties, .. } => Box::new(basic::Limit::new(
            input(),
            limit.as_ref(),
            offset.as_ref(),
            with_ties.as_deref(),
            scope,
        )),
        Node::Distinct { .. } => Box::new(sets::Distinct::new(input(), &plan.fields, &scope)),
        Node::DistinctOn { on, .. } => {
            Box::new(sets::DistinctOn { input: input(), on, last: None, scope })
        }
        Node::LockRows { marks, .. } => Box::new(lock::LockRows { input: input(), marks, scope }),
        Node::SetOp { op, all, .. } => {
            Box::new(sets::SetCursor::new(input(), input(), *op, *all, &plan.fields, &scope))
        }
        Node::With { .. } => unreachable!("WITH is opened with its body"),
        Node::CteScan { id } => {
            Box::new(SharedRows { rows: scope.cte(*id)?, at: 0, chunk: Vec::new().into_iter() })
        }
        Node::Knn(knn) => Box::new(Deferred::new(move || search::nearest(knn, plan, &scope))),
        Node::TextSearch(text) => {
            Box::new(Deferred::new(move || search::matching(text, plan, &scope)))
        }
        Node::IndexScan(found) => {
            Box::new(Deferred::new(move || index::index_rows(found, plan, &scope)))
        }
    })
}

/// Every row, counted against the memory limit.
pub fn collect(cursor: &mut dyn Cursor, scope: &Scope, operator: &'static str) -> Result<Vec<Row>> {
    let mut ledger = super::execution::Ledger::new(&scope.execution, operator);
    let mut rows = Vec::new();
    while let Some(row) = cursor.next()? {
        ledger.grow(super::execution::row_bytes(&row))?;
        if rows.len() % 1024 == 1023 {
            scope.execution.cancel.check()?;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Rows that several scans read, a chunk at a time.
struct SharedRows {
    rows: CteRows,
    at: usize,
    chunk: std::vec::IntoIter<Row>,
}

const CHUNK_ROWS: usize = 256;

impl Cursor for SharedRows {
    fn next(&mut self) -> Result<Option<Row>> {
        if let Some(row) = self.chunk.next() {
            return Ok(Some(row));
        }
        let chunk = self.rows.chunk(self.at, CHUNK_ROWS)?;
        self.at += chunk.len();
        self.chunk = chunk.into_iter();
        Ok(self.chunk.next())
    }
}
