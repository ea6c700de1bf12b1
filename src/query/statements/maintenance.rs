//! VACUUM, ANALYZE, CHECKPOINT, LOCK.

use super::{
    command,
    names::{find_relation, find_table},
    write::lock,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    ingest::locks::{LockMode, LockTarget},
    query::{
        parse::{NodeEnum, ast},
        session::{Outcome, Session, TransactionStatus},
    },
    storage::catalog::Object,
};

/// Space of dead rows is reused at once and dead index entries are merged away in the background, and
/// row counts are kept exactly: there is nothing to do but to check the names.
///
/// Errors: 25001 for VACUUM in a block; 42P01.
pub fn vacuum(session: &mut Session, statement: &ast::VacuumStmt) -> Result<Outcome> {
    if statement.is_vacuumcmd && session.status() != TransactionStatus::Idle {
        return Err(PgError::new(
            sqlstate::ACTIVE_SQL_TRANSACTION,
            "VACUUM cannot run inside a transaction block",
        ));
    }
    let (env, _) = session.environment()?;
    for node in &statement.rels {
        if let Some(NodeEnum::VacuumRelation(relation)) = &node.node
            && let Some(name) = &relation.relation
        {
            find_table(&env, name)?;
        }
    }
    command(if statement.is_vacuumcmd { "VACUUM" } else { "ANALYZE" })
}

/// Entries are written with their rows, and graphs and word lists are built again from the
/// table whenever they are not whole: there is nothing to repair, so the names are checked only.
///
/// Errors: 25001 for CONCURRENTLY in a block; 42P01, 42704, 3F000.
pub fn reindex(session: &mut Session, statement: &ast::ReindexStmt) -> Result<Outcome> {
    use ast::ReindexObjectType as Kind;
    let concurrent = statement.params.iter().any(|param| {
        matches!(&param.node, Some(NodeEnum::DefElem(option)) if option.defname == "concurrently")
    });
    let whole = !matches!(statement.kind(), Kind::ReindexObjectIndex | Kind::ReindexObjectTable);
    if (concurrent || whole) && session.status() != TransactionStatus::Idle {
        let what = if concurrent { "REINDEX CONCURRENTLY" } else { "REINDEX of a whole schema" };
        return err!(ACTIVE_SQL_TRANSACTION, "{what} cannot run inside a transaction block");
    }
    let (env, _) = session.environment()?;
    match (&statement.relation, statement.kind()) {
        (Some(name), Kind::ReindexObjectIndex) => {
            match find_relation(&env, &name.schemaname, &name.relname) {
                Some(Object::Index(_)) => {}
                Some(_) => return err!(WRONG_OBJECT_TYPE, "\"{}\" is not an index", name.relname),
                None => {
                    return err!(UNDEFINED_TABLE, "relation \"{}\" does not exist", name.relname);
                }
            }
        }
        (Some(name), _) => find_table(&env, name).map(drop)?,
        (None, Kind::ReindexObjectSchema)
            if env.catalog.schema_named(&statement.name).is_none() =>
        {
            return err!(INVALID_SCHEMA_NAME, "schema \"{}\" does not exist", statement.name);
        }
        (None, _) => {}
    }
    command("REINDEX")
}

/// Commits are durable when they are acknowledged; with relaxed durability this makes them so.
pub fn checkpoint(session: &mut Session) -> Result<Outcome> {
    session.shared().store.sync()?;
    command("CHECKPOINT")
}

/// LOCK TABLE. Errors: 25P01 outside of a block; 55P03 with NOWAIT.
pub async fn lock_statement(session: &mut Session, statement: &ast::LockStmt) -> Result<Outcome> {
    if session.status() == TransactionStatus::Idle {
        return Err(PgError::new(
            sqlstate::NO_ACTIVE_SQL_TRANSACTION,
            "LOCK TABLE can only be used in transaction blocks",
        ));
    }
    let mode = match statement.mode {
        1 => LockMode::AccessShare,
        2 => LockMode::RowShare,
        3 => LockMode::RowExclusive,
        4 => LockMode::ShareUpdateExclusive,
        5 => LockMode::Share,
        6 => LockMode::ShareRowExclusive,
        7 => LockMode::Exclusive,
        _ => LockMode::AccessExclusive,
    };
    for node in &statement.relations {
        let Some(NodeEnum::RangeVar(name)) = &node.node else { continue };
        let (env, _) = session.environment()?;
        let table = find_table(&env, name)?;
        let target = LockTarget::Table(table.oid);
        if statement.nowait {
            let owner = session.transaction().id;
            if !session.shared().locks.try_lock(owner, target, mode) {
                return Err(PgError::new(
                    sqlstate::LOCK_NOT_AVAILABLE,
                    format!("could not obtain lock on relation \"{}\"", table.name),
                ));
            }
        } else {
            lock(session, target, mode).await?;
        }
    }
    command("LOCK TABLE")
}
