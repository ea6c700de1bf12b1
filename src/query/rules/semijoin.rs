//! EXISTS, NOT EXISTS and IN in a WHERE clause become joins, where the subquery looks at the outer
//! row only in its own WHERE clause.

use super::{
    columns::{conjunction, conjuncts, has_subquery},
    levels::{raise_plan, refers_to_row},
    volatility::{inputs_mut, plan_is_volatile},
};
use crate::query::ir::{Expr, JoinKind, Node, Plan, Subquery, SubqueryKind};

pub fn unnest(mut plan: Plan) -> Plan {
    for input in inputs_mut(&mut plan) {
        let inner = std::mem::replace(input, Plan::new(Node::Empty, vec![]));
        *input = unnest(inner);
    }
    let Node::Filter { input, predicate } = plan.node else { return plan };
    let mut input = *input;
    let mut rest = Vec::new();
    let mut all = Vec::new();
    conjuncts(predicate, &mut all);
    for conjunct in all {
        match as_join(&conjunct, input.fields.len()) {
            Some((kind, right, on)) => {
                let fields = input.fields.clone();
                let (left, right) = (Box::new(input), Box::new(unnest(right)));
                input = Plan { node: Node::Join { left, right, kind, on, lateral: false }, fields };
            }
            None => rest.push(conjunct),
        }
    }
    match conjunction(rest) {
        None => input,
        Some(predicate) => {
            Plan { node: Node::Filter { input: Box::new(input), predicate }, fields: plan.fields }
        }
    }
}

fn as_join(conjunct: &Expr, width: usize) -> Option<(JoinKind, Plan, Option<Expr>)> {
    let (subquery, kind) = match conjunct {
        Expr::Subquery(subquery) => (subquery, JoinKind::LeftSemi),
        Expr::Not(inner) => match inner.as_ref() {
            Expr::Subquery(subquery) if matches!(subquery.kind, SubqueryKind::Exists) => {
                (subquery, JoinKind::LeftAnti)
            }
            _ => return None,
        },
        _ => return None,
    };
    if plan_is_volatile(&subquery.plan) {
        return None;
    }
    match &subquery.kind {
        SubqueryKind::Exists if subquery.correlated => {
            let (right, on) = taken_apart(existence(&subquery.plan), width)?;
            // Without a condition there is nothing to join by; the subquery runs once.
            (!on.is_empty()).then(|| (kind, right, conjunction(on)))
        }
        SubqueryKind::Any { test, outer_width } => any(subquery, test, *outer_width, width),
        _ => None,
    }
}

fn any(
    subquery: &Subquery,
    test: &Expr,
    outer_width: usize,
    width: usize,
) -> Option<(JoinKind, Plan, Option<Expr>)> {
    if has_subquery(test) || outer_width != width {
        return None;
    }
    // Only an equality makes a hash join; other tests are as well kept with their subquery.
    let mut tests = Vec::new();
    conjuncts(test.clone(), &mut tests);
    if !tests.iter().all(|test| {
        matches!(test, Expr::Call(call) if crate::query::exec::comparison::equality(call).is_some())
    }) {
        return None;
    }
    if !refers_to_row(&subquery.plan) {
        let mut right = subquery.plan.clone();
        raise_plan(&mut right);
        return Some((JoinKind::LeftSemi, right, Some(test.clone())));
    }
    let Node::Project { input, exprs } = &subquery.plan.node else { return None };
    if exprs.iter().any(refers_out) {
        return None;
    }
    let (right, mut on) = taken_apart(input, width)?;
    // The test's inner columns are the select list, over the joined row.
    let mut sources: Vec<Expr> =
        (0..width).map(|column| Expr::Column(column, crate::types::PgType::UNKNOWN)).collect();
    for expr in exprs {
        if has_subquery(expr) {
            return None;
        }
        let mut moved = expr.clone();
        moved.walk_mut(0, &mut |expr, _| {
            if let Expr::Column(column, _) = expr {
                *column += width;
            }
        });
        sources.push(moved);
    }
    for test in &tests {
        on.push(keep_types(test, &sources, width)?);
    }
    Some((JoinKind::LeftSemi, right, conjunction(on)))
}

/// Replaces the inner columns of a test; the outer ones stay as they are, with their types.
fn keep_types(test: &Expr, sources: &[Expr], width: usize) -> Option<Expr> {
    let mut result = test.clone();
    let mut known = true;
    result.walk_mut(0, &mut |expr, _| {
        if let Expr::Column(column, _) = expr
            && *column >= width
        {
            match sources.get(*column) {
                Some(source) => *expr = source.clone(),
                None => known = false,
            }
        }
    });
    known.then_some(result)
}

fn refers_out(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |expr, level| {
        found |= matches!(expr, Expr::Outer { levels, .. } if *levels > level);
    });
    found
}

/// What decides whether there is a row: not the select list, nor an order or a limit above none.
fn existence(plan: &Plan) -> &Plan {
    match &plan.node {
        Node::Project { input, .. } | Node::Sort { input, .. } | Node::Distinct { input } => {
            existence(input)
        }
        Node::Limit {
            input,
            limit: Some(Expr::Const(limit, _)),
            offset: None,
            with_ties: None,
        } if !limit.is_null() && limit.as_i64() > 0 => existence(input),
        _ => plan,
    }
}

/// The plan without the conditions that look at the outer row, and these over both rows.
fn taken_apart(plan: &Plan, width: usize) -> Option<(Plan, Vec<Expr>)> {
    let Node::Filter { input, predicate } = &plan.node else { return None };
    if refers_to_row(input) {
        return None;
    }
    let mut all = Vec::new();
    conjuncts(predicate.clone(), &mut all);
    let (mut own, mut on) = (Vec::new(), Vec::new());
    for conjunct in all {
        if !refers_out(&conjunct) {
            own.push(conjunct);
            continue;
        }
        if has_subquery(&conjunct) {
            return None;
        }
        let mut moved = conjunct;
        moved.walk_mut(0, &mut |expr, _| match expr {
            Expr::Column(column, _) => *column += width,
            Expr::Outer { levels: 1, column, ty } => *expr = Expr::Column(*column, *ty),
            Expr::Outer { levels, .. } => *levels -= 1,
            _ => {}
        });
        on.push(moved);
    }
    let mut right = match conjunction(own) {
        None => input.as_ref().clone(),
        Some(predicate) => Plan {
            node: Node::Filter { input: input.clone(), predicate },
            fields: plan.fields.clone(),
        },
    };
    raise_plan(&mut right);
    Some((right, on))
}
