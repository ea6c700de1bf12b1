//! DROP TABLE, INDEX, VIEW, SEQUENCE, SCHEMA, EXTENSION.

use std::sync::Arc;

use super::{
    command,
    dependents::{Dependents, cascades, described},
    names::{find_relation, split_qualified},
    write::lock_table,
};
use crate::{
    base::{Oid, PgError, Result, SqlState, sqlstate},
    err,
    ingest::locks::LockMode,
    query::{
        env::Env,
        parse::ast,
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Object, Table},
    },
};

/// Errors: 42P01 and its kin; 42809 for another kind of object; 2BP01 for what others depend on.
pub async fn drop_objects(session: &mut Session, statement: &ast::DropStmt) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    let cascade = statement.behavior() == ast::DropBehavior::DropCascade;
    let kind = statement.remove_type();
    let tag = match command_name(kind) {
        "DROP" => return super::drop_absent::drop_absent(session, statement),
        tag => tag,
    };
    if kind == Kind::ObjectTable {
        part_from_each_other(session, statement)?;
    }
    if !matches!(kind, Kind::ObjectSchema | Kind::ObjectExtension) {
        drop_relations(session, statement, cascade).await?;
        return command(tag);
    }
    for node in &statement.objects {
        let (_, name) = split_qualified(node)?;
        let (env, _) = session.environment()?;
        if kind == Kind::ObjectSchema {
            drop_schema(session, &env, &name, cascade, statement.missing_ok)?;
            continue;
        }
        match env.catalog.extension_named(&name) {
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
        }
    }
    command(tag)
}

/// What PostgreSQL calls the command.
pub fn command_name(kind: ast::ObjectType) -> &'static str {
    use ast::ObjectType as Kind;
    match kind {
        Kind::ObjectTable => "DROP TABLE",
        Kind::ObjectIndex => "DROP INDEX",
        Kind::ObjectView => "DROP VIEW",
        Kind::ObjectSequence => "DROP SEQUENCE",
        Kind::ObjectSchema => "DROP SCHEMA",
        Kind::ObjectExtension => "DROP EXTENSION",
        _ => "DROP",
    }
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

pub(super) fn missing(
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

/// Relations that are dropped together: nothing of them keeps another from going.
async fn drop_relations(
    session: &mut Session,
    statement: &ast::DropStmt,
    cascade: bool,
) -> Result<()> {
    let mut going: Vec<Object> = Vec::new();
    for node in &statement.objects {
        let (schema, name) = split_qualified(node)?;
        if let Some(object) = named(session, statement, &schema, &name)?
            && going.iter().all(|other| other.oid() != object.oid())
        {
            going.push(object);
        }
    }
    for object in &going {
        let (env, _) = session.environment()?;
        let table = match object {
            Object::Table(table) => Some(table.clone()),
            Object::Index(index) => env.catalog.table(index.table).cloned(),
            _ => None,
        };
        if let Some(table) = table {
            lock_table(session, &table, LockMode::AccessExclusive).await?;
        }
    }
    let (env, _) = session.environment()?;
    let gone: Vec<Oid> = going.iter().map(Object::oid).collect();
    let mut dependents = Dependents::new(&env, &gone);
    for object in &going {
        required(&env, object)?;
        dependents.of(object);
    }
    let what = match going.as_slice() {
        [one] => Some(described(&env, one)),
        _ => None,
    };
    dependents.settle(session, what.as_deref(), cascade)?;
    for object in going {
        let (env, _) = session.environment()?;
        match env.catalog.object(object.oid()).cloned() {
            Some(Object::Table(table)) => drop_table(session, &env, &table),
            Some(Object::Index(index)) => {
                let writes = &mut session.transaction().writes;
                if let Some(table) = env.catalog.table(index.table) {
                    let mut changed = (**table).clone();
                    changed.indexes.retain(|oid| *oid != index.oid);
                    writes.change(&env.catalog, CatalogChange::Put(Object::Table(changed.into())));
                }
                drop_object(session, &env, index.oid);
            }
            Some(other) => {
                drop_object(session, &env, other.oid());
            }
            None => {}
        }
    }
    Ok(())
}

/// The relation of that name; `None` after the NOTICE of IF EXISTS.
///
/// Errors: 42P01, 42704, 3F000; 42809 with the statement that would drop it.
fn named(
    session: &mut Session,
    statement: &ast::DropStmt,
    schema: &str,
    name: &str,
) -> Result<Option<Object>> {
    use ast::ObjectType as Kind;
    let (env, _) = session.environment()?;
    let kind = statement.remove_type();
    let (word, article) = match kind {
        Kind::ObjectIndex => ("index", "an index"),
        Kind::ObjectView => ("view", "a view"),
        Kind::ObjectSequence => ("sequence", "a sequence"),
        Kind::ObjectMatview => ("materialized view", "a materialized view"),
        Kind::ObjectForeignTable => ("foreign table", "a foreign table"),
        _ => ("table", "a table"),
    };
    let Some(found) = find_relation(&env, schema, name).cloned() else {
        let missing_ok = statement.missing_ok;
        if !schema.is_empty() && env.catalog.schema_named_on(&env.search_path, schema).is_none() {
            let code = sqlstate::INVALID_SCHEMA_NAME;
            return missing(session, missing_ok, code, "schema", schema).map(|()| None);
        }
        let code = match kind {
            Kind::ObjectIndex => sqlstate::UNDEFINED_OBJECT,
            _ => sqlstate::UNDEFINED_TABLE,
        };
        return missing(session, missing_ok, code, word, name).map(|()| None);
    };
    match (&found, kind) {
        (Object::Table(_), Kind::ObjectTable)
        | (Object::Index(_), Kind::ObjectIndex)
        | (Object::View(_), Kind::ObjectView)
        | (Object::Sequence(_), Kind::ObjectSequence) => Ok(Some(found)),
        _ => {
            let hint = match found {
                Object::Index(_) => "Use DROP INDEX to remove an index.",
                Object::View(_) => "Use DROP VIEW to remove a view.",
                Object::Sequence(_) => "Use DROP SEQUENCE to remove a sequence.",
                _ => "Use DROP TABLE to remove a table.",
            };
            let message = format!("\"{name}\" is not {article}");
            Err(PgError::new(sqlstate::WRONG_OBJECT_TYPE, message).hint(hint))
        }
    }
}

/// A materialized view or a foreign table, of which there are none: IF EXISTS skips it.
pub(super) fn absent_relation(
    session: &mut Session,
    statement: &ast::DropStmt,
    node: &ast::Node,
) -> Result<()> {
    let (schema, name) = split_qualified(node)?;
    named(session, statement, &schema, &name).map(drop)
}

/// Errors: 2BP01 for what cannot go without something else: a constraint's index, an identity
/// column's sequence.
fn required(env: &Env, object: &Object) -> Result<()> {
    let by = match object {
        Object::Index(index) if index.constraint.is_some() => {
            let table = env.catalog.table(index.table).map_or("", |table| &table.name);
            format!("constraint {} on table {table}", index.name)
        }
        Object::Sequence(sequence) => {
            let Some((table, position)) = sequence.owned_by else { return Ok(()) };
            let Some(table) = env.catalog.table(table) else { return Ok(()) };
            let column = &table.columns[position];
            if column.identity.is_none() {
                return Ok(());
            }
            format!("column {} of table {}", column.name, table.name)
        }
        _ => return Ok(()),
    };
    Err(PgError::new(
        sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
        format!("cannot drop {} because {by} requires it", described(env, object)),
    )
    .hint(format!("You can drop {by} instead.")))
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
fn drop_table(session: &mut Session, env: &Env, table: &Table) {
    let writes = &mut session.transaction().writes;
    // Rows written in this transaction go with it.
    writes.forget_table(table.oid);
    for change in env.catalog.drops_of_table(table) {
        writes.change(&env.catalog, change);
    }
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
    let listed: Vec<String> = inside
        .iter()
        .filter(|object| stands_alone(object))
        .map(|object| described(env, object))
        .collect();
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
    cascades(session, &listed);
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
            Object::Table(table) => drop_relation_of_schema(session, &env, &table)?,
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

/// A table of a schema that goes: foreign keys and views elsewhere go as well.
fn drop_relation_of_schema(session: &mut Session, env: &Env, table: &Arc<Table>) -> Result<()> {
    let inside: Vec<Oid> = env
        .catalog
        .objects()
        .filter(|object| {
            object
                .relation_name(&env.catalog)
                .is_some_and(|(in_schema, _)| in_schema == table.schema)
        })
        .map(Object::oid)
        .collect();
    let mut dependents = Dependents::new(env, &inside);
    dependents.of(&Object::Table(table.clone()));
    dependents.settle(session, None, true)?;
    drop_table(session, env, table);
    Ok(())
}

fn in_schema(env: &Env, table: Oid, schema: Oid) -> bool {
    env.catalog.table(table).is_some_and(|table| table.schema == schema)
}

/// Whether messages list the object; the others go with their table.
fn stands_alone(object: &Object) -> bool {
    match object {
        Object::Table(_) | Object::View(_) => true,
        Object::Sequence(sequence) => sequence.owned_by.is_none(),
        _ => false,
    }
}
