//! DROP TABLE, INDEX, VIEW, SEQUENCE, SCHEMA, EXTENSION.

use std::sync::Arc;

use super::{
    command,
    names::{find_relation, split_qualified},
    write::lock_table,
};
use crate::{
    base::{Oid, PgError, Result, SqlState, sqlstate},
    err,
    ingest::locks::LockMode,
    query::{
        catalog::spelling,
        env::Env,
        parse::ast,
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Object, Sequence, Table},
    },
};

/// Errors: 42P01 and its kin; 42809 for another kind of object; 2BP01 for what others depend on.
pub async fn drop_objects(session: &mut Session, statement: &ast::DropStmt) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    let cascade = statement.behavior() == ast::DropBehavior::DropCascade;
    let kind = statement.remove_type();
    let tag = match kind {
        Kind::ObjectTable => "DROP TABLE",
        Kind::ObjectIndex => "DROP INDEX",
        Kind::ObjectView => "DROP VIEW",
        Kind::ObjectSequence => "DROP SEQUENCE",
        Kind::ObjectSchema => "DROP SCHEMA",
        Kind::ObjectExtension => "DROP EXTENSION",
        Kind::ObjectType | Kind::ObjectDomain => {
            return nothing(session, statement, "type", "DROP TYPE");
        }
        Kind::ObjectFunction => return nothing(session, statement, "function", "DROP FUNCTION"),
        other => {
            let name = other.as_str_name().replace("OBJECT_", "").replace('_', " ");
            return Err(PgError::unsupported(format!("DROP {name}")));
        }
    };
    if kind == Kind::ObjectTable {
        part_from_each_other(session, statement)?;
    }
    for node in &statement.objects {
        let (schema, name) = split_qualified(node)?;
        let (env, _) = session.environment()?;
        match kind {
            Kind::ObjectSchema => drop_schema(session, &env, &name, cascade, statement.missing_ok)?,
            Kind::ObjectExtension => match env.catalog.extension_named(&name) {
                Some(extension) => {
                    drop_object(session, &env, extension.oid);
                }
                None => missing(
                    session,
                    statement.missing_ok,
                    sqlstate::UNDEFINED_OBJECT,
                    "extension",
                    &name,
                )?,
            },
            _ => drop_relation(session, statement, &schema, &name, cascade).await?,
        }
    }
    command(tag)
}

/// Tables that are dropped together may refer to each other.
fn part_from_each_other(session: &mut Session, statement: &ast::DropStmt) -> Result<()> {
    let (env, _) = session.environment()?;
    let mut tables = Vec::new();
    for node in &statement.objects {
        let (schema, name) = split_qualified(node)?;
        if let Some(Object::Table(table)) = find_relation(&env, &schema, &name) {
            tables.push(table.clone());
        }
    }
    let goes = |oid: Oid| tables.iter().any(|table| table.oid == oid);
    for table in &tables {
        let mut changed = (**table).clone();
        changed.foreign_keys.retain(|key| !goes(key.target));
        if changed.foreign_keys.len() < table.foreign_keys.len() {
            let change = CatalogChange::Put(Object::Table(changed.into()));
            session.transaction().writes.change(&env.catalog, change);
        }
    }
    Ok(())
}

/// Kinds of objects that cannot exist here: IF EXISTS skips them.
fn nothing(
    session: &Session,
    statement: &ast::DropStmt,
    kind: &str,
    tag: &'static str,
) -> Result<Outcome> {
    for node in &statement.objects {
        let name = split_qualified(node).map(|(_, name)| name).unwrap_or_default();
        missing(session, statement.missing_ok, sqlstate::UNDEFINED_OBJECT, kind, &name)?;
    }
    command(tag)
}

fn missing(
    session: &Session,
    missing_ok: bool,
    code: SqlState,
    kind: &str,
    name: &str,
) -> Result<()> {
    if missing_ok {
        session.notice(PgError::notice(format!("{kind} \"{name}\" does not exist, skipping")));
        return Ok(());
    }
    Err(PgError::new(code, format!("{kind} \"{name}\" does not exist")))
}

async fn drop_relation(
    session: &mut Session,
    statement: &ast::DropStmt,
    schema: &str,
    name: &str,
    cascade: bool,
) -> Result<()> {
    use ast::ObjectType as Kind;
    let (env, _) = session.environment()?;
    let (word, article) = match statement.remove_type() {
        Kind::ObjectIndex => ("index", "an index"),
        Kind::ObjectView => ("view", "a view"),
        Kind::ObjectSequence => ("sequence", "a sequence"),
        _ => ("table", "a table"),
    };
    let found = find_relation(&env, schema, name).cloned();
    match (found, statement.remove_type()) {
        (None, _) => {
            if !schema.is_empty() && env.catalog.schema_named_on(&env.search_path, schema).is_none()
            {
                return missing(
                    session,
                    statement.missing_ok,
                    sqlstate::INVALID_SCHEMA_NAME,
                    "schema",
                    schema,
                );
            }
            let code = match word {
                "index" => sqlstate::UNDEFINED_OBJECT,
                _ => sqlstate::UNDEFINED_TABLE,
            };
            missing(session, statement.missing_ok, code, word, name)
        }
        (Some(Object::Table(table)), Kind::ObjectTable) => {
            lock_table(session, &table, LockMode::AccessExclusive).await?;
            drop_table(session, &env, &table, cascade)
        }
        (Some(Object::Index(index)), Kind::ObjectIndex) => {
            if let Some(table) = env.catalog.table(index.table).cloned() {
                lock_table(session, &table, LockMode::AccessExclusive).await?;
                if index.constraint.is_some() {
                    return Err(PgError::new(
                        sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
                        format!(
                            "cannot drop index {name} because constraint {name} on table {} requires it",
                            table.name
                        ),
                    )
                    .hint(format!(
                        "You can drop constraint {name} on table {} instead.",
                        table.name
                    )));
                }
                let mut changed = (*table).clone();
                changed.indexes.retain(|oid| *oid != index.oid);
                let writes = &mut session.transaction().writes;
                writes.change(&env.catalog, CatalogChange::Put(Object::Table(changed.into())));
                drop_object(session, &env, index.oid);
            }
            Ok(())
        }
        (Some(Object::View(view)), Kind::ObjectView) => {
            drop_dependents(session, &env, view.oid, &named(&env, "view", view.oid), cascade)?;
            drop_object(session, &env, view.oid);
            Ok(())
        }
        (Some(Object::Sequence(sequence)), Kind::ObjectSequence) => {
            drop_sequence_uses(session, &env, &sequence, cascade)?;
            drop_object(session, &env, sequence.oid);
            Ok(())
        }
        (Some(_), _) => err!(WRONG_OBJECT_TYPE, "\"{name}\" is not {article}"),
    }
}

/// Columns that take their values from a sequence: with CASCADE their defaults go, without it they
/// keep the sequence. The sequence of an identity column goes with the column alone.
///
/// Errors: 2BP01.
fn drop_sequence_uses(
    session: &mut Session,
    env: &Env,
    sequence: &Sequence,
    cascade: bool,
) -> Result<()> {
    let shown = spelling::relation_name(env, sequence.oid).unwrap_or_default();
    let refused = |message: String| PgError::new(sqlstate::DEPENDENT_OBJECTS_STILL_EXIST, message);
    let mut changed = Vec::new();
    let mut details = Vec::new();
    for table in env.catalog.tables() {
        let name = spelling::relation_name(env, table.oid).unwrap_or_default();
        let mut new = (**table).clone();
        for column in new.columns.iter_mut().filter(|column| !column.dropped) {
            let place = format!("column {} of table {name}", column.name);
            if column.identity.is_some() && column.sequence == Some(sequence.oid) {
                return Err(refused(format!(
                    "cannot drop sequence {shown} because {place} requires it"
                ))
                .hint(format!("You can drop {place} instead.")));
            }
            let default = column.default.as_deref();
            if default.and_then(|text| spelling::sequence_of(env, text)) == Some(sequence.oid) {
                details.push(format!("default value for {place}"));
                column.default = None;
                column.sequence = None;
            }
        }
        if new != **table {
            changed.push(new);
        }
    }
    if !cascade && !details.is_empty() {
        let details: Vec<String> =
            details.iter().map(|what| format!("{what} depends on sequence {shown}")).collect();
        return Err(refused(format!(
            "cannot drop sequence {shown} because other objects depend on it"
        ))
        .detail(details.join("\n"))
        .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    for what in details {
        session.notice(PgError::notice(format!("drop cascades to {what}")));
    }
    for table in changed {
        let change = CatalogChange::Put(Object::Table(table.into()));
        session.transaction().writes.change(&env.catalog, change);
    }
    Ok(())
}

/// `view app.titles`, as messages name it.
fn named(env: &Env, kind: &str, relation: Oid) -> String {
    format!("{kind} {}", spelling::relation_name(env, relation).unwrap_or_default())
}

/// Drops an object and the comments on it.
fn drop_object(session: &mut Session, env: &Env, oid: Oid) {
    let writes = &mut session.transaction().writes;
    for change in env.catalog.drops_of_comments(&[oid]) {
        writes.change(&env.catalog, change);
    }
    writes.change(&env.catalog, CatalogChange::Drop(oid));
}

/// Drops a table with its indexes and sequences.
fn drop_table(session: &mut Session, env: &Env, table: &Table, cascade: bool) -> Result<()> {
    drop_dependents(session, env, table.oid, &named(env, "table", table.oid), cascade)?;
    drop_references(session, env, table, cascade)?;
    let writes = &mut session.transaction().writes;
    // Rows written in this transaction go with it.
    writes.forget_table(table.oid);
    for change in env.catalog.drops_of_table(table) {
        writes.change(&env.catalog, change);
    }
    Ok(())
}

/// Foreign keys of other tables that refer to this one: dropped with CASCADE, an error without.
fn drop_references(session: &mut Session, env: &Env, table: &Table, cascade: bool) -> Result<()> {
    let referring: Vec<(Arc<Table>, String)> = env
        .catalog
        .referring(table.oid)
        .filter(|(child, _)| child.oid != table.oid)
        .map(|(child, key)| (child.clone(), key.name.clone()))
        .collect();
    if referring.is_empty() {
        return Ok(());
    }
    let name = &table.name;
    if !cascade {
        let depends = referring.iter().map(|(child, key)| {
            format!("constraint {key} on table {} depends on table {name}", child.name)
        });
        return Err(PgError::new(
            sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
            format!("cannot drop table {name} because other objects depend on it"),
        )
        .detail(depends.collect::<Vec<_>>().join("\n"))
        .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    for (child, key) in referring {
        let message = format!("drop cascades to constraint {key} on table {}", child.name);
        session.notice(PgError::notice(message));
        // An earlier one of the same table may be gone already.
        let (env, _) = session.environment()?;
        let Some(child) = env.catalog.table(child.oid) else { continue };
        let mut changed = (**child).clone();
        changed.foreign_keys.retain(|of| of.target != table.oid);
        let change = CatalogChange::Put(Object::Table(changed.into()));
        session.transaction().writes.change(&env.catalog, change);
    }
    Ok(())
}

/// Views over the relation: dropped with CASCADE, an error without.
fn drop_dependents(
    session: &mut Session,
    env: &Env,
    relation: Oid,
    shown: &str,
    cascade: bool,
) -> Result<()> {
    let views: Vec<_> = env
        .catalog
        .objects()
        .filter_map(|object| match object {
            Object::View(view) if view.reads.contains(&relation) => Some(view.clone()),
            _ => None,
        })
        .collect();
    for view in views {
        if !cascade {
            return Err(PgError::new(
                sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
                format!("cannot drop {shown} because other objects depend on it"),
            )
            .detail(format!("{} depends on {shown}", named(env, "view", view.oid)))
            .hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        let view_shown = named(env, "view", view.oid);
        session.notice(PgError::notice(format!("drop cascades to {view_shown}")));
        drop_dependents(session, env, view.oid, &view_shown, true)?;
        session.transaction().writes.change(&env.catalog, CatalogChange::Drop(view.oid));
    }
    Ok(())
}

fn drop_schema(
    session: &mut Session,
    env: &Env,
    name: &str,
    cascade: bool,
    missing_ok: bool,
) -> Result<()> {
    let Some(schema) = env.catalog.schema_named_on(&env.search_path, name).cloned() else {
        return missing(session, missing_ok, sqlstate::INVALID_SCHEMA_NAME, "schema", name);
    };
    if matches!(name, "pg_catalog" | "information_schema") {
        return err!(
            DEPENDENT_OBJECTS_STILL_EXIST,
            "cannot drop schema {name} because it is required by the database system"
        );
    }
    let inside: Vec<Object> = env
        .catalog
        .objects()
        .filter(|object| {
            object.relation_name(&env.catalog).is_some_and(|(in_schema, _)| in_schema == schema.oid)
        })
        .cloned()
        .collect();
    let listed: Vec<String> =
        inside.iter().filter_map(|object| described(env, name, object)).collect();
    if !listed.is_empty() && !cascade {
        let detail: Vec<String> =
            listed.iter().map(|object| format!("{object} depends on schema {name}")).collect();
        return Err(PgError::new(
            sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
            format!("cannot drop schema {name} because other objects depend on it"),
        )
        .detail(detail.join("\n"))
        .hint("Use DROP ... CASCADE to drop the dependent objects too."));
    }
    match listed.as_slice() {
        [] => {}
        [one] => session.notice(PgError::notice(format!("drop cascades to {one}"))),
        many => {
            let detail: Vec<String> =
                many.iter().map(|object| format!("drop cascades to {object}")).collect();
            session.notice(
                PgError::notice(format!("drop cascades to {} other objects", many.len()))
                    .detail(detail.join("\n")),
            );
        }
    }
    // Constraints among the schema's own tables go without a word.
    for object in &inside {
        if let Object::Table(table) = object
            && table.foreign_keys.iter().any(|key| in_schema(env, key.target, schema.oid))
        {
            let mut changed = (**table).clone();
            changed.foreign_keys.retain(|key| !in_schema(env, key.target, schema.oid));
            let change = CatalogChange::Put(Object::Table(changed.into()));
            session.transaction().writes.change(&env.catalog, change);
        }
    }
    let (env, _) = session.environment()?;
    for object in inside {
        match object {
            Object::Table(table) => drop_table(session, &env, &table, true)?,
            Object::Index(_) => {}
            object => {
                let change = CatalogChange::Drop(object.oid());
                session.transaction().writes.change(&env.catalog, change);
            }
        }
    }
    session.transaction().writes.change(&env.catalog, CatalogChange::Drop(schema.oid));
    Ok(())
}

fn in_schema(env: &Env, table: Oid, schema: Oid) -> bool {
    env.catalog.table(table).is_some_and(|table| table.schema == schema)
}

/// A schema's object as messages name it: qualified unless the search path finds it. `None` for what
/// goes with its table.
fn described(env: &Env, schema: &str, object: &Object) -> Option<String> {
    let (kind, name) = match object {
        Object::Table(table) => ("table", &table.name),
        Object::View(view) => ("view", &view.name),
        Object::Sequence(sequence) if sequence.owned_by.is_none() => ("sequence", &sequence.name),
        _ => return None,
    };
    let quoted = crate::query::functions::strings::quoted_identifier;
    let visible =
        super::names::find_relation(env, "", name).is_some_and(|found| found.oid() == object.oid());
    Some(match visible {
        true => format!("{kind} {}", quoted(name)),
        false => format!("{kind} {}.{}", quoted(schema), quoted(name)),
    })
}
