//! COMMENT ON.

use super::{
    command,
    names::{find_relation, split_qualified},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        env::Env,
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{CatalogChange, catalog::Object},
};

/// Errors: 42P01, 42703 if there is no such object.
pub fn comment(session: &mut Session, statement: &ast::CommentStmt) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let node = statement
        .object
        .as_deref()
        .ok_or_else(|| PgError::internal("COMMENT without an object"))?;
    let (object, column) = target(&env, statement.objtype(), node)?;
    let known = env.catalog.objects().find_map(|found| match found {
        Object::Comment { oid, object: of, column: at, .. } if *of == object && *at == column => {
            Some(*oid)
        }
        _ => None,
    });
    let change = match (statement.comment.as_str(), known) {
        ("", None) => return command("COMMENT"),
        ("", Some(oid)) => CatalogChange::Drop(oid),
        (text, known) => CatalogChange::Put(Object::Comment {
            oid: known.unwrap_or_else(|| session.shared().store.allocate_oid()),
            object,
            column,
            text: text.to_owned(),
        }),
    };
    session.transaction().writes.change(&env.catalog, change);
    command("COMMENT")
}

fn target(env: &Env, kind: ast::ObjectType, node: &ast::Node) -> Result<(Oid, i32)> {
    use ast::ObjectType as Kind;
    let undefined = |name: &str| {
        PgError::new(sqlstate::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist"))
    };
    match kind {
        Kind::ObjectColumn => {
            let Some(NodeEnum::List(list)) = &node.node else {
                return Err(PgError::internal("column name expected"));
            };
            let (front, last) = list.items.split_at(list.items.len() - 1);
            let front = ast::List { items: front.to_vec() };
            let (schema, table) =
                split_qualified(&ast::Node { node: Some(NodeEnum::List(front)) })?;
            let (_, column) = split_qualified(&last[0])?;
            let Some(Object::Table(found)) = find_relation(env, &schema, &table) else {
                return Err(undefined(&table));
            };
            let position =
                found.columns.iter().position(|candidate| candidate.name == column).ok_or_else(
                    || {
                        PgError::new(
                            sqlstate::UNDEFINED_COLUMN,
                            format!("column \"{column}\" of relation \"{table}\" does not exist"),
                        )
                    },
                )?;
            Ok((found.oid, position as i32 + 1))
        }
        Kind::ObjectTable | Kind::ObjectIndex | Kind::ObjectView | Kind::ObjectSequence => {
            let (schema, name) = split_qualified(node)?;
            let found = find_relation(env, &schema, &name).ok_or_else(|| undefined(&name))?;
            Ok((found.oid(), 0))
        }
        Kind::ObjectSchema => {
            let (_, name) = split_qualified(node)?;
            let found = env.catalog.schema_named(&name).ok_or_else(|| {
                PgError::new(
                    sqlstate::INVALID_SCHEMA_NAME,
                    format!("schema \"{name}\" does not exist"),
                )
            })?;
            Ok((found.oid, 0))
        }
        other => Err(PgError::unsupported(format!(
            "COMMENT ON {}",
            other.as_str_name().replace("OBJECT_", "").replace('_', " ")
        ))),
    }
}
