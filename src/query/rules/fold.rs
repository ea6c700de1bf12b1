//! Calls of immutable functions on constants become constants. One that fails stays a call, so that
//! the error comes only if the value is needed.

use std::sync::Arc;

use super::volatility::{expressions_mut, inputs_mut, is_immutable};
use crate::query::{
    env::Env,
    exec::eval::{EvalContext, evaluate},
    ir::{Expr, Plan},
};

pub fn fold_plan(plan: &mut Plan, env: &Env) {
    for expr in expressions_mut(plan) {
        fold(expr, env);
    }
    for input in inputs_mut(plan) {
        fold_plan(input, env);
    }
}

fn fold(expr: &mut Expr, env: &Env) {
    if matches!(expr, Expr::Const(..) | Expr::Column(..)) {
        return;
    }
    if matches!(expr, Expr::Call(_))
        && is_immutable(expr)
        && let Ok(value) = evaluate(expr, &[], &EvalContext::new(env))
    {
        *expr = Expr::Const(value, expr.ty());
        return;
    }
    if let Expr::Subquery(subquery) = expr {
        return fold_plan(&mut Arc::make_mut(subquery).plan, env);
    }
    expr.children_mut(&mut |child| fold(child, env));
}
