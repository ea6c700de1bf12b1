//! What an expression computes from parameters, settings and outer rows alone is computed once for a
//! run of the operator, not once a row: `to_tsquery($1)` in a filter over a table.

use std::borrow::Cow;

use super::{eval::evaluate, scope::Scope};
use crate::query::{
    ir::{Expr, SortKey},
    rules::{columns::reads_columns, volatility::is_volatile},
};

/// The expression with its constant calls replaced by their values. A call that fails is left, so
/// that the error comes only where its value is needed.
pub fn hoisted<'p>(expr: &'p Expr, scope: &Scope) -> Cow<'p, Expr> {
    if !has_constant_call(expr) {
        return Cow::Borrowed(expr);
    }
    let mut copy = expr.clone();
    hoist(&mut copy, scope);
    Cow::Owned(copy)
}

/// The same for the keys of a sort.
pub fn hoisted_keys<'p>(keys: &'p [SortKey], scope: &Scope) -> Cow<'p, [SortKey]> {
    if !keys.iter().any(|key| has_constant_call(&key.expr)) {
        return Cow::Borrowed(keys);
    }
    let mut copy = keys.to_vec();
    copy.iter_mut().for_each(|key| hoist(&mut key.expr, scope));
    Cow::Owned(copy)
}

fn computes(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Call(_)
            | Expr::CoerceViaText { .. }
            | Expr::ArrayCoerce { .. }
            | Expr::Array { .. }
            | Expr::Coalesce(..)
    )
}

fn is_constant_call(expr: &Expr) -> bool {
    computes(expr)
        && !reads_columns(expr)
        && !expr.any(&mut |expr| matches!(expr, Expr::Subquery(_)))
        && !is_volatile(expr)
}

fn has_constant_call(expr: &Expr) -> bool {
    is_constant_call(expr) || expr.children().into_iter().any(has_constant_call)
}

fn hoist(expr: &mut Expr, scope: &Scope) {
    if is_constant_call(expr) {
        if let Ok(value) = evaluate(expr, &[], &scope.context()) {
            *expr = Expr::Const(value, expr.ty());
        }
        return;
    }
    // A subquery is kept by its address: copying it would forget what was kept.
    if !matches!(expr, Expr::Subquery(_)) {
        expr.children_mut(&mut |child| hoist(child, scope));
    }
}
