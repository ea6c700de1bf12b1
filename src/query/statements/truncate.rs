//! TRUNCATE.

use super::{command, names::find_table, write::lock_table};
use crate::{
    base::{PgError, Result},
    ingest::locks::LockMode,
    query::{
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
};

/// Errors: 42P01, 42809.
pub async fn truncate(session: &mut Session, statement: &ast::TruncateStmt) -> Result<Outcome> {
    for node in &statement.relations {
        let Some(NodeEnum::RangeVar(relation)) = &node.node else {
            return Err(PgError::internal("TRUNCATE without a table"));
        };
        let (env, _) = session.environment()?;
        let table = find_table(&env, relation)?;
        lock_table(session, &table, LockMode::AccessExclusive).await?;
        session.transaction().writes.truncate(table.oid);
        if statement.restart_seqs {
            for column in table.columns.iter().filter_map(|column| column.sequence) {
                if let Some(sequence) = env.catalog.sequence(column) {
                    let state = crate::storage::SequenceState {
                        last_value: sequence.start,
                        is_called: false,
                    };
                    session.transaction().writes.set_sequence(sequence.oid, state);
                }
            }
        }
    }
    command("TRUNCATE TABLE")
}
