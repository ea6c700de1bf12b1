//! INSERT, UPDATE and DELETE: each becomes a query whose rows the write path takes.
//!
//! DataFusion never writes: these are SELECTs that feed our own path, so that RETURNING, ON CONFLICT
//! and re-running a statement on a newer snapshot are ours to do right.

use std::sync::Arc;

use super::{
    Binder,
    from::join,
    inner, required,
    scope::{Item, Scope},
    select::{Target, Unknowns, filter},
    special::is_star,
    string,
    subquery::{settle_expr, settle_tests},
    table::full_row,
    values::list_items,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        ir::{Expr, Field, JoinKind, Node, Plan},
        parse::{NodeEnum, ast},
    },
    storage::catalog::{Identity, IndexMethod, KeyTarget, Table},
    types::{Datum, PgType},
};

/// RETURNING: expressions over the row after the write, then the rows of FROM or USING.
#[derive(Clone, Debug)]
pub struct Returning {
    pub exprs: Vec<Expr>,
    pub fields: Arc<[Field]>,
}

/// INSERT.
#[derive(Clone, Debug)]
pub struct Insert {
    pub table: Arc<Table>,
    /// One column for each of the table's, in order; dropped and generated ones are NULL.
    pub source: Plan,
    pub conflict: Option<Conflict>,
    /// Over the table's full row.
    pub returning: Option<Returning>,
}

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
    /// Over the old full row, then the columns of USING.
    pub returning: Option<Returning>,
}

impl Binder<'_> {
    pub fn insert(&self, insert: &ast::InsertStmt) -> Result<Insert> {
        let relation =
            insert.relation.as_ref().ok_or_else(|| PgError::internal("INSERT without a table"))?;
        let table = self.target_table(relation)?;
        let mut around = Scope::root();
        let ctes = match &insert.with_clause {
            Some(with) => self.with_clause(with, &mut around)?,
            None => vec![],
        };
        let columns = self.insert_columns(&table, &insert.cols)?;
        let source = match insert.select_stmt.as_deref() {
            None => self.default_row(&table)?,
            Some(node) => {
                let NodeEnum::SelectStmt(select) = inner(node)? else {
                    return Err(PgError::internal("INSERT source expected"));
                };
                self.insert_source(
                    &table,
                    &columns,
                    !insert.cols.is_empty(),
                    select,
                    &around,
                    insert,
                )?
            }
        };
        let mut source = self.wrap_ctes(ctes, source);
        settle_tests(&mut source);
        let alias = relation.alias.as_ref().map(|alias| alias.aliasname.as_str());
        let conflict = insert
            .on_conflict_clause
            .as_deref()
            .map(|clause| self.conflict(&table, clause, alias))
            .transpose()?;
        let mut row = full_row(&table);
        if let Some(alias) = alias {
            row.alias = alias.to_owned();
        }
        let returning = self.returning(insert.returning_clause.as_ref(), vec![row])?;
        Ok(Insert { table, source, conflict, returning })
    }

    /// The named columns, or all in order.
    ///
    /// Errors: 42703 for an unknown one; 42701 for one named twice.
    fn insert_columns(&self, table: &Table, nodes: &[ast::Node]) -> Result<Vec<usize>> {
        if nodes.is_empty() {
            return Ok((0..table.columns.len())
                .filter(|position| !table.columns[*position].dropped)
                .collect());
        }
        let mut columns = Vec::new();
        for node in nodes {
            let NodeEnum::ResTarget(target) = inner(node)? else {
                return Err(PgError::internal("INSERT column expected"));
            };
            if !target.indirection.is_empty() {
                return Err(PgError::unsupported("assignment to a part of a column"));
            }
            let position = column_position(table, &target.name, target.location)?;
            if columns.contains(&position) {
                return Err(PgError::new(
                    sqlstate::DUPLICATE_COLUMN,
                    format!("column \"{}\" specified more than once", target.name),
                )
                .at(target.location));
            }
            columns.push(position);
        }
        Ok(columns)
    }

    fn default_row(&self, table: &Table) -> Result<Plan> {
        let exprs = (0..table.columns.len())
            .map(|position| self.column_default(table, position))
            .collect::<Result<_>>()?;
        Ok(Plan::new(
            Node::Project { input: Box::new(Plan::new(Node::Empty, vec![])), exprs },
            row_fields(table),
        ))
    }

    fn insert_source(
        &self,
        table: &Table,
        columns: &[usize],
        named: bool,
        select: &ast::SelectStmt,
        around: &Scope,
        insert: &ast::InsertStmt,
    ) -> Result<Plan> {
        let overriding = insert.r#override();
        // A plain VALUES list may hold DEFAULT, and its literals take the columns' types.
        if !select.values_lists.is_empty()
            && select.sort_clause.is_empty()
            && select.limit_count.is_none()
        {
            return self.insert_values(table, columns, named, select, around, overriding);
        }
        let plan = self.bind_query(select, around, Unknowns::Keep)?;
        self.check_width(plan.fields.len(), columns.len(), named, None)?;
        let mut exprs = (0..table.columns.len())
            .map(|position| self.column_default(table, position))
            .collect::<Result<Vec<_>>>()?;
        // Literals in the select list are read as the columns' types.
        let types: Vec<PgType> = plan
            .fields
            .iter()
            .zip(columns)
            .map(|(field, position)| match field.ty.oid {
                crate::types::oid::UNKNOWN => PgType::new(table.columns[*position].ty.oid),
                _ => field.ty,
            })
            .collect();
        let plan = self.coerce_outputs(plan, &types, "INSERT")?;
        for ((at, field), position) in plan.fields.iter().enumerate().zip(columns) {
            let column = &table.columns[*position];
            self.check_assignable(table, *position, overriding, -1)?;
            exprs[*position] =
                self.coerce_assign(Expr::Column(at, field.ty), column.ty, &column.name)?;
        }
        Ok(Plan::new(Node::Project { input: Box::new(plan), exprs }, row_fields(table)))
    }

    fn insert_values(
        &self,
        table: &Table,
        columns: &[usize],
        named: bool,
        select: &ast::SelectStmt,
        around: &Scope,
        overriding: ast::OverridingKind,
    ) -> Result<Plan> {
        let scope = around.for_clause("VALUES");
        let defaults = (0..table.columns.len())
            .map(|position| self.column_default(table, position))
            .collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::with_capacity(select.values_lists.len());
        let width = list_items(&select.values_lists[0])?.len();
        for list in &select.values_lists {
            let items = list_items(list)?;
            if items.len() != width {
                let error = PgError::new(
                    sqlstate::SYNTAX_ERROR,
                    "VALUES lists must all be the same length",
                );
                return Err(match items.first() {
                    Some(item) => error.at(super::expr::location(item)),
                    None => error,
                });
            }
            self.check_width(items.len(), columns.len(), named, items.get(columns.len()))?;
            let mut row = defaults.clone();
            for (item, position) in items.iter().zip(columns) {
                let column = &table.columns[*position];
                if matches!(inner(item)?, NodeEnum::SetToDefault(_)) {
                    continue;
                }
                self.check_assignable(table, *position, overriding, super::expr::location(item))?;
                if column.identity.is_some()
                    && overriding == ast::OverridingKind::OverridingUserValue
                {
                    continue;
                }
                let expr = self.expr(item, &scope)?;
                row[*position] = self
                    .coerce_assign(expr, column.ty, &column.name)
                    .map_err(|error| error.at(super::expr::location(item)))?;
            }
            rows.push(row);
        }
        Ok(Plan::new(Node::Values(rows), row_fields(table)))
    }

    /// Errors: 42601 `INSERT has more expressions than target columns`.
    fn check_width(
        &self,
        given: usize,
        wanted: usize,
        named: bool,
        extra: Option<&ast::Node>,
    ) -> Result<()> {
        let error = if given > wanted {
            PgError::new(sqlstate::SYNTAX_ERROR, "INSERT has more expressions than target columns")
        } else if given < wanted && named {
            PgError::new(sqlstate::SYNTAX_ERROR, "INSERT has more target columns than expressions")
        } else {
            return Ok(());
        };
        Err(match extra {
            Some(node) => error.at(super::expr::location(node)),
            None => error,
        })
    }

    /// Errors: 428C9 for a generated column, or an identity that is always generated.
    fn check_assignable(
        &self,
        table: &Table,
        position: usize,
        overriding: ast::OverridingKind,
        at: i32,
    ) -> Result<()> {
        let column = &table.columns[position];
        if column.generated.is_some() {
            return Err(PgError::new(
                sqlstate::GENERATED_ALWAYS,
                format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name),
            )
            .detail(format!("Column \"{}\" is a generated column.", column.name))
            .at(at));
        }
        if column.identity == Some(Identity::Always)
            && !matches!(
                overriding,
                ast::OverridingKind::OverridingSystemValue
                    | ast::OverridingKind::OverridingUserValue
            )
        {
            return Err(PgError::new(
                sqlstate::GENERATED_ALWAYS,
                format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name),
            )
            .detail(format!(
                "Column \"{}\" is an identity column defined as GENERATED ALWAYS.",
                column.name
            ))
            .hint("Use OVERRIDING SYSTEM VALUE to override.")
            .at(at));
        }
        Ok(())
    }

    fn conflict(
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
            keys.push(match element.expr.as_deref() {
                Some(expr) => self.table_node(table, expr, "index expressions")?,
                None => {
                    let position = column_position(table, &element.name, infer.location)?;
                    Expr::Column(position, table.columns[position].ty)
                }
            });
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

    pub fn update(&self, update: &ast::UpdateStmt) -> Result<Update> {
        let relation =
            update.relation.as_ref().ok_or_else(|| PgError::internal("UPDATE without a table"))?;
        let table = self.target_table(relation)?;
        let mut around = Scope::root();
        let ctes = match &update.with_clause {
            Some(with) => self.with_clause(with, &mut around)?,
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
        let returning = self.returning(update.returning_clause.as_ref(), items)?;
        Ok(Update { table, source, columns, returning })
    }

    pub fn delete(&self, delete: &ast::DeleteStmt) -> Result<Delete> {
        let relation =
            delete.relation.as_ref().ok_or_else(|| PgError::internal("DELETE without a table"))?;
        let table = self.target_table(relation)?;
        let mut around = Scope::root();
        let ctes = match &delete.with_clause {
            Some(with) => self.with_clause(with, &mut around)?,
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
        let items = self.returning_items(&table, relation, &items, row_id, table.columns.len());
        let returning = self.returning(delete.returning_clause.as_ref(), items)?;
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
            let (right, right_items) = self.from_clause(from, around)?;
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
    fn assignments(
        &self,
        table: &Table,
        nodes: &[ast::Node],
        scope: &Scope,
    ) -> Result<Vec<(usize, Expr)>> {
        let mut set: Vec<(usize, Expr)> = Vec::new();
        for node in nodes {
            let NodeEnum::ResTarget(target) = inner(node)? else {
                return Err(PgError::internal("assignment expected"));
            };
            if !target.indirection.is_empty() {
                return Err(PgError::unsupported("assignment to a part of a column"));
            }
            let position = column_position(table, &target.name, target.location)?;
            let column = &table.columns[position];
            if set.iter().any(|(other, _)| *other == position) {
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
                NodeEnum::SetToDefault(_) => self.column_default(table, position)?,
                NodeEnum::MultiAssignRef(part) => self.multi_assign(part, scope)?,
                _ => self.expr(value, scope)?,
            };
            let expr = self
                .coerce_assign(expr, column.ty, &column.name)
                .map_err(|error| error.at(super::expr::location(value)))?;
            set.push((position, expr));
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
                    return err!(SYNTAX_ERROR, "number of columns does not match number of values");
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
            _ => err!(
                FEATURE_NOT_SUPPORTED,
                "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression"
            ),
        }
    }

    /// FROM entries as RETURNING sees them: the written row, `old` where there is one, the others.
    fn returning_items(
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

    fn returning(
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

    /// COPY's column list: positions in the table. Errors as INSERT's.
    pub fn copy_columns(&self, table: &Table, nodes: &[ast::Node]) -> Result<Vec<usize>> {
        if nodes.is_empty() {
            return Ok((0..table.columns.len())
                .filter(|position| {
                    let column = &table.columns[*position];
                    !column.dropped && column.generated.is_none()
                })
                .collect());
        }
        let mut columns: Vec<usize> = Vec::new();
        for node in nodes {
            let name = string(node)?;
            let position = column_position(table, name, -1)?;
            if columns.contains(&position) {
                return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
            }
            if table.columns[position].generated.is_some() {
                return Err(PgError::new(
                    sqlstate::INVALID_COLUMN_REFERENCE,
                    format!("column \"{name}\" is a generated column"),
                )
                .detail("Generated columns cannot be used in COPY."));
            }
            columns.push(position);
        }
        Ok(columns)
    }

    /// The stored table a statement names; see [`Binder::relation`] for its errors.
    pub fn stored_table(&self, name: &ast::RangeVar) -> Result<Arc<Table>> {
        self.target_table(name)
    }
}

/// Errors: 42703 `column "x" of relation "t" does not exist`.
pub(super) fn column_position(table: &Table, name: &str, at: i32) -> Result<usize> {
    table.columns.iter().position(|column| !column.dropped && column.name == name).ok_or_else(
        || {
            PgError::new(
                sqlstate::UNDEFINED_COLUMN,
                format!("column \"{name}\" of relation \"{}\" does not exist", table.name),
            )
            .at(at)
        },
    )
}

fn row_fields(table: &Table) -> Vec<Field> {
    table.columns.iter().map(|column| Field::new(column.name.clone(), column.ty)).collect()
}

/// The scanned row as a full row: dropped columns, which the scan leaves out, are NULL.
fn old_row(table: &Table, item: &Item) -> Vec<Expr> {
    let mut scanned = item.columns.iter();
    table
        .columns
        .iter()
        .map(|column| match column.dropped {
            true => Expr::Const(Datum::Null, column.ty),
            false => match scanned.next() {
                Some(found) => Expr::Column(found.position, found.ty),
                None => Expr::Const(Datum::Null, column.ty),
            },
        })
        .collect()
}
