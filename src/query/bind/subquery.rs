//! Subqueries in expressions.

use std::sync::Arc;

use super::{Binder, expr::operator_name, inner, required, scope::Scope};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        ir::{Expr, Node, Plan, SetExpr, Subquery, SubqueryKind},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid},
};

/// While binding, a subquery's columns in the test of ANY and ALL stand here; [`settle_tests`] moves
/// them behind the row's own columns, once it is known how many those are.
const TEST_COLUMN: usize = 6 << 32;

/// What PostgreSQL calls a clause that must do without subqueries.
fn without_subqueries(clause: &str) -> Option<&'static str> {
    Some(match clause {
        "DEFAULT expressions" => "DEFAULT expression",
        "COPY FROM WHERE conditions" => "COPY FROM WHERE condition",
        "index expressions" => "index expression",
        "index predicate" => "index predicate",
        "check constraints" => "check constraint",
        "column generation expressions" => "column generation expression",
        "transform expressions" => "transform expression",
        "EXECUTE" => "EXECUTE parameter",
        _ => return None,
    })
}

impl Binder<'_> {
    pub(super) fn sub_link(&self, link: &ast::SubLink, scope: &Scope) -> Result<Expr> {
        use ast::SubLinkType as Kind;
        let at = link.location;
        let NodeEnum::SelectStmt(select) = inner(required(&link.subselect)?)? else {
            return Err(PgError::internal("subquery expected"));
        };
        if let Some(place) = without_subqueries(scope.clause) {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("cannot use subquery in {place}"),
            )
            .at(at));
        }
        let inside = Scope { bar: Some("a subquery"), ..scope.child() };
        let plan = self.bind_select(select, &inside)?;
        let one_column = |plan: &Plan| match plan.fields.as_ref() {
            [only] => Ok(only.ty),
            _ => {
                Err(PgError::new(sqlstate::SYNTAX_ERROR, "subquery must return only one column")
                    .at(at))
            }
        };
        match link.sub_link_type() {
            Kind::ExistsSublink => Ok(subquery(SubqueryKind::Exists, plan, PgType::BOOL)),
            Kind::ExprSublink => {
                let ty = one_column(&plan)?;
                Ok(subquery(SubqueryKind::Scalar, plan, ty))
            }
            Kind::ArraySublink => {
                let ty = one_column(&plan)?;
                // Arrays make one more dimension of the same type.
                let own = oid::is_array(ty.oid) && !oid::is_blank_separated(ty.oid);
                let array = oid::array_of(ty.oid).or(own.then_some(ty.oid)).ok_or_else(|| {
                    PgError::new(
                        sqlstate::UNDEFINED_OBJECT,
                        format!("could not find array type for data type {}", self.type_name(ty)),
                    )
                })?;
                Ok(subquery(SubqueryKind::Array, plan, PgType::new(array)))
            }
            Kind::AnySublink | Kind::AllSublink => {
                let name =
                    if link.oper_name.is_empty() { "=" } else { operator_name(&link.oper_name)? };
                let left = match inner(required(&link.testexpr)?)? {
                    NodeEnum::RowExpr(row) => self.exprs(&row.args, scope)?,
                    _ => vec![self.expr(required(&link.testexpr)?, scope)?],
                };
                let test = self.test(name, left, &plan, at)?;
                let all = link.sub_link_type() == Kind::AllSublink;
                let test = Box::new(test);
                let kind = if all {
                    SubqueryKind::All { test, outer_width: TEST_COLUMN }
                } else {
                    SubqueryKind::Any { test, outer_width: TEST_COLUMN }
                };
                Ok(subquery(kind, plan, PgType::BOOL))
            }
            Kind::RowcompareSublink
            | Kind::MultiexprSublink
            | Kind::CteSublink
            | Kind::Undefined => Err(PgError::unsupported("this form of subquery").at(at)),
        }
    }

    /// `(a, b) op (SELECT x, y)`: one row at the most; none is NULL.
    pub(super) fn row_against_subquery(
        &self,
        row: &ast::RowExpr,
        link: &ast::SubLink,
        name: &str,
        scope: &Scope,
    ) -> Result<Expr> {
        let NodeEnum::SelectStmt(select) = inner(required(&link.subselect)?)? else {
            return Err(PgError::internal("subquery expected"));
        };
        let inside = Scope { bar: Some("a subquery"), ..scope.child() };
        let plan = self.bind_select(select, &inside)?;
        let left = self.exprs(&row.args, scope)?;
        let test = self.test(name, left, &plan, link.location)?;
        let kind = SubqueryKind::Any { test: Box::new(test), outer_width: TEST_COLUMN };
        Ok(subquery(kind, plan, PgType::BOOL))
    }

    /// The comparison of the outer values with the subquery's columns.
    fn test(&self, name: &str, left: Vec<Expr>, plan: &Plan, at: i32) -> Result<Expr> {
        let right: Vec<Expr> = plan
            .fields
            .iter()
            .enumerate()
            .map(|(position, field)| Expr::Column(TEST_COLUMN + position, field.ty))
            .collect();
        match (left.len(), right.len()) {
            (1, 1) => {
                let (mut left, mut right) = (left, right);
                self.operator(name, left.pop(), right.remove(0), at)
            }
            (left_width, right_width) if left_width == right_width => {
                self.compare_rows(name, left, right, at)
            }
            (left_width, right_width) => Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                if left_width < right_width {
                    "subquery has too many columns"
                } else {
                    "subquery has too few columns"
                },
            )
            .at(at)),
        }
    }
}

/// A scalar subquery over a plan of one column.
/// The rows of a plan whose only column is a row.
pub(super) fn array_of_rows(plan: Plan) -> Expr {
    subquery(SubqueryKind::Array, plan, PgType::new(oid::RECORD_ARRAY))
}

/// The values of a plan's only column, whose type has an array type.
pub(super) fn only_column_array(plan: Plan, element: Oid) -> Expr {
    let array = oid::array_of(element).unwrap_or(oid::RECORD_ARRAY);
    subquery(SubqueryKind::Array, plan, PgType::new(array))
}

pub(super) fn scalar(plan: Plan, ty: PgType) -> Expr {
    subquery(SubqueryKind::Scalar, plan, ty)
}

fn subquery(kind: SubqueryKind, mut plan: Plan, ty: PgType) -> Expr {
    let mut correlated = false;
    plan.walk_mut(1, &mut |expr, level| {
        correlated |= matches!(expr, Expr::Outer { levels, .. } if *levels >= level);
    });
    Expr::Subquery(Arc::new(Subquery { kind, plan, correlated, ty }))
}

/// Gives every ANY and ALL test below `plan` its row's real width.
pub(super) fn settle_tests(plan: &mut Plan) {
    let settle = |expr: &mut Expr, width: usize| settle_expr(expr, width);
    match &mut plan.node {
        Node::Empty | Node::System(_) | Node::CteScan { .. } => {}
        Node::Scan(scan) => {
            let width = plan.fields.len();
            scan.filter.iter_mut().for_each(|filter| settle(filter, width));
        }
        Node::Values(rows) => rows.iter_mut().flatten().for_each(|expr| settle(expr, 0)),
        Node::FunctionScan { call, .. } => call.args.iter_mut().for_each(|arg| settle(arg, 0)),
        Node::Filter { input, predicate } => {
            settle_tests(input);
            settle(predicate, input.fields.len());
        }
        Node::Project { input, exprs } => {
            settle_tests(input);
            exprs.iter_mut().for_each(|expr| settle(expr, input.fields.len()));
        }
        Node::ProjectSet { input, exprs } => {
            settle_tests(input);
            let width = input.fields.len();
            for expr in exprs {
                match expr {
                    SetExpr::Scalar(expr) => settle(expr, width),
                    SetExpr::Set(call) => call.args.iter_mut().for_each(|arg| settle(arg, width)),
                }
            }
        }
        Node::Join { left, right, on, .. } => {
            settle_tests(left);
            settle_tests(right);
            let width = left.fields.len() + right.fields.len();
            on.iter_mut().for_each(|on| settle(on, width));
        }
        Node::Aggregate { input, groups, aggregates, .. } => {
            settle_tests(input);
            let width = input.fields.len();
            groups.iter_mut().for_each(|expr| settle(expr, width));
            for aggregate in aggregates {
                let keys = aggregate.order.iter_mut().map(|key| &mut key.expr);
                aggregate
                    .args
                    .iter_mut()
                    .chain(&mut aggregate.filter)
                    .chain(keys)
                    .for_each(|expr| settle(expr, width));
            }
        }
        Node::Window { input, calls } => {
            settle_tests(input);
            let width = input.fields.len();
            for call in calls {
                let keys = call.order.iter_mut().map(|key| &mut key.expr);
                call.args
                    .iter_mut()
                    .chain(&mut call.filter)
                    .chain(&mut call.partition)
                    .chain(keys)
                    .for_each(|expr| settle(expr, width));
            }
        }
        Node::Sort { input, keys } => {
            settle_tests(input);
            keys.iter_mut().for_each(|key| settle(&mut key.expr, input.fields.len()));
        }
        Node::Limit { input, limit, offset, .. } => {
            settle_tests(input);
            limit.iter_mut().chain(offset).for_each(|expr| settle(expr, 0));
        }
        Node::Distinct { input } | Node::LockRows { input, .. } => settle_tests(input),
        Node::DistinctOn { input, on } => {
            settle_tests(input);
            on.iter_mut().for_each(|expr| settle(expr, input.fields.len()));
        }
        Node::SetOp { left, right, .. } => {
            settle_tests(left);
            settle_tests(right);
        }
        Node::With { ctes, body } => {
            for cte in ctes {
                settle_tests(&mut cte.plan);
                if let Some((term, _)) = &mut cte.recursive {
                    settle_tests(term);
                }
            }
            settle_tests(body);
        }
        // Rules make these, after binding.
        Node::Knn(_) | Node::TextSearch(_) | Node::IndexScan(_) | Node::InvertedScan(_) => {}
    }
}

/// The same for one expression over a row of `width` columns.
pub(super) fn settle_expr(expr: &mut Expr, width: usize) {
    expr.children_mut(&mut |child| settle_expr(child, width));
    match expr {
        Expr::Subquery(subquery) => {
            let subquery = Arc::make_mut(subquery);
            settle_tests(&mut subquery.plan);
            if let SubqueryKind::Any { test, outer_width } | SubqueryKind::All { test, outer_width } =
                &mut subquery.kind
                && *outer_width == TEST_COLUMN
            {
                *outer_width = width;
                test.walk_mut(0, &mut |expr, level| {
                    if let Expr::Column(at, _) = expr
                        && level == 0
                        && *at >= TEST_COLUMN
                    {
                        *at = *at - TEST_COLUMN + width;
                    }
                });
            }
        }
        Expr::ArrayCoerce { element, .. } => settle_expr(element, 1),
        _ => {}
    }
}
