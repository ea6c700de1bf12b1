//! `min`, `max`, `any_value`

use std::{cmp::Ordering, ops::Range};

use datafusion::arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type},
};

use super::STATE_BYTES;
use crate::{
    base::Result,
    query::functions::{Accumulator, Context},
    types::{Datum, column::datum_at, oid, order},
};

#[derive(Debug)]
struct Extreme {
    best: Datum,
    /// What a better value is to the best one; `Equal`: the first one stays.
    better: Ordering,
}

impl Accumulator for Extreme {
    fn add(&mut self, context: &Context, args: &[Datum]) -> Result<()> {
        let value = &args[0];
        let replaces = match self.better {
            Ordering::Equal => self.best.is_null(),
            // Of equal values the last one stays, which shows in -0 and in numerics' scales.
            better => {
                self.best.is_null()
                    || order::compare(value, &self.best, context.arg_types[0].oid)
                        != better.reverse()
            }
        };
        if replaces {
            self.best = value.clone();
        }
        Ok(())
    }

    /// Finds the best cell among themselves before it is made a datum.
    fn add_cells(
        &mut self,
        context: &Context,
        column: &dyn Array,
        rows: Range<usize>,
    ) -> Result<bool> {
        let type_oid = context.arg_types[0].oid;
        let better = self.better;
        let nulls = column.nulls();
        let rows = rows.filter(|row| nulls.is_none_or(|nulls| nulls.is_valid(*row)));
        macro_rules! best {
            ($kind:ty, $compare:expr) => {{
                let cells = column.as_primitive::<$kind>();
                best_of(rows, better, |a, b| $compare(&cells.value(a), &cells.value(b)))
            }};
        }
        let best = match column.data_type() {
            DataType::Int16 => best!(Int16Type, Ord::cmp),
            DataType::Int32 => best!(Int32Type, Ord::cmp),
            DataType::Int64 => best!(Int64Type, Ord::cmp),
            DataType::Float32 => {
                best!(Float32Type, |a: &f32, b: &f32| float_order(f64::from(*a), f64::from(*b)))
            }
            DataType::Float64 => best!(Float64Type, |a: &f64, b: &f64| float_order(*a, *b)),
            DataType::Utf8View if matches!(type_oid, oid::TEXT | oid::VARCHAR) => {
                let cells = column.as_string_view();
                best_of(rows, better, |a, b| cells.value(a).cmp(cells.value(b)))
            }
            _ => return Ok(false),
        };
        if let Some(best) = best {
            self.add(context, &[datum_at(column, type_oid, best)?])?;
        }
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.best.clone())
    }

    fn size(&self) -> usize {
        STATE_BYTES
            + match &self.best {
                Datum::Text(text) => text.len(),
                Datum::Bytea(bytes) => bytes.len(),
                _ => 0,
            }
    }
}

/// The row with the best cell; of equal ones the last, or (`Equal`) the first of all.
fn best_of(
    mut rows: impl Iterator<Item = usize>,
    better: Ordering,
    compare: impl Fn(usize, usize) -> Ordering,
) -> Option<usize> {
    let first = rows.next()?;
    if better == Ordering::Equal {
        return Some(first);
    }
    let worse = better.reverse();
    Some(rows.fold(first, |best, row| if compare(row, best) == worse { best } else { row }))
}

/// NaN is equal to itself and greater than everything else.
fn float_order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

pub fn min(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Extreme { best: Datum::Null, better: Ordering::Less })
}

pub fn max(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Extreme { best: Datum::Null, better: Ordering::Greater })
}

pub fn any_value(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Extreme { best: Datum::Null, better: Ordering::Equal })
}
