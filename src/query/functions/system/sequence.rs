//! Sequences

use crate::{
    base::{Oid, Result},
    err, pg_error,
    query::functions::{Context, args::boolean, strings::quoted_identifier},
    storage::catalog::Object,
    types::{Datum, oid},
};

/// The sequence that a regclass names. Errors: 42809 for another relation.
fn sequence(context: &Context, value: &Datum) -> Result<Oid> {
    let Datum::Oid(oid) = value else { unreachable!("regclass expected, found {value:?}") };
    let oid = Oid(*oid);
    let catalog = &context.env.catalog;
    if catalog.sequence(oid).is_some() {
        return Ok(oid);
    }
    match catalog.object(oid).and_then(|object| object.relation_name(catalog)) {
        Some((_, name)) => err!(WRONG_OBJECT_TYPE, "\"{name}\" is not a sequence"),
        None => err!(UNDEFINED_TABLE, "relation with OID {oid} does not exist"),
    }
}

pub fn nextval(context: &Context, args: &[Datum]) -> Result<Datum> {
    context.env.services.next_value(sequence(context, &args[0])?).map(Datum::Int8)
}

pub fn currval(context: &Context, args: &[Datum]) -> Result<Datum> {
    context.env.services.current_value(sequence(context, &args[0])?).map(Datum::Int8)
}

pub fn lastval(context: &Context, _: &[Datum]) -> Result<Datum> {
    context.env.services.last_value().map(Datum::Int8)
}

/// Errors: 22003 outside the sequence's bounds.
pub fn setval(context: &Context, args: &[Datum]) -> Result<Datum> {
    let oid = sequence(context, &args[0])?;
    let value = args[1].as_i64();
    if let Some(sequence) = context.env.catalog.sequence(oid)
        && !(sequence.min..=sequence.max).contains(&value)
    {
        return err!(
            NUMERIC_VALUE_OUT_OF_RANGE,
            "setval: value {value} is out of bounds for sequence \"{}\" ({}..{})",
            sequence.name,
            sequence.min,
            sequence.max
        );
    }
    context.env.services.set_value(oid, value, args.get(2).is_none_or(boolean))?;
    Ok(Datum::Int8(value))
}

/// The sequence behind a serial or identity column, with its schema; NULL if there is none.
pub fn pg_get_serial_sequence(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (name, column) = (args[0].as_str(), args[1].as_str());
    let missing = || pg_error!(UNDEFINED_TABLE, "relation \"{name}\" does not exist");
    let names = context.env.style.names.as_ref().ok_or_else(missing)?;
    let relation = names.object_of(oid::REGCLASS, name)?;
    let catalog = &context.env.catalog;
    let Some(Object::Table(table)) = catalog.object(relation) else { return Ok(Datum::Null) };
    let Some(found) = table.columns.iter().find(|other| !other.dropped && other.name == column)
    else {
        return err!(
            UNDEFINED_COLUMN,
            "column \"{column}\" of relation \"{}\" does not exist",
            table.name
        );
    };
    let sequence = found.sequence.and_then(|oid| catalog.sequence(oid));
    Ok(sequence.map_or(Datum::Null, |sequence| {
        let schema = catalog.schema(sequence.schema).map_or("public", |schema| &schema.name);
        format!("{}.{}", quoted_identifier(schema), quoted_identifier(&sequence.name)).into()
    }))
}
