//! Functions with one answer: there is no publication, no trigger.

use crate::{base::Result, query::functions::Context, types::Datum};

/// PostgreSQL's command types as bits.
const UPDATE_EVENT: i32 = 1 << 2;
const INSERT_EVENT: i32 = 1 << 3;
const DELETE_EVENT: i32 = 1 << 4;

macro_rules! constants {
    ($($name:ident $value:expr;)*) => {$(
        pub fn $name(_: &Context, _: &[Datum]) -> Result<Datum> {
            Ok($value)
        }
    )*};
}

constants! {
    always Datum::Bool(true);
    never Datum::Bool(false);
    unknown Datum::Null;
    zero Datum::Int4(0);
    nothing_queued Datum::Float8(0.0);
    empty_text Datum::text("");
    relation_events Datum::Int4(UPDATE_EVENT | INSERT_EVENT | DELETE_EVENT);
}
