//! `generate_series` of integers and numerics.

use super::{Context, Family, Series, args::numeric, table::functions};
use crate::{
    base::Result,
    err,
    types::{Datum, numeric::Numeric},
};

pub fn family() -> Family {
    let mut family = Family::default();
    let rows = &mut family;
    functions! { rows:
        1066 "generate_series" (INT4 INT4 INT4) -> INT4 [] series(int4_series);
        1067 "generate_series" (INT4 INT4) -> INT4 [] series(int4_series);
        1068 "generate_series" (INT8 INT8 INT8) -> INT8 [] series(int8_series);
        1069 "generate_series" (INT8 INT8) -> INT8 [] series(int8_series);
        3259 "generate_series" (NUMERIC NUMERIC NUMERIC) -> NUMERIC [] series(numeric_series);
        3260 "generate_series" (NUMERIC NUMERIC) -> NUMERIC [] series(numeric_series);
    }
    family
}

fn integers(args: &[Datum], datum: fn(i64) -> Datum) -> Result<Series> {
    let (start, stop) = (args[0].as_i64(), args[1].as_i64());
    let step = args.get(2).map_or(1, Datum::as_i64);
    if step == 0 {
        return err!(INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    let mut next = Some(start);
    Ok(Box::new(move || {
        let within = |value: &i64| if step > 0 { *value <= stop } else { *value >= stop };
        let value = next.filter(within);
        next = value.and_then(|value| value.checked_add(step));
        Ok(value.map(datum))
    }))
}

fn int4_series(_: &Context, args: &[Datum]) -> Result<Series> {
    integers(args, |value| Datum::Int4(value as i32))
}

fn int8_series(_: &Context, args: &[Datum]) -> Result<Series> {
    integers(args, Datum::Int8)
}

fn numeric_series(_: &Context, args: &[Datum]) -> Result<Series> {
    let names = ["start value", "stop value", "step size"];
    for (value, name) in args.iter().map(numeric).zip(names) {
        if value.is_nan() {
            return err!(INVALID_PARAMETER_VALUE, "{name} cannot be NaN");
        }
        if !value.is_finite() {
            return err!(INVALID_PARAMETER_VALUE, "{name} cannot be infinity");
        }
    }
    let stop = numeric(&args[1]).clone();
    let step = args.get(2).map_or_else(Numeric::one, |step| numeric(step).clone());
    if step.is_zero() {
        return err!(INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    }
    let mut next = Some(numeric(&args[0]).clone());
    Ok(Box::new(move || {
        let Some(value) = next.take() else { return Ok(None) };
        if if step.signum() > 0 { value > stop } else { value < stop } {
            return Ok(None);
        }
        // What no numeric can hold is beyond the stop value.
        next = value.add(&step).ok();
        Ok(Some(Datum::Numeric(value)))
    }))
}
