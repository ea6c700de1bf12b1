//! Types and names.

use crate::{
    base::{Oid, Result},
    query::{catalog::spelling, functions::Context},
    types::{Datum, PgType, oid, typmod},
};

pub fn pg_typeof(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Oid(context.arg_types[0].oid.0))
}

pub fn format_type(context: &Context, args: &[Datum]) -> Result<Datum> {
    let Datum::Oid(oid) = &args[0] else { return Ok(Datum::Null) };
    if *oid == 0 {
        return Ok(Datum::text("-"));
    }
    let name = match &args[1] {
        Datum::Int4(modifier) => {
            typmod::format_type_given(PgType::with_typmod(Oid(*oid), *modifier))
        }
        _ => typmod::format_type(PgType::new(Oid(*oid))),
    };
    let schema = spelling::type_prefix(context.env, Oid(*oid));
    Ok(format!("{schema}{name}").into())
}

/// `to_regclass` and its kin: NULL where there is no such object.
pub fn to_reg(context: &Context, args: &[Datum]) -> Result<Datum> {
    let names = context.env.style.names.as_ref();
    let found = names.and_then(|names| names.object_of(context.result.oid, args[0].as_str()).ok());
    Ok(found.map_or(Datum::Null, |oid| Datum::Oid(oid.0)))
}

/// Every collatable value has the one collation.
pub fn pg_collation_for(context: &Context, _: &[Datum]) -> Result<Datum> {
    let type_oid = context.arg_types[0].oid;
    match oid::category(type_oid) {
        'S' | 'X' => Ok("\"default\"".into()),
        _ => crate::err!(
            DATATYPE_MISMATCH,
            "collations are not supported by type {}",
            typmod::format_type(PgType::new(type_oid))
        ),
    }
}
