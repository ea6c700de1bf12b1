//! The catalogue: comments, owners, visibility.

use crate::{
    base::{Oid, Result},
    query::{
        catalog::{DATABASE_OWNER, relation_by_oid, schema_comment},
        functions::{Context, args::int4},
    },
    storage::catalog::{CONSTRAINT_COMMENT, Object, PG_CATALOG},
    types::Datum,
};

fn oid_of(value: &Datum) -> Oid {
    match value {
        Datum::Oid(value) => Oid(*value),
        other => unreachable!("oid expected, found {other:?}"),
    }
}

/// The comment on an object, or on its column counted from 1.
fn comment(context: &Context, of: Oid, at: i32) -> Datum {
    let found = context.env.catalog.objects().find_map(|object| match object {
        Object::Comment { object, column, text, .. } if *object == of && *column == at => {
            Some(text)
        }
        _ => None,
    });
    found.map_or(Datum::Null, Datum::text)
}

/// `(object)` or `(object, catalogue)`: a constraint may have an index's oid.
pub fn obj_description(context: &Context, args: &[Datum]) -> Result<Datum> {
    let column = match args.get(1).map(Datum::as_str) {
        Some("pg_constraint") => CONSTRAINT_COMMENT,
        _ => 0,
    };
    let oid = oid_of(&args[0]);
    Ok(match (comment(context, oid, column), context.env.catalog.schema(oid)) {
        (Datum::Null, Some(schema)) => {
            schema_comment(&schema.name).map_or(Datum::Null, Datum::text)
        }
        (comment, _) => comment,
    })
}

/// Column 0 is the table, which this function does not tell of.
pub fn col_description(context: &Context, args: &[Datum]) -> Result<Datum> {
    match int4(&args[1]) {
        ..=0 => Ok(Datum::Null),
        column => Ok(comment(context, oid_of(&args[0]), column)),
    }
}

pub fn pg_get_userbyid(context: &Context, args: &[Datum]) -> Result<Datum> {
    let oid = oid_of(&args[0]);
    Ok(match context.env.catalog.object(oid) {
        Some(Object::Role(role)) => Datum::text(&role.name),
        _ if oid == DATABASE_OWNER.0 => Datum::text(DATABASE_OWNER.1),
        _ => format!("unknown (OID={oid})").into(),
    })
}

/// Whether a relation is found by its bare name. NULL if there is none.
pub fn pg_table_is_visible(context: &Context, args: &[Datum]) -> Result<Datum> {
    let oid = oid_of(&args[0]);
    let env = context.env;
    let Some(object) = env.catalog.object(oid) else {
        return Ok(relation_by_oid(oid).map_or(Datum::Null, |system| {
            let schema = system.schema;
            Datum::Bool(schema == PG_CATALOG || env.search_path.contains(&schema))
        }));
    };
    let Some((_, name)) = object.relation_name(&env.catalog) else { return Ok(Datum::Null) };
    let first = env.search_path.iter().find_map(|schema| env.catalog.relation(*schema, &name));
    Ok(Datum::Bool(first.is_some_and(|first| first.oid() == oid)))
}
