//! `=`, `<` and their kin of `jsonb`.

use crate::{
    base::Result,
    query::functions::Context,
    types::{Datum, json::compare},
};

macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool(compare(args[0].as_str(), args[1].as_str()).$test()))
        }
    )*};
}

comparisons! {
    jsonb_eq is_eq;
    jsonb_ne is_ne;
    jsonb_lt is_lt;
    jsonb_le is_le;
    jsonb_gt is_gt;
    jsonb_ge is_ge;
}
