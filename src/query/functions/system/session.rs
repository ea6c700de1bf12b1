//! The session: who, where, with which settings.

use std::sync::Arc;

use crate::{
    base::{Oid, Result},
    err,
    query::{
        env::Env,
        functions::{Context, args::boolean},
    },
    storage::catalog::PG_CATALOG,
    types::{Datum, array::ArrayValue, oid},
};

pub fn current_database(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::text(&context.env.database))
}

pub fn current_user(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::text(&context.env.current_user))
}

pub fn session_user(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::text(&context.env.session_user))
}

fn schema_name(env: &Env, schema: &Oid) -> Option<Datum> {
    env.catalog.schema(*schema).map(|schema| Datum::text(&schema.name))
}

/// Whether a schema of the path was asked for, and is not searched in any case.
fn is_named(env: &Env, schema: &Oid) -> bool {
    *schema != PG_CATALOG && env.catalog.schema(*schema).is_none_or(|of| !of.temporary)
}

/// The schema that new objects go to: the first of the path but for `pg_catalog`, which is searched
/// unasked.
pub fn current_schema(context: &Context, _: &[Datum]) -> Result<Datum> {
    let env = context.env;
    let mut path = env.search_path.iter().filter(|schema| is_named(env, schema));
    Ok(path.find_map(|schema| schema_name(env, schema)).unwrap_or_default())
}

pub fn current_schemas(context: &Context, args: &[Datum]) -> Result<Datum> {
    let env = context.env;
    let implicit = boolean(&args[0]);
    let path = &env.search_path;
    // The temporary schema comes first, then pg_catalog, unless the path says where they come.
    let own =
        path.iter().filter(|schema| implicit && **schema != PG_CATALOG && !is_named(env, schema));
    let system = (implicit && !path.contains(&PG_CATALOG)).then_some(&PG_CATALOG);
    let named = path.iter().filter(|schema| is_named(env, schema) || **schema == PG_CATALOG);
    let names =
        own.chain(system).chain(named).filter_map(|schema| schema_name(env, schema)).collect();
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::NAME, names))))
}

/// The temporary schema of this session, which leads its search path; 0 if there is none.
pub fn pg_my_temp_schema(context: &Context, _: &[Datum]) -> Result<Datum> {
    let own = context.env.catalog.schema_named_on(&context.env.search_path, "pg_temp");
    Ok(Datum::Oid(own.map_or(0, |schema| schema.oid.0)))
}

/// Whether a schema is the temporary one of another session.
pub fn pg_is_other_temp_schema(context: &Context, args: &[Datum]) -> Result<Datum> {
    let env = context.env;
    let oid = Oid(args[0].as_i64() as u32);
    let temporary = env.catalog.schema(oid).is_some_and(|schema| schema.temporary);
    Ok(Datum::Bool(temporary && !env.search_path.contains(&oid)))
}

/// Errors: 22023 for an empty or long channel, or a long payload.
pub fn pg_notify(context: &Context, args: &[Datum]) -> Result<Datum> {
    let text = |arg: &Datum| match arg.is_null() {
        true => String::new(),
        false => arg.as_str().to_owned(),
    };
    context.env.services.notify(&text(&args[0]), &text(&args[1]))?;
    Ok(Datum::text(""))
}

pub fn pg_backend_pid(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(context.env.backend_pid))
}

pub fn pg_client_encoding(context: &Context, _: &[Datum]) -> Result<Datum> {
    let name = context.env.services.setting("client_encoding");
    Ok(name.map_or_else(|| Datum::text("UTF8"), Datum::from))
}

pub fn current_setting(context: &Context, args: &[Datum]) -> Result<Datum> {
    let name = args[0].as_str();
    match context.env.services.setting(name) {
        Some(value) => Ok(value.into()),
        None if args.get(1).is_some_and(boolean) => Ok(Datum::Null),
        None => {
            err!(UNDEFINED_OBJECT, "unrecognized configuration parameter \"{name}\"")
        }
    }
}

pub fn set_config(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return err!(NULL_VALUE_NOT_ALLOWED, "SET requires parameter name");
    }
    let name = args[0].as_str();
    let value = if args[1].is_null() { "" } else { args[1].as_str() };
    let local = args[2].as_bool().unwrap_or(false);
    let services = &context.env.services;
    services.set_setting(name, value, local)?;
    Ok(services.setting(name).map_or(Datum::Null, Datum::from))
}
