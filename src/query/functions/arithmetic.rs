//! `+ - * / %`, signs and bit operators of the integers, floats and numeric.
//!
//! Integers of two widths compute at the wider one and raise 22003 when the result does not fit;
//! floats raise 22003 on overflow and underflow, as PostgreSQL does, instead of going to infinity.

use std::sync::Arc;

use datafusion::arrow::{
    array::{ArrayRef, PrimitiveArray},
    buffer::NullBuffer,
    compute::kernels::numeric as kernels,
    datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type},
};

use super::{
    Context, Family,
    columns::{Operand, arithmetic, spread},
};
use crate::{
    base::{PgError, Result},
    pg_error,
    types::Datum,
};

mod numeric;
mod rows;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

pub fn division_by_zero() -> PgError {
    pg_error!(DIVISION_BY_ZERO, "division by zero")
}

pub fn out_of_range(kind: &str) -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "{kind} out of range")
}

/// The operators of one integer width; arguments may be narrower.
macro_rules! integers {
    ($module:ident $native:ident $register:ident $datum:ident $arrow:ident $kind:literal) => {
        mod $module {
            use super::*;

            fn narrow(value: Option<i64>) -> Result<Datum> {
                value
                    .and_then(|value| $native::try_from(value).ok())
                    .map(Datum::$datum)
                    .ok_or_else(|| out_of_range($kind))
            }

            pub fn pl(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(args[0].as_i64().checked_add(args[1].as_i64()))
            }

            pub fn mi(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(args[0].as_i64().checked_sub(args[1].as_i64()))
            }

            pub fn mul(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(args[0].as_i64().checked_mul(args[1].as_i64()))
            }

            pub fn div(_: &Context, args: &[Datum]) -> Result<Datum> {
                match args[1].as_i64() {
                    0 => Err(division_by_zero()),
                    divisor => narrow(args[0].as_i64().checked_div(divisor)),
                }
            }

            /// The minimum modulo -1 is 0, not an overflow.
            pub fn modulo(_: &Context, args: &[Datum]) -> Result<Datum> {
                match args[1].as_i64() {
                    0 => Err(division_by_zero()),
                    divisor => narrow(Some(args[0].as_i64().wrapping_rem(divisor))),
                }
            }

            pub fn um(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(args[0].as_i64().checked_neg())
            }

            pub fn up(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(args[0].clone())
            }

            pub fn abs(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(args[0].as_i64().checked_abs())
            }

            pub fn and(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(Some(args[0].as_i64() & args[1].as_i64()))
            }

            pub fn or(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(Some(args[0].as_i64() | args[1].as_i64()))
            }

            pub fn xor(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(Some(args[0].as_i64() ^ args[1].as_i64()))
            }

            pub fn not(_: &Context, args: &[Datum]) -> Result<Datum> {
                narrow(Some(!args[0].as_i64()))
            }

            /// The shift counts modulo the register's width, as the machine's instruction does.
            pub fn shl(_: &Context, args: &[Datum]) -> Result<Datum> {
                let value = args[0].as_i64() as $register;
                Ok(Datum::$datum(value.wrapping_shl(args[1].as_i64() as u32) as $native))
            }

            pub fn shr(_: &Context, args: &[Datum]) -> Result<Datum> {
                let value = args[0].as_i64() as $register;
                Ok(Datum::$datum(value.wrapping_shr(args[1].as_i64() as u32) as $native))
            }

            integers!(@columns $arrow $kind pl_columns add);
            integers!(@columns $arrow $kind mi_columns sub);
            integers!(@columns $arrow $kind mul_columns mul);
            integers!(@columns $arrow $kind div_columns div);
            integers!(@columns $arrow $kind modulo_columns rem);
        }
    };
    (@columns $arrow:ident $kind:literal $name:ident $kernel:ident) => {
        pub fn $name(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
            let left = Operand::widened(&args[0], rows, &DataType::$arrow)?;
            let right = Operand::widened(&args[1], rows, &DataType::$arrow)?;
            let result =
                kernels::$kernel(&left, &right).map_err(|error| arithmetic(error, $kind))?;
            spread(result, rows)
        }
    };
}

integers!(int2 i16 i32 Int2 Int16 "smallint");
integers!(int4 i32 i32 Int4 Int32 "integer");
integers!(int8 i64 i64 Int8 Int64 "bigint");

fn overflow() -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

fn underflow() -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow")
}

/// The operators of one float width; the other argument of a cross-type operator widens.
macro_rules! floats {
    ($module:ident $native:ident $datum:ident $arrow:ident $data_type:ident) => {
        pub mod $module {
            use super::*;

            pub fn add(a: $native, b: $native) -> Result<$native> {
                let result = a + b;
                if result.is_infinite() && a.is_finite() && b.is_finite() {
                    return Err(overflow());
                }
                Ok(result)
            }

            pub fn sub(a: $native, b: $native) -> Result<$native> {
                add(a, -b)
            }

            pub fn times(a: $native, b: $native) -> Result<$native> {
                let result = a * b;
                if result.is_infinite() && a.is_finite() && b.is_finite() {
                    return Err(overflow());
                }
                if result == 0.0 && a != 0.0 && b != 0.0 {
                    return Err(underflow());
                }
                Ok(result)
            }

            pub fn over(a: $native, b: $native) -> Result<$native> {
                if b == 0.0 && !a.is_nan() {
                    return Err(division_by_zero());
                }
                let result = a / b;
                if result.is_infinite() && a.is_finite() {
                    return Err(overflow());
                }
                if result == 0.0 && a != 0.0 && b.is_finite() {
                    return Err(underflow());
                }
                Ok(result)
            }

            floats!(@operator $native $datum $arrow $data_type pl pl_columns add);
            floats!(@operator $native $datum $arrow $data_type mi mi_columns sub);
            floats!(@operator $native $datum $arrow $data_type mul mul_columns times);
            floats!(@operator $native $datum $arrow $data_type div div_columns over);

            pub fn um(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::$datum(-(args[0].as_f64() as $native)))
            }

            pub fn up(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(args[0].clone())
            }

            pub fn abs(_: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::$datum((args[0].as_f64() as $native).abs()))
            }
        }
    };
    (@operator $native:ident $datum:ident $arrow:ident $data_type:ident $row:ident $columns:ident $compute:ident) => {
        pub fn $row(_: &Context, args: &[Datum]) -> Result<Datum> {
            $compute(args[0].as_f64() as $native, args[1].as_f64() as $native).map(Datum::$datum)
        }

        pub fn $columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
            let left = Operand::widened(&args[0], rows, &DataType::$data_type)?;
            let right = Operand::widened(&args[1], rows, &DataType::$data_type)?;
            compute_rows::<$arrow>(&left, &right, rows, $compute)
        }
    };
}

floats!(float4 f32 Float4 Float32Type Float32);
floats!(float8 f64 Float8 Float64Type Float64);

/// Computes row by row where neither side is NULL: what lies under a NULL must raise no error.
fn compute_rows<T: ArrowPrimitiveType>(
    left: &Operand,
    right: &Operand,
    rows: usize,
    compute: impl Fn(T::Native, T::Native) -> Result<T::Native>,
) -> Result<ArrayRef> {
    let nulls = NullBuffer::union(left.nulls(rows).as_ref(), right.nulls(rows).as_ref());
    let (a, b) = (left.values::<T>(), right.values::<T>());
    let mut values = Vec::with_capacity(rows);
    for row in 0..rows {
        values.push(match &nulls {
            Some(nulls) if nulls.is_null(row) => T::Native::default(),
            _ => compute(a[left.at(row)], b[right.at(row)])?,
        });
    }
    Ok(Arc::new(PrimitiveArray::<T>::new(values.into(), nulls)))
}
