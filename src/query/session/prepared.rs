//! Prepared statements: bound once, bound again when definitions have changed.

use std::sync::Arc;

use crate::{
    base::{Oid, TableId},
    query::{
        bind,
        ir::{Field, Plan},
        parse::Statement,
        rules::Scans,
        statements,
    },
    types::PgType,
};

/// A statement that can be executed many times; cheap to clone.
#[derive(Clone)]
pub struct Prepared {
    pub(in crate::query) inner: Arc<PreparedInner>,
}

pub(in crate::query) struct PreparedInner {
    pub statement: Statement,
    pub params: Vec<PgType>,
    pub fields: Option<Arc<[Field]>>,
    pub bound: Bound,
    /// What runs before it: the queries of a WITH that also writes.
    pub steps: Vec<bind::Step>,
    /// FOR UPDATE: the rows are made at once, so that the statement can be run again.
    pub locks_rows: bool,
    /// What it was bound against.
    pub version: BoundAgainst,
    pub kind: &'static str,
}

impl PreparedInner {
    /// A statement without parameters that looks at no definition; SHOW has rows all the same.
    pub fn unbound(statement: Statement, fields: Option<Arc<[Field]>>) -> Self {
        Self {
            kind: statements::kind_of_utility(&statement.node),
            statement,
            params: vec![],
            fields,
            bound: Bound::Utility,
            steps: vec![],
            locks_rows: false,
            version: BoundAgainst::default(),
        }
    }
}

impl PreparedInner {
    /// The tables that it writes.
    pub fn written(&self) -> Vec<TableId> {
        let of_steps = self.steps.iter().filter_map(|step| match &step.action {
            bind::Action::Query(_) => None,
            bind::Action::Insert(insert) => Some(insert.table.oid),
            bind::Action::Update(update) => Some(update.table.oid),
            bind::Action::Delete(delete) => Some(delete.table.oid),
        });
        let of_itself = match &self.bound {
            Bound::Insert(insert) => Some(insert.table.oid),
            Bound::Update(update) => Some(update.table.oid),
            Bound::Delete(delete) => Some(delete.table.oid),
            Bound::Select(_) | Bound::Utility => None,
        };
        of_steps.chain(of_itself).collect()
    }
}

/// A prepared statement under its name.
pub(in crate::query) struct Named {
    pub prepared: Prepared,
    /// Microseconds since 2000-01-01 UTC.
    pub since: i64,
    /// The text of PREPARE; `None` if the protocol's Parse named it.
    pub sql: Option<Arc<str>>,
}

/// A plan holds for these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::query) struct BoundAgainst {
    pub catalog: u64,
    pub search_path: Arc<[Oid]>,
    pub user: Arc<str>,
    /// Which scans are allowed: the plan differs.
    pub scans: Scans,
}

/// A statement after binding; what is no query waits for its execution.
#[derive(Clone)]
pub(in crate::query) enum Bound {
    Select(Arc<Plan>),
    Insert(Arc<bind::Insert>),
    Update(Arc<bind::Update>),
    Delete(Arc<bind::Delete>),
    Utility,
}

impl Prepared {
    pub fn params(&self) -> &[PgType] {
        &self.inner.params
    }

    pub fn fields(&self) -> Option<Arc<[Field]>> {
        self.inner.fields.clone()
    }

    /// The label of its metrics.
    pub fn kind(&self) -> &'static str {
        self.inner.kind
    }

    /// The cursor or portal that it names, if it is a FETCH, MOVE or CLOSE.
    pub fn portal(&self) -> Option<&str> {
        super::cursor::named_by(&self.inner.statement)
    }

    pub fn sql(&self) -> &str {
        &self.inner.statement.source
    }
}
