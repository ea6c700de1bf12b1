//! Prepared statements: bound once, bound again when definitions have changed.

use std::sync::Arc;

use crate::{
    base::Oid,
    query::{
        bind,
        ir::{Field, Plan},
        parse::Statement,
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
    /// What it was bound against.
    pub version: BoundAgainst,
    pub kind: &'static str,
}

/// A plan holds for these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::query) struct BoundAgainst {
    pub catalog: u64,
    pub search_path: Vec<Oid>,
    pub user: String,
    /// Whether index scans are allowed: the plan differs.
    pub index_scans: bool,
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

    pub fn sql(&self) -> &str {
        &self.inner.statement.source
    }
}
