//! `=`, `<>`, `<`, `<=`, `>`, `>=` of every type, with columnar forms where a filter runs over
//! columns whose Arrow order is PostgreSQL's, or can be made so in a loop (floats).

use std::cmp::Ordering;

use datafusion::arrow::{
    compute::kernels::cmp,
    datatypes::{DataType, Float64Type},
};

use super::{
    Context, Family,
    columns::{Operand, broken, spread, test_rows},
};
use crate::types::{Datum, oid, order};

mod rows;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

/// PostgreSQL's order of floats: -0 equals 0, NaN equals NaN and is the greatest.
pub fn float_order(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (a, b) => a.cmp(&b),
    }
}

fn order_of(context: &Context, args: &[Datum]) -> Ordering {
    let type_oid = context.arg_types[0].oid;
    match (&args[0], &args[1]) {
        // Unlike arrays, the shorter of these comes first.
        (Datum::Array(a), Datum::Array(b)) if type_oid == oid::OIDVECTOR => {
            let lengths = a.elements.len().cmp(&b.elements.len());
            lengths.then_with(|| order::compare(&args[0], &args[1], type_oid))
        }
        (a, b) => order::compare(a, b, type_oid),
    }
}

/// The six tests, each in the forms that the table names.
macro_rules! comparisons {
    ($($name:ident $test:ident $kernel:ident;)*) => {$(
        mod $name {
            use super::*;
            use crate::base::Result;
            use datafusion::arrow::array::ArrayRef;
            use std::sync::Arc;

            /// By the type's order.
            pub fn value(context: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::Bool(order_of(context, args).$test()))
            }

            /// Strings, bytewise.
            pub fn text(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::Bool(args[0].as_str().cmp(args[1].as_str()).$test()))
            }

            /// Integers of any two widths, and oids.
            pub fn int(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::Bool(args[0].as_i64().cmp(&args[1].as_i64()).$test()))
            }

            /// Floats of any two widths.
            pub fn float(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::Bool(float_order(args[0].as_f64(), args[1].as_f64()).$test()))
            }

            /// Two columns of one native kind.
            pub fn columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
                let (left, right) = (Operand::new(&args[0], rows), Operand::new(&args[1], rows));
                spread(Arc::new(cmp::$kernel(&left, &right).map_err(broken)?), rows)
            }

            /// Integers of two widths.
            pub fn cross_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
                let left = Operand::widened(&args[0], rows, &DataType::Int64)?;
                let right = Operand::widened(&args[1], rows, &DataType::Int64)?;
                spread(Arc::new(cmp::$kernel(&left, &right).map_err(broken)?), rows)
            }

            /// Floats, in [`float_order`].
            pub fn float_columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
                let left = Operand::widened(&args[0], rows, &DataType::Float64)?;
                let right = Operand::widened(&args[1], rows, &DataType::Float64)?;
                let (a, b) = (left.values::<Float64Type>(), right.values::<Float64Type>());
                Ok(test_rows(&left, &right, rows, |i, j| float_order(a[i], b[j]).$test()))
            }
        }
    )*};
}

comparisons! {
    eq is_eq eq;
    ne is_ne neq;
    lt is_lt lt;
    le is_le lt_eq;
    gt is_gt gt;
    ge is_ge gt_eq;
}
