//! RETURNING: expressions over the rows a statement wrote.

use std::sync::Arc;

use super::{
    Binder,
    scope::{Item, Scope},
    subquery::settle_expr,
    table::full_row,
    target::{Target, Unknowns},
};
use crate::{
    base::Result,
    query::{
        ir::{Expr, Field},
        parse::ast,
    },
    storage::catalog::Table,
};

/// RETURNING: expressions over the row after the write, then the rows of FROM or USING.
#[derive(Clone, Debug)]
pub struct Returning {
    pub exprs: Vec<Expr>,
    pub fields: Arc<[Field]>,
}

impl Binder<'_> {
    /// FROM entries as RETURNING sees them: the written row, `old` where there is one, the others.
    pub(super) fn returning_items(
        &self,
        table: &Table,
        relation: &ast::RangeVar,
        items: &[Item],
        row_id: usize,
        from_at: usize,
    ) -> Vec<Item> {
        let mut row = full_row(table);
        if let Some(alias) = &relation.alias {
            row.alias = alias.aliasname.clone();
        }
        let others = items[1..].iter().cloned().map(|mut item| {
            for column in &mut item.columns {
                column.position = column.position - (row_id + 2) + from_at;
            }
            item
        });
        [row].into_iter().chain(others).collect()
    }

    pub(super) fn returning(
        &self,
        clause: Option<&ast::ReturningClause>,
        items: Vec<Item>,
    ) -> Result<Option<Returning>> {
        let Some(clause) = clause.filter(|clause| !clause.exprs.is_empty()) else {
            return Ok(None);
        };
        let width = items
            .iter()
            .flat_map(|item| &item.columns)
            .map(|column| column.position + 1)
            .max()
            .unwrap_or(0);
        let scope = Scope { items, ..Scope::root() };
        let mut targets: Vec<Target> =
            self.targets(&clause.exprs, &scope.for_clause("RETURNING"), Unknowns::Settle)?;
        for target in &mut targets {
            settle_expr(&mut target.expr, width);
        }
        let fields: Vec<Field> = targets
            .iter()
            .map(|target| Field {
                name: target.name.clone(),
                ty: target.expr.ty(),
                origin: target.origin,
            })
            .collect();
        let exprs = targets.into_iter().map(|target| target.expr).collect();
        Ok(Some(Returning { exprs, fields: fields.into() }))
    }
}
