//! CREATE SCHEMA and CREATE EXTENSION.

use super::{command, names::creation_schema};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        parse::ast,
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Extension, Object, SUPERUSER, Schema},
    },
};

/// Errors: 42P06 `schema "x" already exists`; 42939 for a `pg_` name.
pub fn create_schema(session: &mut Session, statement: &ast::CreateSchemaStmt) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let name = match statement.schemaname.as_str() {
        "" => session.user.to_string(),
        name => name.to_owned(),
    };
    if name.starts_with("pg_") {
        return Err(PgError::new(
            sqlstate::RESERVED_NAME,
            format!("unacceptable schema name \"{name}\""),
        )
        .detail("The prefix \"pg_\" is reserved for system schemas."));
    }
    if !statement.schema_elts.is_empty() {
        return Err(PgError::unsupported("CREATE SCHEMA with elements"));
    }
    if env.catalog.schema_named(&name).is_some() {
        let message = format!("schema \"{name}\" already exists");
        if statement.if_not_exists {
            session.notice(PgError::notice(format!("{message}, skipping")));
            return command("CREATE SCHEMA");
        }
        return err!(DUPLICATE_SCHEMA, "{message}");
    }
    let oid = session.shared().store.allocate_oid();
    let database = session.database_oid;
    let schema = Schema { oid, name, owner: SUPERUSER, database, temporary: false };
    let change = CatalogChange::Put(Object::Schema(schema.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE SCHEMA")
}

/// `vector` and `plpgsql` are built in; CREATE EXTENSION makes them known.
///
/// Errors: 0A000 for any other; 42710 if it exists.
pub fn create_extension(
    session: &mut Session,
    statement: &ast::CreateExtensionStmt,
) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let name = statement.extname.clone();
    let version = match name.as_str() {
        "vector" => "0.8.5",
        "plpgsql" => "1.0",
        _ => {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("extension \"{name}\" is not available"),
            )
            .hint(
                "The extension must first be installed on the system where PostgreSQL is running.",
            ));
        }
    };
    if env.catalog.extension_named(&name).is_some() {
        let message = format!("extension \"{name}\" already exists");
        if statement.if_not_exists {
            session.notice(PgError::notice(format!("{message}, skipping")));
            return command("CREATE EXTENSION");
        }
        return err!(DUPLICATE_OBJECT, "{message}");
    }
    let oid = session.shared().store.allocate_oid();
    let schema = env.catalog.schema_named("public").map(|schema| schema.oid);
    let schema = schema.map_or_else(|| creation_schema(&env, ""), Ok)?;
    let extension = Extension { oid, name, schema, version: version.into() };
    let change = CatalogChange::Put(Object::Extension(extension.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE EXTENSION")
}
