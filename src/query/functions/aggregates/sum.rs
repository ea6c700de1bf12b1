//! `sum` and `avg`

use std::ops::Range;

use datafusion::arrow::{
    array::{Array, ArrowPrimitiveType, AsArray},
    datatypes::{DataType, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type},
};

use super::fixed_size;
use crate::{
    base::Result,
    query::functions::{
        Accumulator, Context,
        args::numeric,
        arithmetic::{float4, float8, out_of_range},
    },
    types::{Datum, interval::Interval, numeric::Numeric},
};

/// What becomes of a sum of integers.
#[derive(Clone, Copy, Debug)]
enum Yield {
    Bigint,
    Numeric,
    Average,
}

/// Integers of any width, exact.
#[derive(Debug)]
struct IntegerSum {
    sum: i128,
    count: i64,
    yields: Yield,
}

impl Accumulator for IntegerSum {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.sum += i128::from(args[0].as_i64());
        self.count += 1;
        Ok(())
    }

    fn add_cells(&mut self, _: &Context, column: &dyn Array, rows: Range<usize>) -> Result<bool> {
        let (sum, count) = match column.data_type() {
            DataType::Int16 => total::<Int16Type>(column, rows),
            DataType::Int32 => total::<Int32Type>(column, rows),
            DataType::Int64 => total::<Int64Type>(column, rows),
            _ => return Ok(false),
        };
        self.sum += sum;
        self.count += count;
        Ok(true)
    }

    fn remove(&mut self, _: &Context, args: &[Datum]) -> Result<bool> {
        self.sum -= i128::from(args[0].as_i64());
        self.count -= 1;
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        if self.count == 0 {
            return Ok(Datum::Null);
        }
        Ok(match self.yields {
            Yield::Bigint => {
                Datum::Int8(i64::try_from(self.sum).map_err(|_| out_of_range("bigint"))?)
            }
            Yield::Numeric => Datum::Numeric(Numeric::from_i128(self.sum)),
            Yield::Average => {
                Datum::Numeric(Numeric::from_i128(self.sum).div(&Numeric::from_i64(self.count))?)
            }
        })
    }

    fixed_size!();
}

/// The sum of a column's cells, and how many are not NULL.
fn total<T>(column: &dyn Array, rows: Range<usize>) -> (i128, i64)
where
    T: ArrowPrimitiveType,
    i128: From<T::Native>,
{
    let mut count = 0;
    let sum = cells::<T>(column, rows).inspect(|_| count += 1).map(i128::from).sum();
    (sum, count)
}

/// The cells that are not NULL.
fn cells<T: ArrowPrimitiveType>(
    column: &dyn Array,
    rows: Range<usize>,
) -> impl Iterator<Item = T::Native> {
    let column = column.as_primitive::<T>();
    let nulls = column.nulls();
    rows.filter(move |row| nulls.is_none_or(|nulls| nulls.is_valid(*row)))
        .map(|row| column.value(row))
}

fn integers(yields: Yield) -> Box<dyn Accumulator> {
    Box::new(IntegerSum { sum: 0, count: 0, yields })
}

pub fn sum_integer(_: &Context) -> Box<dyn Accumulator> {
    integers(Yield::Bigint)
}

pub fn sum_bigint(_: &Context) -> Box<dyn Accumulator> {
    integers(Yield::Numeric)
}

pub fn avg_integer(_: &Context) -> Box<dyn Accumulator> {
    integers(Yield::Average)
}

#[derive(Debug)]
struct NumericSum {
    sum: Numeric,
    count: i64,
    average: bool,
}

impl Accumulator for NumericSum {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.sum = self.sum.add(numeric(&args[0]))?;
        self.count += 1;
        Ok(())
    }

    /// A value that may have set the sum's scale, or is not finite, cannot be taken out.
    fn remove(&mut self, _: &Context, args: &[Datum]) -> Result<bool> {
        let value = numeric(&args[0]);
        let (Some(sum), Some(scale)) = (self.sum.scale(), value.scale()) else { return Ok(false) };
        if scale > 0 && scale == sum {
            return Ok(false);
        }
        self.sum = self.sum.sub(value)?;
        self.count -= 1;
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        if self.count == 0 {
            return Ok(Datum::Null);
        }
        Ok(Datum::Numeric(if self.average {
            self.sum.div(&Numeric::from_i64(self.count))?
        } else {
            self.sum.clone()
        }))
    }

    fixed_size!();
}

pub fn sum_numeric(_: &Context) -> Box<dyn Accumulator> {
    Box::new(NumericSum { sum: Numeric::zero(), count: 0, average: false })
}

pub fn avg_numeric(_: &Context) -> Box<dyn Accumulator> {
    Box::new(NumericSum { sum: Numeric::zero(), count: 0, average: true })
}

/// `sum(real)` adds reals.
#[derive(Debug, Default)]
struct Float4Sum(Option<f32>);

impl Float4Sum {
    fn push(&mut self, value: f32) -> Result<()> {
        self.0 = Some(match self.0 {
            None => value,
            Some(sum) => float4::add(sum, value)?,
        });
        Ok(())
    }
}

impl Accumulator for Float4Sum {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.push(args[0].as_f64() as f32)
    }

    fn add_cells(&mut self, _: &Context, column: &dyn Array, rows: Range<usize>) -> Result<bool> {
        if *column.data_type() != DataType::Float32 {
            return Ok(false);
        }
        cells::<Float32Type>(column, rows).try_for_each(|value| self.push(value))?;
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.0.map_or(Datum::Null, Datum::Float4))
    }

    fixed_size!();
}

pub fn sum_float4(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Float4Sum::default())
}

#[derive(Debug, Default)]
struct Float8Sum {
    sum: f64,
    count: u64,
    average: bool,
}

impl Float8Sum {
    fn push(&mut self, value: f64) -> Result<()> {
        // The first value is the sum, so that -0 stays -0; an average starts at 0.
        let is_first = self.count == 0 && !self.average;
        self.sum = if is_first { value } else { float8::add(self.sum, value)? };
        self.count += 1;
        Ok(())
    }
}

impl Accumulator for Float8Sum {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.push(args[0].as_f64())
    }

    fn add_cells(&mut self, _: &Context, column: &dyn Array, rows: Range<usize>) -> Result<bool> {
        match column.data_type() {
            DataType::Float32 => cells::<Float32Type>(column, rows)
                .try_for_each(|value| self.push(f64::from(value)))?,
            DataType::Float64 => {
                cells::<Float64Type>(column, rows).try_for_each(|value| self.push(value))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(match (self.count, self.average) {
            (0, _) => Datum::Null,
            (_, false) => Datum::Float8(self.sum),
            (count, true) => Datum::Float8(self.sum / count as f64),
        })
    }

    fixed_size!();
}

pub fn sum_float(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Float8Sum::default())
}

pub fn avg_float(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Float8Sum { average: true, ..Float8Sum::default() })
}

/// Intervals, field by field; infinite ones are only counted.
#[derive(Debug, Default)]
struct IntervalSum {
    months: i64,
    days: i64,
    micros: i128,
    count: i64,
    infinite: i64,
    negative_infinite: i64,
    average: bool,
}

impl IntervalSum {
    fn shift(&mut self, value: &Datum, sign: i64) {
        let Datum::Interval(value) = value else {
            unreachable!("interval expected, found {value:?}")
        };
        self.count += sign;
        if *value == Interval::INFINITY {
            self.infinite += sign;
        } else if *value == Interval::NEGATIVE_INFINITY {
            self.negative_infinite += sign;
        } else {
            self.months += sign * i64::from(value.months);
            self.days += sign * i64::from(value.days);
            self.micros += i128::from(sign) * i128::from(value.micros);
        }
    }

    /// Errors: 22008 `interval out of range` where both infinities meet.
    fn unbounded(&self) -> Result<Option<Interval>> {
        match (self.infinite > 0, self.negative_infinite > 0) {
            (true, true) => crate::err!(DATETIME_FIELD_OVERFLOW, "interval out of range"),
            (true, false) => Ok(Some(Interval::INFINITY)),
            (false, true) => Ok(Some(Interval::NEGATIVE_INFINITY)),
            (false, false) => Ok(None),
        }
    }

    /// A fraction of a month becomes days of 30, a fraction of a day microseconds.
    fn quotient(&self) -> Result<Interval> {
        const MONTH_DAYS: i128 = 30;
        const DAY_US: i128 = 86_400_000_000;
        let count = i128::from(self.count);
        let (months, days) = (i128::from(self.months), i128::from(self.days));
        // What is left of the months, in days, and then of all days; both still to be divided.
        let month_days = months % count * MONTH_DAYS;
        let left_days = month_days % count + days % count;
        let whole_days = month_days / count + days / count + left_days / count;
        let micros = divide_rounded(self.micros + left_days % count * DAY_US, count);
        fields(months / count, whole_days, micros)
    }
}

/// The nearest integer, half away from zero.
fn divide_rounded(value: i128, divisor: i128) -> i128 {
    let half = if value < 0 { -divisor / 2 } else { divisor / 2 };
    (value + half) / divisor
}

fn fields(months: i128, days: i128, micros: i128) -> Result<Interval> {
    match (i32::try_from(months), i32::try_from(days), i64::try_from(micros)) {
        (Ok(months), Ok(days), Ok(micros)) => Ok(Interval { months, days, micros }),
        _ => crate::err!(DATETIME_FIELD_OVERFLOW, "interval out of range"),
    }
}

impl Accumulator for IntervalSum {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.shift(&args[0], 1);
        Ok(())
    }

    fn remove(&mut self, _: &Context, args: &[Datum]) -> Result<bool> {
        self.shift(&args[0], -1);
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        if self.count == 0 {
            return Ok(Datum::Null);
        }
        if let Some(infinity) = self.unbounded()? {
            return Ok(Datum::Interval(infinity));
        }
        Ok(Datum::Interval(if self.average {
            self.quotient()?
        } else {
            fields(self.months.into(), self.days.into(), self.micros)?
        }))
    }

    fixed_size!();
}

pub fn sum_interval(_: &Context) -> Box<dyn Accumulator> {
    Box::new(IntervalSum::default())
}

pub fn avg_interval(_: &Context) -> Box<dyn Accumulator> {
    Box::new(IntervalSum { average: true, ..IntervalSum::default() })
}
