//! Strings and byte strings: case, length, slices, search, padding, quoting, encodings, digests.

use super::{Context, Family};
use crate::{
    base::{Oid, PgError, Result},
    pg_error,
    types::{Datum, oid, text_io},
};

mod bytes;
mod case;
mod charset;
mod codec;
mod concat;
mod format;
mod ident;
pub mod keywords;
mod length;
mod normalize;
mod number_format;
mod pad;
mod quote;
mod rows;
mod search;
mod slice;
mod split;
mod trim;
mod unicode;
mod uuid;

pub use case::lower_text;
pub use quote::{quoted_identifier, quoted_literal};

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

/// A value's text as `::text` gives it: `true` for a boolean, `char(n)` without its padding.
pub fn cast_text(context: &Context, value: &Datum, type_oid: Oid) -> String {
    match value {
        Datum::Bool(value) => value.to_string(),
        Datum::Text(value) if type_oid == oid::BPCHAR => value.trim_end_matches(' ').to_owned(),
        value => output_text(context, value, type_oid),
    }
}

/// A value's text as its output function gives it; NULL gives the empty string.
pub fn output_text(context: &Context, value: &Datum, type_oid: Oid) -> String {
    let mut out = String::new();
    if !value.is_null() {
        text_io::format(value, type_oid, &context.env.style, &mut out);
    }
    out
}

/// 54000: the result would exceed the size of one value.
pub fn too_long() -> PgError {
    pg_error!(PROGRAM_LIMIT_EXCEEDED, "requested length too large")
}

/// A function from one string to one.
fn mapped(args: &[Datum], map: impl FnOnce(&str) -> String) -> Result<Datum> {
    Ok(map(args[0].as_str()).into())
}
