//! `generate_series` of integers and numerics.

use super::{Context, Family, args::numeric, table::functions};
use crate::{
    base::Result,
    err,
    types::{Datum, numeric::Numeric},
};

pub fn family() -> Family {
    let mut family = Family::default();
    let rows = &mut family;
    functions! { rows:
        1066 "generate_series" (INT4 INT4 INT4) -> INT4 [] set(int4_series);
        1067 "generate_series" (INT4 INT4) -> INT4 [] set(int4_series);
        1068 "generate_series" (INT8 INT8 INT8) -> INT8 [] set(int8_series);
        1069 "generate_series" (INT8 INT8) -> INT8 [] set(int8_series);
        3259 "generate_series" (NUMERIC NUMERIC NUMERIC) -> NUMERIC [] set(numeric_series);
        3260 "generate_series" (NUMERIC NUMERIC) -> NUMERIC [] set(numeric_series);
    }
    family
}

/// Rows between two checks for a cancel.
const CANCEL_ROWS: usize = 8192;

fn integers(context: &Context, args: &[Datum], datum: fn(i64) -> Datum) -> Result<Vec<Vec<Datum>>> {
    let (start, stop) = (args[0].as_i64(), args[1].as_i64());
    let step = args.get(2).map_or(1, Datum::as_i64);
    if step == 0 {
        return err!(INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    let mut rows = Vec::new();
    let mut next = Some(start);
    while let Some(value) =
        next.filter(|value| if step > 0 { *value <= stop } else { *value >= stop })
    {
        rows.push(vec![datum(value)]);
        if rows.len() % CANCEL_ROWS == 0 {
            context.env.services.check_cancel()?;
        }
        next = value.checked_add(step);
    }
    Ok(rows)
}

fn int4_series(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    integers(context, args, |value| Datum::Int4(value as i32))
}

fn int8_series(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    integers(context, args, Datum::Int8)
}

fn numeric_series(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let names = ["start", "stop", "step size"];
    for (value, name) in args.iter().map(numeric).zip(names) {
        if value.is_nan() {
            return err!(INVALID_PARAMETER_VALUE, "{name} value cannot be NaN");
        }
        if !value.is_finite() {
            return err!(INVALID_PARAMETER_VALUE, "{name} value cannot be infinity");
        }
    }
    let stop = numeric(&args[1]);
    let step = args.get(2).map_or_else(Numeric::one, |step| numeric(step).clone());
    if step.is_zero() {
        return err!(INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    let mut rows = Vec::new();
    let mut value = numeric(&args[0]).clone();
    while if step.signum() > 0 { value <= *stop } else { value >= *stop } {
        let following = value.add(&step)?;
        rows.push(vec![Datum::Numeric(value)]);
        value = following;
        if rows.len() % CANCEL_ROWS == 0 {
            context.env.services.check_cancel()?;
        }
    }
    Ok(rows)
}
