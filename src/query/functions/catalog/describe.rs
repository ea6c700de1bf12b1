//! Objects in words, and what else is known of one object.

use super::{oid_of, text_or_null};
use crate::{
    base::{Oid, Result},
    query::{
        catalog::{
            SequencePosition, constraint_by_oid, definition, relation_by_oid, sequence_positions,
        },
        functions::{Context, args::int4, registry, strings::quoted_identifier},
    },
    storage::catalog::{Catalog, KeyConstraint, Object},
    types::{Datum, PgType, typmod},
};

const PG_TYPE: Oid = Oid(1247);
const PG_PROC: Oid = Oid(1255);
const PG_CLASS: Oid = Oid(1259);
const PG_CONSTRAINT: Oid = Oid(2606);

/// `(catalogue, object, column)`, e.g. `column price of table docs`; NULL for what is not known.
pub(super) fn pg_describe_object(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (class, object) = (oid_of(&args[0]), oid_of(&args[1]));
    let catalog = &context.env.catalog;
    Ok(text_or_null(match class {
        PG_CLASS => relation(catalog, object, int4(&args[2])),
        PG_TYPE => Some(format!("type {}", typmod::format_type(PgType::new(object)))),
        PG_PROC => registry().function_by_oid(object).map(|function| {
            let args: Vec<String> =
                function.args.iter().map(|ty| typmod::format_type(PgType::new(*ty))).collect();
            format!("function {}({})", function.name, args.join(","))
        }),
        PG_CONSTRAINT => constraint_by_oid(catalog, object).map(|found| {
            let table = quoted_identifier(&found.table.name).into_owned();
            format!("constraint {} on table {table}", quoted_identifier(&found.name))
        }),
        _ => match catalog.object(object) {
            Some(Object::Schema(schema)) => {
                Some(format!("schema {}", quoted_identifier(&schema.name)))
            }
            Some(Object::Role(role)) => Some(format!("role {}", quoted_identifier(&role.name))),
            Some(Object::Extension(extension)) => {
                Some(format!("extension {}", quoted_identifier(&extension.name)))
            }
            _ => None,
        },
    }))
}

fn relation(catalog: &Catalog, oid: Oid, column: i32) -> Option<String> {
    let position = usize::try_from(column - 1).ok();
    let (kind, name, column) = match catalog.object(oid) {
        Some(Object::Table(table)) => {
            let column = position.and_then(|position| table.columns.get(position));
            ("table", table.name.as_str(), column.map(|column| column.name.as_str()))
        }
        Some(Object::View(view)) => {
            let column = position.and_then(|position| view.columns.get(position));
            ("view", view.name.as_str(), column.map(|(name, _)| name.as_str()))
        }
        Some(Object::Index(index)) => ("index", index.name.as_str(), None),
        Some(Object::Sequence(sequence)) => ("sequence", sequence.name.as_str(), None),
        _ => ("table", relation_by_oid(oid)?.name, None),
    };
    let name = quoted_identifier(name);
    Some(match column {
        Some(column) => format!("column {} of {kind} {name}", quoted_identifier(column)),
        None => format!("{kind} {name}"),
    })
}

/// The primary key: that is the default replica identity.
pub(super) fn pg_get_replica_identity_index(context: &Context, args: &[Datum]) -> Result<Datum> {
    let catalog = &context.env.catalog;
    let Some(table) = catalog.table(oid_of(&args[0])) else { return Ok(Datum::Null) };
    let key =
        catalog.indexes_of(table).find(|index| index.constraint == Some(KeyConstraint::PrimaryKey));
    Ok(key.map_or(Datum::Null, |index| Datum::Oid(index.oid.0)))
}

/// NULL before the first `nextval`. Errors: 42809 if it is no sequence.
pub(super) fn pg_sequence_last_value(context: &Context, args: &[Datum]) -> Result<Datum> {
    let oid = oid_of(&args[0]);
    if context.env.catalog.sequence(oid).is_none() {
        let name = match context
            .env
            .catalog
            .object(oid)
            .and_then(|object| object.relation_name(&context.env.catalog))
        {
            Some((schema, name)) => definition::qualified(&context.env.catalog, schema, &name),
            None => oid.to_string(),
        };
        return crate::err!(WRONG_OBJECT_TYPE, "\"{name}\" is not a sequence");
    }
    Ok(match sequence_positions(context.env).get(&oid) {
        Some(SequencePosition { last_value, is_called: true }) => Datum::Int8(*last_value),
        _ => Datum::Null,
    })
}
