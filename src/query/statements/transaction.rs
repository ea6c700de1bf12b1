//! BEGIN, COMMIT, ROLLBACK, SAVEPOINT.

use super::command;
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        parse::{NodeEnum, ast},
        session::{Outcome, Session, transaction::Isolation},
    },
};

pub async fn transaction(
    session: &mut Session,
    statement: &ast::TransactionStmt,
) -> Result<Outcome> {
    use ast::TransactionStmtKind as Kind;
    match statement.kind() {
        Kind::TransStmtBegin | Kind::TransStmtStart => begin(session, statement),
        Kind::TransStmtCommit => commit(session, statement.chain).await,
        Kind::TransStmtRollback => rollback(session, statement.chain),
        Kind::TransStmtSavepoint => {
            in_block(session, "SAVEPOINT")?;
            let live = session.live.lock();
            let (settings, news) = (live.settings.clone(), live.news.mark());
            drop(live);
            session.transaction().savepoint(&statement.savepoint_name, settings, news);
            command("SAVEPOINT")
        }
        Kind::TransStmtRelease => {
            in_block(session, "RELEASE SAVEPOINT")?;
            session.transaction().release(&statement.savepoint_name)?;
            let read_only = if session.transaction().read_only { "on" } else { "off" };
            let mut live = session.live.lock();
            // What was set since the savepoint ends with it.
            if live.settings.value("transaction_read_only") != read_only {
                live.set("transaction_read_only", read_only, true)?;
            }
            drop(live);
            command("RELEASE")
        }
        Kind::TransStmtRollbackTo => {
            in_block(session, "ROLLBACK TO SAVEPOINT")?;
            let (settings, news) = session.transaction().rollback_to(&statement.savepoint_name)?;
            session.live.lock().return_to(settings, news);
            command("ROLLBACK")
        }
        Kind::TransStmtPrepare
        | Kind::TransStmtCommitPrepared
        | Kind::TransStmtRollbackPrepared => Err(PgError::unsupported("two-phase commit")),
        Kind::Undefined => Err(PgError::internal("undefined transaction statement")),
    }
}

fn is_explicit(session: &Session) -> bool {
    session.transaction.as_ref().is_some_and(|transaction| transaction.explicit)
}

/// Errors: 25P01 `SAVEPOINT can only be used in transaction blocks`.
fn in_block(session: &Session, command: &str) -> Result<()> {
    if is_explicit(session) {
        return Ok(());
    }
    Err(PgError::new(
        sqlstate::NO_ACTIVE_SQL_TRANSACTION,
        format!("{command} can only be used in transaction blocks"),
    ))
}

fn begin(session: &mut Session, statement: &ast::TransactionStmt) -> Result<Outcome> {
    if is_explicit(session) {
        session.notice(PgError::warning(
            sqlstate::ACTIVE_SQL_TRANSACTION,
            "there is already a transaction in progress",
        ));
    }
    // What the statements before it in the same query did belongs to the block.
    let transaction = session.transaction();
    transaction.explicit = true;
    transaction.forget_snapshot();
    set_modes(session, &statement.options)?;
    command(match statement.kind() {
        ast::TransactionStmtKind::TransStmtStart => "START TRANSACTION",
        _ => "BEGIN",
    })
}

/// ISOLATION LEVEL, READ ONLY, DEFERRABLE of BEGIN and SET TRANSACTION.
///
/// Errors: 25001 if the transaction has read or written already.
pub fn set_modes(session: &mut Session, options: &[ast::Node]) -> Result<()> {
    for option in options {
        let Some(NodeEnum::DefElem(option)) = &option.node else { continue };
        let value = super::names::constant_text(option.arg.as_deref()).unwrap_or_default();
        let transaction = session.transaction();
        match option.defname.as_str() {
            "transaction_isolation" => {
                let isolation = match value.as_str() {
                    "read committed" | "read uncommitted" => Isolation::ReadCommitted,
                    _ => Isolation::RepeatableRead,
                };
                if transaction.has_snapshot() && transaction.isolation != isolation {
                    return Err(PgError::new(
                        sqlstate::ACTIVE_SQL_TRANSACTION,
                        "SET TRANSACTION ISOLATION LEVEL must be called before any query",
                    ));
                }
                transaction.isolation = isolation;
                session.live.lock().set("transaction_isolation", &value, true)?;
            }
            "transaction_read_only" => {
                let on = matches!(value.as_str(), "1" | "on" | "true");
                let refused = match transaction.is_inside_read_only() {
                    true => "cannot set transaction read-write mode inside a read-only transaction",
                    false => "transaction read-write mode must be set before any query",
                };
                if !on
                    && transaction.read_only
                    && (transaction.is_inside_read_only() || transaction.has_snapshot())
                {
                    return Err(PgError::new(sqlstate::ACTIVE_SQL_TRANSACTION, refused));
                }
                transaction.read_only = on;
                let value = if on { "on" } else { "off" };
                session.live.lock().set("transaction_read_only", value, true)?;
            }
            "transaction_deferrable" => {
                let on = matches!(value.as_str(), "1" | "on" | "true");
                let value = if on { "on" } else { "off" };
                session.live.lock().set("transaction_deferrable", value, true)?;
            }
            other => return Err(PgError::unsupported(format!("transaction mode {other}"))),
        }
    }
    Ok(())
}

/// SET CONSTRAINTS. IMMEDIATE looks at once at what was deferred.
///
/// Errors: 42704 for an unknown constraint; 42809 for one that is not deferrable; 23503.
pub async fn constraints(
    session: &mut Session,
    statement: &ast::ConstraintsSetStmt,
) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let mut named = Vec::new();
    for node in &statement.constraints {
        let Some(NodeEnum::RangeVar(name)) = &node.node else { continue };
        let name = &name.relname;
        let keys = env.catalog.tables().flat_map(|table| &table.foreign_keys);
        let found: Vec<_> = keys.filter(|key| key.name == *name).collect();
        if found.is_empty() {
            let message = format!("constraint \"{name}\" does not exist");
            return Err(PgError::new(sqlstate::UNDEFINED_OBJECT, message));
        }
        if let Some(key) = found.iter().find(|key| !key.deferrable) {
            let message = format!("constraint \"{}\" is not deferrable", key.name);
            return Err(PgError::new(sqlstate::WRONG_OBJECT_TYPE, message));
        }
        named.extend(found.into_iter().map(|key| key.oid));
    }
    let modes = &mut session.transaction().constraint_modes;
    if statement.constraints.is_empty() {
        modes.deferred.clear();
        modes.all = Some(statement.deferred);
    }
    modes.deferred.extend(named.iter().map(|oid| (*oid, statement.deferred)));
    if !statement.deferred {
        if statement.constraints.is_empty() {
            session.settle_references(None).await?;
        }
        for oid in named {
            session.settle_references(Some(oid)).await?;
        }
    }
    command("SET CONSTRAINTS")
}

async fn commit(session: &mut Session, chain: bool) -> Result<Outcome> {
    if chain {
        in_block(session, "COMMIT AND CHAIN")?;
    }
    if !is_explicit(session) {
        session.notice(PgError::warning(
            sqlstate::NO_ACTIVE_SQL_TRANSACTION,
            "there is no transaction in progress",
        ));
    }
    let modes = chain.then(|| Modes::of(session));
    let failed = session.transaction.as_ref().is_some_and(|transaction| transaction.failed);
    if failed {
        session.rollback();
    } else {
        session.commit().await?;
    }
    restart(session, modes)?;
    command(if failed { "ROLLBACK" } else { "COMMIT" })
}

fn rollback(session: &mut Session, chain: bool) -> Result<Outcome> {
    if chain {
        in_block(session, "ROLLBACK AND CHAIN")?;
    }
    if !is_explicit(session) {
        session.notice(PgError::warning(
            sqlstate::NO_ACTIVE_SQL_TRANSACTION,
            "there is no transaction in progress",
        ));
    }
    let modes = chain.then(|| Modes::of(session));
    session.rollback();
    restart(session, modes)?;
    command("ROLLBACK")
}

/// The modes of a transaction, which AND CHAIN hands on.
struct Modes {
    isolation: Isolation,
    read_only: bool,
    settings: Vec<(&'static str, String)>,
}

impl Modes {
    fn of(session: &mut Session) -> Self {
        let transaction = session.transaction();
        let (isolation, read_only) = (transaction.isolation, transaction.read_only);
        let live = session.live.lock();
        let names = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"];
        let settings = names.map(|name| (name, live.settings.value(name))).to_vec();
        Self { isolation, read_only, settings }
    }
}

/// AND CHAIN: the next transaction begins at once, with the same modes.
fn restart(session: &mut Session, modes: Option<Modes>) -> Result<()> {
    let Some(modes) = modes else { return Ok(()) };
    session.open_transaction(true);
    let transaction = session.transaction();
    (transaction.isolation, transaction.read_only) = (modes.isolation, modes.read_only);
    let mut live = session.live.lock();
    for (name, value) in modes.settings {
        live.set(name, &value, true)?;
    }
    Ok(())
}
