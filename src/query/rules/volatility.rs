//! Which expressions may be moved, repeated or computed ahead.

use crate::{
    query::{
        functions::{Function, Volatility},
        ir::{Expr, FrameBound, InvertedScan, Node, Plan, SetExpr},
    },
    types::oid,
};

/// Whether any call in `expr` may answer differently each time, subqueries included.
pub fn is_volatile(expr: &Expr) -> bool {
    expr.any(&mut |expr| match expr {
        Expr::Subquery(subquery) => plan_is_volatile(&subquery.plan),
        expr => called(expr).is_some_and(|function| function.volatility == Volatility::Volatile),
    })
}

/// Whether `expr` has the same value always and everywhere: constants under immutable functions.
pub fn is_immutable(expr: &Expr) -> bool {
    !expr.any(&mut |expr| match expr {
        Expr::Column(..)
        | Expr::Outer { .. }
        | Expr::Param(..)
        | Expr::Subquery(_)
        // The text forms of many types depend on the session's style.
        | Expr::CoerceViaText { .. } => true,
        expr => called(expr).is_some_and(|function| {
            (function.volatility != Volatility::Immutable && !is_plain_cast(function))
                || function.is_set()
        }),
    })
}

/// Casts are catalogued as stable, because some depend on the session; those among numbers do not.
fn is_plain_cast(function: &Function) -> bool {
    let plain = |type_oid| {
        matches!(oid::category(type_oid), 'N' | 'B') && !oid::is_reg(type_oid)
            || oid::is_vector(type_oid)
            || oid::is_bits(type_oid)
            || oid::element_of(type_oid).is_some_and(|element| oid::category(element) == 'N')
    };
    function.volatility == Volatility::Stable
        && oid::row(function.result).is_some_and(|row| row.name == function.name)
        && matches!(function.args, [source] if plain(*source))
        && plain(function.result)
}

fn called(expr: &Expr) -> Option<&Function> {
    match expr {
        Expr::Call(call)
        | Expr::Distinct { equal: call, .. }
        | Expr::NullIf { equal: call, .. }
        | Expr::AnyArray { call, .. } => Some(&call.function),
        _ => None,
    }
}

/// Whether any expression anywhere in the plan is volatile.
pub fn plan_is_volatile(plan: &Plan) -> bool {
    let mut volatile = false;
    each_plan(plan, &mut |plan| {
        let sets = match &plan.node {
            Node::FunctionScan { call, .. } => call.function.volatility == Volatility::Volatile,
            Node::ProjectSet { exprs, .. } => exprs.iter().any(|expr| match expr {
                SetExpr::Set(call) => call.function.volatility == Volatility::Volatile,
                SetExpr::Scalar(_) => false,
            }),
            Node::LockRows { .. } => true,
            _ => false,
        };
        volatile |= sets || expressions(plan).into_iter().any(is_volatile);
    });
    volatile
}

/// Visits a plan and every plan below it; not the plans of subqueries in expressions.
pub fn each_plan<'a>(plan: &'a Plan, visit: &mut dyn FnMut(&'a Plan)) {
    visit(plan);
    for input in inputs(plan) {
        each_plan(input, visit);
    }
}

/// The plans directly below, those of CTEs and lateral sides included.
pub fn inputs(plan: &Plan) -> Vec<&Plan> {
    match &plan.node {
        Node::Empty
        | Node::Scan(_)
        | Node::Values(_)
        | Node::System(_)
        | Node::FunctionScan { .. }
        | Node::CteScan { .. }
        | Node::Knn(_)
        | Node::TextSearch(_)
        | Node::IndexScan(_)
        | Node::InvertedScan(_) => vec![],
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
        Node::Join { left, right, .. } | Node::SetOp { left, right, .. } => vec![left, right],
        Node::With { ctes, body } => {
            let mut all = Vec::new();
            for cte in ctes {
                all.push(&cte.plan);
                all.extend(cte.recursive.as_ref().map(|(term, _)| term));
            }
            all.push(body);
            all
        }
    }
}

/// The same, to be changed.
pub fn inputs_mut(plan: &mut Plan) -> Vec<&mut Plan> {
    match &mut plan.node {
        Node::Empty
        | Node::Scan(_)
        | Node::Values(_)
        | Node::System(_)
        | Node::FunctionScan { .. }
        | Node::CteScan { .. }
        | Node::Knn(_)
        | Node::TextSearch(_)
        | Node::IndexScan(_)
        | Node::InvertedScan(_) => vec![],
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
        Node::Join { left, right, .. } | Node::SetOp { left, right, .. } => vec![left, right],
        Node::With { ctes, body } => {
            let mut all: Vec<&mut Plan> = Vec::new();
            for cte in ctes {
                all.push(&mut cte.plan);
                all.extend(cte.recursive.as_mut().map(|(term, _)| term));
            }
            all.push(body);
            all
        }
    }
}

/// Every expression of the node itself, over whichever row.
pub fn expressions(plan: &Plan) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    match &plan.node {
        Node::Empty
        | Node::System(_)
        | Node::CteScan { .. }
        | Node::Distinct { .. }
        | Node::LockRows { .. }
        | Node::SetOp { .. }
        | Node::With { .. } => {}
        Node::Scan(scan) => all.extend(&scan.filter),
        Node::Values(rows) => all.extend(rows.iter().flatten()),
        Node::FunctionScan { call, .. } => all.extend(&call.args),
        Node::Filter { predicate, .. } => all.push(predicate),
        Node::Project { exprs, .. } => all.extend(exprs),
        Node::ProjectSet { exprs, .. } => {
            for expr in exprs {
                match expr {
                    SetExpr::Scalar(expr) => all.push(expr),
                    SetExpr::Set(call) => all.extend(&call.args),
                }
            }
        }
        Node::Join { on, .. } => all.extend(on),
        Node::Aggregate { groups, aggregates, .. } => {
            all.extend(groups);
            for aggregate in aggregates {
                all.extend(&aggregate.args);
                all.extend(&aggregate.filter);
                all.extend(aggregate.order.iter().map(|key| &key.expr));
            }
        }
        Node::Window { calls, .. } => {
            for call in calls {
                all.extend(&call.args);
                all.extend(&call.filter);
                all.extend(&call.partition);
                all.extend(call.order.iter().map(|key| &key.expr));
                for bound in [&call.frame.start, &call.frame.end] {
                    if let FrameBound::Preceding(offset) | FrameBound::Following(offset) = bound {
                        all.push(offset);
                    }
                }
            }
        }
        Node::Sort { keys, .. } => all.extend(keys.iter().map(|key| &key.expr)),
        Node::Limit { limit, offset, with_ties, .. } => {
            all.extend(limit);
            all.extend(offset);
            all.extend(with_ties.iter().flatten().map(|key| &key.expr));
        }
        Node::DistinctOn { on, .. } => all.extend(on),
        Node::Knn(knn) => {
            all.extend(&knn.scan.filter);
            all.extend([&knn.key, &knn.query, &knn.limit]);
        }
        Node::TextSearch(search) => {
            all.extend(&search.scan.filter);
            all.push(&search.query);
            all.extend(&search.top);
        }
        Node::InvertedScan(scan) => {
            all.extend(&scan.scan.filter);
            all.extend(scan.queries());
        }
        Node::IndexScan(scan) => {
            all.extend(&scan.scan.filter);
            all.extend(&scan.equal);
            all.extend(&scan.any);
            all.extend(scan.lower.iter().chain(&scan.upper).map(|(bound, _)| bound));
            all.extend(scan.first.iter().map(|first| &first.wanted));
            if let Some(also) = &scan.also {
                all.extend(&also.scan.filter);
                all.extend(also.queries());
            }
        }
    }
    all
}

/// The same, to be changed.
pub fn expressions_mut(plan: &mut Plan) -> Vec<&mut Expr> {
    let mut all: Vec<&mut Expr> = Vec::new();
    match &mut plan.node {
        Node::Empty
        | Node::System(_)
        | Node::CteScan { .. }
        | Node::Distinct { .. }
        | Node::LockRows { .. }
        | Node::SetOp { .. }
        | Node::With { .. } => {}
        Node::Scan(scan) => all.extend(&mut scan.filter),
        Node::Values(rows) => all.extend(rows.iter_mut().flatten()),
        Node::FunctionScan { call, .. } => all.extend(&mut call.args),
        Node::Filter { predicate, .. } => all.push(predicate),
        Node::Project { exprs, .. } => all.extend(exprs),
        Node::ProjectSet { exprs, .. } => {
            for expr in exprs {
                match expr {
                    SetExpr::Scalar(expr) => all.push(expr),
                    SetExpr::Set(call) => all.extend(&mut call.args),
                }
            }
        }
        Node::Join { on, .. } => all.extend(on),
        Node::Aggregate { groups, aggregates, .. } => {
            all.extend(groups);
            for aggregate in aggregates {
                all.extend(&mut aggregate.args);
                all.extend(&mut aggregate.filter);
                all.extend(aggregate.order.iter_mut().map(|key| &mut key.expr));
            }
        }
        Node::Window { calls, .. } => {
            for call in calls {
                all.extend(&mut call.args);
                all.extend(&mut call.filter);
                all.extend(&mut call.partition);
                all.extend(call.order.iter_mut().map(|key| &mut key.expr));
                for bound in [&mut call.frame.start, &mut call.frame.end] {
                    if let FrameBound::Preceding(offset) | FrameBound::Following(offset) = bound {
                        all.push(offset);
                    }
                }
            }
        }
        Node::Sort { keys, .. } => all.extend(keys.iter_mut().map(|key| &mut key.expr)),
        Node::Limit { limit, offset, with_ties, .. } => {
            all.extend(limit);
            all.extend(offset);
            all.extend(with_ties.iter_mut().flatten().map(|key| &mut key.expr));
        }
        Node::DistinctOn { on, .. } => all.extend(on),
        Node::Knn(knn) => {
            all.extend(&mut knn.scan.filter);
            all.extend([&mut knn.key, &mut knn.query, &mut knn.limit]);
        }
        Node::TextSearch(search) => {
            all.extend(&mut search.scan.filter);
            all.push(&mut search.query);
            all.extend(&mut search.top);
        }
        Node::InvertedScan(scan) => {
            let InvertedScan { scan, conditions, .. } = scan.as_mut();
            all.extend(&mut scan.filter);
            all.extend(conditions.iter_mut().flat_map(|(_, asked)| asked.queries_mut()));
        }
        Node::IndexScan(scan) => {
            all.extend(&mut scan.scan.filter);
            all.extend(&mut scan.equal);
            all.extend(&mut scan.any);
            all.extend(scan.lower.iter_mut().chain(&mut scan.upper).map(|(bound, _)| bound));
            all.extend(scan.first.iter_mut().map(|first| &mut first.wanted));
            if let Some(also) = &mut scan.also {
                let InvertedScan { scan, conditions, .. } = also.as_mut();
                all.extend(&mut scan.filter);
                all.extend(conditions.iter_mut().flat_map(|(_, asked)| asked.queries_mut()));
            }
        }
    }
    all
}
