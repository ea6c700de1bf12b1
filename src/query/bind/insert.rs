//! INSERT: a query whose rows the write path takes.
//!
//! DataFusion never writes: INSERT, UPDATE and DELETE are SELECTs that feed our own path, so that
//! RETURNING, ON CONFLICT and re-running a statement on a newer snapshot are ours to do right.

use std::sync::Arc;

use super::{
    Binder,
    assign::Part,
    conflict::Conflict,
    inner,
    returning::{Returning, Version, Versions},
    scope::{Item, Scope},
    subquery::settle_tests,
    table::{column_position, full_row, row_fields},
    target::Unknowns,
    values::list_items,
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Expr, Node, Plan},
        parse::{NodeEnum, ast},
    },
    storage::catalog::{Column, Identity, Table},
    types::{Datum, PgType},
};

/// INSERT.
#[derive(Clone, Debug)]
pub struct Insert {
    pub table: Arc<Table>,
    /// One column for each of the table's, in order; dropped and generated ones are NULL.
    pub source: Plan,
    pub conflict: Option<Conflict>,
    /// Over the table's full row, then the full row that it replaced.
    pub returning: Option<Returning>,
}

/// Where a value of an INSERT goes.
struct Place {
    position: usize,
    part: Part,
    location: i32,
}

impl Binder<'_> {
    pub fn insert(&self, insert: &ast::InsertStmt) -> Result<Insert> {
        self.insert_in(insert, &Scope::root())
    }

    /// The same where `outer` tells which common table expressions are in sight.
    pub(super) fn insert_in(&self, insert: &ast::InsertStmt, outer: &Scope) -> Result<Insert> {
        let top = self.is_top();
        let relation =
            insert.relation.as_ref().ok_or_else(|| PgError::internal("INSERT without a table"))?;
        let table = self.target_table(relation)?;
        let mut around = outer.sibling();
        let ctes = match &insert.with_clause {
            Some(with) => self.with_clause(with, &mut around, top)?,
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
        row.relation = Some(table.oid);
        let versions = Versions { old: table.columns.len(), new: 0, may_lack: Some(Version::Old) };
        let hidden: Vec<_> = insert
            .on_conflict_clause
            .iter()
            .map(|_| Item { alias: "excluded".into(), ..full_row(&table) })
            .collect();
        let clause = insert.returning_clause.as_ref();
        let returning = self.returning(clause, &table, vec![row], &versions, &hidden)?;
        Ok(Insert { table, source, conflict, returning })
    }

    /// The named columns, or all in order.
    ///
    /// Errors: 42703 for an unknown one; 42701 for one named twice.
    fn insert_columns(&self, table: &Table, nodes: &[ast::Node]) -> Result<Vec<Place>> {
        if nodes.is_empty() {
            return Ok((0..table.columns.len())
                .filter(|position| !table.columns[*position].dropped)
                .map(|position| Place { position, part: Part::Whole, location: -1 })
                .collect());
        }
        let mut columns: Vec<Place> = Vec::new();
        for node in nodes {
            let NodeEnum::ResTarget(target) = inner(node)? else {
                return Err(PgError::internal("INSERT column expected"));
            };
            let position = column_position(table, &target.name, target.location)?;
            let column = &table.columns[position];
            let part = self.part(column, &target.indirection, &Scope::root(), target.location)?;
            let clash = columns.iter().any(|other| {
                other.position == position && (part.is_whole() || other.part.is_whole())
            });
            if clash {
                return Err(PgError::new(
                    sqlstate::DUPLICATE_COLUMN,
                    format!("column \"{}\" specified more than once", target.name),
                )
                .at(target.location));
            }
            columns.push(Place { position, part, location: target.location });
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
        columns: &[Place],
        named: bool,
        select: &ast::SelectStmt,
        around: &Scope,
        insert: &ast::InsertStmt,
    ) -> Result<Plan> {
        let overriding = insert.r#override();
        // A plain VALUES list may hold DEFAULT, and its literals take the columns' types.
        let rows = self.values_of_sets(select)?;
        let select = rows.as_ref().unwrap_or(select);
        if !select.values_lists.is_empty()
            && select.sort_clause.is_empty()
            && select.limit_count.is_none()
        {
            return self.insert_values(table, columns, named, select, around, insert);
        }
        let plan = self.bind_query(select, around, Unknowns::Keep)?;
        self.check_width(plan.fields.len(), columns.len(), named, None, insert)?;
        let mut exprs = (0..table.columns.len())
            .map(|position| self.column_default(table, position))
            .collect::<Result<Vec<_>>>()?;
        // Literals in the select list are read as the columns' types.
        let types: Vec<PgType> = plan
            .fields
            .iter()
            .zip(columns)
            .map(|(field, place)| match field.ty.oid {
                crate::types::oid::UNKNOWN => {
                    PgType::new(place.part.ty(&table.columns[place.position]).oid)
                }
                _ => field.ty,
            })
            .collect();
        let plan = self.coerce_outputs(plan, &types, "INSERT")?;
        for ((at, field), place) in plan.fields.iter().enumerate().zip(columns) {
            self.check_assignable(table, place.position, overriding)?;
            let column = &table.columns[place.position];
            let value = self.coerce_part(Expr::Column(at, field.ty), &place.part, column);
            let value = value.map_err(|error| error.at(place.location))?;
            let first = !columns[..at].iter().any(|other| other.position == place.position);
            self.fill(&mut exprs[place.position], place, value, column, first);
        }
        Ok(Plan::new(Node::Project { input: Box::new(plan), exprs }, row_fields(table)))
    }

    /// A single VALUES list with calls of sets in it is the same as a SELECT of them.
    fn values_of_sets(&self, select: &ast::SelectStmt) -> Result<Option<ast::SelectStmt>> {
        let [only] = select.values_lists.as_slice() else { return Ok(None) };
        let items = list_items(only)?;
        let is_set = |item: &ast::Node| match &item.node {
            Some(NodeEnum::FuncCall(call)) => super::strings(&call.funcname)
                .is_ok_and(|names| self.functions_named(&names).iter().any(|known| known.is_set())),
            _ => false,
        };
        if !items.iter().any(is_set) {
            return Ok(None);
        }
        let target = |item: &ast::Node| ast::Node {
            node: Some(NodeEnum::ResTarget(Box::new(ast::ResTarget {
                val: Some(Box::new(item.clone())),
                ..Default::default()
            }))),
        };
        Ok(Some(ast::SelectStmt {
            values_lists: vec![],
            target_list: items.iter().map(target).collect(),
            ..select.clone()
        }))
    }

    fn insert_values(
        &self,
        table: &Table,
        columns: &[Place],
        named: bool,
        select: &ast::SelectStmt,
        around: &Scope,
        insert: &ast::InsertStmt,
    ) -> Result<Plan> {
        let overriding = insert.r#override();
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
            self.check_width(items.len(), columns.len(), named, items.get(columns.len()), insert)?;
            let mut row = defaults.clone();
            for (at, (item, place)) in items.iter().zip(columns).enumerate() {
                let column = &table.columns[place.position];
                if let NodeEnum::SetToDefault(_) = inner(item)? {
                    if !place.part.is_whole() {
                        return Err(PgError::new(
                            sqlstate::FEATURE_NOT_SUPPORTED,
                            "cannot set an array element to DEFAULT",
                        )
                        .at(place.location));
                    }
                    continue;
                }
                self.check_assignable(table, place.position, overriding)?;
                let location = super::expr::location(item);
                if column.identity.is_some()
                    && overriding == ast::OverridingKind::OverridingUserValue
                {
                    continue;
                }
                let expr = self.expr(item, &scope)?;
                let value =
                    self.coerce_part(expr, &place.part, column).map_err(|error| {
                        match place.part.is_whole() {
                            true => error.at(location),
                            false => error.at(place.location),
                        }
                    })?;
                let first = !columns[..at].iter().any(|other| other.position == place.position);
                self.fill(&mut row[place.position], place, value, column, first);
            }
            rows.push(row);
        }
        Ok(Plan::new(Node::Values(rows), row_fields(table)))
    }

    /// Puts a value into its place; the parts of a column are put into NULL, one after the other.
    fn fill(&self, slot: &mut Expr, place: &Place, value: Expr, column: &Column, first: bool) {
        let null = Expr::Const(Datum::Null, column.ty);
        let before = std::mem::replace(slot, null.clone());
        let container = if first { null } else { before };
        *slot = self.assigned(container, place.part.clone(), value, column.ty);
    }

    /// Errors: 42601 `INSERT has more expressions than target columns`.
    fn check_width(
        &self,
        given: usize,
        wanted: usize,
        named: bool,
        extra: Option<&ast::Node>,
        insert: &ast::InsertStmt,
    ) -> Result<()> {
        let error = if given > wanted {
            PgError::new(sqlstate::SYNTAX_ERROR, "INSERT has more expressions than target columns")
        } else if given < wanted && named {
            let at = match insert.cols.get(given).and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::ResTarget(target)) => target.location,
                _ => -1,
            };
            PgError::new(sqlstate::SYNTAX_ERROR, "INSERT has more target columns than expressions")
                .at(at)
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
    ) -> Result<()> {
        let column = &table.columns[position];
        if column.generated.is_some() {
            return Err(PgError::new(
                sqlstate::GENERATED_ALWAYS,
                format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name),
            )
            .detail(format!("Column \"{}\" is a generated column.", column.name)));
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
            .hint("Use OVERRIDING SYSTEM VALUE to override."));
        }
        Ok(())
    }
}
