//! The operators of `numeric`.

use crate::{
    base::Result,
    query::functions::{Context, args::numeric, decimal},
    types::{Datum, numeric::Numeric},
};

macro_rules! binary {
    ($($name:ident $compute:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            decimal::$compute(numeric(&args[0]), numeric(&args[1])).map(Datum::Numeric)
        }
    )*};
}

binary! {
    numeric_add add;
    numeric_sub subtract;
    numeric_mul multiply;
    numeric_div divide;
    numeric_div_trunc divide_truncated;
    numeric_mod modulo;
}

pub fn numeric_uminus(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(decimal::negate(numeric(&args[0]))))
}

pub fn numeric_uplus(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(args[0].clone())
}

pub fn numeric_abs(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = numeric(&args[0]);
    Ok(Datum::Numeric(match decimal::signum(value) {
        Some(-1) => decimal::negate(value),
        _ => Numeric::clone(value),
    }))
}
