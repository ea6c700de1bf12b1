//! Moving expressions and plans between levels: into a subquery or lateral side, and out of one.

use crate::query::ir::{Expr, Plan};

/// Whether the plan refers to the row just outside of it.
pub fn refers_to_row(plan: &Plan) -> bool {
    let mut copy = plan.clone();
    let mut found = false;
    copy.walk_mut(1, &mut |expr, level| {
        found |= matches!(expr, Expr::Outer { levels, .. } if *levels == level);
    });
    found
}

/// Takes a plan out of its subquery: rows further out come one level nearer. It must not refer to
/// the row just outside.
pub fn raise_plan(plan: &mut Plan) {
    plan.walk_mut(1, &mut |expr, level| {
        if let Expr::Outer { levels, .. } = expr
            && *levels > level
        {
            *levels -= 1;
        }
    });
}

/// Puts a plan inside a lateral side: every row outside moves one level away.
pub fn lower_plan(plan: &mut Plan) {
    plan.walk_mut(1, &mut |expr, level| deepen(expr, level));
}

/// The same for an expression.
pub fn lower_expr(expr: &mut Expr) {
    expr.walk_mut(0, &mut |expr, level| deepen(expr, level + 1));
}

/// An expression over a row as it reads inside a plan that sees the row as an outer one.
pub fn outward(expr: &mut Expr) {
    expr.walk_mut(0, &mut |expr, level| match expr {
        Expr::Column(column, ty) if level == 0 => {
            *expr = Expr::Outer { levels: 1, column: *column, ty: *ty };
        }
        // What was this row stays one level further out; so does all beyond.
        Expr::Outer { levels, .. } if *levels > level => *levels += 1,
        _ => {}
    });
}

fn deepen(expr: &mut Expr, level: usize) {
    if let Expr::Outer { levels, .. } = expr
        && *levels >= level
    {
        *levels += 1;
    }
}
