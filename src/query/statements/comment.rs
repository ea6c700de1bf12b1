//! COMMENT ON.

use super::{
    command,
    names::{find_relation, split_qualified},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        catalog::constraints,
        env::Env,
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{CONSTRAINT_COMMENT, Object},
    },
};

/// Errors: 42P01, 42703, 42704, 42809, 3F000 if there is no such object of that kind.
pub fn comment(session: &mut Session, statement: &ast::CommentStmt) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let node = statement
        .object
        .as_deref()
        .ok_or_else(|| PgError::internal("COMMENT without an object"))?;
    let Some((object, column)) = target(session, &env, statement.objtype(), node)? else {
        return command("COMMENT");
    };
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

/// The object and the column, as [`Object::Comment`] keeps them. `None`: there is nothing to
/// comment on, and that is no error.
fn target(
    session: &Session,
    env: &Env,
    kind: ast::ObjectType,
    node: &ast::Node,
) -> Result<Option<(Oid, i32)>> {
    use ast::ObjectType as Kind;
    let catalog = &env.catalog;
    let found = match kind {
        Kind::ObjectColumn => return column(env, node).map(Some),
        Kind::ObjectTabconstraint => return constraint(env, node).map(Some),
        Kind::ObjectTable | Kind::ObjectIndex | Kind::ObjectView | Kind::ObjectSequence => {
            return relation(env, kind, node).map(|oid| Some((oid, 0)));
        }
        Kind::ObjectSchema => {
            let (_, name) = split_qualified(node)?;
            catalog.schema_named(&name).map(|schema| schema.oid).ok_or_else(|| {
                PgError::new(
                    sqlstate::INVALID_SCHEMA_NAME,
                    format!("schema \"{name}\" does not exist"),
                )
            })
        }
        Kind::ObjectExtension => {
            let (_, name) = split_qualified(node)?;
            let found = catalog.extension_named(&name).map(|extension| extension.oid);
            found.ok_or_else(|| undefined("extension", &name))
        }
        Kind::ObjectRole => {
            let (_, name) = split_qualified(node)?;
            let found = catalog.role_named(&name).map(|role| role.oid);
            found.ok_or_else(|| undefined("role", &name))
        }
        Kind::ObjectDatabase => {
            let (_, name) = split_qualified(node)?;
            let Some(found) = catalog.database_named(&name) else {
                // A dump may be loaded under another name.
                session.notice(PgError::warning(
                    sqlstate::INVALID_CATALOG_NAME,
                    format!("database \"{name}\" does not exist"),
                ));
                return Ok(None);
            };
            Ok(found.oid)
        }
        other => Err(PgError::unsupported(format!(
            "COMMENT ON {}",
            other.as_str_name().replace("OBJECT_", "").replace('_', " ")
        ))),
    };
    found.map(|oid| Some((oid, 0)))
}

fn undefined(kind: &str, name: &str) -> PgError {
    PgError::new(sqlstate::UNDEFINED_OBJECT, format!("{kind} \"{name}\" does not exist"))
}

fn no_relation(name: &str) -> PgError {
    PgError::new(sqlstate::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist"))
}

/// Errors: 42P01; 42809 `"x" is not a view`.
fn relation(env: &Env, kind: ast::ObjectType, node: &ast::Node) -> Result<Oid> {
    use ast::ObjectType as Kind;
    let (schema, name) = split_qualified(node)?;
    let found = find_relation(env, &schema, &name).ok_or_else(|| no_relation(&name))?;
    let (fits, wanted) = match kind {
        Kind::ObjectIndex => (matches!(found, Object::Index(_)), "an index"),
        Kind::ObjectView => (matches!(found, Object::View(_)), "a view"),
        Kind::ObjectSequence => (matches!(found, Object::Sequence(_)), "a sequence"),
        _ => (matches!(found, Object::Table(_)), "a table"),
    };
    match fits {
        true => Ok(found.oid()),
        false => err!(WRONG_OBJECT_TYPE, "\"{name}\" is not {wanted}"),
    }
}

/// `schema.table.name`: what stands before the last name, and that.
fn inside(node: &ast::Node) -> Result<(String, String, String)> {
    let Some(NodeEnum::List(list)) = &node.node else {
        return Err(PgError::internal("a qualified name expected"));
    };
    let Some((last, front)) = list.items.split_last() else {
        return Err(PgError::internal("a name expected"));
    };
    let front = ast::List { items: front.to_vec() };
    let (schema, table) = split_qualified(&ast::Node { node: Some(NodeEnum::List(front)) })?;
    let (_, name) = split_qualified(last)?;
    Ok((schema, table, name))
}

/// Errors: 42P01, 42703; 42809 for a relation whose columns take no comment.
fn column(env: &Env, node: &ast::Node) -> Result<(Oid, i32)> {
    let (schema, relation, column) = inside(node)?;
    let found = find_relation(env, &schema, &relation).ok_or_else(|| no_relation(&relation))?;
    let position = match found {
        Object::Table(table) => table
            .columns
            .iter()
            .position(|candidate| candidate.name == column && !candidate.dropped),
        Object::View(view) => view.columns.iter().position(|(name, _)| *name == column),
        other => {
            let kind = if matches!(other, Object::Index(_)) { "indexes" } else { "sequences" };
            let message = format!("cannot set comment on relation \"{relation}\"");
            return Err(PgError::new(sqlstate::WRONG_OBJECT_TYPE, message)
                .detail(format!("This operation is not supported for {kind}.")));
        }
    };
    match position {
        Some(position) => Ok((found.oid(), position as i32 + 1)),
        None => {
            err!(UNDEFINED_COLUMN, "column \"{column}\" of relation \"{relation}\" does not exist")
        }
    }
}

/// Errors: 42P01, 42704.
fn constraint(env: &Env, node: &ast::Node) -> Result<(Oid, i32)> {
    let (schema, table, name) = inside(node)?;
    let Some(Object::Table(found)) = find_relation(env, &schema, &table) else {
        return Err(no_relation(&table));
    };
    let constraint = constraints(&env.catalog)
        .find(|constraint| constraint.table.oid == found.oid && constraint.name == name);
    match constraint {
        Some(constraint) => Ok((constraint.oid, CONSTRAINT_COMMENT)),
        None => {
            err!(UNDEFINED_OBJECT, "constraint \"{name}\" for table \"{table}\" does not exist")
        }
    }
}
