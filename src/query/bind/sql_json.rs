//! SQL/JSON constructors: `JSON_OBJECT`, `JSON_ARRAY`, their aggregates, `JSON`, `JSON_SCALAR` and
//! `JSON_SERIALIZE`.

use super::{Binder, bind_type, inner, required, scope::Scope, subquery::scalar};
use crate::{
    base::{PgError, Result},
    query::{
        functions::{json_array_of, json_object_of, unique_json},
        ir::{Call, Expr, Field, Node, Plan},
        parse::{NodeEnum, ast},
    },
    types::{Datum, PgType, oid},
};

fn flag(value: bool) -> Expr {
    Expr::Const(Datum::Bool(value), PgType::BOOL)
}

fn missing() -> PgError {
    PgError::internal("a part of a JSON constructor is missing")
}

/// What RETURNING asks for; `json` without it.
struct Returning {
    ty: PgType,
    at: i32,
}

impl Returning {
    fn of(output: Option<&ast::JsonOutput>, usual: PgType, at: i32) -> Result<Self> {
        let ty = match output.and_then(|output| output.type_name.as_ref()) {
            Some(name) => bind_type(name)?,
            None => usual,
        };
        Ok(Self { ty, at })
    }
}

impl Binder<'_> {
    /// A constructor; `None` for another node.
    pub(super) fn json_constructor(&self, node: &NodeEnum, scope: &Scope) -> Result<Option<Expr>> {
        const JSON: PgType = PgType::new(oid::JSON);
        Ok(Some(match node {
            NodeEnum::JsonObjectConstructor(object) => {
                let returning = Returning::of(object.output.as_ref(), JSON, object.location)?;
                let mut args = vec![flag(object.absent_on_null), flag(object.unique)];
                for pair in &object.exprs {
                    let NodeEnum::JsonKeyValue(pair) = inner(pair)? else { return Err(missing()) };
                    args.extend(self.json_pair(pair, scope)?);
                }
                self.json_result(json_object_of(), args, &returning)?
            }
            NodeEnum::JsonArrayConstructor(array) => {
                let returning = Returning::of(array.output.as_ref(), JSON, array.location)?;
                let mut args = vec![flag(array.absent_on_null)];
                for value in &array.exprs {
                    let NodeEnum::JsonValueExpr(value) = inner(value)? else {
                        return Err(missing());
                    };
                    args.push(self.json_value(value, scope)?);
                }
                self.json_result(json_array_of(), args, &returning)?
            }
            NodeEnum::JsonArrayQueryConstructor(array) => {
                let returning = Returning::of(array.output.as_ref(), JSON, array.location)?;
                let made = self.json_array_of_query(array, scope)?;
                self.cast(made, returning.ty, returning.at)?
            }
            NodeEnum::JsonObjectAgg(object) => {
                let constructor = object.constructor.as_deref().ok_or_else(missing)?;
                let pair = object.arg.as_deref().ok_or_else(missing)?;
                let value = pair.value.as_deref().ok_or_else(missing)?;
                let args = vec![required(&pair.key)?.clone(), required(&value.raw_expr)?.clone()];
                let unique = if object.unique { "_unique" } else { "" };
                let strict = if object.absent_on_null { "_strict" } else { "" };
                let name = format!("object_agg{unique}{strict}");
                self.json_aggregate(&name, args, constructor, scope)?
            }
            NodeEnum::JsonArrayAgg(array) => {
                let constructor = array.constructor.as_deref().ok_or_else(missing)?;
                let value = array.arg.as_deref().ok_or_else(missing)?;
                let args = vec![required(&value.raw_expr)?.clone()];
                let strict = if array.absent_on_null { "_strict" } else { "" };
                self.json_aggregate(&format!("agg{strict}"), args, constructor, scope)?
            }
            NodeEnum::JsonParseExpr(json) => {
                let value = json.expr.as_deref().ok_or_else(missing)?;
                let input = self.settle_unknown(self.expr(required(&value.raw_expr)?, scope)?)?;
                if !json.unique_keys {
                    return self.cast(input, JSON, -1).map(Some);
                }
                let input = self.cast(input, JSON, -1)?;
                self.json_call(unique_json(), vec![input], JSON, json.location)
            }
            NodeEnum::JsonScalarExpr(json) => {
                let returning = Returning::of(json.output.as_ref(), JSON, json.location)?;
                let input = self.settle_unknown(self.expr(required(&json.expr)?, scope)?)?;
                let call = self.resolve_call(&["to_json"], vec![input], false, json.location)?;
                self.cast(Expr::Call(Box::new(call)), returning.ty, returning.at)?
            }
            NodeEnum::JsonSerializeExpr(json) => {
                let returning = Returning::of(json.output.as_ref(), PgType::TEXT, json.location)?;
                let value = json.expr.as_deref().ok_or_else(missing)?;
                let input = self.expr(required(&value.raw_expr)?, scope)?;
                let input = match input.ty().oid {
                    oid::JSON | oid::JSONB => input,
                    _ => self.cast(input, JSON, json.location)?,
                };
                let text = self.cast(input, PgType::TEXT, json.location)?;
                self.json_bytes(text, &returning)?
            }
            _ => return Ok(None),
        }))
    }

    /// A value of a constructor; `FORMAT JSON` says that a string is JSON already.
    fn json_value(&self, value: &ast::JsonValueExpr, scope: &Scope) -> Result<Expr> {
        let expr = self.settle_unknown(self.expr(required(&value.raw_expr)?, scope)?)?;
        let format = value.format.as_ref().map(|format| format.format_type());
        match format {
            Some(ast::JsonFormatType::JsFormatJson | ast::JsonFormatType::JsFormatJsonb)
                if !matches!(expr.ty().oid, oid::JSON | oid::JSONB) =>
            {
                self.cast(expr, PgType::new(oid::JSON), -1)
            }
            _ => Ok(expr),
        }
    }

    fn json_pair(&self, pair: &ast::JsonKeyValue, scope: &Scope) -> Result<[Expr; 2]> {
        let key = self.settle_unknown(self.expr(required(&pair.key)?, scope)?)?;
        let value = pair.value.as_deref().ok_or_else(missing)?;
        Ok([key, self.json_value(value, scope)?])
    }

    fn json_call(
        &self,
        function: crate::query::functions::FunctionRef,
        args: Vec<Expr>,
        ty: PgType,
        location: i32,
    ) -> Expr {
        Expr::Call(Box::new(Call { function, args, ty, location, spread: false }))
    }

    fn json_result(
        &self,
        function: crate::query::functions::FunctionRef,
        args: Vec<Expr>,
        returning: &Returning,
    ) -> Result<Expr> {
        let made = self.json_call(function, args, PgType::new(oid::JSON), returning.at);
        self.json_bytes(made, returning)
    }

    /// `json` as what RETURNING asks for; bytes are UTF-8.
    fn json_bytes(&self, made: Expr, returning: &Returning) -> Result<Expr> {
        if returning.ty.oid != oid::BYTEA {
            return self.cast(made, returning.ty, returning.at);
        }
        let text = self.cast(made, PgType::TEXT, returning.at)?;
        let encoding = Expr::Const(Datum::text("UTF8"), PgType::new(oid::NAME));
        let call = self.resolve_call(&["convert_to"], vec![text, encoding], false, returning.at)?;
        Ok(Expr::Call(Box::new(call)))
    }

    /// `JSON_ARRAY(SELECT ...)`: the aggregate over the query's rows, NULL where there are none.
    fn json_array_of_query(
        &self,
        array: &ast::JsonArrayQueryConstructor,
        scope: &Scope,
    ) -> Result<Expr> {
        let NodeEnum::SelectStmt(select) = inner(required(&array.query)?)? else {
            return Err(missing());
        };
        let plan = self.bind_select(select, &scope.child())?;
        let [field] = &plan.fields[..] else {
            return Err(PgError::new(
                crate::base::sqlstate::SYNTAX_ERROR,
                "subquery must return only one column",
            )
            .at(array.location));
        };
        let ty = PgType::new(oid::JSON);
        let name = if array.absent_on_null { "json_agg_strict" } else { "json_agg" };
        let function = self.functions_named(&[name]).first().cloned().ok_or_else(missing)?;
        let aggregate = crate::query::ir::Aggregate {
            function,
            args: vec![Expr::Column(0, field.ty)],
            distinct: false,
            filter: None,
            order: vec![],
            within_group: false,
            ty,
        };
        let node = Node::Aggregate {
            input: Box::new(plan),
            groups: vec![],
            sets: vec![vec![]],
            aggregates: vec![aggregate],
        };
        let plan = Plan::new(node, vec![Field::new(name, ty)]);
        Ok(scalar(plan, ty))
    }

    /// An aggregate by PostgreSQL's function for it, `jsonb`'s if that is to be returned.
    fn json_aggregate(
        &self,
        name: &str,
        args: Vec<ast::Node>,
        constructor: &ast::JsonAggConstructor,
        scope: &Scope,
    ) -> Result<Expr> {
        let at = constructor.location;
        let returning = Returning::of(constructor.output.as_ref(), PgType::new(oid::JSON), at)?;
        let kind = if returning.ty.oid == oid::JSONB { "jsonb" } else { "json" };
        let word =
            |text: String| ast::Node { node: Some(NodeEnum::String(ast::String { sval: text })) };
        let call = ast::FuncCall {
            funcname: vec![word("pg_catalog".into()), word(format!("{kind}_{name}"))],
            args,
            agg_order: constructor.agg_order.clone(),
            agg_filter: constructor.agg_filter.clone(),
            over: constructor.over.clone(),
            location: at,
            ..Default::default()
        };
        let made = self.function_call(&call, scope)?;
        self.json_bytes(made, &returning)
    }
}
