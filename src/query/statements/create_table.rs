//! CREATE TABLE.

use super::{
    command,
    draft::Draft,
    names::{check_free, creation_place},
};
use crate::{
    base::{Oid, PgError, Result},
    err,
    ingest::locks::{LockMode, LockTarget},
    query::{
        parse::ast,
        session::{Outcome, Session, ending::OnCommit},
    },
    storage::{
        CatalogChange,
        catalog::{Object, SUPERUSER, Table},
    },
};

/// Errors: 42P07, 42701, 42P16, 42704 and those of the expressions in it.
pub async fn create_table(session: &mut Session, statement: &ast::CreateStmt) -> Result<Outcome> {
    refuse_unsupported(statement)?;
    let relation = statement
        .relation
        .as_ref()
        .ok_or_else(|| PgError::internal("CREATE TABLE without a name"))?;
    let (schema, temporary) =
        creation_place(session, relation).map_err(|error| error.at(relation.location))?;
    let on_commit = on_commit(statement.oncommit(), temporary)?;
    lock_name(session, schema, &relation.relname).await?;
    let (env, _) = session.environment()?;
    if !check_free(session, &env, schema, &relation.relname, statement.if_not_exists)? {
        return command("CREATE TABLE");
    }
    let oid = session.shared().store.allocate_oid();
    let mut draft = Draft {
        session,
        env: &env,
        table: Table {
            oid,
            schema,
            name: relation.relname.clone(),
            owner: SUPERUSER,
            columns: vec![],
            checks: vec![],
            indexes: vec![],
            temporary,
            foreign_keys: vec![],
        },
        sequences: vec![],
        indexes: vec![],
        references: vec![],
        written: vec![],
        placed: true,
    };
    draft.columns(&statement.table_elts)?;
    draft.constraints(&statement.table_elts)?;
    let comments = draft.like_rest(&statement.table_elts)?;
    draft.foreign_keys()?;
    draft.check_expressions()?;
    let Draft { mut table, sequences, indexes, .. } = draft;
    if let Some(act) = on_commit {
        session.on_commit.insert(table.oid, act);
    }
    table.indexes = indexes.iter().map(|index| index.oid).collect();
    let writes = &mut session.transaction().writes;
    for sequence in sequences {
        writes.change(&env.catalog, CatalogChange::Put(Object::Sequence(sequence.into())));
    }
    writes.change(&env.catalog, CatalogChange::Put(Object::Table(table.into())));
    for index in indexes {
        writes.change(&env.catalog, CatalogChange::Put(Object::Index(index.into())));
    }
    for comment in comments {
        writes.change(&env.catalog, CatalogChange::Put(comment));
    }
    command("CREATE TABLE")
}

/// Errors: 42P16 for a table that is not temporary.
pub fn on_commit(action: ast::OnCommitAction, temporary: bool) -> Result<Option<OnCommit>> {
    let act = match action {
        ast::OnCommitAction::OncommitDrop => Some(OnCommit::Drop),
        ast::OnCommitAction::OncommitDeleteRows => Some(OnCommit::DeleteRows),
        ast::OnCommitAction::OncommitPreserveRows => None,
        _ => return Ok(None),
    };
    match temporary {
        true => Ok(act),
        false => {
            err!(INVALID_TABLE_DEFINITION, "ON COMMIT can only be used on temporary tables")
        }
    }
}

fn refuse_unsupported(statement: &ast::CreateStmt) -> Result<()> {
    let feature = match statement {
        statement if !statement.inh_relations.is_empty() && statement.partbound.is_some() => {
            "PARTITION OF"
        }
        statement if !statement.inh_relations.is_empty() => "INHERITS",
        statement if statement.partspec.is_some() => "PARTITION BY",
        statement if statement.of_typename.is_some() => "CREATE TABLE OF",
        _ => return Ok(()),
    };
    Err(PgError::unsupported(feature))
}

/// Two sessions that create the same name wait for each other.
pub async fn lock_name(session: &mut Session, schema: Oid, name: &str) -> Result<()> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let target = LockTarget::Object(schema, hasher.finish());
    super::write::lock(session, target, LockMode::AccessExclusive).await.map(drop)
}
