//! ALTER ... RENAME, SET SCHEMA and OWNER TO.

use std::sync::Arc;

use super::{
    alter_table::known_role,
    command,
    names::{check_free, find_relation, split_qualified},
    respell::{table_texts, views_moved, views_over},
    write::lock_table,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    ingest::locks::LockMode,
    query::{
        catalog::{definition::qualified, spelling},
        env::Env,
        parse::ast,
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Column, Index, Object, Table},
    },
};

/// Errors: 42P01, 42703, 42704, 3F000 for what is not there; 42P07, 42701, 42710, 42P06 for a name
/// that is taken.
pub async fn rename(session: &mut Session, statement: &ast::RenameStmt) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    let tag = match statement.rename_type() {
        Kind::ObjectSchema => return rename_schema(session, statement),
        Kind::ObjectColumn | Kind::ObjectTabconstraint => match statement.relation_type() {
            Kind::ObjectView => "ALTER VIEW",
            _ => "ALTER TABLE",
        },
        Kind::ObjectTable => "ALTER TABLE",
        Kind::ObjectIndex => "ALTER INDEX",
        Kind::ObjectView => "ALTER VIEW",
        Kind::ObjectSequence => "ALTER SEQUENCE",
        _ => return Err(PgError::unsupported("ALTER ... RENAME of this kind of object")),
    };
    let relation = statement
        .relation
        .as_ref()
        .ok_or_else(|| PgError::internal("RENAME without a relation"))?;
    let Some(found) = relation_to_change(session, relation, statement.missing_ok).await? else {
        return command(tag);
    };
    let (env, _) = session.environment()?;
    let new = statement.newname.as_str();
    let puts = match statement.rename_type() {
        Kind::ObjectColumn => rename_column(&env, &found, &statement.subname, new)?,
        Kind::ObjectTabconstraint => {
            rename_constraint(session, &env, &found, &statement.subname, new)?
        }
        kind => {
            check_kind(&found, kind, &relation.relname)?;
            rename_relation(session, &env, &found, new)?
        }
    };
    let writes = &mut session.transaction().writes;
    for object in puts {
        writes.change(&env.catalog, CatalogChange::Put(object));
    }
    command(tag)
}

/// The relation, with its table locked; `None` after the NOTICE of IF EXISTS.
async fn relation_to_change(
    session: &mut Session,
    relation: &ast::RangeVar,
    missing_ok: bool,
) -> Result<Option<Object>> {
    let (env, _) = session.environment()?;
    let found = find_relation(&env, &relation.schemaname, &relation.relname).cloned();
    let table = match &found {
        Some(Object::Table(table)) => Some(table.clone()),
        Some(Object::Index(index)) => env.catalog.table(index.table).cloned(),
        _ => None,
    };
    if let Some(table) = table {
        lock_table(session, &table, LockMode::AccessExclusive).await?;
        let (env, _) = session.environment()?;
        return Ok(find_relation(&env, &relation.schemaname, &relation.relname).cloned());
    }
    if found.is_none() {
        let message = format!("relation \"{}\" does not exist", relation.relname);
        if !missing_ok {
            return Err(PgError::new(sqlstate::UNDEFINED_TABLE, message));
        }
        session.notice(PgError::notice(format!("{message}, skipping")));
    }
    Ok(found)
}

/// Errors: 42809. ALTER TABLE takes every kind.
fn check_kind(found: &Object, kind: ast::ObjectType, name: &str) -> Result<()> {
    use ast::ObjectType as Kind;
    let article = match (kind, found) {
        (Kind::ObjectIndex, Object::Index(_) | Object::Table(_))
        | (Kind::ObjectView, Object::View(_))
        | (Kind::ObjectSequence, Object::Sequence(_))
        | (Kind::ObjectTable, _) => return Ok(()),
        (Kind::ObjectIndex, _) => "an index",
        (Kind::ObjectView, _) => "a view",
        _ => "a sequence",
    };
    err!(WRONG_OBJECT_TYPE, "\"{name}\" is not {article}")
}

fn rename_relation(
    session: &Session,
    env: &Arc<Env>,
    found: &Object,
    new: &str,
) -> Result<Vec<Object>> {
    let schema = found.relation_name(&env.catalog).map_or(Oid(0), |(schema, _)| schema);
    check_free(session, env, schema, new, false)?;
    Ok(match found {
        Object::Table(table) => {
            let mut changed = (**table).clone();
            changed.name = new.to_owned();
            // Qualified by the old name no longer.
            let mut puts = table_texts(env, table, &mut changed)?;
            puts.extend(views_over(env, table.oid, &qualified(&env.catalog, schema, new))?);
            puts.push(Object::Table(changed.into()));
            puts
        }
        Object::Index(index) => {
            vec![Object::Index(Arc::new(Index { name: new.to_owned(), ..(**index).clone() }))]
        }
        Object::Sequence(sequence) => {
            let mut changed = (**sequence).clone();
            changed.name = new.to_owned();
            let mut puts = vec![Object::Sequence(changed.into())];
            puts.extend(sequence_defaults(env, sequence.oid, schema, new));
            puts
        }
        Object::View(view) => {
            let mut changed = (**view).clone();
            changed.name = new.to_owned();
            let mut puts = views_over(env, view.oid, &qualified(&env.catalog, view.schema, new))?;
            puts.push(Object::View(changed.into()));
            puts
        }
        _ => return Err(PgError::unsupported("RENAME of this kind of object")),
    })
}

/// The tables whose columns take their defaults from the sequence, with the new name in them.
fn sequence_defaults(env: &Env, sequence: Oid, schema: Oid, name: &str) -> Vec<Object> {
    let shown = qualified(&env.catalog, schema, name).replace('\'', "''");
    let takes = |column: &Column| {
        let default = column.default.as_deref().filter(|_| !column.dropped);
        default.and_then(|text| spelling::sequence_of(env, text)) == Some(sequence)
    };
    let tables = env.catalog.tables().filter(|table| table.columns.iter().any(takes));
    let renamed = tables.map(|table| {
        let mut changed = (**table).clone();
        for column in changed.columns.iter_mut().filter(|column| takes(column)) {
            column.default = Some(format!("nextval('{shown}'::regclass)"));
        }
        Object::Table(changed.into())
    });
    renamed.collect()
}

/// Errors: 42703; 42701 `column "x" of relation "t" already exists`.
fn rename_column(env: &Env, found: &Object, old: &str, new: &str) -> Result<Vec<Object>> {
    let taken = |of: &str| {
        Err(PgError::new(
            sqlstate::DUPLICATE_COLUMN,
            format!("column \"{new}\" of relation \"{of}\" already exists"),
        ))
    };
    let absent =
        || PgError::new(sqlstate::UNDEFINED_COLUMN, format!("column \"{old}\" does not exist"));
    match found {
        Object::Table(table) => {
            let live = |name: &str| {
                table.columns.iter().position(|column| !column.dropped && column.name == name)
            };
            let position = live(old).ok_or_else(absent)?;
            if live(new).is_some() {
                return taken(&table.name);
            }
            let mut changed = (**table).clone();
            changed.columns[position].name = new.to_owned();
            let mut puts = table_texts(env, table, &mut changed)?;
            let named = qualified(&env.catalog, table.schema, &table.name);
            puts.extend(views_over(env, table.oid, &named)?);
            puts.push(Object::Table(changed.into()));
            Ok(puts)
        }
        Object::View(view) => {
            let mut changed = (**view).clone();
            if changed.columns.iter().any(|(name, _)| name == new) {
                return taken(&view.name);
            }
            let column = changed.columns.iter_mut().find(|(name, _)| name == old);
            column.ok_or_else(absent)?.0 = new.to_owned();
            Ok(vec![Object::View(changed.into())])
        }
        _ => err!(WRONG_OBJECT_TYPE, "cannot rename columns of this kind of relation"),
    }
}

/// Errors: 42704 `constraint "x" for table "t" does not exist`; 42710.
fn rename_constraint(
    session: &Session,
    env: &Arc<Env>,
    found: &Object,
    old: &str,
    new: &str,
) -> Result<Vec<Object>> {
    let Object::Table(table) = found else {
        return err!(WRONG_OBJECT_TYPE, "constraints are of tables only");
    };
    let index =
        env.catalog.indexes_of(table).find(|index| index.constraint.is_some() && index.name == old);
    if let Some(index) = index {
        check_free(session, env, table.schema, new, false)?;
        let renamed = Index { name: new.to_owned(), ..(**index).clone() };
        return Ok(vec![Object::Index(renamed.into())]);
    }
    let mut changed: Table = (**table).clone();
    if changed.checks.iter().any(|check| check.name == new)
        || changed.foreign_keys.iter().any(|key| key.name == new)
    {
        return err!(
            DUPLICATE_OBJECT,
            "constraint \"{new}\" for relation \"{}\" already exists",
            table.name
        );
    }
    let check = changed.checks.iter_mut().find(|check| check.name == old);
    let key = changed.foreign_keys.iter_mut().find(|key| key.name == old);
    match (check, key) {
        (Some(check), _) => check.name = new.to_owned(),
        (None, Some(key)) => key.name = new.to_owned(),
        (None, None) => {
            return err!(
                UNDEFINED_OBJECT,
                "constraint \"{old}\" for table \"{}\" does not exist",
                table.name
            );
        }
    }
    Ok(vec![Object::Table(changed.into())])
}

/// Views name their tables by schema only where they were written so: a schema's name is spelled
/// anew in all of them.
fn rename_schema(session: &mut Session, statement: &ast::RenameStmt) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let (old, new) = (statement.subname.as_str(), statement.newname.as_str());
    let Some(schema) = env.catalog.schema_named(old).cloned() else {
        return err!(INVALID_SCHEMA_NAME, "schema \"{old}\" does not exist");
    };
    if env.catalog.schema_named(new).is_some() {
        return err!(DUPLICATE_SCHEMA, "schema \"{new}\" already exists");
    }
    if new.starts_with("pg_") || old.starts_with("pg_") || old == "information_schema" {
        return Err(PgError::new(
            sqlstate::RESERVED_NAME,
            format!("unacceptable schema name \"{new}\""),
        )
        .detail("The prefix \"pg_\" is reserved for system schemas."));
    }
    let mut puts = Vec::new();
    let shown = crate::query::functions::strings::quoted_identifier(new).into_owned();
    let moved = |oid: Oid| {
        let (of, name) = env.catalog.object(oid)?.relation_name(&env.catalog)?;
        let name = crate::query::functions::strings::quoted_identifier(&name).into_owned();
        (of == schema.oid).then(|| format!("{shown}.{name}"))
    };
    puts.extend(views_moved(&env, &moved)?);
    for table in env.catalog.tables() {
        let mut changed = (**table).clone();
        for column in &mut changed.columns {
            let default = column.default.as_deref();
            let taken = default.and_then(|sql| spelling::sequence_of(&env, sql));
            if let Some(place) = taken.and_then(&moved) {
                let place = place.replace('\'', "''");
                column.default = Some(format!("nextval('{place}'::regclass)"));
            }
        }
        if changed != **table {
            puts.push(Object::Table(changed.into()));
        }
    }
    let mut changed = (*schema).clone();
    changed.name = new.to_owned();
    puts.push(Object::Schema(changed.into()));
    let writes = &mut session.transaction().writes;
    for object in puts {
        writes.change(&env.catalog, CatalogChange::Put(object));
    }
    command("ALTER SCHEMA")
}

/// Errors: 42P01; 3F000; 42P07.
pub async fn set_schema(
    session: &mut Session,
    statement: &ast::AlterObjectSchemaStmt,
) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    let tag = match statement.object_type() {
        Kind::ObjectTable => "ALTER TABLE",
        Kind::ObjectView => "ALTER VIEW",
        Kind::ObjectSequence => "ALTER SEQUENCE",
        _ => return Err(PgError::unsupported("ALTER ... SET SCHEMA of this kind of object")),
    };
    let relation = statement
        .relation
        .as_ref()
        .ok_or_else(|| PgError::internal("SET SCHEMA without a relation"))?;
    let Some(found) = relation_to_change(session, relation, statement.missing_ok).await? else {
        return command(tag);
    };
    check_kind(&found, statement.object_type(), &relation.relname)?;
    let (env, _) = session.environment()?;
    let schema = super::names::creation_schema(&env, &statement.newschema)?;
    let (old, name) = found
        .relation_name(&env.catalog)
        .ok_or_else(|| PgError::internal("a relation without a name"))?;
    if old == schema {
        return command(tag);
    }
    if env.catalog.relation(schema, &name).is_some() {
        return err!(
            DUPLICATE_TABLE,
            "relation \"{name}\" already exists in schema \"{}\"",
            statement.newschema
        );
    }
    let mut puts = Vec::new();
    match &found {
        Object::Table(table) => {
            let mut changed = (**table).clone();
            changed.schema = schema;
            puts.extend(table_texts(&env, table, &mut changed)?);
            puts.extend(views_over(&env, table.oid, &qualified(&env.catalog, schema, &name))?);
            for column in &mut changed.columns {
                let Some(sequence) = column.sequence.and_then(|oid| env.catalog.sequence(oid))
                else {
                    continue;
                };
                let mut moved = (**sequence).clone();
                moved.schema = schema;
                if column.identity.is_none() && column.default.is_some() {
                    let shown = qualified(&env.catalog, schema, &moved.name).replace('\'', "''");
                    column.default = Some(format!("nextval('{shown}'::regclass)"));
                }
                puts.push(Object::Sequence(moved.into()));
            }
            puts.push(Object::Table(changed.into()));
            // Indexes are where their table is: their names are entered again.
            puts.extend(env.catalog.indexes_of(table).cloned().map(Object::Index));
        }
        Object::View(view) => {
            let mut changed = (**view).clone();
            changed.schema = schema;
            puts.extend(views_over(&env, view.oid, &qualified(&env.catalog, schema, &name))?);
            puts.push(Object::View(changed.into()));
        }
        Object::Sequence(sequence) => {
            let mut changed = (**sequence).clone();
            changed.schema = schema;
            puts.push(Object::Sequence(changed.into()));
            puts.extend(sequence_defaults(&env, sequence.oid, schema, &name));
        }
        _ => return Err(PgError::unsupported("SET SCHEMA of this kind of object")),
    }
    let writes = &mut session.transaction().writes;
    for object in puts {
        writes.change(&env.catalog, CatalogChange::Put(object));
    }
    command(tag)
}

/// Everything belongs to the superuser: the role and the object must exist.
pub fn set_owner(session: &mut Session, statement: &ast::AlterOwnerStmt) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    known_role(session, statement.newowner.as_ref())?;
    let (env, _) = session.environment()?;
    match (statement.object_type(), statement.object.as_deref()) {
        (Kind::ObjectSchema, Some(node)) => {
            let (_, name) = split_qualified(node)?;
            if env.catalog.schema_named(&name).is_none() {
                return err!(INVALID_SCHEMA_NAME, "schema \"{name}\" does not exist");
            }
            command("ALTER SCHEMA")
        }
        (Kind::ObjectDatabase, Some(_)) => command("ALTER DATABASE"),
        _ => Err(PgError::unsupported("ALTER ... OWNER of this kind of object")),
    }
}
