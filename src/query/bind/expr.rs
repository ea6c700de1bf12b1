//! Scalar expressions.

use super::{
    Binder, inner,
    record::whole_row,
    required,
    resolve::array_over,
    scope::{Resolved, Scope, ScopeColumn, column_expr},
    string, strings,
    trace::Mention,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        ir::{BoolTest, Expr, Subscript},
        parse::{NodeEnum, ast},
    },
    types::{Datum, PgType, array::DIMENSIONS_MAX, oid},
};

impl Binder<'_> {
    /// Binds one expression in `scope`.
    pub(super) fn expr(&self, node: &ast::Node, scope: &Scope) -> Result<Expr> {
        match inner(node)? {
            NodeEnum::AConst(constant) => self.constant(constant),
            NodeEnum::ColumnRef(column) => self.column_ref(column, scope),
            NodeEnum::ParamRef(param) => self.param(param),
            NodeEnum::AExpr(expr) => self.operator_expr(expr, scope),
            NodeEnum::BoolExpr(expr) => self.bool_expr(expr, scope),
            NodeEnum::TypeCast(cast) => self.type_cast(cast, scope),
            NodeEnum::FuncCall(call) => self.function_call(call, scope),
            NodeEnum::SubLink(link) => self.sub_link(link, scope),
            NodeEnum::NullTest(test) => self.null_test(test, scope),
            NodeEnum::BooleanTest(test) => self.boolean_test(test, scope),
            NodeEnum::CaseExpr(case) => self.without_sets(scope, "CASE", || self.case(case, scope)),
            NodeEnum::CoalesceExpr(coalesce) => {
                let bind = || self.common_args(&coalesce.args, scope, "COALESCE");
                let (args, ty) = self.without_sets(scope, "COALESCE", bind)?;
                Ok(Expr::Coalesce(args, ty))
            }
            NodeEnum::MinMaxExpr(extreme) => {
                let greatest = extreme.op() == ast::MinMaxOp::IsGreatest;
                let construct = if greatest { "GREATEST" } else { "LEAST" };
                let (args, ty) = self.common_args(&extreme.args, scope, construct)?;
                Ok(Expr::Extreme { greatest, args, ty })
            }
            NodeEnum::AArrayExpr(array) => self.array(array, None, scope),
            NodeEnum::RowExpr(row) => self.row(row, scope),
            NodeEnum::AIndirection(indirection) => self.indirection(indirection, scope),
            NodeEnum::SqlvalueFunction(function) => self.sql_value(function, scope),
            NodeEnum::CollateClause(clause) => self.collate(clause, scope),
            NodeEnum::GroupingFunc(grouping) => self.grouping(grouping, scope),
            NodeEnum::JsonIsPredicate(predicate) => self.json_predicate(predicate, scope),
            NodeEnum::NamedArgExpr(_) => Err(PgError::unsupported("named arguments")),
            NodeEnum::SetToDefault(default) => {
                Err(PgError::new(sqlstate::SYNTAX_ERROR, "DEFAULT is not allowed in this context")
                    .at(default.location))
            }
            NodeEnum::AStar(_) => {
                err!(SYNTAX_ERROR, "row expansion via \"*\" is not supported here")
            }
            NodeEnum::XmlExpr(_) | NodeEnum::XmlSerialize(_) => Err(PgError::unsupported("XML")),
            NodeEnum::CurrentOfExpr(_) => Err(PgError::unsupported("WHERE CURRENT OF")),
            NodeEnum::JsonFuncExpr(_) => Err(PgError::unsupported("SQL/JSON query functions")),
            other => match self.json_constructor(other, scope)? {
                Some(made) => Ok(made),
                None => Err(PgError::unsupported(format!("expression {}", node_name(other)))),
            },
        }
    }

    pub(super) fn exprs(&self, nodes: &[ast::Node], scope: &Scope) -> Result<Vec<Expr>> {
        nodes.iter().map(|node| self.expr(node, scope)).collect()
    }

    /// A condition of `clause`.
    pub(super) fn condition(&self, node: &ast::Node, scope: &Scope, clause: &str) -> Result<Expr> {
        self.coerce_bool(self.expr(node, scope)?, clause).map_err(|error| error.at(location(node)))
    }

    /// Arguments brought to their common type.
    fn common_args(
        &self,
        nodes: &[ast::Node],
        scope: &Scope,
        construct: &str,
    ) -> Result<(Vec<Expr>, PgType)> {
        let args = self.exprs(nodes, scope)?;
        let ty = self.common_type(&args.iter().collect::<Vec<_>>(), construct)?;
        let args = args
            .into_iter()
            .map(|arg| self.coerce_common(arg, ty, construct))
            .collect::<Result<_>>()?;
        Ok((args, ty))
    }

    fn param(&self, param: &ast::ParamRef) -> Result<Expr> {
        let number = param.number;
        if number < 1 || number as usize > crate::base::limits::PARAMETERS_MAX {
            return Err(PgError::new(
                sqlstate::UNDEFINED_PARAMETER,
                format!("there is no parameter ${number}"),
            )
            .at(param.location));
        }
        let index = number as usize - 1;
        let mut params = self.params.borrow_mut();
        if params.len() <= index {
            params.resize(index + 1, PgType::UNKNOWN);
        }
        Ok(Expr::Param(index, params[index]))
    }

    fn column_ref(&self, column: &ast::ColumnRef, scope: &Scope) -> Result<Expr> {
        if let Some(NodeEnum::AStar(_)) = column.fields.last().and_then(|node| node.node.as_ref()) {
            return self.whole_row_star(column, scope);
        }
        if scope.clause == "DEFAULT expressions" {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "cannot use column reference in DEFAULT expression",
            )
            .at(column.location));
        }
        let names = strings(&column.fields)?;
        let found = match names.as_slice() {
            [name] => match scope.bare(name).map_err(|error| error.at(column.location))? {
                Some(Resolved::Column { levels, column: found }) => {
                    self.mention(found, column.location, scope)?;
                    Some(column_expr(levels, found))
                }
                Some(Resolved::Row { levels, item }) => Some(whole_row(levels, item)),
                None => match scope.items.as_slice() {
                    [item] if *name == "tableoid" => item.relation.map(relation_oid),
                    _ => None,
                },
            },
            [alias, name] => self.qualified(scope, None, alias, name, column.location)?,
            [schema, alias, name] => {
                self.qualified(scope, Some(schema), alias, name, column.location)?
            }
            [_, schema, alias, name] => {
                self.qualified(scope, Some(schema), alias, name, column.location)?
            }
            _ => None,
        };
        found.ok_or_else(|| {
            let shown = match names.as_slice() {
                [name] => format!("column \"{name}\" does not exist"),
                names => format!("column {} does not exist", names.join(".")),
            };
            PgError::new(sqlstate::UNDEFINED_COLUMN, shown).at(column.location)
        })
    }

    fn qualified(
        &self,
        scope: &Scope,
        schema: Option<&str>,
        alias: &str,
        name: &str,
        location: i32,
    ) -> Result<Option<Expr>> {
        let Some((levels, item)) = scope.item(schema, alias).map_err(|error| error.at(location))?
        else {
            // `composite_column.field`
            return Err(scope.missing(schema, alias).at(location));
        };
        let mut matching = item.columns.iter().filter(|column| column.name == name);
        let Some(column) = matching.next() else {
            return Ok(item.relation.filter(|_| name == "tableoid").map(relation_oid));
        };
        if matching.next().is_some() {
            return Err(PgError::new(
                sqlstate::AMBIGUOUS_COLUMN,
                format!("column reference \"{name}\" is ambiguous"),
            )
            .at(location));
        }
        self.mention(column, location, scope)?;
        Ok(Some(column_expr(levels, column)))
    }

    /// Notes the use of a column.
    ///
    /// Errors: 42P17 for a generated column in the expression of one.
    fn mention(&self, column: &ScopeColumn, location: i32, scope: &Scope) -> Result<()> {
        let Some(origin) = column.origin else { return Ok(()) };
        self.note(location, || Mention::Column { origin });
        if scope.clause == "column generation expressions"
            && let Some(table) = self.env.catalog.table(origin.0)
            && let Some(column) = table.columns.get(origin.1 as usize - 1)
            && column.generated.is_some()
        {
            return Err(PgError::new(
                sqlstate::INVALID_OBJECT_DEFINITION,
                format!(
                    "cannot use generated column \"{}\" in column generation expression",
                    column.name
                ),
            )
            .detail("A generated column cannot reference another generated column.")
            .at(location));
        }
        Ok(())
    }

    fn bool_expr(&self, expr: &ast::BoolExpr, scope: &Scope) -> Result<Expr> {
        let (name, make): (_, fn(Vec<Expr>) -> Expr) = match expr.boolop() {
            ast::BoolExprType::OrExpr => ("OR", Expr::Or),
            ast::BoolExprType::NotExpr => {
                let arg = expr.args.first().ok_or_else(|| PgError::internal("NOT of nothing"))?;
                return Ok(Expr::Not(Box::new(self.condition(arg, scope, "NOT")?)));
            }
            _ => ("AND", Expr::And),
        };
        let args = expr
            .args
            .iter()
            .map(|arg| self.condition(arg, scope, name))
            .collect::<Result<Vec<_>>>()?;
        Ok(make(args))
    }

    fn type_cast(&self, cast: &ast::TypeCast, scope: &Scope) -> Result<Expr> {
        let name = cast.type_name.as_ref().ok_or_else(|| PgError::internal("cast to nothing"))?;
        let target = match super::bind_type(name) {
            Ok(target) => target,
            Err(unknown) => self.row_type(name)?.ok_or(unknown)?,
        };
        if oid::is_vector(oid::element_of(target.oid).unwrap_or(target.oid)) {
            self.note(name.location, || Mention::Extended);
        }
        let arg = required(&cast.arg)?;
        // ARRAY[]::int[] gives its elements their type.
        if let (NodeEnum::AArrayExpr(array), true) = (inner(arg)?, oid::is_array(target.oid)) {
            let array = self.array(array, oid::element_of(target.oid).map(PgType::new), scope)?;
            return self.cast(array, target, cast.location);
        }
        let expr = self.expr(arg, scope)?;
        // A literal that cannot be read is shown itself, another value at its cast.
        let literal = expr.ty().oid == oid::UNKNOWN || cast.location < 0;
        self.cast(expr, target, if literal { location(arg) } else { cast.location })
    }

    fn null_test(&self, test: &ast::NullTest, scope: &Scope) -> Result<Expr> {
        let input = self.settle_unknown(self.expr(required(&test.arg)?, scope)?)?;
        let negated = test.nulltesttype() == ast::NullTestType::IsNotNull;
        // A row is null if all its fields are, and not null if none is.
        if let Expr::Row(fields, _) = input {
            let tests = fields
                .into_iter()
                .map(|field| Expr::IsNull { input: Box::new(field), negated })
                .collect();
            return Ok(Expr::And(tests));
        }
        Ok(Expr::IsNull { input: Box::new(input), negated })
    }

    fn boolean_test(&self, test: &ast::BooleanTest, scope: &Scope) -> Result<Expr> {
        use ast::BoolTestType as T;
        let (kind, negated, clause) = match test.booltesttype() {
            T::IsTrue | T::Undefined => (BoolTest::True, false, "IS TRUE"),
            T::IsNotTrue => (BoolTest::True, true, "IS NOT TRUE"),
            T::IsFalse => (BoolTest::False, false, "IS FALSE"),
            T::IsNotFalse => (BoolTest::False, true, "IS NOT FALSE"),
            T::IsUnknown => (BoolTest::Unknown, false, "IS UNKNOWN"),
            T::IsNotUnknown => (BoolTest::Unknown, true, "IS NOT UNKNOWN"),
        };
        let input = self.condition(required(&test.arg)?, scope, clause)?;
        Ok(Expr::IsBool { input: Box::new(input), test: kind, negated })
    }

    fn case(&self, case: &ast::CaseExpr, scope: &Scope) -> Result<Expr> {
        let subject = case.arg.as_deref().map(|arg| self.expr(arg, scope)).transpose()?;
        let subject = subject.map(|subject| self.settle_unknown(subject)).transpose()?;
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for branch in &case.args {
            let NodeEnum::CaseWhen(when) = inner(branch)? else {
                return Err(PgError::internal("CASE without WHEN"));
            };
            let condition = required(&when.expr)?;
            conditions.push(match &subject {
                None => self.condition(condition, scope, "CASE/WHEN")?,
                Some(subject) => {
                    let value = self.expr(condition, scope)?;
                    let call =
                        self.operator_call("=", Some(subject.clone()), value, when.location)?;
                    self.coerce_bool(Expr::Call(Box::new(call)), "CASE/WHEN")?
                }
            });
            results.push(self.expr(required(&when.result)?, scope)?);
        }
        // PostgreSQL looks at the default first.
        let otherwise = case.defresult.as_deref().map(|node| self.expr(node, scope)).transpose()?;
        let all: Vec<&Expr> = otherwise.iter().chain(&results).collect();
        let ty = self.common_type(&all, "CASE")?;
        let branches = conditions
            .into_iter()
            .zip(results)
            .map(|(condition, result)| {
                Ok((condition, self.coerce_common(result, ty, "CASE/WHEN")?))
            })
            .collect::<Result<_>>()?;
        let otherwise = otherwise
            .map(|expr| self.coerce_common(expr, ty, "CASE/ELSE").map(Box::new))
            .transpose()?;
        Ok(Expr::Case { branches, otherwise, ty })
    }

    /// `ARRAY[...]`; `wanted` is the element type a cast around it gives.
    fn array(
        &self,
        array: &ast::AArrayExpr,
        wanted: Option<PgType>,
        scope: &Scope,
    ) -> Result<Expr> {
        let elements = array
            .elements
            .iter()
            .map(|element| match inner(element)? {
                NodeEnum::AArrayExpr(nested) => self.array(nested, wanted, scope),
                _ => self.expr(element, scope),
            })
            .collect::<Result<Vec<_>>>()?;
        // A string among arrays is an array, too.
        let nested = elements.iter().any(|element| oid::is_array(element.ty().oid));
        let element_type = match (wanted, elements.is_empty()) {
            (Some(wanted), _) if !nested => wanted,
            (None, true) => {
                return Err(PgError::new(
                    sqlstate::INDETERMINATE_DATATYPE,
                    "cannot determine type of empty array",
                )
                .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
                .at(array.location));
            }
            _ => self
                .common_type(&elements.iter().collect::<Vec<_>>(), "ARRAY")
                .map_err(|error| error.at(array.location))?,
        };
        let array_type = if nested {
            element_type
        } else {
            array_over(element_type).ok_or_else(|| {
                PgError::new(
                    sqlstate::UNDEFINED_OBJECT,
                    format!(
                        "could not find array type for data type {}",
                        self.type_name(element_type)
                    ),
                )
            })?
        };
        let element_type = match element_type.oid {
            oid::RECORD => element_type,
            other => PgType::new(other),
        };
        let elements = elements
            .into_iter()
            .map(|element| match wanted {
                Some(_) if !nested => self.cast(element, element_type, array.location),
                _ => self.coerce_common(element, element_type, "ARRAY"),
            })
            .collect::<Result<_>>()?;
        Ok(Expr::Array { elements, nested, ty: array_type })
    }

    pub(super) fn indirection(
        &self,
        indirection: &ast::AIndirection,
        scope: &Scope,
    ) -> Result<Expr> {
        let arg = required(&indirection.arg)?;
        let mut expr = self.expr(arg, scope)?;
        let mut subscripts = Vec::new();
        for step in &indirection.indirection {
            match inner(step)? {
                NodeEnum::AIndices(indices) => subscripts.push(indices.as_ref()),
                NodeEnum::String(field) => {
                    expr = self.subscripts(
                        expr,
                        std::mem::take(&mut subscripts),
                        location(arg),
                        scope,
                    )?;
                    expr = self.field(expr, &field.sval, row_of(arg), location(arg))?;
                }
                _ => {
                    return err!(SYNTAX_ERROR, "row expansion via \"*\" is not supported here");
                }
            }
        }
        self.subscripts(expr, subscripts, location(arg), scope)
    }

    fn subscripts(
        &self,
        input: Expr,
        indices: Vec<&ast::AIndices>,
        at: i32,
        scope: &Scope,
    ) -> Result<Expr> {
        if indices.is_empty() {
            return Ok(input);
        }
        let ty = input.ty();
        if ty.oid == oid::JSONB {
            // `jsonb['a'][0]` is `#>` of the path.
            let (path, _) = self.jsonb_path(&indices, scope)?;
            return Ok(Expr::Call(Box::new(self.operator_call("#>", Some(input), path, -1)?)));
        }
        let element = match ty.oid {
            oid::NAME => Some(oid::CHAR),
            ty => oid::element_of(ty),
        };
        let Some(element) = element else {
            return Err(self.not_subscriptable(ty).at(at));
        };
        if indices.len() > DIMENSIONS_MAX {
            return err!(
                PROGRAM_LIMIT_EXCEEDED,
                "number of array dimensions ({}) exceeds the maximum allowed ({DIMENSIONS_MAX})",
                indices.len()
            );
        }
        let slice = indices.iter().any(|index| index.is_slice);
        if slice && ty.oid == oid::NAME {
            return err!(FEATURE_NOT_SUPPORTED, "slices of fixed-length arrays not implemented");
        }
        let bound = |node: &Option<Box<ast::Node>>| {
            node.as_deref().map(|node| self.array_index(node, scope)).transpose()
        };
        let mut subscripts = Vec::new();
        for index in indices {
            let (lower, upper) = (bound(&index.lidx)?, bound(&index.uidx)?);
            subscripts.push(match (index.is_slice, lower, upper) {
                (true, lower, upper) => Subscript::Slice(lower, upper),
                // A plain subscript among slices means 1:n.
                (false, _, upper) if slice => {
                    Subscript::Slice(Some(Expr::Const(Datum::Int4(1), PgType::INT4)), upper)
                }
                (false, _, Some(index)) => Subscript::Index(index),
                (false, _, None) => return Err(PgError::internal("subscript without index")),
            });
        }
        let ty = if slice { ty } else { PgType::with_typmod(element, ty.typmod) };
        Ok(Expr::Subscript { input: Box::new(input), subscripts, ty })
    }

    fn collate(&self, clause: &ast::CollateClause, scope: &Scope) -> Result<Expr> {
        let names = strings(&clause.collname)?;
        match names.last() {
            // Text is ordered by bytes, which is what these collations mean.
            Some(&("C" | "POSIX" | "default" | "ucs_basic" | "C.UTF-8" | "pg_c_utf8")) => {
                self.expr(required(&clause.arg)?, scope)
            }
            Some(name) => Err(PgError::new(
                sqlstate::UNDEFINED_OBJECT,
                format!("collation \"{name}\" for encoding \"UTF8\" does not exist"),
            )
            .at(clause.location)),
            None => Err(PgError::internal("COLLATE without a name")),
        }
    }
}

/// `tableoid`: the same for all rows of a relation.
fn relation_oid(relation: crate::base::Oid) -> Expr {
    Expr::Const(Datum::Oid(relation.0), PgType::new(oid::OID))
}

/// The name alone, where that is all there is.
fn row_of(node: &ast::Node) -> Option<&str> {
    match &node.node {
        Some(NodeEnum::ColumnRef(column)) if column.fields.len() == 1 => {
            string(&column.fields[0]).ok()
        }
        _ => None,
    }
}

/// Where an expression starts in the query text; -1 if unknown.
pub(super) fn location(node: &ast::Node) -> i32 {
    match &node.node {
        Some(NodeEnum::AConst(node)) => node.location,
        Some(NodeEnum::ColumnRef(node)) => node.location,
        Some(NodeEnum::ParamRef(node)) => node.location,
        Some(NodeEnum::AExpr(node)) => match &node.lexpr {
            Some(left) => location(left),
            None => node.location,
        },
        Some(NodeEnum::BoolExpr(node)) => match node.args.first() {
            Some(first) if node.boolop() != ast::BoolExprType::NotExpr => location(first),
            _ => node.location,
        },
        Some(NodeEnum::TypeCast(node)) => match &node.arg {
            Some(arg) => location(arg),
            None => node.location,
        },
        Some(NodeEnum::FuncCall(node)) => node.location,
        Some(NodeEnum::SubLink(node)) => node.location,
        Some(NodeEnum::CaseExpr(node)) => node.location,
        Some(NodeEnum::CoalesceExpr(node)) => node.location,
        Some(NodeEnum::MinMaxExpr(node)) => node.location,
        Some(NodeEnum::AArrayExpr(node)) => node.location,
        Some(NodeEnum::RowExpr(node)) => node.location,
        Some(NodeEnum::NullTest(node)) => match &node.arg {
            Some(arg) => location(arg),
            None => node.location,
        },
        Some(NodeEnum::SqlvalueFunction(node)) => node.location,
        Some(NodeEnum::ResTarget(node)) => match &node.val {
            Some(value) => location(value),
            None => node.location,
        },
        Some(NodeEnum::AIndirection(node)) => match &node.arg {
            Some(arg) => location(arg),
            None => -1,
        },
        _ => -1,
    }
}

/// The node's kind, for messages about what is not supported.
fn node_name(node: &NodeEnum) -> String {
    let text = format!("{node:?}");
    text.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
}

/// The single name of an operator, schema dropped: `OPERATOR(pg_catalog.=)`.
pub(super) fn operator_name(names: &[ast::Node]) -> Result<&str> {
    names.last().map(string).unwrap_or_else(|| Err(PgError::internal("operator without a name")))
}
