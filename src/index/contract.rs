//! What callers ask of the indexes, what they get, and what they must provide.

use std::{fmt, sync::Arc};

use datafusion::arrow::{array::BooleanArray, record_batch::RecordBatch};

use crate::{
    base::{Csn, Result, RowId},
    storage::{
        ManifestChange, Overlay, Snapshot,
        catalog::{Catalog, Index, Table},
    },
    types::{Datum, tsquery::TsQuery},
};

/// The csn of a hit in the caller's own overlay: it has none yet.
pub const UNCOMMITTED: Csn = Csn(u64::MAX);

/// A predicate over some of a table's columns.
pub trait RowFilter: Send + Sync {
    /// Positions of the columns it looks at.
    fn columns(&self) -> &[usize];
    /// `batch` has those columns in that order; what is not true does not match.
    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray>;
}

/// Computes the keys of expression and partial indexes.
pub trait KeyEvaluator: Send + Sync {
    /// The key of each row (in stored bytes); NULL for rows outside the index's predicate.
    fn evaluate(
        &self,
        catalog: &Arc<Catalog>,
        table: &Table,
        index: &Index,
        rows: &[&[u8]],
    ) -> Result<Vec<Datum>>;
}

/// Writes the manifest: the indexes read storage and never write it.
#[async_trait::async_trait]
pub trait ManifestSink: Send + Sync {
    /// Makes all changes durable in one commit, and tells its csn.
    async fn record(&self, changes: Vec<ManifestChange>) -> Result<Csn>;
    /// Lets go of the change log up to and including `csn`.
    async fn prune(&self, csn: Csn) -> Result<()>;
}

/// A nearest-neighbour query.
pub struct VectorSearch<'a, 's> {
    pub table: &'a Table,
    pub index: &'a Index,
    /// Of the key's type.
    pub query: &'a Datum,
    pub limit: usize,
    /// Candidates that a walk through a graph keeps.
    pub ef_search: usize,
    /// Inverted lists to look into.
    pub probes: usize,
    pub filter: Option<&'a dyn RowFilter>,
    pub snapshot: &'s Snapshot,
    pub overlay: Option<&'a Overlay>,
    /// Errs (57014) once the statement is cancelled.
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

/// Rows found, best first.
#[derive(Clone, Debug, Default)]
pub struct VectorAnswer<'s> {
    pub hits: Vec<Hit<'s>>,
    pub effort: Effort,
}

/// One row: its version is the one the snapshot shows ([`UNCOMMITTED`] in the overlay).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit<'s> {
    pub row: RowId,
    pub csn: Csn,
    /// The operator's distance, or BM25.
    pub score: f64,
    /// The row in the snapshot, where the search has looked it up.
    pub bytes: Option<&'s [u8]>,
}

/// What a search did, for EXPLAIN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    pub strategy: Strategy,
    /// The largest `ef` used in a graph; 0 if none was walked.
    pub ef: usize,
    /// Inverted lists looked into, of all segments.
    pub probes: usize,
    /// Rows that were measured or scored one by one.
    pub candidates: u64,
    /// Indexed rows that the filter let through, where there was one.
    pub matching: Option<u64>,
    pub segments: usize,
    /// Rows found by exact scan because they are not sealed yet.
    pub tail: u64,
    /// The graph or the first lists gave too few rows, and more was looked at.
    pub refilled: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Every row measured.
    #[default]
    ExactScan,
    /// The rows that match the filter measured.
    ExactGather,
    /// HNSW graphs walked, inside the filter's bitmap if there is one.
    Graph,
    /// Inverted lists of vectors, the nearest ones.
    Lists,
    /// Inverted lists of words.
    Postings,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strategy::ExactScan => "exact scan",
            Strategy::ExactGather => "exact gather",
            Strategy::Graph => "graph",
            Strategy::Lists => "lists",
            Strategy::Postings => "postings",
        })
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (candidates={}", self.strategy, self.candidates)?;
        if self.ef > 0 {
            write!(f, ", ef={}", self.ef)?;
        }
        if self.probes > 0 {
            write!(f, ", probes={}", self.probes)?;
        }
        if let Some(matching) = self.matching {
            write!(f, ", matching={matching}")?;
        }
        write!(f, ", segments={}, tail={}", self.segments, self.tail)?;
        if self.refilled {
            f.write_str(", refilled")?;
        }
        f.write_str(")")
    }
}

/// A full-text query.
pub struct TextSearch<'a, 's> {
    pub table: &'a Table,
    pub index: &'a Index,
    pub query: &'a TsQuery,
    /// The best so many by BM25; `None`: every match.
    pub top: Option<usize>,
    /// Whether hits need their BM25 when all are asked for; the best are always scored.
    pub scored: bool,
    pub filter: Option<&'a dyn RowFilter>,
    pub snapshot: &'s Snapshot,
    pub overlay: Option<&'a Overlay>,
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

/// Rows found: best first if the best were asked for, else in no order. Every hit matches the
/// query exactly.
#[derive(Clone, Debug, Default)]
pub struct TextAnswer<'s> {
    pub hits: Vec<Hit<'s>>,
    pub effort: Effort,
}
