//! Calls that mean more than their function: `bm25_score`, `GROUPING`, `IS JSON`.

use super::{Binder, required, scope::Scope, trace::Mention};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        functions::json_predicate,
        ir::{Call, Expr},
        parse::{NodeEnum, ast},
    },
    storage::catalog::{IndexMethod, KeyTarget, Table},
    types::{Datum, PgType, oid},
};

pub(super) const LATERAL_HINT: &str =
    "You might be able to move the set-returning function into a LATERAL FROM item.";

impl Binder<'_> {
    /// A call whose meaning the binder has to complete; `None` for every other one.
    pub(super) fn special_call(
        &self,
        names: &[&str],
        call: &ast::FuncCall,
        scope: &Scope,
    ) -> Result<Option<Expr>> {
        match (names.last().copied(), call.args.len()) {
            (Some("bm25_score"), 2) => self.bm25_score(call, scope).map(Some),
            (Some("ts_rewrite"), 2) => self.rewrite_by_query(call, scope),
            (Some("ts_stat"), 1 | 2) => self.statistics_of_query(call, scope),
            _ => Ok(None),
        }
    }

    /// `bm25_score(document, query)`: the table-wide statistics are those of the GIN index on
    /// `document`, which is a column or the indexed expression. The index becomes an argument.
    fn bm25_score(&self, call: &ast::FuncCall, scope: &Scope) -> Result<Expr> {
        let args = self.exprs(&call.args, scope)?;
        let [document, query] = <[Expr; 2]>::try_from(args)
            .map_err(|_| PgError::internal("bm25_score takes two arguments"))?;
        let index = self.text_index_of(&document, scope)?;
        let index = Expr::Const(Datum::Oid(index.0), PgType::new(oid::OID));
        let call =
            self.resolve_call(&["bm25_score"], vec![document, query, index], false, call.location)?;
        Ok(Expr::Call(Box::new(call)))
    }

    /// The GIN index whose key is `document`; 0 if there is none.
    fn text_index_of(&self, document: &Expr, scope: &Scope) -> Result<Oid> {
        let mut level = Some(scope);
        while let Some(current) = level {
            for item in &current.items {
                let Some(table) = &item.table else { continue };
                for index in self.env.catalog.indexes_of(table) {
                    if index.method == IndexMethod::Gin
                        && let Some(key) = index.keys.first()
                        && self.is_key(document, &key.target, table, item)?
                    {
                        return Ok(index.oid);
                    }
                }
            }
            level = current.parent;
        }
        Ok(Oid(0))
    }

    fn is_key(
        &self,
        document: &Expr,
        target: &KeyTarget,
        table: &Table,
        item: &super::scope::Item,
    ) -> Result<bool> {
        match target {
            KeyTarget::Column(position) => {
                let name = &table.columns[*position].name;
                let column = item.columns.iter().find(|column| column.name == *name);
                Ok(match (document, column) {
                    (Expr::Column(at, _), Some(column)) => *at == column.position,
                    _ => false,
                })
            }
            KeyTarget::Expression(sql) => {
                let mut key = self.table_expression(table, sql)?;
                // The key is over the table's columns; the document over the FROM row.
                let mut known = true;
                key.walk_mut(0, &mut |expr, _| {
                    if let Expr::Column(at, _) = expr {
                        let name = &table.columns[*at].name;
                        match item.columns.iter().find(|column| column.name == *name) {
                            Some(column) => *at = column.position,
                            None => known = false,
                        }
                    }
                });
                Ok(known && key.same(document))
            }
        }
    }

    /// `GROUPING(a, b)`
    pub(super) fn grouping(&self, grouping: &ast::GroupingFunc, scope: &Scope) -> Result<Expr> {
        let args = self.exprs(&grouping.args, &scope.for_clause("GROUPING"))?;
        match &scope.sink {
            Some(sink) => Ok(sink.borrow_mut().add_grouping(args)),
            None => Err(PgError::new(
                sqlstate::GROUPING_ERROR,
                format!("grouping operations are not allowed in {}", scope.clause),
            )
            .at(grouping.location)),
        }
    }

    /// `x IS JSON [OBJECT | ARRAY | SCALAR | VALUE]`
    pub(super) fn json_predicate(
        &self,
        predicate: &ast::JsonIsPredicate,
        scope: &Scope,
    ) -> Result<Expr> {
        let input = self.settle_unknown(self.expr(required(&predicate.expr)?, scope)?)?;
        let ty = input.ty();
        let readable =
            matches!(ty.oid, oid::JSON | oid::JSONB | oid::BYTEA) || oid::category(ty.oid) == 'S';
        if !readable {
            return Err(PgError::new(
                sqlstate::DATATYPE_MISMATCH,
                format!("cannot use type {} in IS JSON predicate", self.type_name(ty)),
            ));
        }
        let kind = match predicate.item_type() {
            ast::JsonValueType::JsTypeObject => "object",
            ast::JsonValueType::JsTypeArray => "array",
            ast::JsonValueType::JsTypeScalar => "scalar",
            _ => "value",
        };
        let kind = Expr::Const(Datum::text(kind), PgType::TEXT);
        let unique = Expr::Const(Datum::Bool(predicate.unique_keys), PgType::BOOL);
        Ok(Expr::Call(Box::new(Call {
            function: json_predicate(),
            args: vec![input, kind, unique],
            ty: PgType::BOOL,
            location: predicate.location,
            spread: false,
        })))
    }

    /// `alias.*` in a target list: `(expression, name)` of each column.
    pub(super) fn expand_star(
        &self,
        column: &ast::ColumnRef,
        scope: &Scope,
    ) -> Result<Vec<(Expr, String, Option<(Oid, i16)>)>> {
        let names = super::strings(&column.fields[..column.fields.len() - 1])?;
        let expand = |levels: usize, item: &super::scope::Item, all: bool| {
            item.columns
                .iter()
                .zip(&item.bare)
                .filter(|(column, bare)| (all && !column.name.is_empty()) || **bare)
                .map(|(column, _)| {
                    (super::scope::column_expr(levels, column), column.name.clone(), column.origin)
                })
                .collect::<Vec<_>>()
        };
        let note = |items: &[&super::scope::Item], all: bool| {
            self.note(column.location, || Mention::Star {
                columns: items
                    .iter()
                    .flat_map(|item| {
                        item.columns.iter().zip(&item.bare).map(move |pair| (item, pair))
                    })
                    .filter(|(_, (_, bare))| all || **bare)
                    .map(|(item, (column, _))| {
                        let alias = if item.qualified { item.alias.clone() } else { String::new() };
                        (alias, column.name.clone())
                    })
                    .collect(),
            });
        };
        match names.as_slice() {
            [] if scope.items.is_empty() => Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                "SELECT * with no tables specified is not valid",
            )
            .at(column.location)),
            [] => {
                note(&scope.items.iter().collect::<Vec<_>>(), false);
                Ok(scope.items.iter().flat_map(|item| expand(0, item, false)).collect())
            }
            [alias] => match scope.item(None, alias)? {
                Some((levels, item)) => {
                    note(&[item], true);
                    Ok(expand(levels, item, true))
                }
                None => Err(scope.missing(None, alias).at(column.location)),
            },
            [schema, alias] => match scope.item(Some(schema), alias)? {
                Some((levels, item)) => {
                    note(&[item], true);
                    Ok(expand(levels, item, true))
                }
                None => Err(scope.missing(Some(schema), alias).at(column.location)),
            },
            _ => err!(SYNTAX_ERROR, "improper qualified name (too many dotted names)"),
        }
    }

    /// Binds what may be evaluated or not, where no set can be.
    ///
    /// Errors: 0A000 `set-returning functions are not allowed in CASE`.
    pub(super) fn without_sets<T>(
        &self,
        scope: &Scope,
        construct: &str,
        bind: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let count = || scope.sink.as_ref().map_or(0, |sink| sink.borrow().sets.len());
        let before = count();
        let bound = bind()?;
        let Some(sink) = scope.sink.as_ref().filter(|_| count() > before) else { return Ok(bound) };
        let at = sink.borrow().sets.last().map_or(-1, |call| call.location);
        Err(PgError::new(
            sqlstate::FEATURE_NOT_SUPPORTED,
            format!("set-returning functions are not allowed in {construct}"),
        )
        .hint(LATERAL_HINT)
        .at(at))
    }

    /// A set-returning call in a target list becomes a placeholder for its column.
    pub(super) fn set_call(&self, call: Call, scope: &Scope) -> Result<Expr> {
        match &scope.sink {
            Some(sink) if scope.clause != "HAVING" => Ok(sink.borrow_mut().add_set(call)),
            _ if scope.clause == "FROM" => Ok(Expr::Call(Box::new(call))),
            _ if scope.clause == "aggregate" => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "aggregate function calls cannot contain set-returning function calls",
            )
            .hint(LATERAL_HINT)
            .at(call.location)),
            _ => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("set-returning functions are not allowed in {}", scope.clause),
            )
            .at(call.location)),
        }
    }
}

/// Whether a syntax node is a bare or qualified star.
pub(super) fn is_star(node: &ast::Node) -> Option<&ast::ColumnRef> {
    match &node.node {
        Some(NodeEnum::ColumnRef(column)) => {
            let last = column.fields.last()?;
            matches!(last.node, Some(NodeEnum::AStar(_))).then_some(column)
        }
        _ => None,
    }
}
