//! EXPLAIN: a plan as PostgreSQL's tree, in text or JSON, with what EXPLAIN ANALYZE measured.

mod describe;
mod render;

use std::time::Duration;

use super::profile::{NodeProfile, Profile};
use crate::{
    base::TableId,
    query::{env::Env, ir::Plan},
};

/// What EXPLAIN prints.
pub struct ExplainOptions<'a> {
    pub env: &'a Env,
    pub costs: bool,
    /// EXPLAIN ANALYZE: the profile of the run of this very plan.
    pub profile: Option<&'a Profile>,
    /// Times of nodes, as TIMING asks.
    pub timing: bool,
    /// SUMMARY: planning, and execution if there was one.
    pub planning: Option<Duration>,
    pub execution: Option<Duration>,
    /// Rows of a table, for the estimates.
    pub row_count: &'a dyn Fn(TableId) -> u64,
}

/// One node as it is printed.
pub struct Described {
    /// `Index Scan using docs_embedding_idx on docs`
    pub title: String,
    /// PostgreSQL's JSON `Node Type`.
    pub kind: String,
    /// `Filter: ...` and its kin, in order.
    pub details: Vec<(String, String)>,
    pub rows: u64,
    pub width: u64,
    /// `None` if nothing was measured; `Some(None)` if the node never ran.
    pub measured: Option<Option<NodeProfile>>,
    /// Below, each with its label (`CTE ranked`, `SubPlan 1`) if it is not a plain input.
    pub below: Vec<(Option<String>, Described)>,
}

/// The lines of EXPLAIN (FORMAT TEXT).
pub fn explain(plan: &Plan, options: &ExplainOptions) -> Vec<String> {
    let described = describe::describe(plan, options);
    let mut lines = render::text(&described, options);
    for (label, time) in [("Planning", options.planning), ("Execution", options.execution)] {
        if let Some(time) = time {
            lines.push(format!("{label} Time: {:.3} ms", time.as_secs_f64() * 1000.0));
        }
    }
    lines
}

/// EXPLAIN (FORMAT JSON).
pub fn explain_json(plan: &Plan, options: &ExplainOptions) -> String {
    let described = describe::describe(plan, options);
    let mut top = serde_json::Map::new();
    top.insert("Plan".into(), render::json(&described, options));
    for (label, time) in
        [("Planning Time", options.planning), ("Execution Time", options.execution)]
    {
        if let Some(time) = time {
            top.insert(label.into(), render::milliseconds(time));
        }
    }
    serde_json::to_string_pretty(&serde_json::Value::Array(vec![top.into()]))
        .expect("a tree of strings and numbers is JSON")
}

#[cfg(test)]
mod tests;
