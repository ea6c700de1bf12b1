//! The row interpreter: one expression over one row of datums, by PostgreSQL's rules.
//!
//! It is the definition of what every expression means. The columnar evaluator ([`super::columnar`])
//! is faster over batches and falls back to this one for whatever it does not know.

pub mod arrays;

use std::sync::Arc;

use crate::{
    base::{PgError, Result},
    pg_error,
    query::{
        env::Env,
        functions::{Body, Context},
        ir::{BoolTest, Call, Expr, Subquery},
    },
    types::{Datum, PgType, array::ArrayValue, column::Physical, oid, order, text_io},
};

/// The row of an enclosing query, and the ones around it.
#[derive(Debug)]
pub struct OuterRow {
    pub row: Vec<Datum>,
    pub up: Option<Arc<OuterRow>>,
}

/// Runs the subqueries of expressions. Without one, a subquery in an expression is an error.
pub trait Subqueries: Sync {
    /// The subquery's value for `row`, the row it is written over.
    fn evaluate(&self, subquery: &Arc<Subquery>, row: &[Datum]) -> Result<Datum>;
}

/// What an expression sees besides its row.
#[derive(Clone, Copy)]
pub struct EvalContext<'a> {
    pub env: &'a Env,
    pub params: &'a [Datum],
    pub outer: Option<&'a OuterRow>,
    pub subqueries: Option<&'a dyn Subqueries>,
}

impl<'a> EvalContext<'a> {
    /// For expressions that see neither parameters nor other rows: defaults, checks, index keys.
    pub fn new(env: &'a Env) -> Self {
        Self { env, params: &[], outer: None, subqueries: None }
    }
}

/// Evaluates `expr` over `row`.
///
/// Errors: whatever the functions raise, in PostgreSQL's words; branches of CASE and COALESCE, and
/// the later arguments of AND and OR, that are not needed are not evaluated.
pub fn evaluate(expr: &Expr, row: &[Datum], ctx: &EvalContext) -> Result<Datum> {
    match expr {
        Expr::Const(value, _) => Ok(value.clone()),
        Expr::Column(column, _) => row.get(*column).cloned().ok_or_else(|| {
            PgError::internal(format!("no column {column} in a row of {}", row.len()))
        }),
        Expr::Outer { levels, column, .. } => outer(*levels, *column, ctx),
        Expr::Param(number, _) => {
            ctx.params.get(*number).cloned().ok_or_else(|| {
                pg_error!(UNDEFINED_PARAMETER, "there is no parameter ${}", number + 1)
            })
        }
        Expr::Call(call) => evaluate_call(call, row, ctx),
        Expr::And(args) => {
            let mut result = Some(true);
            for arg in args {
                match truth(arg, row, ctx)? {
                    Some(false) => return Ok(Datum::Bool(false)),
                    None => result = None,
                    Some(true) => {}
                }
            }
            Ok(from_truth(result))
        }
        Expr::Or(args) => {
            let mut result = Some(false);
            for arg in args {
                match truth(arg, row, ctx)? {
                    Some(true) => return Ok(Datum::Bool(true)),
                    None => result = None,
                    Some(false) => {}
                }
            }
            Ok(from_truth(result))
        }
        Expr::Not(input) => Ok(from_truth(truth(input, row, ctx)?.map(|value| !value))),
        Expr::IsNull { input, negated } => {
            Ok(Datum::Bool(is_null(&evaluate(input, row, ctx)?, *negated)))
        }
        Expr::IsBool { input, test, negated } => {
            let value = truth(input, row, ctx)?;
            let holds = match test {
                BoolTest::True => value == Some(true),
                BoolTest::False => value == Some(false),
                BoolTest::Unknown => value.is_none(),
            };
            Ok(Datum::Bool(holds != *negated))
        }
        Expr::Distinct { equal, negated } => {
            let args = arguments(equal, row, ctx)?;
            let distinct = match (args[0].is_null(), args[1].is_null()) {
                (true, true) => false,
                (false, false) => apply(equal, &args, ctx)?.as_bool() != Some(true),
                _ => true,
            };
            Ok(Datum::Bool(distinct != *negated))
        }
        Expr::Case { branches, otherwise, .. } => {
            for (when, then) in branches {
                if truth(when, row, ctx)? == Some(true) {
                    return evaluate(then, row, ctx);
                }
            }
            otherwise.as_ref().map_or(Ok(Datum::Null), |expr| evaluate(expr, row, ctx))
        }
        Expr::Coalesce(args, _) => {
            for arg in args {
                let value = evaluate(arg, row, ctx)?;
                if !value.is_null() {
                    return Ok(value);
                }
            }
            Ok(Datum::Null)
        }
        Expr::NullIf { equal, value, .. } => {
            if evaluate_call(equal, row, ctx)?.as_bool() == Some(true) {
                Ok(Datum::Null)
            } else {
                evaluate(value, row, ctx)
            }
        }
        Expr::Extreme { greatest, args, ty } => extreme(*greatest, args, *ty, row, ctx),
        Expr::CoerceViaText { input, ty } => {
            let value = evaluate(input, row, ctx)?;
            via_text(&value, input.ty(), *ty, ctx.env)
        }
        Expr::Relabel { input, ty } => Ok(relabel(evaluate(input, row, ctx)?, *ty)),
        Expr::ArrayCoerce { input, element, ty } => {
            arrays::coerce(evaluate(input, row, ctx)?, element, *ty, ctx)
        }
        Expr::Array { elements, nested, ty } => arrays::build(elements, *nested, *ty, row, ctx),
        Expr::Subscript { input, subscripts, ty } => {
            arrays::subscript(input, subscripts, *ty, row, ctx)
        }
        Expr::Row(fields, _) => {
            let fields: Result<Vec<_>> =
                fields.iter().map(|field| Ok((field.ty(), evaluate(field, row, ctx)?))).collect();
            Ok(Datum::Record(fields?.into()))
        }
        Expr::Field { input, field, .. } => match evaluate(input, row, ctx)? {
            Datum::Record(fields) => fields
                .get(*field)
                .map(|(_, value)| value.clone())
                .ok_or_else(|| PgError::internal(format!("a record has no field {field}"))),
            _ => Ok(Datum::Null),
        },
        Expr::AnyArray { call, array, all } => any_array(call, array, *all, row, ctx),
        Expr::Subquery(subquery) => match ctx.subqueries {
            Some(subqueries) => subqueries.evaluate(subquery, row),
            None => Err(pg_error!(FEATURE_NOT_SUPPORTED, "cannot use subquery in this expression")),
        },
    }
}

/// The value of a boolean expression; `None` is unknown.
pub fn truth(expr: &Expr, row: &[Datum], ctx: &EvalContext) -> Result<Option<bool>> {
    Ok(evaluate(expr, row, ctx)?.as_bool())
}

/// A three-valued truth as a datum.
pub fn from_truth(value: Option<bool>) -> Datum {
    value.map_or(Datum::Null, Datum::Bool)
}

/// `IS [NOT] NULL`: a row is null if all its fields are, and not null if none of them is.
pub fn is_null(value: &Datum, negated: bool) -> bool {
    match value {
        Datum::Record(fields) => fields.iter().all(|(_, field)| field.is_null() != negated),
        value => value.is_null() != negated,
    }
}

fn outer(levels: usize, column: usize, ctx: &EvalContext) -> Result<Datum> {
    let mut frame = ctx.outer;
    for _ in 1..levels {
        frame = frame.and_then(|frame| frame.up.as_deref());
    }
    frame.and_then(|frame| frame.row.get(column)).cloned().ok_or_else(|| {
        PgError::internal(format!("no column {column} in the row {levels} queries up"))
    })
}

/// Evaluates the arguments of a call, in order.
pub fn arguments(call: &Call, row: &[Datum], ctx: &EvalContext) -> Result<Vec<Datum>> {
    call.args.iter().map(|arg| evaluate(arg, row, ctx)).collect()
}

fn evaluate_call(call: &Call, row: &[Datum], ctx: &EvalContext) -> Result<Datum> {
    // One and two arguments, which is nearly every call, need no allocation.
    match call.args.as_slice() {
        [only] => apply(call, &[evaluate(only, row, ctx)?], ctx),
        [first, second] => {
            apply(call, &[evaluate(first, row, ctx)?, evaluate(second, row, ctx)?], ctx)
        }
        _ => apply(call, &arguments(call, row, ctx)?, ctx),
    }
}

/// Calls a scalar function on arguments that are already evaluated.
pub fn apply(call: &Call, args: &[Datum], ctx: &EvalContext) -> Result<Datum> {
    let function = &call.function;
    if function.strict && args.iter().any(Datum::is_null) {
        return Ok(Datum::Null);
    }
    let body = match function.body {
        Body::Scalar(body) | Body::Columnar(body, _) => body,
        Body::Set(_) | Body::Series(_) => {
            return Err(pg_error!(
                FEATURE_NOT_SUPPORTED,
                "set-valued function called in context that cannot accept a set"
            )
            .at(call.location));
        }
        Body::Aggregate(_) | Body::Window => {
            return Err(PgError::internal(format!("{} is not a scalar function", function.name)));
        }
    };
    if call.spread {
        return apply_spread(call, args, |types, args| {
            body(&Context { env: ctx.env, arg_types: types, result: call.ty }, args)
        });
    }
    with_types(&call.args, |arg_types| {
        body(&Context { env: ctx.env, arg_types, result: call.ty }, args)
    })
}

/// Calls a function over "any" with the elements of the VARIADIC array, its last argument.
fn apply_spread(
    call: &Call,
    args: &[Datum],
    body: impl FnOnce(&[PgType], &[Datum]) -> Result<Datum>,
) -> Result<Datum> {
    let (Some((last, fixed)), Some(array)) = (args.split_last(), call.args.last()) else {
        return Err(PgError::internal("VARIADIC without an array"));
    };
    let none = ArrayValue::of(oid::TEXT, vec![]);
    let value = match last {
        Datum::Array(value) => value.as_ref(),
        // To `format` a missing array is one of no values; to the other functions it is NULL.
        _ if call.function.name == "format" => &none,
        _ => return Ok(Datum::Null),
    };
    let element = oid::element_of(array.ty().oid).unwrap_or(oid::TEXT);
    let mut types: Vec<PgType> = call.args[..fixed.len()].iter().map(Expr::ty).collect();
    types.resize(fixed.len() + value.elements.len(), PgType::new(element));
    let args: Vec<Datum> = fixed.iter().chain(value.elements.iter()).cloned().collect();
    body(&types, &args)
}

/// The argument types of a call, without an allocation for the usual few.
pub fn with_types<T>(args: &[Expr], then: impl FnOnce(&[PgType]) -> T) -> T {
    match args {
        [] => then(&[]),
        [a] => then(&[a.ty()]),
        [a, b] => then(&[a.ty(), b.ty()]),
        [a, b, c] => then(&[a.ty(), b.ty(), c.ty()]),
        args => then(&args.iter().map(Expr::ty).collect::<Vec<_>>()),
    }
}

fn extreme(
    greatest: bool,
    args: &[Expr],
    ty: PgType,
    row: &[Datum],
    ctx: &EvalContext,
) -> Result<Datum> {
    let mut best = Datum::Null;
    for arg in args {
        let value = evaluate(arg, row, ctx)?;
        if value.is_null() {
            continue;
        }
        let replaces = best.is_null() || {
            let ordering = order::compare(&value, &best, ty.oid);
            if greatest { ordering.is_gt() } else { ordering.is_lt() }
        };
        if replaces {
            best = value;
        }
    }
    Ok(best)
}

/// Casts by printing a value as its own type and reading it as another.
pub fn via_text(value: &Datum, from: PgType, to: PgType, env: &Env) -> Result<Datum> {
    if value.is_null() {
        return Ok(Datum::Null);
    }
    match value {
        Datum::Text(text) => text_io::parse(text, to, &env.style),
        value => {
            let mut text = String::new();
            text_io::format(value, from.oid, &env.style, &mut text);
            text_io::parse(&text, to, &env.style)
        }
    }
}

/// The same value under another type's name: only the kind of the datum may change.
pub fn relabel(value: Datum, ty: PgType) -> Datum {
    match (value, Physical::of(ty.oid)) {
        (Datum::Int4(value), Physical::UInt32) => Datum::Oid(value as u32),
        (Datum::Oid(value), Physical::Int32) => Datum::Int4(value as i32),
        (Datum::Text(value), Physical::Utf8) if ty.oid == oid::JSONB => Datum::Jsonb(value),
        (Datum::Jsonb(value), Physical::Utf8) if ty.oid != oid::JSONB => Datum::Text(value),
        (Datum::Array(value), Physical::Binary) => match oid::element_of(ty.oid) {
            Some(element) if element != value.element => {
                let mut value = Arc::unwrap_or_clone(value);
                value.element = element;
                Datum::Array(Arc::new(value))
            }
            _ => Datum::Array(value),
        },
        (value, _) => value,
    }
}

fn any_array(
    call: &Call,
    array: &Expr,
    all: bool,
    row: &[Datum],
    ctx: &EvalContext,
) -> Result<Datum> {
    let needle = evaluate(&call.args[0], row, ctx)?;
    let array = match evaluate(array, row, ctx)? {
        Datum::Array(array) => array,
        Datum::Null => return Ok(Datum::Null),
        other => return Err(PgError::internal(format!("ANY over {other:?}"))),
    };
    if array.elements.is_empty() {
        return Ok(Datum::Bool(all));
    }
    if needle.is_null() && call.function.strict {
        return Ok(Datum::Null);
    }
    let mut unknown = false;
    let mut args = [needle, Datum::Null];
    for element in &array.elements {
        args[1] = match &call.args[1] {
            Expr::Column(0, _) => element.clone(),
            coerced => evaluate(coerced, std::slice::from_ref(element), ctx)?,
        };
        match apply(call, &args, ctx)?.as_bool() {
            Some(holds) if holds != all => return Ok(Datum::Bool(holds)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Datum::Null } else { Datum::Bool(all) })
}

#[cfg(test)]
mod tests;
