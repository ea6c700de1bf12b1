//! Walking plans and expressions.

use super::{
    Aggregate, Call, Expr, FrameBound, Node, Plan, SetExpr, SortKey, Subquery, SubqueryKind,
    Subscript,
};

impl Expr {
    /// Visits this expression and all below it, parents last. `level` starts at 0 and grows by one
    /// where the row changes to that of a subquery: an `Outer` with `levels == level` inside means
    /// the row this walk started with.
    pub fn walk_mut(&mut self, level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
        match self {
            Expr::Const(..) | Expr::Column(..) | Expr::Outer { .. } | Expr::Param(..) => {}
            Expr::Call(call) => walk_call(call, level, visit),
            Expr::Distinct { equal, .. } => walk_call(equal, level, visit),
            Expr::NullIf { equal, value, .. } => {
                walk_call(equal, level, visit);
                value.walk_mut(level, visit);
            }
            Expr::And(args) | Expr::Or(args) | Expr::Row(args, _) => walk_all(args, level, visit),
            Expr::Coalesce(args, _)
            | Expr::Extreme { args, .. }
            | Expr::Array { elements: args, .. } => walk_all(args, level, visit),
            Expr::Not(input)
            | Expr::IsNull { input, .. }
            | Expr::IsBool { input, .. }
            | Expr::CoerceViaText { input, .. }
            | Expr::Relabel { input, .. }
            | Expr::ArrayCoerce { input, .. }
            | Expr::Field { input, .. } => input.walk_mut(level, visit),
            Expr::Case { branches, otherwise, .. } => {
                for (when, then) in branches {
                    when.walk_mut(level, visit);
                    then.walk_mut(level, visit);
                }
                if let Some(otherwise) = otherwise {
                    otherwise.walk_mut(level, visit);
                }
            }
            Expr::Subscript { input, subscripts, .. } => {
                input.walk_mut(level, visit);
                for subscript in subscripts {
                    match subscript {
                        Subscript::Index(index) => index.walk_mut(level, visit),
                        Subscript::Slice(lower, upper) => {
                            for bound in lower.iter_mut().chain(upper) {
                                bound.walk_mut(level, visit);
                            }
                        }
                    }
                }
            }
            Expr::AnyArray { call, array, .. } => {
                call.args[0].walk_mut(level, visit);
                array.walk_mut(level, visit);
            }
            Expr::Subquery(subquery) => {
                walk_subquery(std::sync::Arc::make_mut(subquery), level, visit);
            }
        }
        visit(self, level);
    }

    /// Visits the expressions directly below this one; not those inside a subquery's plan.
    pub fn children_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        match self {
            Expr::Const(..) | Expr::Column(..) | Expr::Outer { .. } | Expr::Param(..) => {}
            Expr::Call(call) => call.args.iter_mut().for_each(visit),
            Expr::Distinct { equal, .. } => equal.args.iter_mut().for_each(visit),
            Expr::NullIf { equal, value, .. } => {
                equal.args.iter_mut().for_each(&mut *visit);
                visit(value);
            }
            Expr::And(args) | Expr::Or(args) | Expr::Row(args, _) => {
                args.iter_mut().for_each(visit)
            }
            Expr::Coalesce(args, _)
            | Expr::Extreme { args, .. }
            | Expr::Array { elements: args, .. } => args.iter_mut().for_each(visit),
            Expr::Not(input)
            | Expr::IsNull { input, .. }
            | Expr::IsBool { input, .. }
            | Expr::CoerceViaText { input, .. }
            | Expr::Relabel { input, .. }
            | Expr::ArrayCoerce { input, .. }
            | Expr::Field { input, .. } => visit(input),
            Expr::Case { branches, otherwise, .. } => {
                for (when, then) in branches {
                    visit(when);
                    visit(then);
                }
                if let Some(otherwise) = otherwise {
                    visit(otherwise);
                }
            }
            Expr::Subscript { input, subscripts, .. } => {
                visit(input);
                for subscript in subscripts {
                    match subscript {
                        Subscript::Index(index) => visit(index),
                        Subscript::Slice(lower, upper) => {
                            lower.iter_mut().chain(upper).for_each(&mut *visit);
                        }
                    }
                }
            }
            Expr::AnyArray { call, array, .. } => {
                visit(&mut call.args[0]);
                visit(array);
            }
            Expr::Subquery(subquery) => match &mut std::sync::Arc::make_mut(subquery).kind {
                SubqueryKind::Any { test, .. } | SubqueryKind::All { test, .. } => visit(test),
                SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array => {}
            },
        }
    }

    /// As [`Expr::walk_mut`] from level 0, without changing anything.
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr, usize)) {
        // One traversal serves both: the copy is small, and a second one would drift.
        let mut copy = self.clone();
        copy.walk_mut(0, &mut |expr, level| visit(expr, level));
    }

    /// Whether any expression on this row (not inside a subquery) satisfies `test`.
    pub fn any(&self, test: &mut dyn FnMut(&Expr) -> bool) -> bool {
        test(self) || self.children().into_iter().any(|child| child.any(test))
    }
}

fn walk_all(args: &mut [Expr], level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
    for arg in args {
        arg.walk_mut(level, visit);
    }
}

fn walk_call(call: &mut Call, level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
    walk_all(&mut call.args, level, visit);
}

fn walk_subquery(subquery: &mut Subquery, level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
    match &mut subquery.kind {
        // The subquery's own columns stand behind the outer row's in `test`; visitors that move
        // columns see them as columns of this row at or past `outer_width`.
        SubqueryKind::Any { test, .. } | SubqueryKind::All { test, .. } => {
            test.walk_mut(level, visit);
        }
        SubqueryKind::Scalar | SubqueryKind::Exists | SubqueryKind::Array => {}
    }
    subquery.plan.walk_mut(level + 1, visit);
}

fn walk_keys(keys: &mut [SortKey], level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
    for key in keys {
        key.expr.walk_mut(level, visit);
    }
}

fn walk_aggregate(
    aggregate: &mut Aggregate,
    level: usize,
    visit: &mut dyn FnMut(&mut Expr, usize),
) {
    walk_all(&mut aggregate.args, level, visit);
    if let Some(filter) = &mut aggregate.filter {
        filter.walk_mut(level, visit);
    }
    walk_keys(&mut aggregate.order, level, visit);
}

impl Plan {
    /// Visits every expression of this plan and the plans below it. See [`Expr::walk_mut`].
    pub fn walk_mut(&mut self, level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
        match &mut self.node {
            Node::Empty | Node::System(_) | Node::CteScan { .. } => {}
            Node::Scan(scan) => walk_option(&mut scan.filter, level, visit),
            Node::Values(rows) => {
                for row in rows {
                    walk_all(row, level, visit);
                }
            }
            Node::FunctionScan { call, .. } => walk_call(call, level, visit),
            Node::Filter { input, predicate } => {
                input.walk_mut(level, visit);
                predicate.walk_mut(level, visit);
            }
            Node::Project { input, exprs } => {
                input.walk_mut(level, visit);
                walk_all(exprs, level, visit);
            }
            Node::ProjectSet { input, exprs } => {
                input.walk_mut(level, visit);
                for expr in exprs {
                    match expr {
                        SetExpr::Scalar(expr) => expr.walk_mut(level, visit),
                        SetExpr::Set(call) => walk_call(call, level, visit),
                    }
                }
            }
            Node::Join { left, right, on, lateral, .. } => {
                left.walk_mut(level, visit);
                right.walk_mut(level + usize::from(*lateral), visit);
                walk_option(on, level, visit);
            }
            Node::Aggregate { input, groups, aggregates, .. } => {
                input.walk_mut(level, visit);
                walk_all(groups, level, visit);
                for aggregate in aggregates {
                    walk_aggregate(aggregate, level, visit);
                }
            }
            Node::Window { input, calls } => {
                input.walk_mut(level, visit);
                for call in calls {
                    walk_all(&mut call.args, level, visit);
                    walk_option(&mut call.filter, level, visit);
                    walk_all(&mut call.partition, level, visit);
                    walk_keys(&mut call.order, level, visit);
                    for bound in [&mut call.frame.start, &mut call.frame.end] {
                        if let FrameBound::Preceding(expr) | FrameBound::Following(expr) = bound {
                            expr.walk_mut(level, visit);
                        }
                    }
                }
            }
            Node::Sort { input, keys } => {
                input.walk_mut(level, visit);
                walk_keys(keys, level, visit);
            }
            Node::Limit { input, limit, offset, with_ties } => {
                input.walk_mut(level, visit);
                walk_option(limit, level, visit);
                walk_option(offset, level, visit);
                if let Some(keys) = with_ties {
                    walk_keys(keys, level, visit);
                }
            }
            Node::Distinct { input } | Node::LockRows { input, .. } => input.walk_mut(level, visit),
            Node::DistinctOn { input, on } => {
                input.walk_mut(level, visit);
                walk_all(on, level, visit);
            }
            Node::SetOp { left, right, .. } => {
                left.walk_mut(level, visit);
                right.walk_mut(level, visit);
            }
            Node::With { ctes, body } => {
                for cte in ctes {
                    cte.plan.walk_mut(level, visit);
                    if let Some((term, _)) = &mut cte.recursive {
                        term.walk_mut(level, visit);
                    }
                }
                body.walk_mut(level, visit);
            }
            Node::Knn(knn) => {
                walk_option(&mut knn.scan.filter, level, visit);
                knn.key.walk_mut(level, visit);
                knn.query.walk_mut(level, visit);
                knn.limit.walk_mut(level, visit);
            }
            Node::TextSearch(search) => {
                walk_option(&mut search.scan.filter, level, visit);
                search.query.walk_mut(level, visit);
                walk_option(&mut search.top, level, visit);
            }
            Node::InvertedScan(scan) => {
                walk_option(&mut scan.scan.filter, level, visit);
                scan.queries_mut().for_each(|query| query.walk_mut(level, visit));
            }
            Node::IndexScan(scan) => {
                walk_option(&mut scan.scan.filter, level, visit);
                walk_all(&mut scan.equal, level, visit);
                walk_option(&mut scan.any, level, visit);
                for (bound, _) in scan.lower.iter_mut().chain(&mut scan.upper) {
                    bound.walk_mut(level, visit);
                }
                if let Some(first) = &mut scan.first {
                    first.wanted.walk_mut(level, visit);
                }
                if let Some(also) = &mut scan.also {
                    walk_option(&mut also.scan.filter, level, visit);
                    also.queries_mut().for_each(|query| query.walk_mut(level, visit));
                }
            }
        }
    }
}

fn walk_option(expr: &mut Option<Expr>, level: usize, visit: &mut dyn FnMut(&mut Expr, usize)) {
    if let Some(expr) = expr {
        expr.walk_mut(level, visit);
    }
}
