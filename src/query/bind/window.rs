//! Window calls, windows and frames; ORDER BY keys.

use std::collections::HashMap;

use super::{
    Binder,
    aggregate::{Collected, sets_in, windows_in},
    inner, required,
    scope::Scope,
    special::LATERAL_HINT,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        functions::Body,
        ir::{Expr, Frame, FrameBound, FrameExclusion, FrameUnit, SortKey, WindowCall},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid},
};

/// `frame_options` bits of PostgreSQL's grammar (nodes/parsenodes.h).
mod frame {
    pub const NONDEFAULT: i32 = 0x0_0001;
    pub const RANGE: i32 = 0x0_0002;
    pub const ROWS: i32 = 0x0_0004;
    pub const GROUPS: i32 = 0x0_0008;
    pub const START_UNBOUNDED_PRECEDING: i32 = 0x0_0020;
    pub const END_UNBOUNDED_FOLLOWING: i32 = 0x0_0100;
    pub const START_CURRENT_ROW: i32 = 0x0_0200;
    pub const END_CURRENT_ROW: i32 = 0x0_0400;
    pub const START_OFFSET_PRECEDING: i32 = 0x0_0800;
    pub const END_OFFSET_PRECEDING: i32 = 0x0_1000;
    pub const START_OFFSET_FOLLOWING: i32 = 0x0_2000;
    pub const END_OFFSET_FOLLOWING: i32 = 0x0_4000;
    pub const EXCLUDE_CURRENT_ROW: i32 = 0x0_8000;
    pub const EXCLUDE_GROUP: i32 = 0x1_0000;
    pub const EXCLUDE_TIES: i32 = 0x2_0000;
}

impl Binder<'_> {
    pub(super) fn window_call(
        &self,
        names: &[&str],
        call: &ast::FuncCall,
        scope: &Scope,
    ) -> Result<Expr> {
        let at = call.location;
        let Some(sink) = scope.sink.clone().filter(|_| scope.clause != "HAVING") else {
            return Err(PgError::new(
                sqlstate::WINDOWING_ERROR,
                format!("window functions are not allowed in {}", scope.clause),
            )
            .at(at));
        };
        if call.agg_distinct {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "DISTINCT is not implemented for window functions",
            )
            .at(at));
        }
        let over = call.over.as_deref().ok_or_else(|| PgError::internal("OVER is missing"))?;
        // Arguments may hold aggregates of this query, not window calls.
        let aggregate = self.bind_aggregate(names, call, scope)?;
        if !matches!(aggregate.function.body, Body::Aggregate(_) | Body::Window) {
            return Err(PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                format!(
                    "OVER specified, but {} is not a window function nor an aggregate function",
                    aggregate.function.name
                ),
            )
            .at(at));
        }
        let args: Vec<&Expr> = aggregate.args.iter().chain(&aggregate.filter).collect();
        refuse_inner(
            &sink.borrow(),
            &args,
            "window function calls cannot be nested",
            PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "window function calls cannot contain set-returning function calls",
            )
            .hint(LATERAL_HINT),
        )?;
        let definition = self.resolve_window(over, &scope.windows)?;
        let partition = self
            .exprs(&definition.partition_clause, scope)?
            .into_iter()
            .map(|expr| self.settle_unknown(expr))
            .collect::<Result<Vec<_>>>()?;
        let order = self.sort_keys_over(&definition.order_clause, scope)?;
        let frame = self.frame(&definition, &order, scope)?;
        let keys: Vec<&Expr> = order.iter().map(|key| &key.expr).chain(&partition).collect();
        refuse_inner(
            &sink.borrow(),
            &keys,
            "window functions are not allowed in window definitions",
            PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "set-returning functions are not allowed in window definitions",
            ),
        )?;
        let window = WindowCall {
            function: aggregate.function,
            args: aggregate.args,
            filter: aggregate.filter,
            partition,
            order,
            frame,
            ty: aggregate.ty,
            location: at,
        };
        Ok(sink.borrow_mut().add_window(window))
    }

    /// `OVER w`, `OVER (w ORDER BY ...)`: the named window's clauses filled in.
    fn resolve_window(
        &self,
        over: &ast::WindowDef,
        windows: &HashMap<String, ast::WindowDef>,
    ) -> Result<ast::WindowDef> {
        let name = if over.name.is_empty() { &over.refname } else { &over.name };
        if name.is_empty() {
            return Ok(over.clone());
        }
        let base = windows.get(name).ok_or_else(|| {
            PgError::new(sqlstate::UNDEFINED_OBJECT, format!("window \"{name}\" does not exist"))
                .at(over.location)
        })?;
        let base =
            self.resolve_window(&ast::WindowDef { name: String::new(), ..base.clone() }, windows)?;
        if !over.name.is_empty() {
            return Ok(base);
        }
        let refuse = |what: &str| {
            Err(PgError::new(
                sqlstate::WINDOWING_ERROR,
                format!("cannot override {what} clause of window \"{name}\""),
            )
            .at(over.location))
        };
        if !over.partition_clause.is_empty() {
            return refuse("PARTITION BY");
        }
        if !over.order_clause.is_empty() && !base.order_clause.is_empty() {
            return refuse("ORDER BY");
        }
        let order_clause = if over.order_clause.is_empty() {
            base.order_clause.clone()
        } else {
            over.order_clause.clone()
        };
        Ok(ast::WindowDef {
            partition_clause: base.partition_clause,
            order_clause,
            refname: String::new(),
            ..over.clone()
        })
    }

    fn frame(
        &self,
        definition: &ast::WindowDef,
        order: &[SortKey],
        scope: &Scope,
    ) -> Result<Frame> {
        let options = definition.frame_options;
        if options & frame::NONDEFAULT == 0 {
            return Ok(Frame {
                unit: FrameUnit::Range,
                start: FrameBound::UnboundedPreceding,
                end: FrameBound::CurrentRow,
                exclude: FrameExclusion::Nothing,
            });
        }
        let exclude = match options {
            options if options & frame::EXCLUDE_CURRENT_ROW != 0 => FrameExclusion::CurrentRow,
            options if options & frame::EXCLUDE_GROUP != 0 => FrameExclusion::Group,
            options if options & frame::EXCLUDE_TIES != 0 => FrameExclusion::Ties,
            _ => FrameExclusion::Nothing,
        };
        let unit = match options {
            options if options & frame::ROWS != 0 => FrameUnit::Rows,
            options if options & frame::GROUPS != 0 => FrameUnit::Groups,
            options if options & frame::RANGE != 0 => FrameUnit::Range,
            _ => FrameUnit::Range,
        };
        if unit == FrameUnit::Groups && order.is_empty() {
            return Err(PgError::new(
                sqlstate::WINDOWING_ERROR,
                "GROUPS mode requires an ORDER BY clause",
            )
            .at(definition.location));
        }
        let offset = |node: &Option<Box<ast::Node>>| -> Result<Expr> {
            let expr = self.expr(required(node)?, &scope.for_clause("window frame"))?;
            match (unit, order) {
                (FrameUnit::Rows | FrameUnit::Groups, _) => {
                    self.coerce_implicit(expr, PgType::INT8)
                }
                (FrameUnit::Range, [key]) => self
                    .range_offset(expr, key.expr.ty())
                    .map_err(|error| error.at(node.as_deref().map_or(-1, super::expr::location))),
                (FrameUnit::Range, _) => Err(PgError::new(
                    sqlstate::WINDOWING_ERROR,
                    "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
                )
                .at(definition.location)),
            }
        };
        let start = match options {
            options if options & frame::START_UNBOUNDED_PRECEDING != 0 => {
                FrameBound::UnboundedPreceding
            }
            options if options & frame::START_CURRENT_ROW != 0 => FrameBound::CurrentRow,
            options if options & frame::START_OFFSET_PRECEDING != 0 => {
                FrameBound::Preceding(offset(&definition.start_offset)?)
            }
            options if options & frame::START_OFFSET_FOLLOWING != 0 => {
                FrameBound::Following(offset(&definition.start_offset)?)
            }
            _ => return err!(WINDOWING_ERROR, "frame start cannot be UNBOUNDED FOLLOWING"),
        };
        let end = match options {
            options if options & frame::END_UNBOUNDED_FOLLOWING != 0 => {
                FrameBound::UnboundedFollowing
            }
            options if options & frame::END_CURRENT_ROW != 0 => FrameBound::CurrentRow,
            options if options & frame::END_OFFSET_PRECEDING != 0 => {
                FrameBound::Preceding(offset(&definition.end_offset)?)
            }
            options if options & frame::END_OFFSET_FOLLOWING != 0 => {
                FrameBound::Following(offset(&definition.end_offset)?)
            }
            _ => return err!(WINDOWING_ERROR, "frame end cannot be UNBOUNDED PRECEDING"),
        };
        Ok(Frame { unit, start, end, exclude })
    }

    /// The type a RANGE offset takes: the key's own, or an interval for dates and times.
    fn range_offset(&self, expr: Expr, key: PgType) -> Result<Expr> {
        let target = match key.oid {
            oid::DATE
            | oid::TIMESTAMP
            | oid::TIMESTAMPTZ
            | oid::TIME
            | oid::TIMETZ
            | oid::INTERVAL => PgType::new(oid::INTERVAL),
            oid::INT2 | oid::INT4 | oid::INT8 | oid::FLOAT4 | oid::FLOAT8 | oid::NUMERIC => key,
            _ => {
                return Err(PgError::new(
                    sqlstate::FEATURE_NOT_SUPPORTED,
                    format!(
                        "RANGE with offset PRECEDING/FOLLOWING is not supported for column type {}",
                        self.type_name(key)
                    ),
                ));
            }
        };
        let source = expr.ty();
        self.coerce_implicit(expr, target).map_err(|error| match source.oid {
            oid::UNKNOWN => error,
            _ => PgError::new(sqlstate::FEATURE_NOT_SUPPORTED, format!(
                "RANGE with offset PRECEDING/FOLLOWING is not supported for column type {} and offset type {}",
                self.type_name(key),
                self.type_name(source)
            ))
            .hint("Cast the offset value to an appropriate type."),
        })
    }

    /// ORDER BY inside an aggregate or a window: expressions only, never output names or numbers.
    pub(super) fn sort_keys_over(
        &self,
        nodes: &[ast::Node],
        scope: &Scope,
    ) -> Result<Vec<SortKey>> {
        nodes
            .iter()
            .map(|node| {
                let NodeEnum::SortBy(sort) = inner(node)? else {
                    return Err(PgError::internal("ORDER BY item expected"));
                };
                let expr = self.expr(required(&sort.node)?, scope)?;
                sort_key(self.settle_unknown(expr)?, sort)
            })
            .collect()
    }
}

/// Errors: 42P20 `nested` where a window call stands in a window call, `sets` where a set does.
fn refuse_inner(collected: &Collected, exprs: &[&Expr], nested: &str, sets: PgError) -> Result<()> {
    for expr in exprs {
        if let Some(inside) = windows_in(expr).first() {
            return Err(PgError::new(sqlstate::WINDOWING_ERROR, nested)
                .at(collected.windows[*inside].location));
        }
        if let Some(inside) = sets_in(expr).first() {
            return Err(sets.at(collected.sets[*inside].location));
        }
    }
    Ok(())
}

/// Direction and NULL order of one ORDER BY item: NULLs are larger than everything.
pub(super) fn sort_key(expr: Expr, sort: &ast::SortBy) -> Result<SortKey> {
    let descending = match sort.sortby_dir() {
        ast::SortByDir::SortbyDesc => true,
        ast::SortByDir::SortbyUsing => match super::expr::operator_name(&sort.use_op)? {
            "<" => false,
            ">" => true,
            other => {
                return err!(
                    WRONG_OBJECT_TYPE,
                    "operator {other} is not a valid ordering operator"
                );
            }
        },
        _ => false,
    };
    let nulls_first = match sort.sortby_nulls() {
        ast::SortByNulls::SortbyNullsFirst => true,
        ast::SortByNulls::SortbyNullsLast => false,
        _ => descending,
    };
    Ok(SortKey { expr, descending, nulls_first })
}
