//! FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE and FOR KEY SHARE.
//!
//! The tables' row ids ride along as hidden columns up to a `LockRows` operator, which stands above
//! the sort and below the limit.

use super::{
    Binder,
    from::Source,
    inner,
    scope::{Item, Scope},
    target::Target,
};
use crate::{
    base::{PgError, Result, sqlstate},
    ingest::locks::LockMode,
    query::{
        env::LockWait,
        ir::{Expr, Node, Plan, RowMark},
        parse::{NodeEnum, ast},
    },
    types::PgType,
};

/// The clause as PostgreSQL's messages name it.
fn clause_name(clause: &ast::LockingClause) -> &'static str {
    match clause.strength() {
        ast::LockClauseStrength::LcsForkeyshare => "FOR KEY SHARE",
        ast::LockClauseStrength::LcsForshare => "FOR SHARE",
        ast::LockClauseStrength::LcsFornokeyupdate => "FOR NO KEY UPDATE",
        _ => "FOR UPDATE",
    }
}

fn mode(clause: &ast::LockingClause) -> LockMode {
    match clause.strength() {
        ast::LockClauseStrength::LcsForkeyshare => LockMode::ForKeyShare,
        ast::LockClauseStrength::LcsForshare => LockMode::ForShare,
        ast::LockClauseStrength::LcsFornokeyupdate => LockMode::ForNoKeyUpdate,
        _ => LockMode::ForUpdate,
    }
}

fn wait(clause: &ast::LockingClause) -> LockWait {
    match clause.wait_policy() {
        ast::LockWaitPolicy::LockWaitSkip => LockWait::Skip,
        ast::LockWaitPolicy::LockWaitError => LockWait::Error,
        _ => LockWait::Block,
    }
}

fn clauses(select: &ast::SelectStmt) -> impl Iterator<Item = &ast::LockingClause> {
    select.locking_clause.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::LockingClause(clause)) => Some(clause),
        _ => None,
    })
}

/// Errors: 0A000 `FOR UPDATE is not allowed with ...` where rows of the result are no rows of a
/// table.
pub(super) fn check_lockable(select: &ast::SelectStmt, grouped: bool, sets: bool) -> Result<()> {
    let Some(clause) = clauses(select).next() else { return Ok(()) };
    let with = if !select.distinct_clause.is_empty() {
        "DISTINCT clause"
    } else if !select.group_clause.is_empty() {
        "GROUP BY clause"
    } else if select.having_clause.is_some() {
        "HAVING clause"
    } else if grouped {
        "aggregate functions"
    } else if sets {
        "set-returning functions in the target list"
    } else {
        return Ok(());
    };
    let message = format!("{} is not allowed with {with}", clause_name(clause));
    Err(PgError::new(sqlstate::FEATURE_NOT_SUPPORTED, message))
}

/// Errors: 0A000 for a clause behind VALUES or a set operation.
pub(super) fn check_unlocked(select: &ast::SelectStmt, what: &str) -> Result<()> {
    match clauses(select).next() {
        None => Ok(()),
        Some(clause) => Err(PgError::new(
            sqlstate::FEATURE_NOT_SUPPORTED,
            format!("{} is not allowed with {what}", clause_name(clause)),
        )),
    }
}

impl Binder<'_> {
    /// FROM, with row ids in its tables if they are to be locked.
    pub(super) fn from_of(&self, select: &ast::SelectStmt, around: &Scope) -> Result<Source> {
        let outside = self.row_ids.replace(!select.locking_clause.is_empty());
        let source = self.from_clause(&select.from_clause, around);
        self.row_ids.set(outside);
        source
    }

    /// The row ids of the tables to be locked, as hidden targets.
    ///
    /// Errors: 42P01 for an unknown name behind OF; 0A000 for a view or subquery.
    pub(super) fn row_marks(
        &self,
        select: &ast::SelectStmt,
        items: &[Item],
        targets: &mut Vec<Target>,
    ) -> Result<Vec<RowMark>> {
        let mut marks: Vec<RowMark> = Vec::new();
        for clause in clauses(select) {
            self.locks.set(true);
            for item in locked_items(clause, select, items)? {
                let (Some(table), Some(position)) = (&item.table, item.row_id) else { continue };
                let known = marks.iter_mut().find(|mark| {
                    matches!(targets[mark.row_id].expr, Expr::Column(at, _) if at == position)
                });
                if let Some(mark) = known {
                    // Of two clauses over one table the stronger wins, and the less patient.
                    mark.mode = mark.mode.max(mode(clause));
                    mark.wait = mark.wait.max(wait(clause));
                    continue;
                }
                let row_id = targets.len();
                targets.extend([position, position + 1].map(|at| Target {
                    expr: Expr::Column(at, PgType::INT8),
                    name: "row_id".into(),
                    origin: None,
                    hidden: true,
                    location: -1,
                }));
                let (mode, wait) = (mode(clause), wait(clause));
                marks.push(RowMark { table: table.oid, row_id, mode, wait });
            }
        }
        Ok(marks)
    }
}

pub(super) fn lock_rows(input: Plan, marks: Vec<RowMark>) -> Plan {
    if marks.is_empty() {
        return input;
    }
    Plan { fields: input.fields.clone(), node: Node::LockRows { input: Box::new(input), marks } }
}

/// The FROM entries that a clause means: those behind OF, or all.
fn locked_items<'i>(
    clause: &ast::LockingClause,
    select: &ast::SelectStmt,
    items: &'i [Item],
) -> Result<Vec<&'i Item>> {
    let name = clause_name(clause);
    if clause.locked_rels.is_empty() {
        for node in &select.from_clause {
            if let NodeEnum::RangeSubselect(_) = inner(node)? {
                return Err(PgError::unsupported(format!("{name} of a subquery in FROM")));
            }
        }
        return Ok(items.iter().collect());
    }
    let mut found = Vec::new();
    for node in &clause.locked_rels {
        let NodeEnum::RangeVar(wanted) = inner(node)? else { continue };
        let item = items.iter().find(|item| item.alias == wanted.relname).ok_or_else(|| {
            PgError::new(
                sqlstate::UNDEFINED_TABLE,
                format!(
                    "relation \"{}\" in {name} clause not found in FROM clause",
                    wanted.relname
                ),
            )
            .at(wanted.location)
        })?;
        if item.table.is_none() {
            return Err(PgError::unsupported(format!("{name} of what is no table")));
        }
        found.push(item);
    }
    Ok(found)
}
