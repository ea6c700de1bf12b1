//! `||`, `concat`, `concat_ws`.

use super::{cast_text, output_text};
use crate::{
    base::Result,
    query::functions::{Context, args::bytea},
    types::Datum,
};

pub fn textcat(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok([args[0].as_str(), args[1].as_str()].concat().into())
}

pub fn anytextcat(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok((cast_text(context, &args[0], context.arg_types[0].oid) + args[1].as_str()).into())
}

pub fn textanycat(context: &Context, args: &[Datum]) -> Result<Datum> {
    let right = cast_text(context, &args[1], context.arg_types[1].oid);
    Ok([args[0].as_str(), &right].concat().into())
}

pub fn byteacat(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bytea([bytea(&args[0]), bytea(&args[1])].concat().into()))
}

/// The arguments that are not NULL, each as its output function prints it.
fn printed<'a>(
    context: &'a Context,
    args: &'a [Datum],
    first: usize,
) -> impl Iterator<Item = String> + 'a {
    args.iter()
        .enumerate()
        .skip(first)
        .filter(|(_, value)| !value.is_null())
        .map(|(place, value)| output_text(context, value, context.arg_types[place].oid))
}

pub fn text_concat(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(printed(context, args, 0).collect::<String>().into())
}

pub fn text_concat_ws(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    Ok(printed(context, args, 1).collect::<Vec<_>>().join(args[0].as_str()).into())
}
