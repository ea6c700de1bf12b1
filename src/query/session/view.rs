//! What a statement reads: the rows of a snapshot with the session's own over it, and the indexes.

use std::sync::Arc;

use datafusion::arrow::{array::BooleanArray, record_batch::RecordBatch};
use futures::future::BoxFuture;

use super::rows::Rows;
use crate::{
    base::{Csn, Result},
    index::{self, Indexes, RowFilter, UNCOMMITTED},
    metrics::metrics,
    query::exec::{
        scope::CteRows,
        search::{Answer, Condition, Hit, Search, TextRequest, VectorRequest, Work},
    },
    storage::{
        Overlay, Snapshot,
        catalog::{Index, Table},
    },
};

pub struct View {
    pub rows: Arc<Rows>,
    pub indexes: Arc<Indexes>,
}

impl View {
    pub fn new(snapshot: Snapshot, overlay: Arc<Overlay>, indexes: Arc<Indexes>) -> Self {
        let overlay = (!overlay.is_empty()).then_some(overlay);
        Self { rows: Arc::new(Rows { snapshot: Arc::new(snapshot), overlay }), indexes }
    }

    pub fn csn(&self) -> Csn {
        self.rows.snapshot.csn()
    }
}

/// The executor's condition as the indexes' filter.
struct Filter<'a>(&'a dyn Condition);

impl RowFilter for Filter<'_> {
    fn columns(&self) -> &[usize] {
        self.0.columns()
    }

    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        self.0.matches(batch)
    }
}

fn hits(hits: Vec<index::Hit<'_>>) -> Vec<Hit<'_>> {
    hits.into_iter()
        .map(|hit| Hit {
            row: hit.row,
            csn: (hit.csn != UNCOMMITTED).then_some(hit.csn),
            score: hit.score,
            bytes: hit.bytes,
        })
        .collect()
}

impl Search for View {
    fn vector(&self, request: VectorRequest) -> Result<Answer<'_>> {
        let filter = request.condition.map(Filter);
        let answer = self.indexes.vector_search(index::VectorSearch {
            table: request.table,
            index: request.index,
            query: request.query,
            limit: request.limit,
            ef_search: request.ef_search,
            probes: request.probes,
            filter: filter.as_ref().map(|filter| filter as &dyn RowFilter),
            snapshot: &self.rows.snapshot,
            overlay: self.rows.overlay.as_deref(),
            cancelled: request.cancelled,
        })?;
        Ok(answered(answer.hits, &answer.effort))
    }

    fn text(&self, request: TextRequest) -> Result<Answer<'_>> {
        let filter = request.condition.map(Filter);
        let answer = self.indexes.text_search(index::TextSearch {
            table: request.table,
            index: request.index,
            query: request.query,
            top: request.top,
            scored: request.top.is_some(),
            filter: filter.as_ref().map(|filter| filter as &dyn RowFilter),
            snapshot: &self.rows.snapshot,
            overlay: self.rows.overlay.as_deref(),
            cancelled: request.cancelled,
        })?;
        Ok(answered(answer.hits, &answer.effort))
    }

    fn is_at_hand(&self, table: &Table, index: &Index) -> bool {
        self.rows.overlay.is_none() && self.indexes.is_at_hand(table, index, &self.rows.snapshot)
    }

    fn on_pool(&self, work: Work) -> BoxFuture<'static, Result<CteRows>> {
        let indexes = self.indexes.clone();
        let runtime = tokio::runtime::Handle::current();
        Box::pin(async move {
            let inside = move || {
                // Operators above the search may spawn tasks and wait for them.
                let _runtime = runtime.enter();
                work()
            };
            indexes.pool().run(inside).await
        })
    }
}

/// Counts what the search did, and tells it.
fn answered<'s>(found: Vec<index::Hit<'s>>, effort: &index::Effort) -> Answer<'s> {
    let strategy = match effort.strategy {
        index::Strategy::ExactScan => "scan",
        index::Strategy::ExactGather => "gather",
        index::Strategy::Graph => "graph",
        index::Strategy::Lists => "lists",
        index::Strategy::Postings => "text",
    };
    metrics().searches.with_label_values(&[strategy]).inc();
    if effort.refilled {
        metrics().search_refills.inc();
    }
    Answer { hits: hits(found), effort: effort.to_string() }
}
