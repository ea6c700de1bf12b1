//! `~`, `~*`, `!~`, `!~*`

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, BooleanBuilder},
    buffer::NullBuffer,
};

use super::{compiled::Compiled, flags::Flags};
use crate::{
    base::Result,
    query::functions::{Context, columns::Operand},
    types::Datum,
};

fn found(text: &str, pattern: &str) -> Result<bool> {
    Compiled::get(pattern, Flags::default())?.is_match(text)
}

fn found_ignoring_case(text: &str, pattern: &str) -> Result<bool> {
    Compiled::get(pattern, Flags { ignore_case: true, ..Flags::default() })?.is_match(text)
}

/// A test of two text columns, row by row, without making datums.
pub fn text_columns(
    args: &[ArrayRef],
    rows: usize,
    test: impl Fn(&str, &str) -> Result<bool>,
) -> Result<ArrayRef> {
    let (left, right) = (Operand::new(&args[0], rows), Operand::new(&args[1], rows));
    let nulls = NullBuffer::union(left.nulls(rows).as_ref(), right.nulls(rows).as_ref());
    let (texts, patterns) = (left.array.as_string_view(), right.array.as_string_view());
    let mut tests = BooleanBuilder::with_capacity(rows);
    for row in 0..rows {
        match &nulls {
            Some(nulls) if nulls.is_null(row) => tests.append_null(),
            _ => {
                tests.append_value(test(texts.value(left.at(row)), patterns.value(right.at(row)))?)
            }
        }
    }
    let tests: Box<dyn Array> = Box::new(tests.finish());
    Ok(tests.into())
}

macro_rules! tests {
    ($($name:ident $columns:ident $test:ident $expected:literal;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool($test(args[0].as_str(), args[1].as_str())? == $expected))
        }

        pub fn $columns(_: &Context, args: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
            text_columns(args, rows, |text, pattern| Ok($test(text, pattern)? == $expected))
        }
    )*};
}

tests! {
    textregexeq textregexeq_columns found true;
    textregexne textregexne_columns found false;
    texticregexeq texticregexeq_columns found_ignoring_case true;
    texticregexne texticregexne_columns found_ignoring_case false;
}
