//! A common table expression that is read once, not MATERIALIZED and not volatile runs in place, as
//! PostgreSQL runs it, so that filters and limits reach into it.

use super::volatility::{inputs_mut, plan_is_volatile};
use crate::query::ir::{Cte, Node, Plan};

pub fn inline(mut plan: Plan) -> Plan {
    for input in inputs_mut(&mut plan) {
        let inner = std::mem::replace(input, Plan::new(Node::Empty, vec![]));
        *input = inline(inner);
    }
    let Node::With { ctes, body } = plan.node else { return plan };
    let mut body = body;
    let mut kept: Vec<Cte> = Vec::new();
    let mut pending: Vec<Cte> = ctes;
    // The last one first: it may be the only reader of the ones before.
    while let Some(cte) = pending.pop() {
        if cte.references == 0 {
            continue;
        }
        let once = cte.references == 1
            && cte.recursive.is_none()
            && cte.materialized != Some(true)
            && !plan_is_volatile(&cte.plan);
        if !once {
            kept.push(cte);
            continue;
        }
        let mut definition = Some(cte.plan.clone());
        let placed = put(&mut body, cte.id, &mut definition)
            || pending.iter_mut().chain(&mut kept).any(|reader| {
                reader.recursive.is_none() && put(&mut reader.plan, cte.id, &mut definition)
            });
        if !placed {
            kept.push(cte);
        }
    }
    kept.reverse();
    if kept.is_empty() {
        return *body;
    }
    Plan { node: Node::With { ctes: kept, body }, fields: plan.fields }
}

/// Replaces the scan of the CTE, if it is in the plan's own tree. Inside a lateral side or a
/// recursion it would run again and again, so there it stays.
fn put(plan: &mut Plan, id: usize, definition: &mut Option<Plan>) -> bool {
    match &mut plan.node {
        Node::CteScan { id: scanned } if *scanned == id => {
            if let Some(mut definition) = definition.take() {
                // The reader's names for the columns stay.
                definition.fields = plan.fields.clone();
                *plan = definition;
            }
            true
        }
        Node::Join { left, lateral: true, .. } => put(left, id, definition),
        Node::With { ctes, body } => {
            put(body, id, definition)
                || ctes
                    .iter_mut()
                    .any(|cte| cte.recursive.is_none() && put(&mut cte.plan, id, definition))
        }
        _ => inputs_mut(plan).into_iter().any(|input| put(input, id, definition)),
    }
}
