//! Rows as values: `ROW(...)`, the whole row of a FROM entry, a row's fields, casts to the row type
//! of a table.

use super::{
    Binder,
    expr::location,
    inner, required,
    scope::{Item, Scope, ScopeColumn, column_expr},
    special::is_star,
    strings,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        functions::CastContext,
        ir::Expr,
        parse::{NodeEnum, ast},
    },
    types::{Datum, PgType, oid, shape},
};

/// The whole row of a FROM entry as one record. Where an outer join may have found none, it is NULL,
/// which here is told by its columns: all of them are.
pub(super) fn whole_row(levels: usize, item: &Item) -> Expr {
    // Dropped columns have no name.
    let columns: Vec<_> = item.columns.iter().filter(|column| !column.name.is_empty()).collect();
    let ty = shape::record_of(columns.iter().map(|column| (column.name.clone(), column.ty)));
    let fields = columns.iter().map(|column| column_expr(levels, column)).collect();
    let row = Expr::Row(fields, ty);
    if !item.nullable || columns.is_empty() {
        return row;
    }
    // The row that an outer join did not find is NULL, not a row of NULLs.
    let is_null = |column: &ScopeColumn| Expr::IsNull {
        input: Box::new(column_expr(levels, column)),
        negated: false,
    };
    let missing = match columns.iter().find(|column| is_never_null(item, column)) {
        Some(column) => is_null(column),
        None => Expr::And(columns.iter().map(|column| is_null(column)).collect()),
    };
    let branches = vec![(missing, Expr::Const(Datum::Null, ty))];
    Expr::Case { branches, otherwise: Some(Box::new(row)), ty }
}

/// A field by its position; that of a row made here is the expression it is made of.
fn field_at(row: &Expr, field: usize, ty: PgType) -> Expr {
    match row {
        Expr::Row(fields, _) if field < fields.len() => fields[field].clone(),
        _ => Expr::Field { input: Box::new(row.clone()), field, ty },
    }
}

/// Whether the rows of a table always have a value in this column.
fn is_never_null(item: &Item, column: &ScopeColumn) -> bool {
    match (&item.table, column.origin) {
        (Some(table), Some((relation, number))) => {
            let found = table.columns.get(number as usize - 1);
            relation == table.oid && found.is_some_and(|column| column.not_null)
        }
        _ => false,
    }
}

impl Binder<'_> {
    /// `ROW(a, t.*)`; a star stands for its columns.
    pub(super) fn row(&self, row: &ast::RowExpr, scope: &Scope) -> Result<Expr> {
        let mut fields = Vec::with_capacity(row.args.len());
        for arg in &row.args {
            match is_star(arg) {
                Some(star) => {
                    fields.extend(self.expand_star(star, scope)?.into_iter().map(|(expr, ..)| expr))
                }
                None => fields.push(self.settle_unknown(self.expr(arg, scope)?)?),
            }
        }
        Ok(Expr::Row(fields, PgType::new(oid::RECORD)))
    }

    /// `count(t.*)`, `row_to_json(t.*)`: the whole row as one value.
    pub(super) fn whole_row_star(&self, column: &ast::ColumnRef, scope: &Scope) -> Result<Expr> {
        let names = strings(&column.fields[..column.fields.len() - 1])?;
        let (schema, alias) = match names.as_slice() {
            [alias] => (None, *alias),
            [schema, alias] => (Some(*schema), *alias),
            _ => return err!(SYNTAX_ERROR, "row expansion via \"*\" is not supported here"),
        };
        match scope.item(schema, alias)? {
            Some((levels, item)) => Ok(whole_row(levels, item)),
            None => Err(scope.missing(schema, alias).at(column.location)),
        }
    }

    /// `(composite).field`; `relation` is the name of the FROM entry whose row it is.
    ///
    /// Errors: 42703 for a row without that field; 42809 for what is no row.
    pub(super) fn field(
        &self,
        input: Expr,
        name: &str,
        relation: Option<&str>,
        at: i32,
    ) -> Result<Expr> {
        let ty = input.ty();
        let found = match (shape::fields_of(ty), &input) {
            (Some(fields), _) if ty.oid == oid::RECORD => {
                fields.iter().position(|(known, _)| known == name).map(|at| (at, fields[at].1))
            }
            (_, Expr::Row(fields, _)) => name
                .strip_prefix('f')
                .and_then(|number| number.parse::<usize>().ok())
                .filter(|number| (1..=fields.len()).contains(number))
                .map(|number| (number - 1, fields[number - 1].ty())),
            _ => None,
        };
        if let Some((field, ty)) = found {
            return Ok(field_at(&input, field, ty));
        }
        Err(match (relation, ty.oid) {
            (Some(relation), oid::RECORD) => PgError::new(
                sqlstate::UNDEFINED_COLUMN,
                format!("column {relation}.{name} does not exist"),
            ),
            (None, oid::RECORD) => PgError::new(
                sqlstate::UNDEFINED_COLUMN,
                format!("could not identify column \"{name}\" in record data type"),
            ),
            _ => PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                format!(
                    "column notation .{name} applied to type {}, which is not a composite type",
                    self.type_name(ty)
                ),
            ),
        }
        .at(at))
    }

    /// `(composite).*` in a target list: each field under its name. `None` for another expression.
    pub(super) fn expand_composite(
        &self,
        node: &ast::Node,
        scope: &Scope,
    ) -> Result<Option<Vec<(Expr, String)>>> {
        let NodeEnum::AIndirection(indirection) = inner(node)? else { return Ok(None) };
        let Some((last, steps)) = indirection.indirection.split_last() else { return Ok(None) };
        if !matches!(inner(last)?, NodeEnum::AStar(_)) {
            return Ok(None);
        }
        let input = if steps.is_empty() {
            self.expr(required(&indirection.arg)?, scope)?
        } else {
            let inside =
                ast::AIndirection { arg: indirection.arg.clone(), indirection: steps.to_vec() };
            self.indirection(&inside, scope)?
        };
        let (at, ty) = (location(node), input.ty());
        let fields: Vec<(String, PgType)> = match (shape::fields_of(ty), &input) {
            (Some(fields), _) if ty.oid == oid::RECORD => fields.to_vec(),
            (_, Expr::Row(fields, _)) => {
                let named = fields.iter().enumerate();
                named.map(|(at, field)| (format!("f{}", at + 1), field.ty())).collect()
            }
            _ if ty.oid == oid::RECORD => {
                return Err(PgError::new(
                    sqlstate::WRONG_OBJECT_TYPE,
                    "record type has not been registered",
                ));
            }
            _ => {
                return Err(PgError::new(
                    sqlstate::WRONG_OBJECT_TYPE,
                    format!("type {} is not composite", self.type_name(ty)),
                )
                .at(at));
            }
        };
        let expanded = fields
            .into_iter()
            .enumerate()
            .map(|(field, (name, ty))| (field_at(&input, field, ty), name));
        Ok(Some(expanded.collect()))
    }

    /// `expr` as a row of this shape. Fields are converted one by one, as a table's columns are.
    ///
    /// Errors: 42846 if the widths differ or a field cannot be converted.
    pub(super) fn coerce_row(&self, expr: Expr, target: PgType) -> Result<Expr> {
        let Some(wanted) = shape::fields_of(target) else { return Ok(expr) };
        let source = expr.ty();
        if source == target {
            return Ok(expr);
        }
        let mut missing = None;
        let given: Vec<Expr> = match expr {
            Expr::Row(fields, _) => fields,
            Expr::Const(Datum::Null, _) => return Ok(Expr::Const(Datum::Null, target)),
            expr => {
                let Some(known) = shape::fields_of(source) else {
                    return Ok(Expr::Relabel { input: Box::new(expr), ty: target });
                };
                // No row stays none.
                missing = Some(Expr::IsNull { input: Box::new(expr.clone()), negated: false });
                let fields = known.iter().enumerate().map(|(field, (_, ty))| Expr::Field {
                    input: Box::new(expr.clone()),
                    field,
                    ty: *ty,
                });
                fields.collect()
            }
        };
        let refused = |detail: String| {
            PgError::new(
                sqlstate::CANNOT_COERCE,
                format!(
                    "cannot cast type {} to {}",
                    self.type_name(source),
                    self.type_name(target)
                ),
            )
            .detail(detail)
        };
        if given.len() != wanted.len() {
            let few = given.len() < wanted.len();
            return Err(refused(
                if few { "Input has too few columns." } else { "Input has too many columns." }
                    .to_owned(),
            ));
        }
        let fields =
            given.into_iter().zip(wanted.iter()).enumerate().map(|(at, (field, (_, ty)))| {
                let from = field.ty();
                self.coerce(field, *ty, CastContext::Explicit)?.ok_or_else(|| {
                    refused(format!(
                        "Cannot cast type {} to {} in column {}.",
                        self.type_name(from),
                        self.type_name(*ty),
                        at + 1
                    ))
                })
            });
        let row = Expr::Row(fields.collect::<Result<_>>()?, target);
        Ok(match missing {
            None => row,
            Some(missing) => Expr::Case {
                branches: vec![(missing, Expr::Const(Datum::Null, target))],
                otherwise: Some(Box::new(row)),
                ty: target,
            },
        })
    }

    /// The row type of the table or view that a type name means, where rows are asked for.
    pub(super) fn row_type(&self, name: &ast::TypeName) -> Result<Option<PgType>> {
        if !name.typmods.is_empty() || !name.array_bounds.is_empty() || name.pct_type {
            return Ok(None);
        }
        let parts = strings(&name.names)?;
        let (schema, relation) = match parts.as_slice() {
            [relation] => ("", *relation),
            [schema, relation] => (*schema, *relation),
            _ => return Ok(None),
        };
        let range = ast::RangeVar {
            schemaname: schema.to_owned(),
            relname: relation.to_owned(),
            ..Default::default()
        };
        let Ok((_, items)) = self.untraced(|| self.range_var(&range, &Scope::root(), false)) else {
            return Ok(None);
        };
        Ok(items.first().map(|item| whole_row(0, item).ty()))
    }
}
