//! Joins of a few rows with a large table on an indexed column: the table is looked up for each row
//! instead of read.

use super::{Bounds, Rules, btree::meets, candidates, key_expr};
use crate::{
    query::{
        exec::comparison,
        ir::{Expr, IndexScan, JoinKind, Node, Plan, Scan},
        rules::{
            columns::{columns_all, conjuncts, has_subquery, reads_columns},
            levels::{lower_plan, outward},
            volatility::is_volatile,
        },
    },
    storage::catalog::IndexMethod,
    types::Datum,
};

/// Rows for which single lookups beat a hash join, and how much larger the table must be.
const LOOKUPS_MAX: u64 = 2_000;
const TABLE_FACTOR: u64 = 8;
/// Rows that a LIMIT of unknown size is taken for.
const LIMIT_GUESS: u64 = 100;

/// Makes the join a lookup, if one side is small and the other a large table with an index.
pub fn join(plan: &mut Plan, rules: &Rules, bounds: &Bounds) {
    let Node::Join { left, right, kind, on: Some(on), lateral: false } = &plan.node else { return };
    let (left_width, right_width) = (left.fields.len(), right.fields.len());
    if let Node::Scan(scan) = &right.node
        && !matches!(kind, JoinKind::Right | JoinKind::Full)
        && let Some(few) = bound(left, bounds)
        && worth(few, scan, rules)
        && let Some(lookup) = lookup(scan, on, left_width, rules)
    {
        let (kind, on, left) = (*kind, on.clone(), left.clone());
        let right = inside(lookup, &right.fields);
        plan.node = Node::Join { left, right: Box::new(right), kind, on: Some(on), lateral: true };
        return;
    }
    // The other way round, for inner joins: the sides change places, and the columns change back.
    if let Node::Scan(scan) = &left.node
        && *kind == JoinKind::Inner
        && !has_subquery(on)
        && let Some(few) = bound(right, bounds)
        && worth(few, scan, rules)
    {
        let place = |column: usize| {
            if column < left_width { column + right_width } else { column - left_width }
        };
        let mut turned = on.clone();
        turned.walk_mut(0, &mut |expr, _| {
            if let Expr::Column(column, _) = expr {
                *column = place(*column);
            }
        });
        let Some(lookup) = lookup(scan, &turned, right_width, rules) else { return };
        let mut fields = right.fields.to_vec();
        fields.extend(left.fields.iter().cloned());
        let exprs = plan
            .fields
            .iter()
            .enumerate()
            .map(|(column, field)| Expr::Column(place(column), field.ty))
            .collect();
        let node = Node::Join {
            left: right.clone(),
            right: Box::new(inside(lookup, &left.fields)),
            kind: JoinKind::Inner,
            on: Some(turned),
            lateral: true,
        };
        plan.node = Node::Project { input: Box::new(Plan::new(node, fields)), exprs };
    }
}

fn worth(few: u64, scan: &Scan, rules: &Rules) -> bool {
    few <= LOOKUPS_MAX && rules.facts.row_count(scan.table.oid) >= few.saturating_mul(TABLE_FACTOR)
}

/// The scan as an index scan whose keys come from the left row (still as columns of it).
fn lookup(scan: &Scan, on: &Expr, left_width: usize, rules: &Rules) -> Option<IndexScan> {
    if scan.filter.as_ref().is_some_and(is_volatile) {
        return None;
    }
    let mut conditions = Vec::new();
    conjuncts(on.clone(), &mut conditions);
    let equalities: Vec<(Expr, Expr)> =
        conditions.iter().filter_map(|condition| equality(condition, left_width)).collect();
    for index in candidates(scan, rules, IndexMethod::Btree) {
        let mut equal = Vec::new();
        for position in 0..index.keys.len() {
            let Some(key) = key_expr(scan, index, position, rules) else { break };
            let found = equalities.iter().find(|(value, column)| {
                column.same(&key) && meets(value.ty().oid, index.keys[position].ty.oid)
            });
            match found {
                Some((value, _)) => equal.push(value.clone()),
                None => break,
            }
        }
        if !equal.is_empty() {
            return Some(IndexScan {
                scan: scan.clone(),
                index: index.clone(),
                equal,
                any: None,
                lower: None,
                upper: None,
                first: None,
                also: None,
            });
        }
    }
    None
}

/// `left = right`: an expression over the left row, and one over the right row alone.
fn equality(condition: &Expr, left_width: usize) -> Option<(Expr, Expr)> {
    let Expr::Call(call) = condition else { return None };
    comparison::equality(call)?;
    if has_subquery(condition) || is_volatile(condition) {
        return None;
    }
    let [a, b] = call.args.as_slice() else { return None };
    let on_left = |expr: &Expr| columns_all(expr, |column| column < left_width);
    let on_right =
        |expr: &Expr| reads_columns(expr) && columns_all(expr, |column| column >= left_width);
    let (left, right) = if on_left(a) && on_right(b) {
        (a, b)
    } else if on_left(b) && on_right(a) {
        (b, a)
    } else {
        return None;
    };
    let mut right = right.clone();
    right.walk_mut(0, &mut |expr, _| {
        if let Expr::Column(column, _) = expr {
            *column -= left_width;
        }
    });
    Some((left.clone(), right))
}

/// The lookup as the right side of a lateral join.
fn inside(mut lookup: IndexScan, fields: &std::sync::Arc<[crate::query::ir::Field]>) -> Plan {
    let mut equal = std::mem::take(&mut lookup.equal);
    equal.iter_mut().for_each(outward);
    let mut plan = Plan { node: Node::IndexScan(Box::new(lookup)), fields: fields.clone() };
    lower_plan(&mut plan);
    if let Node::IndexScan(lookup) = &mut plan.node {
        lookup.equal = equal;
    }
    plan
}

/// At most how many rows a plan makes, if that is known without running it.
pub fn bound(plan: &Plan, bounds: &Bounds) -> Option<u64> {
    let of = |plan: &Plan| bound(plan, bounds);
    match &plan.node {
        Node::Empty => Some(1),
        Node::Values(rows) => Some(rows.len() as u64),
        Node::Knn(knn) => Some(count(&knn.limit)),
        Node::TextSearch(search) => search.top.as_ref().map(count),
        Node::IndexScan(scan) => {
            (scan.index.unique && scan.equal.len() == scan.index.keys.len()).then_some(1)
        }
        Node::Limit { input, limit: Some(limit), with_ties: None, .. } => {
            Some(count(limit).min(of(input).unwrap_or(u64::MAX)))
        }
        Node::CteScan { id } => bounds.get(id).copied(),
        Node::Aggregate { input, groups, .. } => {
            if groups.is_empty() {
                Some(1)
            } else {
                of(input)
            }
        }
        Node::Filter { input, .. }
        | Node::Project { input, .. }
        | Node::Window { input, .. }
        | Node::Sort { input, .. }
        | Node::Limit { input, .. }
        | Node::Distinct { input }
        | Node::DistinctOn { input, .. }
        | Node::LockRows { input, .. } => of(input),
        Node::Join { left, right, kind, on, .. } => {
            let (left, right) = (of(left)?, of(right)?);
            match kind {
                JoinKind::LeftSemi | JoinKind::LeftAnti => Some(left),
                // With a condition, more than both together is unlikely, and only costs time.
                _ if on.is_some() => Some(left.saturating_add(right)),
                _ => Some(left.saturating_mul(right)),
            }
        }
        Node::SetOp { left, right, .. } => Some(of(left)?.saturating_add(of(right)?)),
        Node::With { ctes, body } => {
            let mut inner = bounds.clone();
            for cte in ctes {
                if cte.recursive.is_none()
                    && let Some(known) = bound(&cte.plan, &inner)
                {
                    inner.insert(cte.id, known);
                }
            }
            bound(body, &inner)
        }
        _ => None,
    }
}

fn count(limit: &Expr) -> u64 {
    match limit {
        Expr::Const(Datum::Null, _) => u64::MAX,
        Expr::Const(value, _) => value.as_i64().max(0) as u64,
        _ => LIMIT_GUESS,
    }
}
