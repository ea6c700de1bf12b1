//! The searches a plan may ask for: nearest neighbours and words. The indexes answer with row ids;
//! the executor fetches the rows from its own snapshot and checks them again.

use datafusion::arrow::{array::BooleanArray, record_batch::RecordBatch};

use futures::future::BoxFuture;

use super::scope::CteRows;
use crate::{
    base::{Csn, Result, RowId},
    storage::catalog::{Index, Table},
    types::{Datum, tsquery::TsQuery},
};

/// A condition on candidates, over some of the table's columns.
pub trait Condition: Send + Sync {
    /// Positions in the table; the batches to come have these columns in this order.
    fn columns(&self) -> &[usize];
    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray>;
}

pub struct VectorRequest<'a> {
    pub table: &'a Table,
    pub index: &'a Index,
    /// Of the key's type.
    pub query: &'a Datum,
    pub limit: usize,
    pub ef_search: usize,
    pub probes: usize,
    pub condition: Option<&'a dyn Condition>,
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

pub struct TextRequest<'a> {
    pub table: &'a Table,
    pub index: &'a Index,
    pub query: &'a TsQuery,
    /// Only the best so many by BM25, best first.
    pub top: Option<usize>,
    pub condition: Option<&'a dyn Condition>,
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

#[derive(Clone, Copy, Debug)]
pub struct Hit<'s> {
    pub row: RowId,
    /// The row's version that was found; another one in the snapshot means the hit is stale.
    /// `None` for a row of the session's own, which has no version yet.
    pub csn: Option<Csn>,
    /// Distance, or BM25.
    pub score: f64,
    /// The row itself, where the search has looked it up in the snapshot.
    pub bytes: Option<&'s [u8]>,
}

#[derive(Clone, Debug, Default)]
pub struct Answer<'s> {
    pub hits: Vec<Hit<'s>>,
    /// How it was found and at what effort, for EXPLAIN: `graph (candidates=120, ef=40)`.
    pub effort: String,
}

/// A whole statement, to be run elsewhere.
pub type Work = Box<dyn FnOnce() -> Result<CteRows> + Send>;

/// The indexes over one snapshot, uncommitted rows of the session included.
pub trait Search: Send + Sync {
    /// At most `limit` rows that meet the condition, closest first.
    /// Blocks: yes, for as long as the search takes. Errors: 22000 on a wrong dimension; 57014.
    fn vector(&self, request: VectorRequest) -> Result<Answer<'_>>;
    /// The rows that match the query and meet the condition.
    fn text(&self, request: TextRequest) -> Result<Answer<'_>>;

    /// Whether the index is in memory, follows the snapshot already and has little beside it: a
    /// search for a few rows is then done before another thread would have begun with it.
    fn is_at_hand(&self, _table: &Table, _index: &Index) -> bool {
        false
    }

    /// Runs a statement that searches where searches belong: on a thread of their own, which may
    /// block. Without such threads it runs on the spot.
    fn on_pool(&self, work: Work) -> BoxFuture<'static, Result<CteRows>> {
        Box::pin(futures::future::ready(work()))
    }
}
