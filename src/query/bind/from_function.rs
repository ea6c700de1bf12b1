//! Functions in FROM: their rows, the names of their columns, several side by side.

use super::{
    Binder,
    from::{Source, columns_of},
    inner, naming,
    scope::Scope,
    strings,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        functions::{registry, unnest_together},
        ir::{Call, Expr, Field, Node, Plan, SetExpr, WindowCall},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid, shape},
};

impl Binder<'_> {
    pub(super) fn range_function(
        &self,
        range: &ast::RangeFunction,
        around: &Scope,
    ) -> Result<Source> {
        let [only] = range.functions.as_slice() else {
            return self.rows_from(range, around);
        };
        let node = match inner(only)? {
            NodeEnum::List(list) => list.items.first(),
            _ => Some(only),
        }
        .ok_or_else(|| PgError::internal("function expected in FROM"))?;
        let scope = Scope { clause: "FROM", ..around.sibling() };
        let expr = match self.unnest_together(node, &scope)? {
            Some(expr) => expr,
            None => self.expr(node, &scope)?,
        };
        if let Expr::Call(call) = &expr {
            refuse_inner_sets(&call.args)?;
        }
        let expr = self.with_definitions(expr, &range.coldeflist, node)?;
        let name = naming::output_name(node);
        let alias = range.alias.as_ref().map(|alias| alias.aliasname.clone());
        let rows = shape::fields_of(expr.ty()).filter(|_| expr.ty().oid == oid::RECORD);
        let mut fields: Vec<Field> = match &expr {
            Expr::Call(_) if rows.is_some() => rows
                .iter()
                .flat_map(|fields| fields.iter())
                .map(|(name, ty)| Field::new(name.clone(), *ty))
                .collect(),
            Expr::Call(call) if !call.function.columns.is_empty() => call
                .function
                .columns
                .iter()
                .map(|(column, ty)| match call.function.columns.len() {
                    1 => Field::new(*column, call.ty),
                    _ => Field::new(*column, PgType::new(*ty)),
                })
                .collect(),
            // A scalar result is named by its alias.
            expr => vec![Field::new(alias.clone().unwrap_or_else(|| name.clone()), expr.ty())],
        };
        let scalar = fields.len() == 1 && rows.is_none();
        let plan = match expr {
            Expr::Call(call) if call.function.is_set() || rows.is_some() => {
                if range.ordinality {
                    fields.push(Field::new("ordinality", PgType::INT8));
                }
                let node = Node::FunctionScan { call, ordinality: range.ordinality };
                Plan::new(node, fields.clone())
            }
            expr => {
                let mut exprs = vec![self.settle_unknown(expr)?];
                if range.ordinality {
                    fields.push(Field::new("ordinality", PgType::INT8));
                    exprs.push(Expr::Const(crate::types::Datum::Int8(1), PgType::INT8));
                }
                let input = Box::new(Plan::new(Node::Empty, vec![]));
                Plan::new(Node::Project { input, exprs }, fields.clone())
            }
        };
        let mut item = self.aliased(columns_of(&fields), range.alias.as_ref(), &name)?;
        item.scalar_function = scalar && !range.ordinality;
        Ok((plan, vec![item]))
    }

    /// `ROWS FROM (f(...), g(...))`: their rows side by side, the shorter ones ending in NULLs.
    fn rows_from(&self, range: &ast::RangeFunction, around: &Scope) -> Result<Source> {
        let scope = Scope { clause: "FROM", ..around.sibling() };
        let (mut sets, mut made) = (Vec::new(), Vec::new());
        let (mut fields, mut exprs) = (Vec::new(), Vec::new());
        for (at, function) in range.functions.iter().enumerate() {
            let NodeEnum::List(list) = inner(function)? else {
                return Err(PgError::internal("function expected in FROM"));
            };
            let node =
                list.items.first().ok_or_else(|| PgError::internal("function expected in FROM"))?;
            let definitions = match list.items.get(1).and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::List(definitions)) => definitions.items.as_slice(),
                _ => &[],
            };
            let expr = match self.unnest_together(node, &scope)? {
                Some(expr) => expr,
                None => self.expr(node, &scope)?,
            };
            let expr = self.with_definitions(expr, definitions, node)?;
            let Expr::Call(call) = expr else {
                return Err(PgError::unsupported("ROWS FROM with what is no function"));
            };
            if !call.function.is_set() {
                return Err(PgError::unsupported("ROWS FROM with a function of one row"));
            }
            refuse_inner_sets(&call.args)?;
            let (name, ty) = (naming::output_name(node), call.ty);
            match shape::fields_of(ty).filter(|_| ty.oid == oid::RECORD) {
                None => {
                    let name =
                        call.function.columns.first().map_or(name, |(name, _)| (*name).into());
                    fields.push(Field::new(name, ty));
                    exprs.push(Expr::Column(at, ty));
                }
                Some(columns) => {
                    for (field, (name, column)) in columns.iter().enumerate() {
                        fields.push(Field::new(name.clone(), *column));
                        let input = Box::new(Expr::Column(at, ty));
                        exprs.push(Expr::Field { input, field, ty: *column });
                    }
                }
            }
            made.push(Field::new("row", ty));
            sets.push(SetExpr::Set(call));
        }
        if range.ordinality {
            let name = "row_number";
            let function = registry().exact(name, &[]).cloned();
            let count = WindowCall::plain(
                function.ok_or_else(|| PgError::internal("no function row_number"))?,
                PgType::INT8,
            );
            fields.push(Field::new("ordinality", PgType::INT8));
            exprs.push(Expr::Column(sets.len(), PgType::INT8));
            let rows = side_by_side(sets, made.clone());
            made.push(Field::new(name, PgType::INT8));
            let plan = Plan::new(Node::Window { input: Box::new(rows), calls: vec![count] }, made);
            return self.shown_rows(plan, exprs, fields, range);
        }
        self.shown_rows(side_by_side(sets, made), exprs, fields, range)
    }

    fn shown_rows(
        &self,
        plan: Plan,
        exprs: Vec<Expr>,
        fields: Vec<Field>,
        range: &ast::RangeFunction,
    ) -> Result<Source> {
        let plan = Plan::new(Node::Project { input: Box::new(plan), exprs }, fields.clone());
        let name = match range.functions.first().map(inner).transpose()? {
            Some(NodeEnum::List(list)) => list.items.first().map(naming::output_name),
            _ => None,
        };
        let item =
            self.aliased(columns_of(&fields), range.alias.as_ref(), &name.unwrap_or_default())?;
        Ok((plan, vec![item]))
    }

    /// `f(...) AS t(a integer, b text)`: what the rows of a function that does not tell it consist of.
    ///
    /// Errors: 42601 if the list is missing or there is nothing to define.
    fn with_definitions(
        &self,
        expr: Expr,
        definitions: &[ast::Node],
        node: &ast::Node,
    ) -> Result<Expr> {
        let refused = |message: &str| {
            let error = PgError::new(sqlstate::SYNTAX_ERROR, message);
            match definitions.first().map(|first| &first.node) {
                Some(Some(NodeEnum::ColumnDef(first))) => error.at(first.location),
                _ => error.at(super::expr::location(node)),
            }
        };
        let ty = expr.ty();
        let open = ty.oid == oid::RECORD && shape::fields_of(ty).is_none();
        // What a call passes on of its arguments may be named anew.
        let passed = |call: &Call| {
            ty.oid == oid::RECORD && call.function.columns.is_empty() && !definitions.is_empty()
        };
        let mut call = match expr {
            Expr::Call(call) if open || passed(&call) => call,
            expr if definitions.is_empty() => return Ok(expr),
            _ if ty.oid == oid::RECORD => {
                return Err(refused(
                    "a column definition list is redundant for a function with OUT parameters",
                ));
            }
            _ => {
                return Err(refused(
                    "a column definition list is only allowed for functions returning \"record\"",
                ));
            }
        };
        if definitions.is_empty() {
            return Err(refused(
                "a column definition list is required for functions returning \"record\"",
            ));
        }
        let mut fields: Vec<(String, PgType)> = Vec::with_capacity(definitions.len());
        for definition in definitions {
            let NodeEnum::ColumnDef(column) = inner(definition)? else {
                return Err(PgError::internal("column definition expected"));
            };
            let name = column.type_name.as_ref();
            let ty = super::bind_type(name.ok_or_else(|| PgError::internal("column of no type"))?)?;
            if fields.iter().any(|(known, _)| *known == column.colname) {
                return Err(PgError::new(
                    sqlstate::DUPLICATE_COLUMN,
                    format!("column name \"{}\" specified more than once", column.colname),
                ));
            }
            fields.push((column.colname.clone(), ty));
        }
        call.ty = shape::record_of(fields);
        Ok(Expr::Call(call))
    }

    /// `unnest(a, b, ...)`, which exists in FROM only: a column for each array.
    fn unnest_together(&self, node: &ast::Node, scope: &Scope) -> Result<Option<Expr>> {
        let NodeEnum::FuncCall(call) = inner(node)? else { return Ok(None) };
        let is_unnest = matches!(strings(&call.funcname)?.as_slice(), [.., "unnest"]);
        if !is_unnest || call.args.len() < 2 {
            return Ok(None);
        }
        let args = call.args.iter().map(|arg| self.expr(arg, scope)).collect::<Result<Vec<_>>>()?;
        let types: Vec<Oid> = args.iter().map(|arg| arg.ty().oid).collect();
        let Some(function) = unnest_together(&types) else { return Ok(None) };
        let columns = function.columns.iter();
        let ty = shape::record_of(columns.map(|(name, ty)| ((*name).to_owned(), PgType::new(*ty))));
        Ok(Some(Expr::Call(Box::new(Call {
            function,
            args,
            ty,
            location: call.location,
            spread: false,
        }))))
    }
}

fn side_by_side(sets: Vec<SetExpr>, fields: Vec<Field>) -> Plan {
    let input = Box::new(Plan::new(Node::Empty, vec![]));
    Plan::new(Node::ProjectSet { input, exprs: sets }, fields)
}

/// Errors: 0A000 for a set among the arguments of a function in FROM.
fn refuse_inner_sets(args: &[Expr]) -> Result<()> {
    let mut found = None;
    for arg in args {
        arg.any(&mut |expr| {
            if let Expr::Call(call) = expr
                && call.function.is_set()
            {
                found.get_or_insert(call.location);
            }
            found.is_some()
        });
    }
    match found {
        None => Ok(()),
        Some(at) => Err(PgError::new(
            sqlstate::FEATURE_NOT_SUPPORTED,
            "set-returning functions must appear at top level of FROM",
        )
        .at(at)),
    }
}
