//! Names to objects.

use crate::{
    base::Result,
    query::functions::Context,
    types::{Datum, PgType, oid, text_io},
};

/// Errors: 42P01 if there is no such relation.
pub fn to_regclass(context: &Context, args: &[Datum]) -> Result<Datum> {
    text_io::parse(args[0].as_str(), PgType::new(oid::REGCLASS), &context.env.style)
}
