//! Operators, and the syntax that stands for them: IN, BETWEEN, LIKE, IS DISTINCT FROM, ANY.

use super::{
    Binder, Mention,
    expr::operator_name,
    inner, required,
    resolve::{Choice, choose},
    scope::Scope,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        catalog::function_schema,
        functions::{Operator, registry},
        ir::{Call, Expr},
        parse::{NodeEnum, ast},
    },
    storage::catalog::PG_CATALOG,
    types::{Datum, PgType, oid},
};

impl Binder<'_> {
    pub(super) fn operator_expr(&self, expr: &ast::AExpr, scope: &Scope) -> Result<Expr> {
        use ast::AExprKind as Kind;
        let name = operator_name(&expr.name)?;
        let at = expr.location;
        match expr.kind() {
            Kind::AexprOp => self.plain_operator(expr, name, scope),
            Kind::AexprOpAny => self.any_array(expr, name, false, scope),
            Kind::AexprOpAll => self.any_array(expr, name, true, scope),
            Kind::AexprDistinct | Kind::AexprNotDistinct => {
                let negated = expr.kind() == Kind::AexprNotDistinct;
                let (left, right) = self.both(expr, scope)?;
                self.distinct(left, right, negated, at)
            }
            Kind::AexprNullif => {
                let (left, right) = self.both(expr, scope)?;
                let left = self.settle_unknown(left)?;
                let equal = self.operator_call("=", Some(left), right, at)?;
                // The value is what the operator sees.
                let value = equal.args[0].clone();
                let ty = value.ty();
                Ok(Expr::NullIf { equal: Box::new(equal), value: Box::new(value), ty })
            }
            Kind::AexprIn => self.in_list(expr, name, scope),
            Kind::AexprLike | Kind::AexprIlike | Kind::AexprSimilar => {
                let (left, right) = self.both(expr, scope)?;
                self.operator(name, Some(left), right, at)
            }
            Kind::AexprBetween
            | Kind::AexprNotBetween
            | Kind::AexprBetweenSym
            | Kind::AexprNotBetweenSym => self.between(expr, scope),
            Kind::Undefined => Err(PgError::internal("undefined operator expression")),
        }
    }

    fn both(&self, expr: &ast::AExpr, scope: &Scope) -> Result<(Expr, Expr)> {
        Ok((self.expr(required(&expr.lexpr)?, scope)?, self.expr(required(&expr.rexpr)?, scope)?))
    }

    fn plain_operator(&self, expr: &ast::AExpr, name: &str, scope: &Scope) -> Result<Expr> {
        let right = required(&expr.rexpr)?;
        let Some(left) = expr.lexpr.as_deref() else {
            let operand = self.expr(right, scope)?;
            return self.operator(name, None, operand, expr.location);
        };
        // `(a, b) < (SELECT ...)`
        if let (NodeEnum::RowExpr(row), NodeEnum::SubLink(link)) = (inner(left)?, inner(right)?)
            && link.sub_link_type() == ast::SubLinkType::ExprSublink
        {
            return self.row_against_subquery(row, link, name, scope);
        }
        let (left, right) = self.both(expr, scope)?;
        self.operator(name, Some(left), right, expr.location)
    }

    /// An operator over bound operands; rows compare field by field.
    pub(super) fn operator(
        &self,
        name: &str,
        left: Option<Expr>,
        right: Expr,
        at: i32,
    ) -> Result<Expr> {
        match (left, right) {
            (Some(Expr::Row(left, ty)), Expr::Row(right, other)) if is_constructed(ty, other) => {
                self.compare_rows(name, left, right, at)
            }
            (left, right) => Ok(Expr::Call(Box::new(self.operator_call(name, left, right, at)?))),
        }
    }

    /// Resolves an operator and brings its operands to the operator's types.
    ///
    /// Errors: 42883 `operator does not exist: integer + text`; 42725 if it is not unique.
    pub(super) fn operator_call(
        &self,
        name: &str,
        left: Option<Expr>,
        right: Expr,
        at: i32,
    ) -> Result<Call> {
        let given: Vec<PgType> = left.iter().chain([&right]).map(|operand| operand.ty()).collect();
        let operator = self.resolve_operator(name, left.is_some(), &given, at)?;
        let declared: Vec<Oid> = operator.left.into_iter().chain([operator.right]).collect();
        let function = registry().exact(operator.function, &declared).ok_or_else(|| {
            PgError::internal(format!("operator {name} has no function {}", operator.function))
        })?;
        if function_schema(function) != PG_CATALOG {
            self.note(at, || Mention::Operator);
        }
        let (ty, polymorphic) = self.result_type(&declared, operator.result, &given, at)?;
        let args = left
            .into_iter()
            .chain([right])
            .zip(&declared)
            .map(|(operand, declared)| {
                let target = polymorphic.actual(*declared).unwrap_or(PgType::TEXT);
                self.coerce_implicit(operand, target).map_err(|error| error.at(at))
            })
            .collect::<Result<_>>()?;
        Ok(Call { function: function.clone(), args, ty, location: at, spread: false })
    }

    fn resolve_operator(
        &self,
        name: &str,
        binary: bool,
        given: &[PgType],
        at: i32,
    ) -> Result<&'static Operator> {
        let operators = registry().operators(name);
        let fitting: Vec<&Operator> =
            operators.iter().filter(|operator| operator.left.is_some() == binary).collect();
        let candidates: Vec<Vec<Oid>> = fitting
            .iter()
            .map(|operator| operator.left.into_iter().chain([operator.right]).collect())
            .collect();
        let types: Vec<Oid> = given.iter().map(|ty| ty.oid).collect();
        // An unknown operand is first assumed to be of the other's type.
        if let [left, right] = types.as_slice() {
            let assumed = match (*left, *right) {
                (oid::UNKNOWN, oid::UNKNOWN) => None,
                (oid::UNKNOWN, known) | (known, oid::UNKNOWN) => Some([known, known]),
                _ => None,
            };
            if let Some(assumed) = assumed
                && let Some(exact) = candidates.iter().position(|candidate| *candidate == assumed)
            {
                return Ok(fitting[exact]);
            }
        }
        match choose(&candidates, &types) {
            Choice::One(index) => Ok(fitting[index]),
            Choice::Ambiguous => Err(PgError::new(
                sqlstate::AMBIGUOUS_FUNCTION,
                format!("operator is not unique: {}", self.show_operator(name, given)),
            )
            .hint(
                "Could not choose a best candidate operator. You might need to add explicit type casts.",
            )
            .at(at)),
            Choice::None => Err(PgError::new(
                sqlstate::UNDEFINED_FUNCTION,
                format!("operator does not exist: {}", self.show_operator(name, given)),
            )
            .hint(if binary {
                "No operator matches the given name and argument types. You might need to add explicit type casts."
            } else {
                "No operator matches the given name and argument type. You might need to add an explicit type cast."
            })
            .at(at)),
        }
    }

    fn show_operator(&self, name: &str, given: &[PgType]) -> String {
        match given {
            [left, right] => {
                format!("{} {name} {}", self.type_name(*left), self.type_name(*right))
            }
            [only] => format!("{name} {}", self.type_name(*only)),
            _ => name.to_owned(),
        }
    }

    pub(super) fn distinct(&self, left: Expr, right: Expr, negated: bool, at: i32) -> Result<Expr> {
        let is_null =
            |expr: &Expr| matches!(expr, Expr::Const(Datum::Null, ty) if ty.oid == oid::UNKNOWN);
        match (left, right) {
            (Expr::Row(left, ty), Expr::Row(right, other)) if is_constructed(ty, other) => {
                self.check_row_widths(&left, &right, at)?;
                let tests = left
                    .into_iter()
                    .zip(right)
                    .map(|(left, right)| self.distinct(left, right, negated, at))
                    .collect::<Result<_>>()?;
                Ok(if negated { Expr::And(tests) } else { Expr::Or(tests) })
            }
            (other, null) | (null, other) if is_null(&null) => {
                let other = self.settle_unknown(other)?;
                Ok(Expr::IsNull { input: Box::new(other), negated: !negated })
            }
            (left, right) => {
                let equal = self.operator_call("=", Some(left), right, at)?;
                Ok(Expr::Distinct { equal: Box::new(equal), negated })
            }
        }
    }

    fn between(&self, expr: &ast::AExpr, scope: &Scope) -> Result<Expr> {
        use ast::AExprKind as Kind;
        let at = expr.location;
        let value = self.expr(required(&expr.lexpr)?, scope)?;
        let NodeEnum::List(bounds) = inner(required(&expr.rexpr)?)? else {
            return Err(PgError::internal("BETWEEN without bounds"));
        };
        let bounds = self.exprs(&bounds.items, scope)?;
        let [lower, upper] = <[Expr; 2]>::try_from(bounds)
            .map_err(|_| PgError::internal("BETWEEN needs two bounds"))?;
        let compare =
            |name: &str, bound: &Expr| self.operator(name, Some(value.clone()), bound.clone(), at);
        let within = |lower: &Expr, upper: &Expr| -> Result<Expr> {
            Ok(Expr::And(vec![compare(">=", lower)?, compare("<=", upper)?]))
        };
        let outside = |lower: &Expr, upper: &Expr| -> Result<Expr> {
            Ok(Expr::Or(vec![compare("<", lower)?, compare(">", upper)?]))
        };
        Ok(match expr.kind() {
            Kind::AexprBetween => within(&lower, &upper)?,
            Kind::AexprNotBetween => outside(&lower, &upper)?,
            Kind::AexprBetweenSym => {
                Expr::Or(vec![within(&lower, &upper)?, within(&upper, &lower)?])
            }
            _ => Expr::And(vec![outside(&lower, &upper)?, outside(&upper, &lower)?]),
        })
    }

    /// `x IN (a, b, c)`: one array test where the list has one type, else a chain of comparisons.
    fn in_list(&self, expr: &ast::AExpr, name: &str, scope: &Scope) -> Result<Expr> {
        let at = expr.location;
        let negated = name == "<>";
        let value = self.expr(required(&expr.lexpr)?, scope)?;
        let NodeEnum::List(list) = inner(required(&expr.rexpr)?)? else {
            return Err(PgError::internal("IN without a list"));
        };
        let items = self.exprs(&list.items, scope)?;
        let rows = matches!(value, Expr::Row(..))
            || items.iter().any(|item| matches!(item, Expr::Row(..)));
        if !rows && items.len() > 1 {
            let all: Vec<&Expr> = [&value].into_iter().chain(&items).collect();
            if let Ok(common) = self.common_type(&all, "IN")
                && let Some(array_type) = oid::array_of(common.oid)
            {
                let element = PgType::new(common.oid);
                let elements = items
                    .into_iter()
                    .map(|item| self.coerce_implicit(item, element))
                    .collect::<Result<_>>()?;
                let array = Expr::Array { elements, nested: false, ty: PgType::new(array_type) };
                return self.array_test(name, value, array, element, negated, at);
            }
        }
        let tests = items
            .into_iter()
            .map(|item| self.operator(name, Some(value.clone()), item, at))
            .collect::<Result<Vec<_>>>()?;
        Ok(if negated { Expr::And(tests) } else { Expr::Or(tests) })
    }

    /// `x op ANY (array)`, `x op ALL (array)`.
    fn any_array(&self, expr: &ast::AExpr, name: &str, all: bool, scope: &Scope) -> Result<Expr> {
        let at = expr.location;
        let (value, mut array) = self.both(expr, scope)?;
        if array.ty().oid == oid::UNKNOWN {
            let given = value.ty();
            let element = match given.oid {
                oid::UNKNOWN => oid::TEXT,
                // What the operator has on its right: tsquery for `tsvector @@ ANY ('{...}')`.
                known => {
                    match self.resolve_operator(name, true, &[given, PgType::UNKNOWN], at)?.right {
                        right if super::coerce::is_polymorphic(right) => known,
                        right => right,
                    }
                }
            };
            let target = oid::array_of(element).ok_or_else(|| not_an_array(at))?;
            array = self.coerce_implicit(array, PgType::new(target))?;
        }
        let element = oid::element_of(array.ty().oid).ok_or_else(|| not_an_array(at))?;
        self.array_test(name, value, array, PgType::new(element), all, at)
    }

    fn array_test(
        &self,
        name: &str,
        value: Expr,
        array: Expr,
        element: PgType,
        all: bool,
        at: i32,
    ) -> Result<Expr> {
        let call = self.operator_call(name, Some(value), Expr::Column(0, element), at)?;
        if call.ty.oid != oid::BOOL {
            return Err(PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                "op ANY/ALL (array) requires operator to yield boolean",
            )
            .at(at));
        }
        Ok(Expr::AnyArray { call: Box::new(call), array: Box::new(array), all })
    }

    pub(super) fn check_row_widths(&self, left: &[Expr], right: &[Expr], at: i32) -> Result<()> {
        if left.len() == right.len() {
            return Ok(());
        }
        Err(PgError::new(sqlstate::SYNTAX_ERROR, "unequal number of entries in row expressions")
            .at(at))
    }

    /// `(a, b) op (c, d)`: = and <> by fields, the others lexicographically.
    pub(super) fn compare_rows(
        &self,
        name: &str,
        left: Vec<Expr>,
        right: Vec<Expr>,
        at: i32,
    ) -> Result<Expr> {
        self.check_row_widths(&left, &right, at)?;
        let pairs: Vec<(Expr, Expr)> = left.into_iter().zip(right).collect();
        let compare = |name: &str, (left, right): &(Expr, Expr)| {
            self.operator(name, Some(left.clone()), right.clone(), at)
        };
        match name {
            "=" => {
                Ok(Expr::And(pairs.iter().map(|pair| compare("=", pair)).collect::<Result<_>>()?))
            }
            "<>" => {
                Ok(Expr::Or(pairs.iter().map(|pair| compare("<>", pair)).collect::<Result<_>>()?))
            }
            "<" | "<=" | ">" | ">=" => {
                let strict = &name[..1];
                let (last, front) = pairs
                    .split_last()
                    .ok_or_else(|| PgError::internal("comparison of empty rows"))?;
                // (a, b) < (c, d)  is  a < c OR (a = c AND b < d)
                let mut result = compare(name, last)?;
                for pair in front.iter().rev() {
                    result = Expr::Or(vec![
                        compare(strict, pair)?,
                        Expr::And(vec![compare("=", pair)?, result]),
                    ]);
                }
                Ok(result)
            }
            _ => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("could not determine interpretation of row comparison operator {name}"),
            )
            .at(at)),
        }
    }
}

/// Whether two rows were written as `ROW(...)`, whose comparison is one of their fields; whole rows of
/// tables are values, in which NULLs equal each other.
fn is_constructed(one: PgType, other: PgType) -> bool {
    one.typmod == -1 && other.typmod == -1
}

fn not_an_array(at: i32) -> PgError {
    PgError::new(
        sqlstate::WRONG_OBJECT_TYPE,
        "op ANY/ALL (array) requires array on right side".to_owned(),
    )
    .at(at)
}
