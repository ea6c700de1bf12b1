//! A table's own expressions: defaults, generated columns, checks, index keys.

use std::sync::Arc;

use super::{
    Binder,
    from::columns_of,
    scope::{Item, Scope},
    string,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        env::Env,
        functions::{CastContext, registry},
        ir::{Call, Expr, Field},
        parse::{self, ast},
    },
    storage::catalog::{Catalog, Index, KeyTarget, Table},
    types::{Datum, PgType, oid},
};

/// Everything a write to a table must evaluate, bound once for each version of its definition.
/// Every expression is over the table's full row (dropped columns are NULL).
#[derive(Debug)]
pub struct TableRules {
    pub table: Arc<Table>,
    /// One per column: what a row gets where the statement gives nothing.
    pub defaults: Vec<Expr>,
    /// `(column, expression)`, in column order.
    pub generated: Vec<(usize, Expr)>,
    /// `(constraint name, condition)`
    pub checks: Vec<(String, Expr)>,
    pub indexes: Vec<IndexRules>,
}

/// An index's keys and its WHERE, over the table's full row.
#[derive(Debug)]
pub struct IndexRules {
    pub index: Arc<Index>,
    pub keys: Vec<Expr>,
    pub predicate: Option<Expr>,
}

impl TableRules {
    /// Errors: those of a stored expression that no longer binds; none in a sound catalogue.
    pub fn bind(env: &Env, table: &Arc<Table>) -> Result<Self> {
        let binder = Binder::new(env, &[]);
        let mut defaults = Vec::with_capacity(table.columns.len());
        let mut generated = Vec::new();
        for (position, column) in table.columns.iter().enumerate() {
            defaults.push(binder.column_default(table, position)?);
            if let Some(sql) = &column.generated {
                let clause = "column generation expressions";
                let expr = binder.table_expression_of(table, sql, clause)?;
                let expr = binder.coerce_assign(expr, column.ty, &column.name)?;
                generated.push((position, expr));
            }
        }
        let checks = table
            .checks
            .iter()
            .map(|check| {
                let expr =
                    binder.table_expression_of(table, &check.expression, "check constraints")?;
                Ok((check.name.clone(), binder.coerce_bool(expr, "CHECK")?))
            })
            .collect::<Result<_>>()?;
        let indexes = env
            .catalog
            .indexes_of(table)
            .map(|index| binder.index_rules(table, index))
            .collect::<Result<_>>()?;
        Ok(Self { table: table.clone(), defaults, generated, checks, indexes })
    }
}

impl Binder<'_> {
    /// What a column holds when nothing is given: DEFAULT, the identity's next value, or NULL.
    pub(super) fn column_default(&self, table: &Table, position: usize) -> Result<Expr> {
        let column = &table.columns[position];
        if column.dropped || column.generated.is_some() {
            return Ok(Expr::Const(Datum::Null, column.ty));
        }
        if let (Some(_), Some(sequence)) = (column.identity, column.sequence) {
            return self.next_value(sequence, column.ty);
        }
        match &column.default {
            None => Ok(Expr::Const(Datum::Null, column.ty)),
            Some(sql) => {
                // A place in the stored text is none in the client's.
                let node = parse::parse_expression(sql)?;
                self.expr(&node, &Scope::root().for_clause("DEFAULT expressions"))
                    .and_then(|expr| self.coerce_assign(expr, column.ty, &column.name))
                    .map_err(PgError::displaced)
            }
        }
    }

    fn next_value(&self, sequence: Oid, ty: PgType) -> Result<Expr> {
        let function = registry()
            .exact("nextval", &[oid::REGCLASS])
            .ok_or_else(|| PgError::internal("nextval is missing"))?;
        let call = Expr::Call(Box::new(Call {
            function: function.clone(),
            args: vec![Expr::Const(Datum::Oid(sequence.0), PgType::new(oid::REGCLASS))],
            ty: PgType::INT8,
            location: -1,
            spread: false,
        }));
        self.coerce_assign(call, ty, "identity")
    }

    /// A stored expression over the table's full row.
    pub fn table_expression(&self, table: &Table, sql: &str) -> Result<Expr> {
        self.table_expression_of(table, sql, "index expressions")
    }

    /// The same; `clause` is what messages call its place.
    fn table_expression_of(&self, table: &Table, sql: &str, clause: &'static str) -> Result<Expr> {
        let node = parse::parse_expression(sql)?;
        // A place in the stored text is none in the client's.
        self.table_node(table, &node, clause).map_err(PgError::displaced)
    }

    /// A condition over the table's full row: COPY ... WHERE.
    pub fn table_condition(&self, table: &Table, node: &parse::ast::Node) -> Result<Expr> {
        self.coerce_bool(self.table_node(table, node, "COPY FROM WHERE conditions")?, "WHERE")
    }

    /// The same for an expression that is still a syntax tree.
    pub fn table_node(
        &self,
        table: &Table,
        node: &parse::ast::Node,
        clause: &'static str,
    ) -> Result<Expr> {
        let scope = Scope { items: vec![full_row(table)], ..Scope::root() };
        let expr = self.expr(node, &scope.for_clause(clause))?;
        let mut expr = self.settle_unknown(expr)?;
        super::subquery::settle_expr(&mut expr, table.columns.len());
        Ok(expr)
    }

    /// A DEFAULT as the client wrote it. Errors: 42804; those of the expression.
    pub fn written_default(
        &self,
        node: &ast::Node,
        column: &crate::storage::catalog::Column,
    ) -> Result<()> {
        let expr = self.expr(node, &Scope::root().for_clause("DEFAULT expressions"))?;
        let source = expr.ty();
        match self.convert(expr, column.ty)? {
            Some(_) => Ok(()),
            None => Err(PgError::new(
                sqlstate::DATATYPE_MISMATCH,
                format!(
                    "column \"{}\" is of type {} but default expression is of type {}",
                    column.name,
                    self.type_name(column.ty),
                    self.type_name(source)
                ),
            )
            .hint("You will need to rewrite or cast the expression.")),
        }
    }

    /// USING of ALTER COLUMN TYPE: an expression over the old row, as the new type; `None` if it
    /// cannot be.
    ///
    /// Errors: those of the expression.
    pub fn transform(&self, table: &Table, node: &ast::Node, ty: PgType) -> Result<Option<Expr>> {
        let scope = Scope { items: vec![full_row(table)], ..Scope::root() };
        let expr = self.expr(node, &scope.for_clause("transform expressions"))?;
        self.convert(expr, ty)
    }

    /// A value as an assignment would convert it; `None` if it does not.
    pub fn convert(&self, expr: Expr, ty: PgType) -> Result<Option<Expr>> {
        self.coerce(expr, ty, CastContext::Assignment)
    }

    /// Whether a DEFAULT can be assigned to a column of the type.
    pub fn default_fits(&self, sql: &str, ty: PgType) -> Result<bool> {
        let node = parse::parse_expression(sql)?;
        let expr = self.expr(&node, &Scope::root().for_clause("DEFAULT expressions"))?;
        Ok(self.convert(expr, ty)?.is_some())
    }

    /// An index's keys and predicate over the table's full row.
    pub fn index_rules(&self, table: &Table, index: &Arc<Index>) -> Result<IndexRules> {
        let keys = index
            .keys
            .iter()
            .map(|key| match &key.target {
                KeyTarget::Column(position) => {
                    Ok(Expr::Column(*position, table.columns[*position].ty))
                }
                KeyTarget::Expression(sql) => self.table_expression(table, sql),
            })
            .collect::<Result<_>>()?;
        let predicate = index
            .predicate
            .as_ref()
            .map(|sql| self.coerce_bool(self.table_expression(table, sql)?, "WHERE"))
            .transpose()?;
        Ok(IndexRules { index: index.clone(), keys, predicate })
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
pub fn column_position(table: &Table, name: &str, at: i32) -> Result<usize> {
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

pub(super) fn row_fields(table: &Table) -> Vec<Field> {
    table.columns.iter().map(|column| Field::new(column.name.clone(), column.ty)).collect()
}

/// The scanned row as a full row: dropped columns, which the scan leaves out, are NULL.
pub(super) fn old_row(table: &Table, item: &Item) -> Vec<Expr> {
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

/// The table's whole row under its own name: every position is the column's, dropped ones have
/// no name.
pub(super) fn full_row(table: &Table) -> Item {
    let fields: Vec<Field> = table
        .columns
        .iter()
        .enumerate()
        .map(|(position, column)| Field {
            name: if column.dropped { String::new() } else { column.name.clone() },
            ty: column.ty,
            origin: Some((table.oid, position as i16 + 1)),
        })
        .collect();
    let mut item = Item::new(&table.name, columns_of(&fields));
    for (bare, column) in item.bare.iter_mut().zip(&table.columns) {
        *bare = !column.dropped;
    }
    item
}

/// The columns of the primary key.
pub(super) fn primary_key(catalog: &Catalog, table: &Table) -> Option<Vec<usize>> {
    let index = catalog.indexes_of(table).find(|index| {
        index.constraint == Some(crate::storage::catalog::KeyConstraint::PrimaryKey)
    })?;
    index
        .keys
        .iter()
        .map(|key| match key.target {
            KeyTarget::Column(position) => Some(position),
            KeyTarget::Expression(_) => None,
        })
        .collect()
}
