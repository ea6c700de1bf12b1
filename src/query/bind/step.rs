//! Data-modifying statements in WITH: a statement then runs in steps, one for each query of its WITH,
//! and all of them read what was there before the first.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    Binder, Delete, Insert, Update, cte::PendingCte, scope::Scope, subquery::settle_tests,
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Cte, Field, Node, Plan},
        parse::{NodeEnum, ast},
    },
};

/// One query of WITH, in the order they run; its rows are those of `CteScan { id }`.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: usize,
    pub action: Action,
}

#[derive(Clone, Debug)]
pub enum Action {
    Query(Plan),
    Insert(Arc<Insert>),
    Update(Arc<Update>),
    Delete(Arc<Delete>),
}

/// A step of which it is not yet known whether anything reads it.
pub(super) struct PendingStep {
    step: Step,
    references: Arc<AtomicUsize>,
}

impl Binder<'_> {
    /// Whether this WITH may hold statements that write: the outermost one of a statement may, once.
    pub(super) fn is_top(&self) -> bool {
        self.top.replace(false)
    }

    /// INSERT, UPDATE or DELETE of a WITH; what RETURNING gives, if there is one.
    ///
    /// Errors: 0A000 below the top level; those of the statement.
    pub(super) fn writing_cte(
        &self,
        cte: &ast::CommonTableExpr,
        query: &NodeEnum,
        scope: &Scope,
    ) -> Result<(Action, Option<Arc<[Field]>>)> {
        Ok(match query {
            NodeEnum::InsertStmt(insert) => {
                let insert = self.insert_in(insert, scope)?;
                let fields = insert.returning.as_ref().map(|returning| returning.fields.clone());
                (Action::Insert(Arc::new(insert)), fields)
            }
            NodeEnum::UpdateStmt(update) => {
                let update = self.update_in(update, scope)?;
                let fields = update.returning.as_ref().map(|returning| returning.fields.clone());
                (Action::Update(Arc::new(update)), fields)
            }
            NodeEnum::DeleteStmt(delete) => {
                let delete = self.delete_in(delete, scope)?;
                let fields = delete.returning.as_ref().map(|returning| returning.fields.clone());
                (Action::Delete(Arc::new(delete)), fields)
            }
            _ => return Err(PgError::unsupported("MERGE").at(cte.location)),
        })
    }

    pub(super) fn add_step(&self, id: usize, action: Action, references: Arc<AtomicUsize>) {
        let step = Step { id, action };
        self.steps.borrow_mut().push(PendingStep { step, references });
    }

    /// A query of a WITH that also writes: it is a step of its own.
    pub(super) fn add_query_step(&self, (cte, references): PendingCte) {
        let (id, fields) = (cte.id, cte.plan.fields.clone());
        let mut plan = match &cte.recursive {
            None => cte.plan,
            Some(_) => {
                let body = Plan { node: Node::CteScan { id }, fields: fields.clone() };
                let ctes = vec![Cte { references: 1, ..cte }];
                Plan { node: Node::With { ctes, body: Box::new(body) }, fields }
            }
        };
        settle_tests(&mut plan);
        self.add_step(id, Action::Query(plan), references);
    }

    /// The steps before the statement itself. Queries that nothing reads are not run.
    pub fn take_steps(&self) -> Vec<Step> {
        let pending = self.steps.take();
        pending
            .into_iter()
            .filter(|pending| {
                !matches!(pending.step.action, Action::Query(_))
                    || pending.references.load(Ordering::Relaxed) > 0
            })
            .map(|pending| pending.step)
            .collect()
    }
}

/// Errors: 0A000 for a statement that writes below the top level.
pub(super) fn refuse_below_top(cte: &ast::CommonTableExpr) -> PgError {
    PgError::new(
        sqlstate::FEATURE_NOT_SUPPORTED,
        "WITH clause containing a data-modifying statement must be at the top level",
    )
    .at(cte.location)
}
