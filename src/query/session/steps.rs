//! Statements with data-modifying WITH: what their steps share.

use std::sync::Arc;

use crate::{
    query::{
        bind::{Action, Step},
        exec::CteRows,
        ir::{Node, Plan},
        rules::{self, Rules},
    },
    storage::Overlay,
};

/// A statement with data-modifying WITH on its way: its steps see neither each other's writes nor
/// their own, but what they returned.
#[derive(Clone)]
pub struct Steps {
    /// The transaction's writes as they were before the first step.
    pub overlay: Arc<Overlay>,
    pub ctes: Vec<(usize, CteRows)>,
}

/// A step with its query rewritten.
pub fn optimised(mut step: Step, rules: &Rules<'_>) -> Step {
    let source = match &mut step.action {
        Action::Query(plan) => plan,
        Action::Insert(insert) => &mut Arc::make_mut(insert).source,
        Action::Update(update) => &mut Arc::make_mut(update).source,
        Action::Delete(delete) => &mut Arc::make_mut(delete).source,
    };
    let fields = source.fields.clone();
    let empty = Plan { node: Node::Empty, fields };
    *source = rules::optimise(std::mem::replace(source, empty), rules);
    step
}
