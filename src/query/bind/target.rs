//! The target list: what a query yields, and under which names and types.

use std::sync::Arc;

use super::{Binder, expr::location, inner, naming, required, scope::Scope, special::is_star};
use crate::{
    base::{Oid, PgError, Result},
    query::{
        ir::{Expr, Field, Node, Plan},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid},
};

/// What becomes of string literals that nothing gave a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknowns {
    /// They are text.
    Settle,
    /// They wait for an INSERT's column or a UNION's other side.
    Keep,
}

/// One entry of the target list, or a hidden one for ORDER BY and DISTINCT ON.
pub(super) struct Target {
    pub expr: Expr,
    pub name: String,
    pub origin: Option<(Oid, i16)>,
    pub hidden: bool,
    pub location: i32,
}

impl Binder<'_> {
    /// The target list, stars expanded.
    pub(super) fn targets(
        &self,
        nodes: &[ast::Node],
        scope: &Scope,
        unknowns: Unknowns,
    ) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for node in nodes {
            let NodeEnum::ResTarget(target) = inner(node)? else {
                return Err(PgError::internal("target expected"));
            };
            let value = required(&target.val)?;
            if let Some(star) = is_star(value) {
                for (expr, name, origin) in self.expand_star(star, scope)? {
                    targets.push(Target {
                        expr,
                        name,
                        origin,
                        hidden: false,
                        location: star.location,
                    });
                }
                continue;
            }
            if let Some(fields) = self.expand_composite(value, scope)? {
                for (expr, name) in fields {
                    let location = location(value);
                    targets.push(Target { expr, name, origin: None, hidden: false, location });
                }
                continue;
            }
            let mut expr = self.expr(value, scope)?;
            if unknowns == Unknowns::Settle {
                expr = self.settle_unknown(expr)?;
            }
            let name = match target.name.as_str() {
                "" => naming::output_name(value),
                name => name.to_owned(),
            };
            let origin = self.origin_of(&expr, scope);
            targets.push(Target { expr, name, origin, hidden: false, location: location(value) });
        }
        Ok(targets)
    }

    /// The table column an expression is, unchanged.
    fn origin_of(&self, expr: &Expr, scope: &Scope) -> Option<(Oid, i16)> {
        let Expr::Column(at, _) = expr else { return None };
        scope
            .items
            .iter()
            .flat_map(|item| &item.columns)
            .find(|column| column.position == *at)
            .and_then(|column| column.origin)
    }

    /// Every unknown output as text.
    pub(super) fn settle_unknown_outputs(&self, plan: Plan) -> Result<Plan> {
        if plan.fields.iter().all(|field| field.ty.oid != oid::UNKNOWN) {
            return Ok(plan);
        }
        let types: Vec<PgType> = plan
            .fields
            .iter()
            .map(|field| if field.ty.oid == oid::UNKNOWN { PgType::TEXT } else { field.ty })
            .collect();
        self.coerce_outputs(plan, &types, "SELECT")
    }

    /// The plan's columns as `types`, which the caller knows to be possible.
    pub(super) fn coerce_outputs(
        &self,
        plan: Plan,
        types: &[PgType],
        construct: &str,
    ) -> Result<Plan> {
        if plan.fields.iter().zip(types).all(|(field, ty)| field.ty == *ty) {
            return Ok(plan);
        }
        let fields: Arc<[Field]> = plan
            .fields
            .iter()
            .zip(types)
            .map(|(field, ty)| Field { ty: *ty, ..field.clone() })
            .collect();
        let node = match plan.node {
            // Literals can still be read as the wanted type where they stand.
            Node::Project { input, exprs } => Node::Project {
                input,
                exprs: exprs
                    .into_iter()
                    .zip(types)
                    .map(|(expr, ty)| self.coerce_common(expr, *ty, construct))
                    .collect::<Result<_>>()?,
            },
            Node::Values(rows) => Node::Values(
                rows.into_iter()
                    .map(|row| {
                        row.into_iter()
                            .zip(types)
                            .map(|(expr, ty)| self.coerce_common(expr, *ty, construct))
                            .collect::<Result<Vec<_>>>()
                    })
                    .collect::<Result<_>>()?,
            ),
            node => {
                let exprs = plan
                    .fields
                    .iter()
                    .enumerate()
                    .zip(types)
                    .map(|((position, field), ty)| {
                        self.coerce_common(Expr::Column(position, field.ty), *ty, construct)
                    })
                    .collect::<Result<_>>()?;
                Node::Project { input: Box::new(Plan { node, fields: plan.fields.clone() }), exprs }
            }
        };
        Ok(Plan { node, fields })
    }
}
