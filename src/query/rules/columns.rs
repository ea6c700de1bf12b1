//! Which columns an expression reads, and moving expressions to rows of another shape.

use std::sync::Arc;

use crate::{
    query::ir::{Expr, Subquery, SubqueryKind},
    types::PgType,
};

/// Columns of a subquery's own rows in the test of ANY and ALL are kept apart by this while the
/// outer columns move.
const INNER: usize = 1 << 40;

/// Visits the position of every column of this row that `expr` reads, subqueries included.
pub fn each_column(expr: &Expr, visit: &mut dyn FnMut(usize)) {
    each_typed_column(expr, &mut |column, _| visit(column));
}

/// The same with the columns' types.
pub fn each_typed_column(expr: &Expr, visit: &mut dyn FnMut(usize, PgType)) {
    match expr {
        Expr::Column(column, ty) => visit(*column, *ty),
        Expr::Subquery(subquery) => {
            if let SubqueryKind::Any { test, outer_width }
            | SubqueryKind::All { test, outer_width } = &subquery.kind
            {
                each_typed_column(test, &mut |column, ty| {
                    if column < *outer_width {
                        visit(column, ty);
                    }
                });
            }
            if subquery.correlated {
                each_outer(subquery, visit);
            }
        }
        expr => expr.children().into_iter().for_each(|child| each_typed_column(child, visit)),
    }
}

fn each_outer(subquery: &Subquery, visit: &mut dyn FnMut(usize, PgType)) {
    let mut plan = subquery.plan.clone();
    plan.walk_mut(1, &mut |expr, level| {
        if let Expr::Outer { levels, column, ty } = expr
            && *levels == level
        {
            visit(*column, *ty);
        }
    });
}

pub fn has_subquery(expr: &Expr) -> bool {
    expr.any(&mut |expr| matches!(expr, Expr::Subquery(_)))
}

/// Whether every column that `expr` reads satisfies `test`.
pub fn columns_all(expr: &Expr, test: impl Fn(usize) -> bool) -> bool {
    let mut all = true;
    each_column(expr, &mut |column| all &= test(column));
    all
}

/// Whether `expr` reads any column of its row.
pub fn reads_columns(expr: &Expr) -> bool {
    !columns_all(expr, |_| false)
}

/// The columns that `expr` reads, ascending.
pub fn columns_of<'a>(exprs: impl IntoIterator<Item = &'a Expr>) -> Vec<usize> {
    let mut columns = Vec::new();
    for expr in exprs {
        each_column(expr, &mut |column| columns.push(column));
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Moves every column of this row to `place(column)`, for a row that is `width` wide.
pub fn remap(expr: &mut Expr, width: usize, place: &dyn Fn(usize) -> usize) {
    if !has_subquery(expr) {
        return expr.walk_mut(0, &mut |expr, _| {
            if let Expr::Column(column, _) = expr {
                *column = place(*column);
            }
        });
    }
    expr.walk_mut(0, &mut |expr, level| {
        if level == 0
            && let Expr::Subquery(subquery) = expr
        {
            hide_inner(Arc::make_mut(subquery));
        }
    });
    expr.walk_mut(0, &mut |expr, level| match expr {
        Expr::Column(column, _) if level == 0 && *column < INNER => *column = place(*column),
        Expr::Outer { levels, column, .. } if level > 0 && *levels == level => {
            *column = place(*column);
        }
        Expr::Subquery(subquery) if level == 0 => show_inner(Arc::make_mut(subquery), width),
        _ => {}
    });
}

fn hide_inner(subquery: &mut Subquery) {
    if let SubqueryKind::Any { test, outer_width } | SubqueryKind::All { test, outer_width } =
        &mut subquery.kind
    {
        let width = *outer_width;
        test.walk_mut(0, &mut |expr, level| match expr {
            Expr::Column(column, _) if level == 0 && *column >= width && *column < INNER => {
                *column = *column - width + INNER;
            }
            _ => {}
        });
    }
}

fn show_inner(subquery: &mut Subquery, width: usize) {
    if let SubqueryKind::Any { test, outer_width } | SubqueryKind::All { test, outer_width } =
        &mut subquery.kind
    {
        *outer_width = width;
        test.walk_mut(0, &mut |expr, level| match expr {
            Expr::Column(column, _) if level == 0 && *column >= INNER => {
                *column = *column - INNER + width;
            }
            _ => {}
        });
    }
}

/// `expr` with every column replaced by the expression that makes it; `None` if a subquery sees a
/// column that is not merely moved.
pub fn substitute(expr: &Expr, exprs: &[Expr], width: usize) -> Option<Expr> {
    let mut result = expr.clone();
    if has_subquery(expr) {
        let columns = columns_of([expr]);
        if !columns.iter().all(|column| matches!(exprs.get(*column), Some(Expr::Column(..)))) {
            return None;
        }
        remap(&mut result, width, &|column| match exprs[column] {
            Expr::Column(source, _) => source,
            _ => unreachable!("only columns are moved"),
        });
        return Some(result);
    }
    let mut known = true;
    result.walk_mut(0, &mut |expr, _| {
        if let Expr::Column(column, _) = expr {
            match exprs.get(*column) {
                Some(source) => *expr = source.clone(),
                None => known = false,
            }
        }
    });
    known.then_some(result)
}

/// The arguments of nested ANDs, or the one condition.
pub fn conjuncts(expr: Expr, out: &mut Vec<Expr>) {
    match expr {
        Expr::And(args) => args.into_iter().for_each(|arg| conjuncts(arg, out)),
        expr => out.push(expr),
    }
}

pub fn conjunction(mut conjuncts: Vec<Expr>) -> Option<Expr> {
    match conjuncts.len() {
        0 => None,
        1 => conjuncts.pop(),
        _ => Some(Expr::And(conjuncts)),
    }
}
