//! Filters go down to where their columns come from.

use super::{
    columns::{columns_all, conjunction, conjuncts, has_subquery, remap, substitute},
    levels::lower_expr,
    volatility::is_volatile,
};
use crate::query::ir::{Expr, JoinKind, Node, Plan};

/// The plan under these further conditions, each as deep as it may go.
pub fn push(plan: Plan, conditions: Vec<Expr>) -> Plan {
    let fields = plan.fields.clone();
    match plan.node {
        Node::Filter { input, predicate } => {
            let mut all = Vec::new();
            conjuncts(predicate, &mut all);
            all.extend(conditions);
            push(*input, all)
        }
        Node::Scan(mut scan) => {
            let mut all = Vec::new();
            if let Some(filter) = scan.filter.take() {
                conjuncts(filter, &mut all);
            }
            let (stay, own): (Vec<_>, Vec<_>) = conditions.into_iter().partition(is_volatile);
            all.extend(own);
            scan.filter = conjunction(all);
            filtered(Plan { node: Node::Scan(scan), fields }, stay)
        }
        Node::Project { input, exprs } => {
            let width = input.fields.len();
            let (mut below, mut stay) = (Vec::new(), Vec::new());
            for condition in conditions {
                // What would be computed twice must be the same each time, and cheap enough.
                let movable = !is_volatile(&condition)
                    && columns_all(&condition, |column| {
                        exprs
                            .get(column)
                            .is_some_and(|expr| !is_volatile(expr) && !has_subquery(expr))
                    });
                match movable.then(|| substitute(&condition, &exprs, width)).flatten() {
                    Some(moved) => below.push(moved),
                    None => stay.push(condition),
                }
            }
            let input = Box::new(push(*input, below));
            filtered(Plan { node: Node::Project { input, exprs }, fields }, stay)
        }
        Node::Join { left, right, kind, on, lateral } => {
            join(Sides { left: *left, right: *right, kind, on, lateral }, fields, conditions)
        }
        Node::Aggregate { input, groups, sets, aggregates } => {
            let plain = sets.len() == 1 && !groups.is_empty();
            let (mut below, mut stay) = (Vec::new(), Vec::new());
            for condition in conditions {
                let movable = plain
                    && !is_volatile(&condition)
                    && columns_all(&condition, |column| {
                        sets[0].contains(&column) && !is_volatile(&groups[column])
                    });
                let width = input.fields.len();
                match movable.then(|| substitute(&condition, &groups, width)).flatten() {
                    Some(moved) => below.push(moved),
                    None => stay.push(condition),
                }
            }
            let input = Box::new(push(*input, below));
            let node = Node::Aggregate { input, groups, sets, aggregates };
            filtered(Plan { node, fields }, stay)
        }
        Node::Window { input, calls } => {
            let partitioned = |column: usize| {
                calls.iter().all(|call| {
                    call.partition
                        .iter()
                        .any(|expr| matches!(expr, Expr::Column(at, _) if *at == column))
                })
            };
            let (below, stay) = conditions.into_iter().partition(|condition| {
                !is_volatile(condition)
                    && !has_subquery(condition)
                    && columns_all(condition, partitioned)
            });
            let input = Box::new(push(*input, below));
            filtered(Plan { node: Node::Window { input, calls }, fields }, stay)
        }
        Node::Sort { input, keys } => {
            let (stay, below): (Vec<_>, Vec<_>) = conditions.into_iter().partition(is_volatile);
            let input = Box::new(push(*input, below));
            filtered(Plan { node: Node::Sort { input, keys }, fields }, stay)
        }
        Node::Distinct { input } => {
            let (stay, below): (Vec<_>, Vec<_>) = conditions.into_iter().partition(is_volatile);
            let input = Box::new(push(*input, below));
            filtered(Plan { node: Node::Distinct { input }, fields }, stay)
        }
        Node::SetOp { left, right, op, all } => {
            let (stay, below): (Vec<_>, Vec<_>) = conditions.into_iter().partition(is_volatile);
            let left = Box::new(push(*left, below.clone()));
            let right = Box::new(push(*right, below));
            filtered(Plan { node: Node::SetOp { left, right, op, all }, fields }, stay)
        }
        Node::With { mut ctes, body } => {
            for cte in &mut ctes {
                push_inside(&mut cte.plan);
                if let Some((term, _)) = &mut cte.recursive {
                    push_inside(term);
                }
            }
            let body = Box::new(push(*body, conditions));
            Plan { node: Node::With { ctes, body }, fields }
        }
        node => {
            let mut plan = Plan { node, fields };
            super::inputs_mut(&mut plan).into_iter().for_each(push_inside);
            filtered(plan, conditions)
        }
    }
}

fn push_inside(plan: &mut Plan) {
    let inner = std::mem::replace(plan, Plan::new(Node::Empty, vec![]));
    *plan = push(inner, vec![]);
}

fn filtered(input: Plan, conditions: Vec<Expr>) -> Plan {
    let fields = input.fields.clone();
    match conjunction(conditions) {
        None => input,
        Some(predicate) => {
            Plan { node: Node::Filter { input: Box::new(input), predicate }, fields }
        }
    }
}

struct Sides {
    left: Plan,
    right: Plan,
    kind: JoinKind,
    on: Option<Expr>,
    lateral: bool,
}

/// Which rows of a join a condition may be tested on before the join, without changing its result.
fn join(
    sides: Sides,
    fields: std::sync::Arc<[crate::query::ir::Field]>,
    conditions: Vec<Expr>,
) -> Plan {
    let Sides { left, right, kind, on, lateral } = sides;
    let (left_width, right_width) = (left.fields.len(), right.fields.len());
    let on_left = |expr: &Expr| columns_all(expr, |column| column < left_width);
    let on_right = |expr: &Expr| columns_all(expr, |column| column >= left_width);
    let to_right = |mut expr: Expr| {
        remap(&mut expr, right_width, &|column| column - left_width);
        if lateral {
            lower_expr(&mut expr);
        }
        expr
    };
    let to_left = |mut expr: Expr| {
        remap(&mut expr, left_width, &|column| column);
        expr
    };
    let (mut left_own, mut right_own, mut both, mut stay) = (vec![], vec![], vec![], vec![]);
    for condition in conditions {
        let left_only = on_left(&condition);
        match kind {
            _ if is_volatile(&condition) => stay.push(condition),
            JoinKind::Inner | JoinKind::Left | JoinKind::LeftSemi | JoinKind::LeftAnti
                if left_only =>
            {
                left_own.push(to_left(condition));
            }
            JoinKind::Inner | JoinKind::Right if on_right(&condition) => {
                right_own.push(to_right(condition));
            }
            JoinKind::Inner => both.push(condition),
            _ => stay.push(condition),
        }
    }
    let mut joined = Vec::new();
    if let Some(on) = on {
        conjuncts(on, &mut joined);
    }
    for condition in joined {
        match kind {
            _ if is_volatile(&condition) => both.push(condition),
            JoinKind::Inner | JoinKind::Right | JoinKind::LeftSemi if on_left(&condition) => {
                left_own.push(to_left(condition));
            }
            JoinKind::Inner | JoinKind::Left | JoinKind::LeftSemi | JoinKind::LeftAnti
                if on_right(&condition) =>
            {
                right_own.push(to_right(condition));
            }
            _ => both.push(condition),
        }
    }
    let node = Node::Join {
        left: Box::new(push(left, left_own)),
        right: Box::new(push(right, right_own)),
        kind,
        on: conjunction(both),
        lateral,
    };
    filtered(Plan { node, fields }, stay)
}
