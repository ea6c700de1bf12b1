//! A join with one row of constants is no join: `FROM docs, plainto_tsquery('fox') query` puts the
//! value where the column was, so that the index sees it.

use super::{
    columns::{conjunction, has_subquery, reads_columns},
    volatility::{inputs_mut, is_volatile},
};
use crate::query::ir::{Expr, JoinKind, Node, Plan};

pub fn unite(plan: &mut Plan) {
    inputs_mut(plan).into_iter().for_each(unite);
    let Node::Join { left, right, kind: JoinKind::Inner, on, lateral: false } = &mut plan.node
    else {
        return;
    };
    let (constants, single_left) = match (single_row(left), single_row(right)) {
        (_, Some(constants)) => (constants, false),
        (Some(constants), None) => (constants, true),
        (None, None) => return,
    };
    let other = if single_left { right } else { left };
    let other = std::mem::replace(other.as_mut(), Plan::new(Node::Empty, vec![]));
    let columns =
        other.fields.iter().enumerate().map(|(column, field)| Expr::Column(column, field.ty));
    let exprs: Vec<Expr> = if single_left {
        constants.into_iter().chain(columns).collect()
    } else {
        columns.chain(constants).collect()
    };
    let on = on.take();
    let fields = plan.fields.clone();
    let joined =
        Plan { node: Node::Project { input: Box::new(other), exprs }, fields: fields.clone() };
    *plan = match conjunction(on.into_iter().collect()) {
        None => joined,
        Some(predicate) => {
            Plan { node: Node::Filter { input: Box::new(joined), predicate }, fields }
        }
    };
}

/// The values of a plan that is one row of expressions which see no row.
fn single_row(plan: &Plan) -> Option<Vec<Expr>> {
    let exprs = match &plan.node {
        Node::Empty => return Some(vec![]),
        Node::Project { input, exprs } if matches!(input.node, Node::Empty) => exprs,
        Node::Values(rows) if rows.len() == 1 => &rows[0],
        Node::Project { input, exprs } => {
            let below = single_row(input)?;
            return exprs
                .iter()
                .map(|expr| match expr {
                    Expr::Column(column, _) => below.get(*column).cloned(),
                    _ => None,
                })
                .collect();
        }
        _ => return None,
    };
    let plain = |expr: &Expr| !reads_columns(expr) && !has_subquery(expr) && !is_volatile(expr);
    exprs.iter().all(plain).then(|| exprs.clone())
}
