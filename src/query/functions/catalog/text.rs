//! `pg_get_indexdef`, `pg_get_constraintdef`, `pg_get_viewdef`, `pg_get_ruledef`.

use super::{oid_of, text_or_null};
use crate::{
    base::{Oid, Result},
    pg_error,
    query::{
        catalog::{
            constraint_by_oid,
            definition::{self, Form},
        },
        functions::{Context, args::int4},
    },
    storage::catalog::{Object, View},
    types::{Datum, oid},
};

/// The last argument, where it is there, asks for the pretty form.
fn form(argument: Option<&Datum>) -> Form {
    match argument {
        Some(Datum::Bool(true)) => Form::Pretty,
        _ => Form::Plain,
    }
}

/// `(index)`, or `(index, column, pretty)`: column 0 is all of it.
pub(super) fn pg_get_indexdef(context: &Context, args: &[Datum]) -> Result<Datum> {
    let catalog = &context.env.catalog;
    let Some(index) = catalog.index(oid_of(&args[0])) else { return Ok(Datum::Null) };
    let column = args.get(1).map_or(0, int4);
    if column == 0 {
        return Ok(text_or_null(definition::index(context.env, index, form(args.get(2)))));
    }
    let name = usize::try_from(column)
        .ok()
        .and_then(|column| definition::index_column(context.env, index, column));
    Ok(name.unwrap_or_default().into())
}

pub(super) fn pg_get_constraintdef(context: &Context, args: &[Datum]) -> Result<Datum> {
    let found = constraint_by_oid(&context.env.catalog, oid_of(&args[0]));
    let text = |found| definition::constraint(&found, form(args.get(1)), context.env);
    Ok(text_or_null(found.map(text)))
}

fn view<'a>(context: &Context<'a>, oid: Oid) -> Option<&'a View> {
    match context.env.catalog.object(oid) {
        Some(Object::View(view)) => Some(view),
        _ => None,
    }
}

pub(super) fn pg_get_viewdef(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(text_or_null(
        view(context, oid_of(&args[0])).map(|view| definition::view(context.env, view)),
    ))
}

/// By name. Errors: 42P01 `relation "x" does not exist`.
pub(super) fn pg_get_viewdef_named(context: &Context, args: &[Datum]) -> Result<Datum> {
    let name = args[0].as_str();
    let missing = || pg_error!(UNDEFINED_TABLE, "relation \"{name}\" does not exist");
    let names = context.env.style.names.as_ref().ok_or_else(missing)?;
    let found = names.object_of(oid::REGCLASS, name)?;
    Ok(text_or_null(view(context, found).map(|view| definition::view(context.env, view))))
}

/// The rule that a view is; it has the view's oid.
pub(super) fn pg_get_ruledef(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(text_or_null(view(context, oid_of(&args[0])).map(|view| {
        format!(
            "CREATE RULE \"_RETURN\" AS\n    ON SELECT TO {} DO INSTEAD {}",
            definition::qualified(&context.env.catalog, view.schema, &view.name),
            definition::view(context.env, view)
        )
    })))
}
