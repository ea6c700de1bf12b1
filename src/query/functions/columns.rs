//! What the columnar forms share: constants that stand for whole columns, and casts of numbers.
//!
//! An argument is either `rows` long or one row long; the latter is a constant.

use std::sync::Arc;

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Datum as ArrowDatum, UInt32Array},
    buffer::{BooleanBuffer, NullBuffer},
    compute::{cast, take},
    datatypes::{ArrowPrimitiveType, DataType},
    error::ArrowError,
};

use crate::{
    base::{PgError, Result},
    pg_error,
};

/// One argument, as Arrow's kernels want it.
pub struct Operand {
    pub array: ArrayRef,
    constant: bool,
}

impl Operand {
    pub fn new(array: &ArrayRef, rows: usize) -> Self {
        Self { constant: array.len() == 1 && rows != 1, array: array.clone() }
    }

    /// The argument as `kind`; integers and floats only widen here.
    pub fn widened(array: &ArrayRef, rows: usize, kind: &DataType) -> Result<Self> {
        let mut operand = Self::new(array, rows);
        if operand.array.data_type() != kind {
            operand.array = cast(&operand.array, kind).map_err(broken)?;
        }
        Ok(operand)
    }

    /// Where row `row` lies in the array.
    pub fn at(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    pub fn nulls(&self, rows: usize) -> Option<NullBuffer> {
        match (self.constant, self.array.nulls()) {
            (true, Some(nulls)) if nulls.is_null(0) => Some(NullBuffer::new_null(rows)),
            (true, _) => None,
            (false, nulls) => nulls.cloned(),
        }
    }

    pub fn values<T: ArrowPrimitiveType>(&self) -> &[T::Native] {
        self.array.as_primitive::<T>().values()
    }
}

impl ArrowDatum for Operand {
    fn get(&self) -> (&dyn Array, bool) {
        (self.array.as_ref(), self.constant)
    }
}

/// Brings a result of constants alone to its length.
pub fn spread(result: ArrayRef, rows: usize) -> Result<ArrayRef> {
    if result.len() == rows {
        return Ok(result);
    }
    let first = UInt32Array::from_value(0, rows);
    take(&result, &first, None).map_err(broken)
}

/// A boolean column from a test of two operands' rows, NULL where either is NULL.
pub fn test_rows(
    left: &Operand,
    right: &Operand,
    rows: usize,
    test: impl Fn(usize, usize) -> bool,
) -> ArrayRef {
    let values = BooleanBuffer::collect_bool(rows, |row| test(left.at(row), right.at(row)));
    let nulls = NullBuffer::union(left.nulls(rows).as_ref(), right.nulls(rows).as_ref());
    Arc::new(BooleanArray::new(values, nulls))
}

/// Arrow's error where it can only be our own mistake.
pub fn broken(error: ArrowError) -> PgError {
    PgError::internal(error.to_string())
}

/// Arrow's arithmetic errors in PostgreSQL's words; `kind` is the type that overflowed.
pub fn arithmetic(error: ArrowError, kind: &str) -> PgError {
    match error {
        ArrowError::DivideByZero => pg_error!(DIVISION_BY_ZERO, "division by zero"),
        ArrowError::ArithmeticOverflow(_) | ArrowError::ComputeError(_) => {
            pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "{kind} out of range")
        }
        other => broken(other),
    }
}
