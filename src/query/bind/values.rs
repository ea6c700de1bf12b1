//! VALUES lists.

use super::{Binder, expr::location, inner, scope::Scope, target::Unknowns};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Expr, Field, Node, Plan},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid},
};

impl Binder<'_> {
    /// Errors: 42601 `VALUES lists must all be the same length`.
    pub(super) fn values(
        &self,
        lists: &[ast::Node],
        around: &Scope,
        unknowns: Unknowns,
    ) -> Result<Plan> {
        let scope = around.for_clause("VALUES");
        let mut rows = Vec::with_capacity(lists.len());
        for list in lists {
            let items = list_items(list)?;
            rows.push(self.exprs(items, &scope)?);
            if rows[0].len() != items.len() {
                let error = PgError::new(
                    sqlstate::SYNTAX_ERROR,
                    "VALUES lists must all be the same length",
                );
                return Err(match items.first() {
                    Some(item) => error.at(location(item)),
                    None => error,
                });
            }
        }
        let width = rows.first().map_or(0, Vec::len);
        let mut types = Vec::with_capacity(width);
        for column in 0..width {
            let exprs: Vec<&Expr> = rows.iter().map(|row| &row[column]).collect();
            let all_unknown = exprs.iter().all(|expr| expr.ty().oid == oid::UNKNOWN);
            types.push(match unknowns {
                Unknowns::Keep if all_unknown => PgType::UNKNOWN,
                _ => self.common_type(&exprs, "VALUES")?,
            });
        }
        for row in &mut rows {
            for (expr, ty) in row.iter_mut().zip(&types) {
                if ty.oid != oid::UNKNOWN {
                    let value = std::mem::replace(expr, Expr::And(vec![]));
                    *expr = self.coerce_common(value, *ty, "VALUES")?;
                }
            }
        }
        let fields: Vec<Field> = types
            .iter()
            .enumerate()
            .map(|(position, ty)| Field::new(format!("column{}", position + 1), *ty))
            .collect();
        Ok(Plan::new(Node::Values(rows), fields))
    }
}

/// The expressions of one VALUES list.
pub(super) fn list_items(list: &ast::Node) -> Result<&[ast::Node]> {
    match inner(list)? {
        NodeEnum::List(list) => Ok(&list.items),
        _ => Err(PgError::internal("VALUES list expected")),
    }
}
