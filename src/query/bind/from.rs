//! FROM: tables, subqueries, functions and joins.

use std::sync::atomic::Ordering;

use super::{
    Binder, inner,
    relation::Relation,
    required,
    scope::{Item, Scope, ScopeColumn},
    select::filter,
    strings,
    trace::Mention,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        catalog::RelationKind,
        ir::{Expr, Field, JoinKind, Node, Plan, Scan},
        parse::{NodeEnum, ast},
    },
    types::PgType,
};

/// A FROM entry: its rows, and its names at positions in them.
pub(super) type Source = (Plan, Vec<Item>);

/// A table that was named with its schema and has no alias is reachable as `schema.table.column`.
fn written_schema(table: &ast::RangeVar) -> Option<String> {
    let named = table.alias.is_none() && !table.schemaname.is_empty();
    named.then(|| table.schemaname.clone())
}

impl Binder<'_> {
    /// Every entry of FROM, joined crosswise. Without FROM: one row of nothing.
    pub(super) fn from_clause(&self, nodes: &[ast::Node], around: &Scope) -> Result<Source> {
        let mut joined: Option<Source> = None;
        for node in nodes {
            joined = Some(match joined {
                None => self.from_item(node, around, &[])?,
                Some((left, items)) => {
                    let (right, right_items, lateral) = self.beside(node, around, &items)?;
                    self.check_aliases(&items, &right_items)?;
                    join((left, items), (right, right_items), JoinKind::Inner, None, lateral)
                }
            });
        }
        Ok(joined.unwrap_or_else(|| (Plan::new(Node::Empty, vec![]), vec![])))
    }

    pub(super) fn check_aliases(&self, left: &[Item], right: &[Item]) -> Result<()> {
        let clash = right.iter().find(|item| {
            item.qualified
                && left.iter().any(|other| {
                    other.qualified && other.alias == item.alias && other.schema == item.schema
                })
        });
        match clash {
            Some(item) => {
                err!(DUPLICATE_ALIAS, "table name \"{}\" specified more than once", item.alias)
            }
            None => Ok(()),
        }
    }

    /// An entry to the right of `left`: it may look left if it is LATERAL or a function. The last
    /// value says whether it does.
    fn beside(
        &self,
        node: &ast::Node,
        around: &Scope,
        left: &[Item],
    ) -> Result<(Plan, Vec<Item>, bool)> {
        let may_look = match inner(node)? {
            NodeEnum::RangeSubselect(subselect) => subselect.lateral,
            NodeEnum::RangeFunction(_) => true,
            _ => false,
        };
        if may_look {
            let row = Scope { items: left.to_vec(), ..around.clone() };
            let inside = row.child();
            let (mut plan, items) = self.from_item(node, &inside, left)?;
            let mut looks = false;
            // Inside a right side that looks left, this row is one level up.
            plan.walk_mut(1, &mut |expr, level| {
                looks |= matches!(expr, Expr::Outer { levels, .. } if *levels == level);
            });
            if looks {
                return Ok((plan, items, true));
            }
        }
        let around = match inner(node)? {
            NodeEnum::RangeSubselect(_) | NodeEnum::JoinExpr(_) => &around.hiding(left, true),
            _ => around,
        };
        let (plan, items) = self.from_item(node, around, &[])?;
        Ok((plan, items, false))
    }

    fn from_item(&self, node: &ast::Node, around: &Scope, _left: &[Item]) -> Result<Source> {
        match inner(node)? {
            NodeEnum::RangeVar(table) => self.range_var(table, around, false),
            NodeEnum::RangeSubselect(subselect) => {
                let NodeEnum::SelectStmt(select) = inner(required(&subselect.subquery)?)? else {
                    return Err(PgError::internal("subquery in FROM expected"));
                };
                let plan = self.bind_select(select, &around.sibling())?;
                let columns = columns_of(&plan.fields);
                let item = self.aliased(columns, subselect.alias.as_ref(), "")?;
                Ok((plan, vec![item]))
            }
            NodeEnum::RangeFunction(function) => self.range_function(function, around),
            NodeEnum::JoinExpr(join) => self.join_expr(join, around),
            NodeEnum::RangeTableSample(_) => Err(PgError::unsupported("TABLESAMPLE")),
            NodeEnum::RangeTableFunc(_) => Err(PgError::unsupported("XMLTABLE")),
            NodeEnum::JsonTable(_) => Err(PgError::unsupported("JSON_TABLE")),
            _ => Err(PgError::internal("unexpected entry in FROM")),
        }
    }

    /// A table, view, system relation or CTE. `row_id` asks for the row's id and csn behind the
    /// columns of a stored table.
    pub(super) fn range_var(
        &self,
        table: &ast::RangeVar,
        around: &Scope,
        row_id: bool,
    ) -> Result<Source> {
        let row_id = row_id || self.row_ids.get();
        if table.schemaname.is_empty()
            && let Some(cte) = around.cte(&table.relname)
        {
            if !cte.returns {
                return Err(PgError::new(
                    sqlstate::FEATURE_NOT_SUPPORTED,
                    format!("WITH query \"{}\" does not have a RETURNING clause", table.relname),
                )
                .at(table.location));
            }
            let read = cte.references.fetch_add(1, Ordering::Relaxed);
            let bar = match around.bar {
                Some(place) => Some(format!("within {place}")),
                None => (read > 0).then(|| "more than once".to_owned()),
            };
            if let (true, Some(bar)) = (cte.recursive, bar) {
                return Err(PgError::new(
                    sqlstate::INVALID_RECURSION,
                    format!(
                        "recursive reference to query \"{}\" must not appear {bar}",
                        table.relname
                    ),
                )
                .at(table.location));
            }
            let plan = Plan::new(Node::CteScan { id: cte.id }, cte.fields.clone());
            let item =
                self.aliased(columns_of(&cte.fields), table.alias.as_ref(), &table.relname)?;
            return Ok((plan, vec![item]));
        }
        match self.relation(table)? {
            Relation::Table(definition) => {
                let live: Vec<usize> = (0..definition.columns.len())
                    .filter(|position| !definition.columns[*position].dropped)
                    .collect();
                let mut fields: Vec<Field> = live
                    .iter()
                    .map(|position| {
                        let column = &definition.columns[*position];
                        Field {
                            name: column.name.clone(),
                            ty: column.ty,
                            origin: Some((definition.oid, *position as i16 + 1)),
                        }
                    })
                    .collect();
                let mut item =
                    self.aliased(columns_of(&fields), table.alias.as_ref(), &table.relname)?;
                item.schema = written_schema(table);
                self.note(table.location, || Mention::Relation {
                    oid: definition.oid,
                    aliased: table.alias.is_some(),
                    columns: item.columns.iter().map(|column| column.name.clone()).collect(),
                });
                if row_id {
                    item.row_id = Some(fields.len());
                    fields.push(Field::new("row_id", PgType::INT8));
                    fields.push(Field::new("csn", PgType::INT8));
                }
                self.relations.borrow_mut().push(definition.oid);
                item.relation = Some(definition.oid);
                item.table = Some(definition.clone());
                let scan = Scan { table: definition, columns: live, row_id, filter: None };
                Ok((Plan::new(Node::Scan(scan), fields), vec![item]))
            }
            Relation::View(view) => {
                let statements = super::super::parse::parse(&view.query)?;
                let Some(NodeEnum::SelectStmt(select)) =
                    statements.first().map(|statement| statement.node.as_ref())
                else {
                    return Err(PgError::internal(format!("view {} is no query", view.name)));
                };
                let known = self.relations.borrow().len();
                let mut plan = self.untraced(|| self.bind_select(select, &Scope::root()))?;
                self.relations.borrow_mut().truncate(known);
                self.relations.borrow_mut().push(view.oid);
                plan.fields = plan
                    .fields
                    .iter()
                    .zip(&view.columns)
                    .map(|(field, (name, _))| Field { name: name.clone(), ..field.clone() })
                    .collect();
                let mut item =
                    self.aliased(columns_of(&plan.fields), table.alias.as_ref(), &view.name)?;
                item.schema = written_schema(table);
                self.note(table.location, || Mention::Relation {
                    oid: view.oid,
                    aliased: table.alias.is_some(),
                    columns: item.columns.iter().map(|column| column.name.clone()).collect(),
                });
                Ok((plan, vec![item]))
            }
            Relation::System(system) => {
                let fields: Vec<Field> = system
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(position, (name, ty))| Field {
                        name: (*name).to_owned(),
                        ty: PgType::new(*ty),
                        origin: Some((system.oid, position as i16 + 1)),
                    })
                    .collect();
                let mut item =
                    self.aliased(columns_of(&fields), table.alias.as_ref(), &table.relname)?;
                item.schema = written_schema(table);
                item.relation = (system.kind == RelationKind::Table).then_some(system.oid);
                Ok((Plan::new(Node::System(system.name), fields), vec![item]))
            }
        }
    }

    /// Names `columns` by an alias and its column list.
    ///
    /// Errors: 42P10 if the list is longer than the columns.
    pub(super) fn aliased(
        &self,
        mut columns: Vec<ScopeColumn>,
        alias: Option<&ast::Alias>,
        name: &str,
    ) -> Result<Item> {
        let Some(alias) = alias else {
            let mut item = Item::new(name, columns);
            item.qualified = !name.is_empty();
            return Ok(item);
        };
        let names = strings(&alias.colnames)?;
        if names.len() > columns.len() {
            return err!(
                INVALID_COLUMN_REFERENCE,
                "table \"{}\" has {} columns available but {} columns specified",
                alias.aliasname,
                columns.len(),
                names.len()
            );
        }
        for (column, name) in columns.iter_mut().zip(names) {
            column.name = name.to_owned();
        }
        Ok(Item::new(&alias.aliasname, columns))
    }

    fn join_expr(&self, node: &ast::JoinExpr, around: &Scope) -> Result<Source> {
        let kind = match node.jointype() {
            ast::JoinType::JoinLeft => JoinKind::Left,
            ast::JoinType::JoinFull => JoinKind::Full,
            ast::JoinType::JoinRight => JoinKind::Right,
            _ => JoinKind::Inner,
        };
        let nulls_left = matches!(kind, JoinKind::Right | JoinKind::Full);
        let nulls_right = matches!(kind, JoinKind::Left | JoinKind::Full);
        let barred = |nulls: bool| Scope {
            bar: around.bar.or(nulls.then_some("an outer join")),
            ..around.clone()
        };
        let (left, left_items) = self.from_item(required(&node.larg)?, &barred(nulls_left), &[])?;
        let (right, right_items, lateral) =
            self.beside(required(&node.rarg)?, &barred(nulls_right), &left_items)?;
        self.check_aliases(&left_items, &right_items)?;
        if lateral && matches!(kind, JoinKind::Right | JoinKind::Full) {
            return Err(PgError::new(
                sqlstate::INVALID_COLUMN_REFERENCE,
                "invalid reference to FROM-clause entry in LATERAL",
            )
            .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference."));
        }
        let names: Vec<String> = if node.is_natural {
            common_names(&left_items, &right_items)
        } else {
            strings(&node.using_clause)?.into_iter().map(str::to_owned).collect()
        };
        let width = left.fields.len();
        let shifted: Vec<Item> =
            right_items.iter().cloned().map(|item| item.shifted(width)).collect();
        let mut condition = None;
        let mut merged = Vec::new();
        if !names.is_empty() {
            let mut equalities = Vec::new();
            for name in &names {
                let left_column = using_column(&left_items, name, "left")?;
                let right_column = using_column(&shifted, name, "right")?;
                let equal = self.operator(
                    "=",
                    Some(Expr::Column(left_column.position, left_column.ty)),
                    Expr::Column(right_column.position, right_column.ty),
                    -1,
                )?;
                equalities.push(equal);
                merged.push((name.clone(), left_column, right_column));
            }
            condition = Some(match equalities.len() {
                1 => equalities.remove(0),
                _ => Expr::And(equalities),
            });
        } else if let Some(quals) = node.quals.as_deref() {
            let scope = Scope {
                items: left_items.iter().cloned().chain(shifted.iter().cloned()).collect(),
                ..around.hiding(&[], false)
            };
            condition = Some(self.condition(quals, &scope.for_clause("JOIN/ON"), "JOIN/ON")?);
        }
        let (plan, items) =
            join((left, left_items), (right, right_items), kind, condition, lateral);
        let (plan, items) =
            self.merge_columns(plan, items, merged, kind, node.join_using_alias.as_ref())?;
        match &node.alias {
            None => Ok((plan, items)),
            Some(alias) => {
                let columns = items
                    .iter()
                    .flat_map(|item| item.columns.iter().zip(&item.bare).filter(|(_, bare)| **bare))
                    .map(|(column, _)| column.clone())
                    .collect();
                Ok((plan, vec![self.aliased(columns, Some(alias), "")?]))
            }
        }
    }

    /// USING and NATURAL: one column for each pair, standing before all others.
    fn merge_columns(
        &self,
        plan: Plan,
        mut items: Vec<Item>,
        merged: Vec<(String, ScopeColumn, ScopeColumn)>,
        kind: JoinKind,
        using_alias: Option<&ast::Alias>,
    ) -> Result<Source> {
        if merged.is_empty() {
            return Ok((plan, items));
        }
        for item in &mut items {
            for (column, bare) in item.columns.iter().zip(&mut item.bare) {
                if merged.iter().any(|(_, left, right)| {
                    column.position == left.position || column.position == right.position
                }) {
                    *bare = false;
                }
            }
        }
        let mut fields = plan.fields.to_vec();
        let mut exprs: Vec<Expr> = fields
            .iter()
            .enumerate()
            .map(|(position, field)| Expr::Column(position, field.ty))
            .collect();
        let mut columns = Vec::new();
        for (name, left, right) in merged {
            let ty = self.common_of(&[left.ty, right.ty], "JOIN/USING")?;
            let left_expr = self.coerce_implicit(Expr::Column(left.position, left.ty), ty)?;
            let right_expr = self.coerce_implicit(Expr::Column(right.position, right.ty), ty)?;
            let (chosen, origin) = match kind {
                JoinKind::Right => (right_expr, right.origin),
                JoinKind::Full => (Expr::Coalesce(vec![left_expr, right_expr], ty), None),
                _ => (left_expr, left.origin),
            };
            let position = match &chosen {
                Expr::Column(position, _) => *position,
                _ => {
                    exprs.push(chosen);
                    fields.push(Field { name: name.clone(), ty, origin });
                    fields.len() - 1
                }
            };
            columns.push(ScopeColumn { name, position, ty, origin });
        }
        let mut item = Item::new("", columns);
        // `USING (...) AS j`: the merged columns are reachable by that name as well.
        if let Some(alias) = using_alias {
            let mut named = Item { alias: alias.aliasname.clone(), ..item.clone() };
            named.bare.iter_mut().for_each(|bare| *bare = false);
            self.check_aliases(&items, std::slice::from_ref(&named))?;
            items.push(named);
        }
        item.qualified = false;
        items.insert(0, item);
        let plan = if fields.len() > plan.fields.len() {
            Plan::new(Node::Project { input: Box::new(plan), exprs }, fields)
        } else {
            plan
        };
        Ok((plan, items))
    }
}

/// A plan's fields as columns of one alias.
pub(super) fn columns_of(fields: &[Field]) -> Vec<ScopeColumn> {
    fields
        .iter()
        .enumerate()
        .map(|(position, field)| ScopeColumn {
            name: field.name.clone(),
            position,
            ty: field.ty,
            origin: field.origin,
        })
        .collect()
}

/// Joins two sources; `on` is over left columns, then right columns.
pub(super) fn join(
    (left, mut items): Source,
    (right, right_items): Source,
    kind: JoinKind,
    on: Option<Expr>,
    lateral: bool,
) -> Source {
    let width = left.fields.len();
    let (missing_left, missing_right) = (
        matches!(kind, JoinKind::Right | JoinKind::Full),
        matches!(kind, JoinKind::Left | JoinKind::Full),
    );
    items.iter_mut().for_each(|item| item.nullable |= missing_left);
    items.extend(right_items.into_iter().map(|item| {
        let nullable = item.nullable || missing_right;
        Item { nullable, ..item.shifted(width) }
    }));
    let fields: Vec<Field> = left.fields.iter().chain(right.fields.iter()).cloned().collect();
    // An inner join's condition is a filter like any other; written so, rules find it in one place.
    let (on, above) = match (kind, lateral) {
        (JoinKind::Inner, true) => (None, on),
        _ => (on, None),
    };
    let node = Node::Join { left: Box::new(left), right: Box::new(right), kind, on, lateral };
    let mut plan = Plan::new(node, fields);
    if let Some(predicate) = above {
        plan = filter(plan, predicate);
    }
    (plan, items)
}

/// The column of that name that a join side offers.
fn using_column(items: &[Item], name: &str, side: &str) -> Result<ScopeColumn> {
    let mut found = items.iter().flat_map(|item| {
        item.columns
            .iter()
            .zip(&item.bare)
            .filter(|(column, bare)| **bare && column.name == name)
            .map(|(column, _)| column)
    });
    let Some(column) = found.next() else {
        return err!(
            UNDEFINED_COLUMN,
            "column \"{name}\" specified in USING clause does not exist in {side} table"
        );
    };
    if found.next().is_some() {
        return err!(
            AMBIGUOUS_COLUMN,
            "common column name \"{name}\" appears more than once in {side} table"
        );
    }
    Ok(column.clone())
}

fn common_names(left: &[Item], right: &[Item]) -> Vec<String> {
    let names = |items: &[Item]| -> Vec<String> {
        items
            .iter()
            .flat_map(|item| {
                item.columns
                    .iter()
                    .zip(&item.bare)
                    .filter(|(_, bare)| **bare)
                    .map(|(column, _)| column.name.clone())
            })
            .collect()
    };
    let right = names(right);
    names(left).into_iter().filter(|name| right.contains(name)).collect()
}
