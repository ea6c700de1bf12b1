//! Comparisons as kernels: Arrow's where its order is PostgreSQL's, our own for floats, where
//! -0 equals 0 and NaN equals itself and is the greatest.

use std::{cmp::Ordering, sync::Arc};

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Scalar},
    buffer::{BooleanBuffer, NullBuffer},
    compute::{
        self,
        kernels::cmp::{eq, gt, gt_eq, lt, lt_eq, neq},
    },
    datatypes::{DataType, Float64Type},
};

use super::{Values, arrow};
use crate::{
    base::{Oid, Result},
    query::{
        exec::comparison::{self, Comparison},
        ir::Call,
    },
    types::{Datum, column::constant, oid, order},
};

/// How two columns of a comparison are brought together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// As they are.
    Native,
    Integers,
    Floats,
}

fn meeting(call: &Call) -> Option<(Comparison, Meeting)> {
    let [left, right] = call.args.as_slice() else { return None };
    let comparison = comparison::comparison(&call.function)?;
    let (left, right) = (left.ty().oid, right.ty().oid);
    let integer = |type_oid| matches!(type_oid, oid::INT2 | oid::INT4 | oid::INT8);
    let float = |type_oid| matches!(type_oid, oid::FLOAT4 | oid::FLOAT8);
    let meeting = if left == right && order::is_native(left) {
        Meeting::Native
    } else if integer(left) && integer(right) {
        Meeting::Integers
    } else if float(left) && float(right) {
        Meeting::Floats
    } else {
        return None;
    };
    Some((comparison, meeting))
}

/// Whether [`compare`] knows the call.
pub fn applies(call: &Call) -> bool {
    meeting(call).is_some()
}

/// A comparison of two results; `None` if it is not one that has a kernel.
pub fn compare(call: &Call, left: &Values, right: &Values, rows: usize) -> Result<Option<Values>> {
    let Some((comparison, meeting)) = meeting(call) else { return Ok(None) };
    let null = |values: &Values| matches!(values, Values::Constant(Datum::Null));
    if null(left) || null(right) {
        return Ok(Some(Values::Column(Arc::new(BooleanArray::new_null(rows)))));
    }
    let left = operand(left, call.args[0].ty().oid, meeting)?;
    let right = operand(right, call.args[1].ty().oid, meeting)?;
    let result = if meeting == Meeting::Floats {
        floats(comparison, &left, &right, rows)
    } else {
        native(comparison, &left, &right)?
    };
    Ok(Some(Values::Column(Arc::new(result))))
}

enum Operand {
    Column(ArrayRef),
    One(ArrayRef),
}

fn operand(values: &Values, type_oid: Oid, meeting: Meeting) -> Result<Operand> {
    let cast = |array: ArrayRef| match meeting {
        Meeting::Native => Ok(array),
        Meeting::Integers => compute::cast(&array, &DataType::Int64).map_err(arrow),
        Meeting::Floats => compute::cast(&array, &DataType::Float64).map_err(arrow),
    };
    Ok(match values {
        Values::Column(column) => Operand::Column(cast(column.clone())?),
        Values::Constant(value) => Operand::One(cast(constant(value, type_oid, 1)?)?),
    })
}

fn native(comparison: Comparison, left: &Operand, right: &Operand) -> Result<BooleanArray> {
    use datafusion::arrow::array::Datum as Cells;
    let kernel = match comparison {
        Comparison::Equal => eq,
        Comparison::NotEqual => neq,
        Comparison::Less => lt,
        Comparison::LessEqual => lt_eq,
        Comparison::Greater => gt,
        Comparison::GreaterEqual => gt_eq,
    };
    let cells = |operand: &Operand| -> Box<dyn Cells> {
        match operand {
            Operand::Column(column) => Box::new(column.clone()),
            Operand::One(value) => Box::new(Scalar::new(value.clone())),
        }
    };
    kernel(&*cells(left), &*cells(right)).map_err(arrow)
}

fn floats(comparison: Comparison, left: &Operand, right: &Operand, rows: usize) -> BooleanArray {
    let parts = |operand: &Operand| match operand {
        Operand::Column(column) => {
            (column.as_primitive::<Float64Type>().clone(), column.nulls().cloned(), false)
        }
        Operand::One(value) => (value.as_primitive::<Float64Type>().clone(), None, true),
    };
    let (left, left_nulls, left_one) = parts(left);
    let (right, right_nulls, right_one) = parts(right);
    let (left, right) = (left.values(), right.values());
    let values = BooleanBuffer::collect_bool(rows, |row| {
        let a = left[if left_one { 0 } else { row }];
        let b = right[if right_one { 0 } else { row }];
        let ordering = a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
        match comparison {
            Comparison::Equal => ordering == Ordering::Equal,
            Comparison::NotEqual => ordering != Ordering::Equal,
            Comparison::Less => ordering == Ordering::Less,
            Comparison::LessEqual => ordering != Ordering::Greater,
            Comparison::Greater => ordering == Ordering::Greater,
            Comparison::GreaterEqual => ordering != Ordering::Less,
        }
    });
    BooleanArray::new(values, NullBuffer::union(left_nulls.as_ref(), right_nulls.as_ref()))
}
