//! CREATE SCHEMA and CREATE EXTENSION.

use super::{command, names::creation_schema};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Extension, Object, SUPERUSER, Schema},
    },
};

/// Errors: 42P06 `schema "x" already exists`; 42939 for a `pg_` name.
pub async fn create_schema(
    session: &mut Session,
    statement: &ast::CreateSchemaStmt,
) -> Result<Outcome> {
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
    if env.catalog.schema_named(&name).is_some() {
        let message = format!("schema \"{name}\" already exists");
        if statement.if_not_exists {
            let mut notice = PgError::notice(format!("{message}, skipping"));
            notice.code = sqlstate::DUPLICATE_SCHEMA;
            session.notice(notice);
            return command("CREATE SCHEMA");
        }
        return err!(DUPLICATE_SCHEMA, "{message}");
    }
    let oid = session.shared().store.allocate_oid();
    let database = session.database_oid;
    let path = format!("\"{}\"", name.replace('"', "\"\""));
    let schema = Schema { oid, name: name.clone(), owner: SUPERUSER, database, temporary: false };
    let change = CatalogChange::Put(Object::Schema(schema.into()));
    session.transaction().writes.change(&env.catalog, change);
    if !statement.schema_elts.is_empty() {
        // The elements name each other without the schema.
        let settings = session.live.lock().settings.clone();
        let outer = settings.value("search_path");
        let path = if outer.is_empty() { path } else { format!("{path}, {outer}") };
        session.live.lock().settings.set("search_path", &path)?;
        let made = elements(session, &name, &statement.schema_elts).await;
        session.live.lock().settings = settings;
        made?;
    }
    command("CREATE SCHEMA")
}

/// Tables, views, indexes and sequences of CREATE SCHEMA, in the order they are written.
///
/// Errors: 42P15 for an element of another schema; 0A000 for other kinds.
async fn elements(session: &mut Session, schema: &str, nodes: &[ast::Node]) -> Result<()> {
    for node in nodes {
        let mut element = node.node.clone().ok_or_else(|| PgError::internal("empty element"))?;
        let relation = match &mut element {
            NodeEnum::CreateStmt(statement) => statement.relation.as_mut(),
            NodeEnum::ViewStmt(statement) => statement.view.as_mut(),
            NodeEnum::IndexStmt(statement) => statement.relation.as_mut(),
            NodeEnum::CreateSeqStmt(statement) => statement.sequence.as_mut(),
            other => return Err(PgError::unsupported(super::command_name(other))),
        };
        if let Some(relation) = relation {
            if !relation.schemaname.is_empty() && relation.schemaname != schema {
                return Err(PgError::new(
                    sqlstate::INVALID_SCHEMA_DEFINITION,
                    format!(
                        "CREATE specifies a schema ({}) different from the one being created ({schema})",
                        relation.schemaname
                    ),
                ));
            }
            relation.schemaname = schema.to_owned();
        }
        match &element {
            NodeEnum::CreateStmt(statement) => {
                super::create_table::create_table(session, statement).await?;
            }
            NodeEnum::ViewStmt(statement) => drop(super::view::create_view(session, statement)?),
            NodeEnum::IndexStmt(statement) => {
                super::create_index::create_index(session, statement).await?;
            }
            NodeEnum::CreateSeqStmt(statement) => {
                super::sequence::create_sequence(session, statement)?;
            }
            _ => {}
        }
    }
    Ok(())
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
            let mut notice = PgError::notice(format!("{message}, skipping"));
            notice.code = sqlstate::DUPLICATE_OBJECT;
            session.notice(notice);
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
