//! Where a text names tables, columns and stars: RENAME and CREATE VIEW spell stored texts anew.

use super::Binder;
use crate::{
    base::{Oid, Result},
    query::parse::{self, NodeEnum, ast},
    storage::catalog::Table,
};

/// One name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// A stored table or a view in FROM, with the columns it has there.
    Relation { oid: Oid, aliased: bool, columns: Vec<String> },
    /// A type or function of pgvector, which may have to be qualified.
    Extended,
    /// An operator of pgvector.
    Operator,
    /// A table's own column.
    Column { origin: (Oid, i16) },
    /// A star in a target list: `(alias, column)` of each output; the alias is empty where the
    /// column can only be named alone.
    Star { columns: Vec<(String, String)> },
}

/// Mentions with the byte offset they begin at.
pub type Trace = Vec<(usize, Mention)>;

impl Binder<'_> {
    pub(super) fn note(&self, location: i32, mention: impl FnOnce() -> Mention) {
        if let (Some(trace), Ok(at)) = (self.trace.borrow_mut().as_mut(), usize::try_from(location))
        {
            trace.push((at, mention()));
        }
    }

    /// Runs `work` without noting names: they are of another text.
    pub(super) fn untraced<T>(&self, work: impl FnOnce() -> T) -> T {
        let trace = self.trace.take();
        let result = work();
        self.trace.replace(trace);
        result
    }

    /// What the names in a query's text mean, in the order of the text.
    ///
    /// Errors: the binder's.
    pub fn trace_query(&self, sql: &str) -> Result<Trace> {
        let statements = parse::parse(sql)?;
        let Some(NodeEnum::SelectStmt(select)) =
            statements.first().map(|statement| statement.node.as_ref())
        else {
            return Err(crate::base::PgError::internal("a query was expected"));
        };
        self.trace_select(select)
    }

    /// The same for a query that is parsed.
    pub fn trace_select(&self, select: &ast::SelectStmt) -> Result<Trace> {
        self.traced(|| self.select(select).map(drop))
    }

    /// What the names in the text of an expression over a table's row mean.
    pub fn trace_expression(&self, table: &Table, sql: &str) -> Result<Trace> {
        let node: ast::Node = parse::parse_expression(sql)?;
        let trace = self.traced(|| self.table_node(table, &node, "index expressions").map(drop))?;
        // The parser saw `SELECT ` before it.
        Ok(trace.into_iter().map(|(at, mention)| (at - "SELECT ".len(), mention)).collect())
    }

    fn traced(&self, work: impl FnOnce() -> Result<()>) -> Result<Trace> {
        self.trace.replace(Some(Trace::new()));
        let result = work();
        let mut trace = self.trace.take().unwrap_or_default();
        result?;
        trace.sort_by_key(|(at, _)| *at);
        // What is bound more than once is noted more than once.
        trace.dedup();
        Ok(trace)
    }
}
