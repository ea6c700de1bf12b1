//! ON CONFLICT: which indexes it watches, and what becomes of the row.

use std::sync::Arc;

use super::{
    Binder, inner,
    scope::Scope,
    subquery::settle_expr,
    table::{column_position, full_row},
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        ir::Expr,
        parse::{NodeEnum, ast},
    },
    storage::catalog::{IndexMethod, KeyTarget, Table},
};

/// ON CONFLICT.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The unique indexes whose violation is caught; empty means any (DO NOTHING only).
    pub arbiters: Vec<crate::base::Oid>,
    pub action: ConflictAction,
}

#[derive(Clone, Debug)]
pub enum ConflictAction {
    Nothing,
    /// Expressions over the existing full row, then the full row proposed for insertion (`excluded`).
    Update {
        set: Vec<(usize, Expr)>,
        filter: Option<Expr>,
    },
}

impl Binder<'_> {
    pub(super) fn conflict(
        &self,
        table: &Arc<Table>,
        clause: &ast::OnConflictClause,
        alias: Option<&str>,
    ) -> Result<Conflict> {
        let arbiters = match clause.infer.as_deref() {
            None => vec![],
            Some(infer) => self.arbiters(table, infer)?,
        };
        if clause.action() != ast::OnConflictAction::OnconflictUpdate {
            return Ok(Conflict { arbiters, action: ConflictAction::Nothing });
        }
        if clause.infer.is_none() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            )
            .hint("For example, ON CONFLICT (column_name).")
            .at(clause.location));
        }
        let mut existing = full_row(table);
        if let Some(alias) = alias {
            existing.alias = alias.to_owned();
        }
        let mut excluded = full_row(table).shifted(table.columns.len());
        excluded.alias = "excluded".into();
        // Bare names mean the existing row.
        excluded.bare.iter_mut().for_each(|bare| *bare = false);
        let scope = Scope { items: vec![existing, excluded], ..Scope::root() };
        let mut set = self.assignments(table, &clause.target_list, &scope.for_clause("UPDATE"))?;
        let mut filter = clause
            .where_clause
            .as_deref()
            .map(|node| self.condition(node, &scope.for_clause("WHERE"), "WHERE"))
            .transpose()?;
        let width = 2 * table.columns.len();
        set.iter_mut().for_each(|(_, expr)| settle_expr(expr, width));
        filter.iter_mut().for_each(|expr| settle_expr(expr, width));
        Ok(Conflict { arbiters, action: ConflictAction::Update { set, filter } })
    }

    /// The unique indexes that ON CONFLICT (columns) or ON CONSTRAINT names.
    ///
    /// Errors: 42P10 if none fits; 42704 for an unknown constraint.
    fn arbiters(&self, table: &Table, infer: &ast::InferClause) -> Result<Vec<crate::base::Oid>> {
        if !infer.conname.is_empty() {
            return match self
                .env
                .catalog
                .indexes_of(table)
                .find(|index| index.name == infer.conname && index.constraint.is_some())
            {
                Some(index) => Ok(vec![index.oid]),
                None => err!(
                    UNDEFINED_OBJECT,
                    "constraint \"{}\" for table \"{}\" does not exist",
                    infer.conname,
                    table.name
                ),
            };
        }
        let mut keys = Vec::new();
        for node in &infer.index_elems {
            let NodeEnum::IndexElem(element) = inner(node)? else {
                return Err(PgError::internal("index element expected"));
            };
            let key = match element.expr.as_deref() {
                Some(expr) => self.table_node(table, expr, "index expressions")?,
                None => {
                    let position = column_position(table, &element.name, infer.location)?;
                    Expr::Column(position, table.columns[position].ty)
                }
            };
            if !keys.iter().any(|known: &Expr| known.same(&key)) {
                keys.push(key);
            }
        }
        let mut found = Vec::new();
        for index in self.env.catalog.indexes_of(table) {
            if !index.unique || index.method != IndexMethod::Btree || index.keys.len() != keys.len()
            {
                continue;
            }
            let mut all = true;
            for key in &index.keys {
                let expr = match &key.target {
                    KeyTarget::Column(position) => {
                        Expr::Column(*position, table.columns[*position].ty)
                    }
                    KeyTarget::Expression(sql) => self.table_expression(table, sql)?,
                };
                all &= keys.iter().any(|wanted| wanted.same(&expr));
            }
            // A partial index arbitrates only where its own condition is given.
            let covers = match (&index.predicate, infer.where_clause.as_deref()) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(sql), Some(node)) => {
                    let given = self.table_node(table, node, "WHERE")?;
                    self.table_expression(table, sql)?.same(&given)
                }
            };
            if all && covers {
                found.push(index.oid);
            }
        }
        if found.is_empty() {
            return err!(
                INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification"
            );
        }
        Ok(found)
    }
}
