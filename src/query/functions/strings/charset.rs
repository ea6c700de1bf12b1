//! Character sets other than UTF-8: `convert_from`, `convert_to`, `convert`.

use crate::{
    base::Result,
    pg_error,
    query::functions::{Context, args::bytea},
    types::{Datum, charset::Charset},
};

fn source(name: &Datum) -> Result<Charset> {
    let name = name.as_str();
    Charset::named(name).ok_or_else(|| {
        pg_error!(INVALID_PARAMETER_VALUE, "invalid source encoding name \"{name}\"")
    })
}

fn destination(name: &Datum) -> Result<Charset> {
    let name = name.as_str();
    Charset::named(name).ok_or_else(|| {
        pg_error!(INVALID_PARAMETER_VALUE, "invalid destination encoding name \"{name}\"")
    })
}

pub fn pg_convert_from(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::text(source(&args[1])?.decode(bytea(&args[0]))?))
}

pub fn pg_convert_to(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bytea(destination(&args[1])?.encode(args[0].as_str())?.as_ref().into()))
}

pub fn pg_convert(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (from, to) = (source(&args[1])?, destination(&args[2])?);
    let text = from.decode(bytea(&args[0]))?;
    Ok(Datum::Bytea(to.encode(&text)?.as_ref().into()))
}

pub fn getdatabaseencoding(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok("UTF8".into())
}
