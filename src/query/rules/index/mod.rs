//! Indexes in place of scans.

mod btree;
mod inverted;
mod lookup;
mod measure;
mod nearest;
mod text;

use std::{collections::HashMap, sync::Arc};

use super::{
    Rules, Scans,
    columns::{conjuncts, reads_columns},
    volatility::{inputs_mut, is_volatile},
};
use crate::{
    query::ir::{Expr, Node, Plan, Scan},
    storage::catalog::{Index, KeyTarget, Table},
};

/// Upper bounds of the rows of the CTEs in force, where they are known.
type Bounds = HashMap<usize, u64>;

/// Rewrites every node from the top, so that a LIMIT is seen before what it limits.
pub fn apply(plan: &mut Plan, rules: &Rules) {
    walk(plan, rules, &mut Bounds::new());
}

fn walk(plan: &mut Plan, rules: &Rules, bounds: &mut Bounds) {
    let Scans { index, sequential, .. } = rules.scans;
    if index
        && let Node::Limit { input, limit: Some(limit), offset, with_ties: None } = &mut plan.node
        && let Some(wanted) = nearest::wanted(limit, offset.as_ref())
    {
        nearest::limit(input, &wanted, rules);
    }
    if index && !sequential {
        nearest::all(plan, rules);
    }
    if let Node::With { ctes, body } = &mut plan.node {
        for cte in ctes {
            walk(&mut cte.plan, rules, bounds);
            if let Some((term, _)) = &mut cte.recursive {
                walk(term, rules, bounds);
            } else if let Some(bound) = lookup::bound(&cte.plan, bounds) {
                bounds.insert(cte.id, bound);
            }
        }
        return walk(body, rules, bounds);
    }
    if let Node::Scan(scan) = &plan.node {
        let by_key = |unique| btree::find(scan, unique, rules).filter(|_| index);
        let replaced = by_key(true)
            .or_else(|| text::find(scan, rules).filter(|_| index))
            .or_else(|| by_key(false))
            .or_else(|| {
                let found = inverted::find(scan, rules)?;
                Some(Node::InvertedScan(Box::new(found)))
            });
        if let Some(node) = replaced {
            plan.node = node;
        }
        return;
    }
    // Before the sides are looked at: a lookup takes the place of whatever the inner side would be.
    if index {
        lookup::join(plan, rules, bounds);
    }
    for input in inputs_mut(plan) {
        walk(input, rules, bounds);
    }
}

/// The indexes of a method that may serve a scan with this filter.
fn candidates<'a>(
    scan: &'a Scan,
    rules: &'a Rules,
    method: crate::storage::catalog::IndexMethod,
) -> impl Iterator<Item = &'a Arc<Index>> {
    rules
        .env
        .catalog
        .indexes_of(&scan.table)
        .filter(move |index| index.method == method && covers(scan, index, rules))
}

/// Whether a partial index has every row the filter lets through: its predicate is among the
/// filter's conditions, word for word.
fn covers(scan: &Scan, index: &Index, rules: &Rules) -> bool {
    if index.predicate.is_none() {
        return true;
    }
    let Some(mut predicate) = rules.facts.index_predicate(&scan.table, index) else {
        return false;
    };
    if !to_output(&mut predicate, scan) {
        return false;
    }
    let (mut asked, mut given) = (Vec::new(), Vec::new());
    conjuncts(predicate, &mut asked);
    conjuncts_of(scan, &mut given);
    asked.iter().all(|asked| given.iter().any(|given| given.same(asked)))
}

fn conjuncts_of(scan: &Scan, out: &mut Vec<Expr>) {
    if let Some(filter) = &scan.filter {
        conjuncts(filter.clone(), out);
    }
}

/// An index key over the scan's output; `None` if the scan does not read its columns.
fn key_expr(scan: &Scan, index: &Index, key: usize, rules: &Rules) -> Option<Expr> {
    let mut expr = match &index.keys.get(key)?.target {
        KeyTarget::Column(column) => Expr::Column(*column, column_type(&scan.table, *column)?),
        KeyTarget::Expression(_) => rules.facts.index_key(&scan.table, index, key)?,
    };
    to_output(&mut expr, scan).then_some(expr)
}

fn column_type(table: &Table, column: usize) -> Option<crate::types::PgType> {
    table.columns.get(column).map(|column| column.ty)
}

/// Moves an expression over the table's columns to the scan's output.
fn to_output(expr: &mut Expr, scan: &Scan) -> bool {
    let mut known = true;
    expr.walk_mut(0, &mut |expr, _| {
        if let Expr::Column(column, _) = expr {
            match scan.columns.iter().position(|read| read == column) {
                Some(place) => *column = place,
                None => known = false,
            }
        }
    });
    known
}

/// Whether a value is the same for every row of the scan.
fn fixed(expr: &Expr) -> bool {
    !reads_columns(expr) && !is_volatile(expr)
}
