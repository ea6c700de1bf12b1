//! Aggregates and grouping.
//!
//! While a query's expressions are bound, its aggregates, window calls and set-returning calls are
//! gathered in a [`Collected`], and stand in the expressions as placeholder columns far beyond any
//! real position. Once all are known, [`Collected::settle_groups`] and its kin rewrite the expressions
//! to positions in the output of the Aggregate, Window and ProjectSet operators.

use super::{Binder, function::Chosen, scope::Scope};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        functions::Volatility,
        ir::{Aggregate, Call, Expr, SortKey, WindowCall},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid},
};

/// Placeholder positions; no row is that wide.
const AGGREGATE: usize = 1 << 32;
const WINDOW: usize = 2 << 32;
const SET: usize = 3 << 32;
const GROUPING: usize = 4 << 32;
const END: usize = 5 << 32;

/// What one query level has gathered.
#[derive(Debug, Default)]
pub struct Collected {
    pub aggregates: Vec<Aggregate>,
    pub windows: Vec<WindowCall>,
    pub sets: Vec<Call>,
    pub groupings: Vec<Vec<Expr>>,
}

impl Collected {
    pub fn add_aggregate(&mut self, aggregate: Aggregate) -> Expr {
        let ty = aggregate.ty;
        let known = self.aggregates.iter().position(|other| same_aggregate(other, &aggregate));
        let index = known.unwrap_or_else(|| {
            self.aggregates.push(aggregate);
            self.aggregates.len() - 1
        });
        Expr::Column(AGGREGATE + index, ty)
    }

    pub fn add_window(&mut self, call: WindowCall) -> Expr {
        let ty = call.ty;
        self.windows.push(call);
        Expr::Column(WINDOW + self.windows.len() - 1, ty)
    }

    /// Equal calls go through their rows side by side: they are one, unless each run is another.
    pub fn add_set(&mut self, call: Call) -> Expr {
        let ty = call.ty;
        let call = Expr::Call(Box::new(call));
        let known = self.sets.iter().position(|other| {
            other.function.volatility != Volatility::Volatile
                && Expr::Call(Box::new(other.clone())).same(&call)
        });
        if let Some(known) = known {
            return Expr::Column(SET + known, ty);
        }
        let Expr::Call(call) = call else { unreachable!("just made") };
        self.sets.push(*call);
        Expr::Column(SET + self.sets.len() - 1, ty)
    }

    pub fn add_grouping(&mut self, args: Vec<Expr>) -> Expr {
        self.groupings.push(args);
        Expr::Column(GROUPING + self.groupings.len() - 1, PgType::INT4)
    }
}

fn same_aggregate(a: &Aggregate, b: &Aggregate) -> bool {
    let keys = |left: &[SortKey], right: &[SortKey]| {
        left.len() == right.len()
            && left.iter().zip(right).all(|(left, right)| {
                left.expr.same(&right.expr)
                    && left.descending == right.descending
                    && left.nulls_first == right.nulls_first
            })
    };
    let filters = match (&a.filter, &b.filter) {
        (None, None) => true,
        (Some(left), Some(right)) => left.same(right),
        _ => false,
    };
    a.function.oid == b.function.oid
        && a.distinct == b.distinct
        && a.within_group == b.within_group
        && filters
        && a.args.len() == b.args.len()
        && a.args.iter().zip(&b.args).all(|(left, right)| left.same(right))
        && keys(&a.order, &b.order)
        && !a.args.iter().any(is_volatile)
}

fn is_volatile(expr: &Expr) -> bool {
    expr.any(&mut |expr| match expr {
        Expr::Call(call) => {
            call.function.volatility == crate::query::functions::Volatility::Volatile
        }
        _ => false,
    })
}

/// The window calls that stand in the expression, by their number.
pub fn windows_in(expr: &Expr) -> Vec<usize> {
    placeholders(expr, WINDOW..SET)
}

fn placeholders(expr: &Expr, range: std::ops::Range<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    expr.walk(&mut |expr, level| {
        if let Expr::Column(at, _) = expr
            && level == 0
            && range.contains(at)
        {
            found.push(*at - range.start);
        }
    });
    found
}

/// The set-returning calls that stand in the expression, by their number.
pub fn sets_in(expr: &Expr) -> Vec<usize> {
    placeholders(expr, SET..GROUPING)
}

/// Moves window placeholders to their column behind `width` input columns.
pub fn settle_windows(expr: &mut Expr, width: usize) {
    settle(expr, WINDOW, SET, &|number| number + width);
}

/// Whether an expression has aggregates or windows of this level in it.
pub fn has_aggregates(expr: &Expr) -> bool {
    !placeholders(expr, AGGREGATE..SET).is_empty()
}

/// Whether an expression has window calls of this level in it.
pub fn has_windows(expr: &Expr) -> bool {
    !placeholders(expr, WINDOW..SET).is_empty()
}

/// The placeholder of a set, by its number.
pub fn set_placeholder(number: usize) -> usize {
    SET + number
}

/// Moves set placeholders to the columns that the sets have, by their number.
pub fn settle_sets(expr: &mut Expr, column_of: &dyn Fn(usize) -> usize) {
    settle(expr, SET, GROUPING, column_of);
}

fn settle(expr: &mut Expr, from: usize, to: usize, column_of: &dyn Fn(usize) -> usize) {
    expr.walk_mut(0, &mut |expr, level| match expr {
        Expr::Column(at, _) if level == 0 && (from..to).contains(at) => {
            *at = column_of(*at - from);
        }
        Expr::Outer { levels, column, .. }
            if level > 0 && *levels == level && (from..to).contains(column) =>
        {
            *column = column_of(*column - from);
        }
        _ => {}
    });
}

/// How expressions over the FROM row become expressions over the Aggregate's output.
pub struct Grouping<'g> {
    pub groups: &'g [Expr],
    pub aggregates: usize,
    pub groupings: &'g [Vec<Expr>],
    /// The name to blame for an ungrouped column, by FROM position.
    pub name_of: &'g dyn Fn(usize) -> String,
}

impl Grouping<'_> {
    /// Rewrites `expr`; `location` is where the target starts.
    ///
    /// Errors: 42803 `column "t.a" must appear in the GROUP BY clause or be used in an aggregate function`.
    pub fn settle(&self, expr: &mut Expr, location: i32) -> Result<()> {
        if let Some(index) = self.groups.iter().position(|group| group.same(expr)) {
            *expr = Expr::Column(index, expr.ty());
            return Ok(());
        }
        match expr {
            Expr::Column(at, _) if (AGGREGATE..WINDOW).contains(at) => {
                *at = *at - AGGREGATE + self.groups.len();
                Ok(())
            }
            Expr::Column(at, _) if (GROUPING..END).contains(at) => {
                *expr = self.grouping_bits(*at - GROUPING)?;
                Ok(())
            }
            Expr::Column(at, _) if *at >= WINDOW => Ok(()),
            Expr::Column(at, _) => Err(self.ungrouped(*at, location)),
            Expr::Subquery(_) => self.settle_subquery(expr, location),
            _ => {
                let mut failed = None;
                expr.children_mut(&mut |child| {
                    if failed.is_none() {
                        failed = self.settle(child, location).err();
                    }
                });
                failed.map_or(Ok(()), Err)
            }
        }
    }

    /// References from inside a subquery to this row can only be group expressions that are columns.
    fn settle_subquery(&self, expr: &mut Expr, location: i32) -> Result<()> {
        let mut failed = None;
        expr.walk_mut(0, &mut |inner, level| {
            let at = match inner {
                Expr::Outer { levels, column, .. } if *levels == level && level > 0 => column,
                Expr::Column(column, _) if level == 0 => column,
                _ => return,
            };
            let position = self
                .groups
                .iter()
                .position(|group| matches!(group, Expr::Column(column, _) if column == at));
            match position {
                Some(position) => *at = position,
                None if *at >= WINDOW => {}
                None if *at >= AGGREGATE => *at = *at - AGGREGATE + self.groups.len(),
                None => failed = failed.take().or(Some(self.ungrouped(*at, location))),
            }
        });
        failed.map_or(Ok(()), Err)
    }

    fn ungrouped(&self, at: usize, location: i32) -> PgError {
        PgError::new(
            sqlstate::GROUPING_ERROR,
            format!(
                "column \"{}\" must appear in the GROUP BY clause or be used in an aggregate function",
                (self.name_of)(at)
            ),
        )
        .at(location)
    }

    /// `GROUPING(...)` from the operator's bits: bit i of the last column is group i.
    fn grouping_bits(&self, index: usize) -> Result<Expr> {
        let bits = Expr::Column(self.groups.len() + self.aggregates, PgType::INT4);
        let mut total: Option<Expr> = None;
        for arg in &self.groupings[index] {
            let position =
                self.groups.iter().position(|group| group.same(arg)).ok_or_else(|| {
                    PgError::new(
                        sqlstate::GROUPING_ERROR,
                        "arguments to GROUPING must be grouping expressions of the associated query level",
                    )
                })?;
            let bit = int_call(
                "int4and",
                int_call("int4shr", bits.clone(), int_const(position as i32))?,
                int_const(1),
            )?;
            total = Some(match total {
                None => bit,
                Some(total) => int_call("int4or", int_call("int4shl", total, int_const(1))?, bit)?,
            });
        }
        Ok(total.unwrap_or_else(|| int_const(0)))
    }
}

fn int_const(value: i32) -> Expr {
    Expr::Const(crate::types::Datum::Int4(value), PgType::INT4)
}

fn int_call(name: &str, left: Expr, right: Expr) -> Result<Expr> {
    let function = crate::query::functions::registry()
        .exact(name, &[oid::INT4, oid::INT4])
        .ok_or_else(|| PgError::internal(format!("{name} is missing")))?;
    Ok(Expr::Call(Box::new(Call {
        function: function.clone(),
        args: vec![left, right],
        ty: PgType::INT4,
        location: -1,
        spread: false,
    })))
}

fn expressions_of(aggregate: &mut Aggregate) -> impl Iterator<Item = &mut Expr> {
    let keys = aggregate.order.iter_mut().map(|key| &mut key.expr);
    aggregate.args.iter_mut().chain(keys).chain(&mut aggregate.filter)
}

/// How many query levels up an aggregate belongs: to the nearest one whose columns it reads, and to
/// its own if it reads none.
fn belongs_to(aggregate: &mut Aggregate) -> usize {
    let mut nearest: Option<usize> = None;
    for expr in expressions_of(aggregate) {
        expr.walk_mut(0, &mut |expr, level| {
            let levels = match expr {
                Expr::Column(..) if level == 0 => 0,
                Expr::Outer { levels, .. } if *levels >= level && *levels > 0 => *levels - level,
                _ => return,
            };
            nearest = Some(nearest.map_or(levels, |nearest| nearest.min(levels)));
        });
    }
    nearest.unwrap_or(0)
}

/// Whether an aggregate of the query `levels` up stands in the expression.
fn holds_aggregate(expr: &Expr, levels: usize) -> bool {
    let mut found = false;
    expr.walk(&mut |expr, level| {
        found |= match expr {
            Expr::Column(at, _) => level == levels && (AGGREGATE..WINDOW).contains(at),
            Expr::Outer { levels: of, column, .. } => {
                *of == level + levels && *of > 0 && (AGGREGATE..WINDOW).contains(column)
            }
            _ => false,
        };
    });
    found
}

/// Rewrites an aggregate's expressions as they are `by` query levels further out.
fn move_out(aggregate: &mut Aggregate, by: usize) {
    for expr in expressions_of(aggregate) {
        expr.walk_mut(0, &mut |expr, level| {
            if let Expr::Outer { levels, column, ty } = expr
                && *levels >= level + by
            {
                let (left, column, ty) = (*levels - by, *column, *ty);
                *expr = match left {
                    0 => Expr::Column(column, ty),
                    levels => Expr::Outer { levels, column, ty },
                };
            }
        });
    }
}

/// Where the first ORDER BY expression stands that is no argument.
fn unlisted(call: &ast::FuncCall, order: &[SortKey], args: &[Expr]) -> i32 {
    let position = order.iter().position(|key| !args.iter().any(|arg| arg.same(&key.expr)));
    let node = position.and_then(|position| call.agg_order.get(position));
    match node.and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::SortBy(sort)) => sort.node.as_deref().map_or(-1, super::expr::location),
        _ => -1,
    }
}

impl Binder<'_> {
    pub(super) fn aggregate_call(
        &self,
        names: &[&str],
        call: &ast::FuncCall,
        scope: &Scope,
    ) -> Result<Expr> {
        let refused = |clause: &str| {
            let message = match clause {
                "aggregate" => "aggregate function calls cannot be nested".to_owned(),
                clause => format!("aggregate functions are not allowed in {clause}"),
            };
            PgError::new(sqlstate::GROUPING_ERROR, message).at(call.location)
        };
        let mut aggregate = self.bind_aggregate(names, call, &scope.for_clause("aggregate"))?;
        let levels = belongs_to(&mut aggregate);
        if expressions_of(&mut aggregate).any(|expr| holds_aggregate(expr, levels)) {
            return Err(refused("aggregate"));
        }
        let home = (0..levels).try_fold(scope, |scope, _| scope.parent);
        let home = home.ok_or_else(|| PgError::internal("an aggregate of no query"))?;
        let Some(sink) = &home.sink else { return Err(refused(home.clause)) };
        if levels == 0 {
            return Ok(sink.borrow_mut().add_aggregate(aggregate));
        }
        move_out(&mut aggregate, levels);
        match sink.borrow_mut().add_aggregate(aggregate) {
            Expr::Column(column, ty) => Ok(Expr::Outer { levels, column, ty }),
            other => Ok(other),
        }
    }

    /// The aggregate of a call; its arguments are bound in `scope`.
    pub(super) fn bind_aggregate(
        &self,
        names: &[&str],
        call: &ast::FuncCall,
        scope: &Scope,
    ) -> Result<Aggregate> {
        let at = call.location;
        let name = names.last().copied().unwrap_or_default();
        let mut args = self.exprs(&call.args, scope)?;
        let order = self.sort_keys_over(&call.agg_order, scope)?;
        if args.is_empty() && !call.agg_star && !call.agg_within_group && name == "count" {
            return Err(PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                "count(*) must be used to call a parameterless aggregate function",
            )
            .at(at));
        }
        let direct = args.len();
        if call.agg_within_group {
            args.extend(order.iter().map(|key| key.expr.clone()));
        }
        let given: Vec<PgType> = args.iter().map(Expr::ty).collect();
        let chosen: Chosen = self.choose_function(names, &given, call.func_variadic, at)?;
        let mut finished = self.finish_call(chosen, args, at)?;
        let mut order = order;
        if call.agg_within_group {
            let sorted = finished.args.split_off(direct);
            for (key, expr) in order.iter_mut().zip(sorted) {
                key.expr = expr;
            }
        }
        if call.agg_distinct && !order.is_empty() && !call.agg_within_group {
            let listed =
                order.iter().all(|key| finished.args.iter().any(|arg| arg.same(&key.expr)));
            if !listed {
                return Err(PgError::new(
                    sqlstate::INVALID_COLUMN_REFERENCE,
                    "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                )
                .at(unlisted(call, &order, &finished.args)));
            }
        }
        let filter = call
            .agg_filter
            .as_deref()
            .map(|node| self.condition(node, &scope.for_clause("FILTER"), "FILTER"))
            .transpose()?;
        Ok(Aggregate {
            function: finished.function,
            args: finished.args,
            distinct: call.agg_distinct,
            filter,
            order,
            within_group: call.agg_within_group,
            ty: finished.ty,
        })
    }
}
