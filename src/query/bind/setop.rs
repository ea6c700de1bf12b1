//! UNION, INTERSECT, EXCEPT.

use super::{Binder, scope::Scope, target::Unknowns};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Field, Node, Plan, SetOp},
        parse::ast,
    },
    types::PgType,
};

impl Binder<'_> {
    /// Errors: 42601 if the sides have different numbers of columns; 42804 if their types differ.
    pub(super) fn set_operation(&self, select: &ast::SelectStmt, around: &Scope) -> Result<Plan> {
        let (name, op) = match select.op() {
            ast::SetOperation::SetopIntersect => ("INTERSECT", SetOp::Intersect),
            ast::SetOperation::SetopExcept => ("EXCEPT", SetOp::Except),
            _ => ("UNION", SetOp::Union),
        };
        let side = |side: &Option<Box<ast::SelectStmt>>, bar| -> Result<Plan> {
            let side =
                side.as_deref().ok_or_else(|| PgError::internal("set operation without a side"))?;
            let around = Scope { bar: around.bar.or(bar), ..around.clone() };
            self.bind_query(side, &around, Unknowns::Keep)
        };
        let (left_bar, right_bar) = match op {
            SetOp::Union => (None, None),
            SetOp::Intersect => (Some("INTERSECT"), Some("INTERSECT")),
            SetOp::Except => (None, Some("EXCEPT")),
        };
        let (left, right) = (side(&select.larg, left_bar)?, side(&select.rarg, right_bar)?);
        if left.fields.len() != right.fields.len() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                format!("each {name} query must have the same number of columns"),
            ));
        }
        let types = left
            .fields
            .iter()
            .zip(right.fields.iter())
            .map(|(left, right)| self.common_of(&[left.ty, right.ty], name))
            .collect::<Result<Vec<PgType>>>()?;
        let left = self.coerce_outputs(left, &types, name)?;
        let right = self.coerce_outputs(right, &types, name)?;
        let fields: Vec<Field> = left
            .fields
            .iter()
            .zip(&types)
            .map(|(field, ty)| Field::new(field.name.clone(), *ty))
            .collect();
        let node =
            Node::SetOp { left: Box::new(left), right: Box::new(right), op, all: select.all };
        Ok(Plan::new(node, fields))
    }
}
