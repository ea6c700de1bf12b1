//! Rewriting bound plans: cheaper ones with the same rows.
//!
//! In order: constants are folded, single-use CTEs put in place, EXISTS and IN made joins, filters
//! pushed to the tables, columns that nobody reads dropped, and then indexes found for what is left.
//! An expression that may answer differently each time is never moved.

pub mod columns;
mod fold;
mod index;
mod inline;
mod levels;
mod prune;
mod pushdown;
mod semijoin;
mod single;
pub mod volatility;

use std::sync::Arc;

use self::volatility::{expressions_mut, inputs_mut};
use crate::{
    base::TableId,
    query::{
        env::Env,
        ir::{Expr, Node, Plan},
    },
    storage::catalog::{Index, Table},
};

/// What the rules ask of the world.
pub trait Facts {
    /// How many rows a table has, nearly.
    fn row_count(&self, table: TableId) -> u64;
    /// A key of an expression index, bound over the table's columns by position.
    fn index_key(&self, table: &Table, index: &Index, key: usize) -> Option<Expr>;
    /// The predicate of a partial index, bound likewise.
    fn index_predicate(&self, table: &Table, index: &Index) -> Option<Expr>;
}

/// How plans may be rewritten.
pub struct Rules<'a> {
    pub env: &'a Env,
    pub facts: &'a dyn Facts,
    pub scans: Scans,
}

/// The settings that decide how tables may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scans {
    /// `enable_indexscan`: off leaves every scan as it is, but for those by inverted indexes.
    pub index: bool,
    /// `enable_bitmapscan`: whether inverted indexes (gin over jsonb and arrays) are used.
    pub bitmap: bool,
    /// `enable_seqscan`: off lets a vector index give all its rows in order, without a LIMIT too.
    /// Then rows that it does not hold (NULL, zero vectors under cosine) are missing, as they are
    /// from any index scan of pgvector's.
    pub sequential: bool,
}

impl Default for Scans {
    fn default() -> Self {
        Self { index: true, bitmap: true, sequential: true }
    }
}

/// The cheapest plan the rules know for the same rows.
pub fn optimise(plan: Plan, rules: &Rules) -> Plan {
    let mut plan = plan;
    fold::fold_plan(&mut plan, rules.env);
    plan = inline::inline(plan);
    rewrite(plan, rules)
}

/// The rules after inlining; subqueries are plans of their own.
fn rewrite(mut plan: Plan, rules: &Rules) -> Plan {
    single::unite(&mut plan);
    plan = semijoin::unnest(plan);
    each_subquery(&mut plan, &mut |subquery| {
        let inner = std::mem::replace(subquery, Plan::new(Node::Empty, vec![]));
        *subquery = rewrite(inner, rules);
    });
    plan = pushdown::push(plan, vec![]);
    plan = prune::prune(plan);
    if rules.scans.index || rules.scans.bitmap {
        index::apply(&mut plan, rules);
        if searches(&plan) {
            // What a search has measured need not be computed, nor its sources read.
            plan = prune::prune(plan);
        }
    }
    plan
}

fn searches(plan: &Plan) -> bool {
    matches!(plan.node, Node::Knn(_) | Node::TextSearch(_))
        || volatility::inputs(plan).into_iter().any(searches)
}

/// Visits the plan of every subquery written directly in this plan's expressions.
fn each_subquery(plan: &mut Plan, visit: &mut dyn FnMut(&mut Plan)) {
    fn within(expr: &mut Expr, visit: &mut dyn FnMut(&mut Plan)) {
        if !columns::has_subquery(expr) {
            return;
        }
        expr.children_mut(&mut |child| within(child, visit));
        if let Expr::Subquery(subquery) = expr {
            visit(&mut Arc::make_mut(subquery).plan);
        }
    }
    for expr in expressions_mut(plan) {
        within(expr, visit);
    }
    for input in inputs_mut(plan) {
        each_subquery(input, visit);
    }
}

#[cfg(test)]
mod tests;
