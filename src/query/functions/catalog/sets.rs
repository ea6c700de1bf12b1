//! Set-returning functions over the catalogue.

use super::{Family, oid_of};
use crate::{
    base::Result,
    query::{
        catalog,
        functions::{
            Context,
            args::array,
            table::{functions, ty},
        },
    },
    types::Datum,
};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        3425 "pg_partition_ancestors" (REGCLASS) -> REGCLASS [] set(nothing);
        3035 "pg_listening_channels" () -> TEXT [stable] set(pg_listening_channels);
    }
    let available: &[_] =
        &[("name", ty::NAME), ("default_version", ty::TEXT), ("comment", ty::TEXT)];
    family
        .set("pg_available_extensions", &[], ty::RECORD, pg_available_extensions)
        .oid(3082)
        .stable()
        .columns(available);
    family
        .set("pg_options_to_table", &[ty::TEXT_ARRAY], ty::RECORD, pg_options_to_table)
        .oid(2289)
        .stable()
        .columns(&[("option_name", ty::TEXT), ("option_value", ty::TEXT)]);
    family
        .set("pg_get_sequence_data", &[ty::REGCLASS], ty::RECORD, pg_get_sequence_data)
        .oid(6427)
        .volatile()
        .columns(&[("last_value", ty::INT8), ("is_called", ty::BOOL)]);
    family
        .set("pg_sequence_parameters", &[ty::OID], ty::RECORD, pg_sequence_parameters)
        .oid(3078)
        .stable()
        .columns(&[
            ("start_value", ty::INT8),
            ("minimum_value", ty::INT8),
            ("maximum_value", ty::INT8),
            ("increment", ty::INT8),
            ("cycle_option", ty::BOOL),
            ("cache_size", ty::INT8),
            ("data_type", ty::OID),
        ]);
}

fn pg_listening_channels(context: &Context, _: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let channels = context.env.services.listening();
    Ok(channels.into_iter().map(|channel| vec![Datum::from(channel)]).collect())
}

/// There are no partitions.
fn nothing(_: &Context, _: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    Ok(vec![])
}

/// The relation without `installed_version`.
fn pg_available_extensions(context: &Context, _: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let mut rows = catalog::system_rows("pg_available_extensions", context.env)?;
    for row in &mut rows {
        row.remove(2);
    }
    Ok(rows)
}

/// `{m=16,fastupdate}` as rows of name and value.
fn pg_options_to_table(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let options = array(&args[0]).elements.iter().filter(|option| !option.is_null());
    let rows = options.map(|option| match option.as_str().split_once('=') {
        Some((name, value)) => vec![Datum::text(name), Datum::text(value)],
        None => vec![option.clone(), Datum::Null],
    });
    Ok(rows.collect())
}

/// What a dump asks for. A relation that is no sequence has a row of NULLs.
fn pg_get_sequence_data(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let positions = catalog::sequence_positions(context.env);
    Ok(vec![match positions.get(&oid_of(&args[0])) {
        Some(at) => vec![Datum::Int8(at.last_value), Datum::Bool(at.is_called)],
        None => vec![Datum::Null, Datum::Null],
    }])
}

fn pg_sequence_parameters(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let Some(sequence) = context.env.catalog.sequence(oid_of(&args[0])) else { return Ok(vec![]) };
    Ok(vec![vec![
        Datum::Int8(sequence.start),
        Datum::Int8(sequence.min),
        Datum::Int8(sequence.max),
        Datum::Int8(sequence.increment),
        Datum::Bool(sequence.cycle),
        Datum::Int8(sequence.cache),
        Datum::Oid(sequence.ty.0),
    ]])
}
