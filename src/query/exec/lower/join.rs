//! Joins: by hash where the condition has equalities between the sides, else by nested loops.

use std::{borrow::Cow, sync::Arc};

use datafusion::{
    arrow::datatypes::{Field as ArrowField, Schema},
    common::{JoinSide, JoinType, NullEquality},
    physical_expr::PhysicalExpr,
    physical_plan::joins::{
        HashJoinExec, NestedLoopJoinExec, PartitionMode,
        utils::{ColumnIndex, JoinFilter},
    },
};

use super::{Exec, expr, lower as lower_plan, operator, to_pg};
use crate::{
    base::{Oid, Result},
    query::{
        exec::{batches::schema_of, rows::Condition, scope::Scope, size},
        functions::registry,
        ir::{Call, Expr, Field, JoinKind, Plan},
        rules::columns::{columns_of, remap},
    },
    types::{PgType, column::arrow_type},
};

pub fn lower(
    left: &Plan,
    right: &Plan,
    kind: JoinKind,
    on: Option<&Expr>,
    plan: &Plan,
    scope: &Scope,
) -> Result<Exec> {
    let join = joined(left, right, kind, on, scope)?;
    Ok(operator::renamed(join, schema_of(&plan.fields)))
}

fn joined(
    left: &Plan,
    right: &Plan,
    kind: JoinKind,
    on: Option<&Expr>,
    scope: &Scope,
) -> Result<Exec> {
    let condition = Condition::new(on, left.fields.len());
    let join_type = match kind {
        JoinKind::Inner => JoinType::Inner,
        JoinKind::Left => JoinType::Left,
        JoinKind::Right => JoinType::Right,
        JoinKind::Full => JoinType::Full,
        JoinKind::LeftSemi => JoinType::LeftSemi,
        JoinKind::LeftAnti => JoinType::LeftAnti,
    };
    let filter =
        condition.rest.as_ref().map(|rest| filter(rest, &left.fields, &right.fields, scope));
    let (left_exec, right_exec) = (lower_plan(left, scope)?, lower_plan(right, scope)?);
    if condition.equal.is_empty() {
        let join = NestedLoopJoinExec::try_new(left_exec, right_exec, filter, &join_type, None)
            .map_err(to_pg)?;
        // The left side is held in memory.
        return if size::rows_guess(right, scope) < size::rows_guess(left, scope) {
            join.swap_inputs().map_err(to_pg)
        } else {
            Ok(Arc::new(join))
        };
    }
    let on: Vec<(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)> = condition
        .equal
        .iter()
        .map(|(left, right, type_oid)| {
            // `bigint = integer`: both sides must have the type in which they are hashed.
            let side = |side: &Expr| expr::comparable(&widened(side, *type_oid), *type_oid, scope);
            (side(left), side(right))
        })
        .collect();
    let join = HashJoinExec::try_new(
        left_exec,
        right_exec,
        on,
        filter,
        &join_type,
        None,
        PartitionMode::CollectLeft,
        NullEquality::NullEqualsNothing,
        false,
    )
    .map_err(to_pg)?;
    // The left side is the hash table: it should be the smaller one.
    if size::rows_guess(right, scope) < size::rows_guess(left, scope) {
        join.swap_inputs(PartitionMode::CollectLeft).map_err(to_pg)
    } else {
        Ok(Arc::new(join))
    }
}

/// An integer as the wider integer that it is compared as.
fn widened(expr: &Expr, type_oid: Oid) -> Cow<'_, Expr> {
    let source = expr.ty().oid;
    match registry().cast_function(source, type_oid) {
        Some(function) if source != type_oid => Cow::Owned(Expr::Call(Box::new(Call {
            function: function.clone(),
            args: vec![expr.clone()],
            ty: PgType::new(type_oid),
            location: -1,
            spread: false,
        }))),
        _ => Cow::Borrowed(expr),
    }
}

/// A condition over the columns it reads of both sides.
fn filter(rest: &Expr, left: &[Field], right: &[Field], scope: &Scope) -> JoinFilter {
    let used = columns_of([rest]);
    let mut moved = rest.clone();
    remap(&mut moved, used.len(), &|column| {
        used.binary_search(&column).expect("every column that is read is listed")
    });
    let mut indices = Vec::with_capacity(used.len());
    let mut fields = Vec::with_capacity(used.len());
    for (position, column) in used.iter().enumerate() {
        let (side, index, field) = match column.checked_sub(left.len()) {
            None => (JoinSide::Left, *column, &left[*column]),
            Some(index) => (JoinSide::Right, index, &right[index]),
        };
        indices.push(ColumnIndex { index, side });
        fields.push(ArrowField::new(format!("c{position}"), arrow_type(field.ty.oid), true));
    }
    JoinFilter::new(expr::lower(&moved, scope), indices, Arc::new(Schema::new(fields)))
}
