//! The columnar evaluator: one expression over many rows at once.
//!
//! Comparisons of types that Arrow orders as PostgreSQL does, logic and functions with a columnar
//! form run as kernels. A scalar function runs in a loop over its columns. Everything else runs in
//! the row interpreter, over the columns it reads. Arguments of AND and OR are evaluated only for
//! the rows that earlier ones have not decided.

mod kernels;

use std::{collections::HashSet, sync::Arc};

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, UInt32Array},
    buffer::BooleanBuffer,
    compute,
};

use super::{
    comparison,
    eval::{self, EvalContext},
    keys::push_key,
};
use crate::{
    base::{Oid, PgError, Result},
    query::{
        functions::{Body, Context},
        ir::{BoolTest, Call, Expr},
        rules::columns::columns_of,
    },
    types::{
        ColumnBuilder, Datum, PgType, Physical,
        column::{arrow_type, constant, datum_at},
        oid, order,
    },
};

/// A result: a column, or one value for all rows.
#[derive(Clone)]
pub enum Values {
    Column(ArrayRef),
    Constant(Datum),
}

impl Values {
    /// The column of `rows` cells. A repeated string or vector is stored once.
    pub fn into_column(self, type_oid: Oid, rows: usize) -> Result<ArrayRef> {
        match self {
            Values::Column(column) => Ok(column),
            Values::Constant(value) => repeat(&value, type_oid, rows),
        }
    }

    fn at(&self, type_oid: Oid, row: usize) -> Result<Datum> {
        match self {
            Values::Column(column) => datum_at(column, type_oid, row),
            Values::Constant(value) => Ok(value.clone()),
        }
    }
}

fn repeat(value: &Datum, type_oid: Oid, rows: usize) -> Result<ArrayRef> {
    if value.is_null() || !matches!(Physical::of(type_oid), Physical::Utf8 | Physical::Binary) {
        return constant(value, type_oid, rows);
    }
    let one = constant(value, type_oid, 1)?;
    compute::take(&one, &UInt32Array::from(vec![0; rows]), None).map_err(arrow)
}

fn arrow(error: datafusion::arrow::error::ArrowError) -> PgError {
    PgError::internal(error.to_string())
}

/// Evaluates `expr` over `rows` rows.
pub fn evaluate(
    expr: &Expr,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<Values> {
    Ok(match expr {
        Expr::Column(column, _) => Values::Column(
            columns
                .get(*column)
                .cloned()
                .ok_or_else(|| PgError::internal(format!("no column {column} in a batch")))?,
        ),
        Expr::Const(value, _) => Values::Constant(value.clone()),
        Expr::Param(..) | Expr::Outer { .. } => Values::Constant(eval::evaluate(expr, &[], ctx)?),
        Expr::And(args) => Values::Column(Arc::new(logic(args, true, columns, rows, ctx)?)),
        Expr::Or(args) => Values::Column(Arc::new(logic(args, false, columns, rows, ctx)?)),
        Expr::Not(input) => {
            let input = booleans(input, columns, rows, ctx)?;
            Values::Column(Arc::new(compute::not(&input).map_err(arrow)?))
        }
        Expr::IsNull { input, negated } if input.ty().oid != oid::RECORD => {
            match evaluate(input, columns, rows, ctx)? {
                Values::Constant(value) => {
                    Values::Constant(Datum::Bool(eval::is_null(&value, *negated)))
                }
                Values::Column(column) => {
                    let result = if *negated {
                        compute::is_not_null(&column)
                    } else {
                        compute::is_null(&column)
                    };
                    Values::Column(Arc::new(result.map_err(arrow)?))
                }
            }
        }
        Expr::IsBool { input, test, negated } => {
            let input = booleans(input, columns, rows, ctx)?;
            Values::Column(Arc::new(bool_test(&input, *test, *negated)))
        }
        Expr::Relabel { input, ty } if keeps_bytes(input.ty(), *ty) => {
            match evaluate(input, columns, rows, ctx)? {
                Values::Constant(value) => Values::Constant(eval::relabel(value, *ty)),
                column => column,
            }
        }
        Expr::Call(call) => evaluate_call(call, columns, rows, ctx)?,
        Expr::AnyArray { call, array, all: false } => {
            match membership(call, array, columns, rows, ctx)? {
                Some(values) => values,
                None => by_row(expr, columns, rows, ctx)?,
            }
        }
        expr => by_row(expr, columns, rows, ctx)?,
    })
}

/// The same as a column.
pub fn evaluate_column(
    expr: &Expr,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<ArrayRef> {
    evaluate(expr, columns, rows, ctx)?.into_column(expr.ty().oid, rows)
}

/// The rows for which a condition is true; NULL counts as false.
pub fn filter_mask(
    predicate: &Expr,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<BooleanArray> {
    let mask = booleans(predicate, columns, rows, ctx)?;
    Ok(if mask.null_count() > 0 { compute::prep_null_mask_filter(&mask) } else { mask })
}

fn booleans(
    expr: &Expr,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<BooleanArray> {
    Ok(match evaluate(expr, columns, rows, ctx)? {
        Values::Column(column) => column.as_boolean().clone(),
        Values::Constant(value) => match value.as_bool() {
            Some(value) => BooleanArray::new(
                if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) },
                None,
            ),
            None => BooleanArray::new_null(rows),
        },
    })
}

/// AND (`all`) or OR, with PostgreSQL's promise that a decided row evaluates nothing more.
fn logic(
    args: &[Expr],
    all: bool,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<BooleanArray> {
    let Some((first, rest)) = args.split_first() else {
        return booleans(&Expr::Const(Datum::Bool(all), PgType::BOOL), columns, rows, ctx);
    };
    let mut result = booleans(first, columns, rows, ctx)?;
    for arg in rest {
        let decided = if all { false_count(&result) } else { result.true_count() };
        if decided == rows {
            break;
        }
        let next = if decided == 0 || infallible(arg) {
            booleans(arg, columns, rows, ctx)?
        } else {
            let open = undecided(&result, all);
            let narrowed = narrow(arg, columns, &open)?;
            let values = booleans(arg, &narrowed, open.true_count(), ctx)?;
            scatter(&values, &open)
        };
        let combined = if all {
            compute::and_kleene(&result, &next)
        } else {
            compute::or_kleene(&result, &next)
        };
        result = combined.map_err(arrow)?;
    }
    Ok(result)
}

fn false_count(values: &BooleanArray) -> usize {
    values.len() - values.null_count() - values.true_count()
}

/// Rows that are not false (AND) or not true (OR) yet.
fn undecided(values: &BooleanArray, all: bool) -> BooleanArray {
    let open = |row| values.is_null(row) || values.value(row) == all;
    BooleanArray::new(BooleanBuffer::collect_bool(values.len(), open), None)
}

/// The columns that `expr` reads, of the selected rows; the others are left as they are.
fn narrow(expr: &Expr, columns: &[ArrayRef], rows: &BooleanArray) -> Result<Vec<ArrayRef>> {
    let mut narrowed = columns.to_vec();
    for column in columns_of([expr]) {
        if let Some(array) = narrowed.get_mut(column) {
            *array = compute::filter(array, rows).map_err(arrow)?;
        }
    }
    Ok(narrowed)
}

fn scatter(values: &BooleanArray, rows: &BooleanArray) -> BooleanArray {
    let mut values = values.iter();
    rows.values()
        .iter()
        .map(|selected| if selected { values.next().flatten() } else { None })
        .collect()
}

/// Whether evaluating `expr` on a row that does not need it can do no harm and costs little.
fn infallible(expr: &Expr) -> bool {
    let own = match expr {
        Expr::Column(..) | Expr::Const(..) | Expr::Param(..) | Expr::Outer { .. } => true,
        Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::IsBool { .. } => true,
        Expr::IsNull { input, .. } => input.ty().oid != oid::RECORD,
        Expr::Relabel { input, ty } => keeps_bytes(input.ty(), *ty),
        Expr::Call(call) => kernels::applies(call),
        _ => false,
    };
    own && expr.children().into_iter().all(infallible)
}

fn bool_test(input: &BooleanArray, test: BoolTest, negated: bool) -> BooleanArray {
    let holds = |row: usize| match test {
        BoolTest::Unknown => input.is_null(row),
        BoolTest::True => input.is_valid(row) && input.value(row),
        BoolTest::False => input.is_valid(row) && !input.value(row),
    };
    BooleanArray::new(BooleanBuffer::collect_bool(input.len(), |row| holds(row) != negated), None)
}

/// Whether a column of one type is, cell for cell, a column of the other.
pub fn keeps_bytes(from: PgType, to: PgType) -> bool {
    arrow_type(from.oid) == arrow_type(to.oid)
        && (from.oid == to.oid || (!oid::is_array(from.oid) && !oid::is_array(to.oid)))
}

fn evaluate_call(
    call: &Call,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<Values> {
    let mut args = Vec::with_capacity(call.args.len());
    for arg in &call.args {
        args.push(evaluate(arg, columns, rows, ctx)?);
    }
    let constant = args.iter().all(|arg| matches!(arg, Values::Constant(_)));
    let volatile = call.function.volatility == crate::query::functions::Volatility::Volatile;
    if constant && !volatile {
        // Over no rows nothing is called, as a row loop would not.
        if rows == 0 {
            return Ok(Values::Constant(Datum::Null));
        }
        let args: Vec<Datum> = args
            .into_iter()
            .map(|arg| match arg {
                Values::Constant(value) => value,
                Values::Column(_) => unreachable!("all are constants"),
            })
            .collect();
        return Ok(Values::Constant(eval::apply(call, &args, ctx)?));
    }
    if let [left, right] = args.as_slice()
        && let Some(result) = kernels::compare(call, left, right, rows)?
    {
        return Ok(result);
    }
    if let (Body::Columnar(_, body), true) = (&call.function.body, rows > 0) {
        let mut arrays = Vec::with_capacity(args.len());
        for (arg, expr) in args.into_iter().zip(&call.args) {
            arrays.push(arg.into_column(expr.ty().oid, rows)?);
        }
        let column = eval::with_types(&call.args, |arg_types| {
            body(&Context { env: ctx.env, arg_types, result: call.ty }, &arrays, rows)
        })?;
        return Ok(Values::Column(column));
    }
    let types: Vec<Oid> = call.args.iter().map(|arg| arg.ty().oid).collect();
    let mut builder = ColumnBuilder::new(call.ty.oid, rows);
    let mut values = vec![Datum::Null; args.len()];
    for row in 0..rows {
        for ((value, arg), type_oid) in values.iter_mut().zip(&args).zip(&types) {
            if row == 0 || matches!(arg, Values::Column(_)) {
                *value = arg.at(*type_oid, row)?;
            }
        }
        builder.push(&eval::apply(call, &values, ctx)?)?;
    }
    Ok(Values::Column(builder.finish()))
}

/// `x = ANY (constant array)` by a set of keys.
fn membership(
    call: &Call,
    array: &Expr,
    columns: &[ArrayRef],
    rows: usize,
    ctx: &EvalContext,
) -> Result<Option<Values>> {
    let plain = matches!(call.args.get(1), Some(Expr::Column(0, _)));
    let (true, Some(type_oid)) = (plain, comparison::equality(call)) else { return Ok(None) };
    let Values::Constant(Datum::Array(array)) = evaluate(array, columns, rows, ctx)? else {
        return Ok(None);
    };
    if array.elements.is_empty() {
        return Ok(Some(Values::Constant(Datum::Bool(false))));
    }
    let mut set: HashSet<Vec<u8>> = HashSet::with_capacity(array.elements.len());
    let mut has_null = false;
    for element in &array.elements {
        if element.is_null() {
            has_null = true;
        } else {
            let mut key = Vec::new();
            push_key(element, type_oid, &mut key);
            set.insert(key);
        }
    }
    let needle = evaluate_column(&call.args[0], columns, rows, ctx)?;
    let needle_type = call.args[0].ty().oid;
    let mut result = BooleanBuilder::with_capacity(rows);
    let mut key = Vec::new();
    for row in 0..rows {
        let value = datum_at(&needle, needle_type, row)?;
        if value.is_null() {
            result.append_null();
            continue;
        }
        key.clear();
        push_key(&value, type_oid, &mut key);
        match (set.contains(&key), has_null) {
            (true, _) => result.append_value(true),
            (false, true) => result.append_null(),
            (false, false) => result.append_value(false),
        }
    }
    Ok(Some(Values::Column(Arc::new(result.finish()))))
}

/// The row interpreter over a batch.
fn by_row(expr: &Expr, columns: &[ArrayRef], rows: usize, ctx: &EvalContext) -> Result<Values> {
    let mut types = Vec::new();
    typed_columns(expr, columns.len(), &mut types)?;
    let width = types.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
    // A subquery keeps the whole row it is written over.
    let mut row = vec![Datum::Null; width.max(columns.len())];
    let mut builder = ColumnBuilder::new(expr.ty().oid, rows);
    for position in 0..rows {
        for (column, type_oid) in &types {
            row[*column] = datum_at(&columns[*column], *type_oid, position)?;
        }
        builder.push(&eval::evaluate(expr, &row, ctx)?)?;
    }
    Ok(Values::Column(builder.finish()))
}

/// The columns that `expr` reads, each with its type.
fn typed_columns(expr: &Expr, width: usize, out: &mut Vec<(usize, Oid)>) -> Result<()> {
    let mut found: Vec<(usize, Oid)> = Vec::new();
    crate::query::rules::columns::each_typed_column(expr, &mut |column, ty| {
        if !found.iter().any(|(seen, _)| *seen == column) {
            found.push((column, ty.oid));
        }
    });
    if let Some((column, _)) = found.iter().find(|(column, _)| *column >= width) {
        return Err(PgError::internal(format!("no column {column} in a batch")));
    }
    out.extend(found);
    Ok(())
}

/// A column of memcomparable keys, for operators of DataFusion that compare bytes. NULL stays NULL.
pub fn key_column(column: &ArrayRef, from: Oid, type_oid: Oid) -> Result<ArrayRef> {
    let mut builder = datafusion::arrow::array::BinaryViewBuilder::with_capacity(column.len());
    let mut key = Vec::new();
    for row in 0..column.len() {
        let value = datum_at(column, from, row)?;
        if value.is_null() {
            builder.append_null();
            continue;
        }
        key.clear();
        match value {
            Datum::Int2(_) | Datum::Int4(_) if type_oid == oid::INT8 => {
                order::key(&Datum::Int8(value.as_i64()), type_oid, &mut key);
            }
            value => order::key(&value, type_oid, &mut key),
        }
        builder.append_value(&key);
    }
    Ok(Arc::new(builder.finish()))
}
