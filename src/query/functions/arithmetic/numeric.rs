//! The operators of `numeric`.

use crate::{
    base::Result,
    query::functions::{Context, args::numeric},
    types::Datum,
};

macro_rules! binary {
    ($($name:ident $compute:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            numeric(&args[0]).$compute(numeric(&args[1])).map(Datum::Numeric)
        }
    )*};
}

binary! {
    numeric_add add;
    numeric_sub sub;
    numeric_mul mul;
    numeric_div div;
    numeric_div_trunc div_trunc;
    numeric_mod modulo;
}

pub fn numeric_uminus(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(numeric(&args[0]).neg()))
}

pub fn numeric_uplus(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(args[0].clone())
}

pub fn numeric_abs(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Numeric(numeric(&args[0]).abs()))
}
