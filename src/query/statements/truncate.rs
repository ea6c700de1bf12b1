//! TRUNCATE.

use std::sync::Arc;

use super::{command, names::find_table, write::lock_table};
use crate::{
    base::{PgError, Result, sqlstate},
    ingest::locks::LockMode,
    query::{
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{SequenceState, catalog::Table},
};

/// Errors: 42P01, 42809; 0A000 for a table that another one refers to.
pub async fn truncate(session: &mut Session, statement: &ast::TruncateStmt) -> Result<Outcome> {
    let mut tables: Vec<Arc<Table>> = Vec::new();
    for node in &statement.relations {
        let Some(NodeEnum::RangeVar(relation)) = &node.node else {
            return Err(PgError::internal("TRUNCATE without a table"));
        };
        let (env, _) = session.environment()?;
        let table = find_table(&env, relation)?;
        if tables.iter().all(|known| known.oid != table.oid) {
            tables.push(table);
        }
    }
    with_referrers(session, &mut tables, statement.behavior())?;
    for table in tables {
        lock_table(session, &table, LockMode::AccessExclusive).await?;
        session.transaction().writes.truncate(table.oid);
        if statement.restart_seqs {
            let (env, _) = session.environment()?;
            for column in table.columns.iter().filter_map(|column| column.sequence) {
                if let Some(sequence) = env.catalog.sequence(column) {
                    let state = SequenceState { last_value: sequence.start, is_called: false };
                    session.transaction().writes.set_sequence(sequence.oid, state);
                }
            }
        }
    }
    command("TRUNCATE TABLE")
}

/// Adds the tables that refer to these, and those that refer to them, with CASCADE.
///
/// Errors: 0A000 without it.
fn with_referrers(
    session: &mut Session,
    tables: &mut Vec<Arc<Table>>,
    behavior: ast::DropBehavior,
) -> Result<()> {
    let (env, _) = session.environment()?;
    let mut at = 0;
    while let Some(target) = tables.get(at).cloned() {
        at += 1;
        for (child, _) in env.catalog.referring(target.oid) {
            if tables.iter().any(|known| known.oid == child.oid) {
                continue;
            }
            if behavior != ast::DropBehavior::DropCascade {
                return Err(PgError::new(
                    sqlstate::FEATURE_NOT_SUPPORTED,
                    "cannot truncate a table referenced in a foreign key constraint",
                )
                .detail(format!("Table \"{}\" references \"{}\".", child.name, target.name))
                .hint(format!(
                    "Truncate table \"{}\" at the same time, or use TRUNCATE ... CASCADE.",
                    child.name
                )));
            }
            let notice = format!("truncate cascades to table \"{}\"", child.name);
            session.notice(PgError::notice(notice));
            tables.push(child.clone());
        }
    }
    Ok(())
}
