//! UPDATE and DELETE: queries over a table's rows with their ids.

use std::sync::Arc;

use super::{
    Binder,
    from::join,
    inner, required,
    returning::{Returning, Version, Versions},
    scope::{Item, Scope, column_expr},
    select::filter,
    special::is_star,
    subquery::settle_tests,
    table::{column_position, old_row, row_fields},
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        ir::{Expr, Field, JoinKind, Node, Plan},
        parse::{NodeEnum, ast},
    },
    storage::catalog::{Identity, Table},
    types::PgType,
};

/// UPDATE. `source` yields: row id, csn, the new full row (generated columns not yet computed),
/// the old full row, then the columns of FROM.
#[derive(Clone, Debug)]
pub struct Update {
    pub table: Arc<Table>,
    pub source: Plan,
    /// The columns that are assigned.
    pub columns: Vec<usize>,
    /// Over the new full row, the old full row, then the columns of FROM.
    pub returning: Option<Returning>,
}

/// DELETE. `source` yields: row id, csn, the old full row, then the columns of USING.
#[derive(Clone, Debug)]
pub struct Delete {
    pub table: Arc<Table>,
    pub source: Plan,
    /// Over the old full row, then the columns of USING, then what is left of the row: nothing.
    pub returning: Option<Returning>,
}

impl Binder<'_> {
    pub fn update(&self, update: &ast::UpdateStmt) -> Result<Update> {
        self.update_in(update, &Scope::root())
    }

    /// The same where `outer` tells which common table expressions are in sight.
    pub(super) fn update_in(&self, update: &ast::UpdateStmt, outer: &Scope) -> Result<Update> {
        let top = self.is_top();
        let relation =
            update.relation.as_ref().ok_or_else(|| PgError::internal("UPDATE without a table"))?;
        let table = self.target_table(relation)?;
        let mut around = outer.sibling();
        let ctes = match &update.with_clause {
            Some(with) => self.with_clause(with, &mut around, top)?,
            None => vec![],
        };
        let (plan, items, from_width) = self.target_rows(
            relation,
            &update.from_clause,
            update.where_clause.as_deref(),
            &around,
        )?;
        let scope = Scope { items, ..around.clone() };
        let set = self.assignments(&table, &update.target_list, &scope.for_clause("UPDATE"))?;
        let columns: Vec<usize> = set.iter().map(|(position, _)| *position).collect();
        let old = old_row(&table, &scope.items[0]);
        let row_id = scope.items[0].row_id.ok_or_else(|| PgError::internal("no row id"))?;
        let mut exprs =
            vec![Expr::Column(row_id, PgType::INT8), Expr::Column(row_id + 1, PgType::INT8)];
        let mut new = old.clone();
        for (position, expr) in set {
            new[position] = expr;
        }
        exprs.extend(new);
        exprs.extend(old);
        let from: Vec<Field> = plan.fields[row_id + 2..row_id + 2 + from_width].to_vec();
        exprs.extend(
            from.iter().enumerate().map(|(at, field)| Expr::Column(row_id + 2 + at, field.ty)),
        );
        let mut fields = vec![Field::new("row_id", PgType::INT8), Field::new("csn", PgType::INT8)];
        fields.extend(row_fields(&table));
        fields.extend(row_fields(&table));
        fields.extend(from);
        let source = Plan::new(Node::Project { input: Box::new(plan), exprs }, fields);
        let mut source = self.wrap_ctes(ctes, source);
        settle_tests(&mut source);
        let width = table.columns.len();
        let items = self.returning_items(&table, relation, &scope.items, row_id, 2 * width);
        let versions = Versions { old: width, new: 0, may_lack: None };
        let clause = update.returning_clause.as_ref();
        let returning = self.returning(clause, &table, items, &versions, &[])?;
        Ok(Update { table, source, columns, returning })
    }

    pub fn delete(&self, delete: &ast::DeleteStmt) -> Result<Delete> {
        self.delete_in(delete, &Scope::root())
    }

    /// The same where `outer` tells which common table expressions are in sight.
    pub(super) fn delete_in(&self, delete: &ast::DeleteStmt, outer: &Scope) -> Result<Delete> {
        let top = self.is_top();
        let relation =
            delete.relation.as_ref().ok_or_else(|| PgError::internal("DELETE without a table"))?;
        let table = self.target_table(relation)?;
        let mut around = outer.sibling();
        let ctes = match &delete.with_clause {
            Some(with) => self.with_clause(with, &mut around, top)?,
            None => vec![],
        };
        let (plan, items, from_width) = self.target_rows(
            relation,
            &delete.using_clause,
            delete.where_clause.as_deref(),
            &around,
        )?;
        let row_id = items[0].row_id.ok_or_else(|| PgError::internal("no row id"))?;
        let mut exprs =
            vec![Expr::Column(row_id, PgType::INT8), Expr::Column(row_id + 1, PgType::INT8)];
        exprs.extend(old_row(&table, &items[0]));
        let from: Vec<Field> = plan.fields[row_id + 2..row_id + 2 + from_width].to_vec();
        exprs.extend(
            from.iter().enumerate().map(|(at, field)| Expr::Column(row_id + 2 + at, field.ty)),
        );
        let mut fields = vec![Field::new("row_id", PgType::INT8), Field::new("csn", PgType::INT8)];
        fields.extend(row_fields(&table));
        fields.extend(from);
        let source = Plan::new(Node::Project { input: Box::new(plan), exprs }, fields);
        let mut source = self.wrap_ctes(ctes, source);
        settle_tests(&mut source);
        let width = table.columns.len();
        let items = self.returning_items(&table, relation, &items, row_id, width);
        let new = width + from_width;
        let versions = Versions { old: 0, new, may_lack: Some(Version::New) };
        let clause = delete.returning_clause.as_ref();
        let returning = self.returning(clause, &table, items, &versions, &[])?;
        Ok(Delete { table, source, returning })
    }

    /// The target's rows with their ids, joined with FROM or USING and filtered by WHERE.
    /// The last value is how many columns FROM adds.
    fn target_rows(
        &self,
        relation: &ast::RangeVar,
        from: &[ast::Node],
        condition: Option<&ast::Node>,
        around: &Scope,
    ) -> Result<(Plan, Vec<Item>, usize)> {
        // The target is never a CTE, whatever its name.
        let (mut plan, mut items) = self.range_var(relation, &Scope::root(), true)?;
        let mut from_width = 0;
        if !from.is_empty() {
            let hiding = around.hiding(&items, false);
            let (right, right_items) = self.from_clause(from, &hiding)?;
            self.check_aliases(&items, &right_items)?;
            from_width = right.fields.len();
            (plan, items) = join((plan, items), (right, right_items), JoinKind::Inner, None, false);
        }
        if let Some(condition) = condition {
            if matches!(inner(condition)?, NodeEnum::CurrentOfExpr(_)) {
                return Err(PgError::unsupported("WHERE CURRENT OF"));
            }
            let scope = Scope { items: items.clone(), ..around.clone() };
            let predicate = self.condition(condition, &scope.for_clause("WHERE"), "WHERE")?;
            plan = filter(plan, predicate);
        }
        Ok((plan, items, from_width))
    }

    /// Assignments of UPDATE: `a = 1`, `(a, b) = (1, 2)`, `(a, b) = (SELECT ...)`.
    ///
    /// Errors: 42703, 42601 `multiple assignments to same column "a"`, 428C9.
    pub(super) fn assignments(
        &self,
        table: &Table,
        nodes: &[ast::Node],
        scope: &Scope,
    ) -> Result<Vec<(usize, Expr)>> {
        let mut set: Vec<(usize, Expr)> = Vec::new();
        let mut in_parts = Vec::new();
        for node in nodes {
            let NodeEnum::ResTarget(target) = inner(node)? else {
                return Err(PgError::internal("assignment expected"));
            };
            let qualified =
                matches!(target.indirection.first().map(inner), Some(Ok(NodeEnum::String(_))));
            let position =
                column_position(table, &target.name, target.location).map_err(|error| {
                    match qualified {
                        true => error
                            .hint("SET target columns cannot be qualified with the relation name."),
                        false => error,
                    }
                })?;
            let column = &table.columns[position];
            let part = self.part(column, &target.indirection, scope, target.location)?;
            let earlier = set.iter().position(|(other, _)| *other == position);
            // Several parts of one column are assigned one after the other.
            if earlier.is_some() && (part.is_whole() || !in_parts.contains(&position)) {
                return err!(
                    SYNTAX_ERROR,
                    "multiple assignments to same column \"{}\"",
                    target.name
                );
            }
            let value = required(&target.val)?;
            let is_default = matches!(inner(value)?, NodeEnum::SetToDefault(_));
            if column.generated.is_some() && !is_default {
                return Err(PgError::new(
                    sqlstate::GENERATED_ALWAYS,
                    format!("column \"{}\" can only be updated to DEFAULT", column.name),
                )
                .detail(format!("Column \"{}\" is a generated column.", column.name)));
            }
            if column.identity == Some(Identity::Always) && !is_default {
                return Err(PgError::new(
                    sqlstate::GENERATED_ALWAYS,
                    format!("column \"{}\" can only be updated to DEFAULT", column.name),
                )
                .detail(format!(
                    "Column \"{}\" is an identity column defined as GENERATED ALWAYS.",
                    column.name
                )));
            }
            let expr = match inner(value)? {
                NodeEnum::SetToDefault(_) if !part.is_whole() => {
                    return Err(PgError::new(
                        sqlstate::FEATURE_NOT_SUPPORTED,
                        "cannot set an array element to DEFAULT",
                    )
                    .at(target.location));
                }
                NodeEnum::SetToDefault(_) => self.column_default(table, position)?,
                NodeEnum::MultiAssignRef(part) => self.multi_assign(part, scope)?,
                _ => self.expr(value, scope)?,
            };
            let expr =
                self.coerce_part(expr, &part, column).map_err(|error| match part.is_whole() {
                    true => error.at(super::expr::location(value)),
                    false => error.at(target.location),
                })?;
            if part.is_whole() {
                set.push((position, expr));
                continue;
            }
            in_parts.push(position);
            let container = match earlier {
                Some(earlier) => set.swap_remove(earlier).1,
                None => old_column(&scope.items[0], &column.name)?,
            };
            set.push((position, self.assigned(container, part, expr, column.ty)));
        }
        Ok(set)
    }

    /// One column of `(a, b) = row`.
    fn multi_assign(&self, part: &ast::MultiAssignRef, scope: &Scope) -> Result<Expr> {
        let source = required(&part.source)?;
        let wanted = part.colno as usize - 1;
        match inner(source)? {
            NodeEnum::RowExpr(row) => {
                if row.args.len() != part.ncolumns as usize {
                    return Err(PgError::new(
                        sqlstate::SYNTAX_ERROR,
                        "number of columns does not match number of values",
                    )
                    .at(row.location));
                }
                self.expr(&row.args[wanted], scope)
            }
            NodeEnum::SubLink(link) => {
                let NodeEnum::SelectStmt(select) = inner(required(&link.subselect)?)? else {
                    return Err(PgError::internal("subquery expected"));
                };
                if select.target_list.len() != part.ncolumns as usize
                    && !select.target_list.iter().any(|target| match inner(target) {
                        Ok(NodeEnum::ResTarget(target)) => {
                            target.val.as_deref().and_then(is_star).is_some()
                        }
                        _ => false,
                    })
                {
                    return err!(SYNTAX_ERROR, "number of columns does not match number of values");
                }
                let mut plan = self.bind_select(select, &scope.child())?;
                let Some(field) = plan.fields.get(wanted).cloned() else {
                    return err!(SYNTAX_ERROR, "number of columns does not match number of values");
                };
                let exprs = vec![Expr::Column(wanted, field.ty)];
                plan =
                    Plan::new(Node::Project { input: Box::new(plan), exprs }, vec![field.clone()]);
                Ok(super::subquery::scalar(plan, field.ty))
            }
            _ => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
            )
            .at(super::expr::location(source))),
        }
    }
}

/// The value that a column of the updated row has before.
fn old_column(row: &Item, name: &str) -> Result<Expr> {
    let column = row.columns.iter().find(|column| column.name == name);
    column
        .map(|column| column_expr(0, column))
        .ok_or_else(|| PgError::internal(format!("the updated row has no column {name}")))
}
