//! Comparison of dates, timestamps, times and intervals, across types too.

use std::{cmp::Ordering, sync::Arc};

use datafusion::arrow::{array::ArrayRef, compute::kernels::cmp};

use crate::{
    base::Result,
    query::functions::{
        Context,
        columns::{Operand, broken, spread},
    },
    types::{
        Datum,
        datetime::{
            TimeZone,
            arithmetic::{date_to_timestamp_or_end, to_utc},
            calendar::is_infinite_timestamp,
        },
        order,
    },
};

/// The moment of a date or local timestamp for comparison; what is out of range is an end.
fn moment(local: i64, zone: &TimeZone) -> i64 {
    if is_infinite_timestamp(local) {
        return local;
    }
    to_utc(local, zone).unwrap_or(if local > 0 { i64::MAX - 1 } else { i64::MIN + 1 })
}

fn order_of(context: &Context, args: &[Datum]) -> Ordering {
    use Datum::{Date, Time, Timestamp, TimestampTz};
    let zone = &context.env.style.time_zone;
    match (&args[0], &args[1]) {
        (Date(a), Date(b)) => a.cmp(b),
        (Time(a), Time(b)) | (Timestamp(a), Timestamp(b)) | (TimestampTz(a), TimestampTz(b)) => {
            a.cmp(b)
        }
        (Date(a), Timestamp(b)) => date_to_timestamp_or_end(*a).cmp(b),
        (Timestamp(a), Date(b)) => a.cmp(&date_to_timestamp_or_end(*b)),
        (Date(a), TimestampTz(b)) => moment(date_to_timestamp_or_end(*a), zone).cmp(b),
        (TimestampTz(a), Date(b)) => a.cmp(&moment(date_to_timestamp_or_end(*b), zone)),
        (Timestamp(a), TimestampTz(b)) => moment(*a, zone).cmp(b),
        (TimestampTz(a), Timestamp(b)) => a.cmp(&moment(*b, zone)),
        (a, b) => order::compare(a, b, context.arg_types[0].oid),
    }
}

macro_rules! comparisons {
    ($($name:ident $test:ident $kernel:ident;)*) => {$(
        pub mod $name {
            use super::*;

            pub fn value(context: &Context, args: &[Datum]) -> Result<Datum> {
                Ok(Datum::Bool(order_of(context, args).$test()))
            }

            /// Two columns of one type, whose numbers compare as its values do.
            pub fn columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
                let (left, right) = (Operand::new(&args[0], rows), Operand::new(&args[1], rows));
                spread(Arc::new(cmp::$kernel(&left, &right).map_err(broken)?), rows)
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
