//! Large plans as DataFusion operators.
use crate::base::{Result, PgError};
use crate::query::{ir::Plan, exec::scope::Scope};
use futures::stream::BoxStream;
use datafusion::arrow::record_batch::RecordBatch;
pub fn stream(_plan: &Plan, _scope: &Scope) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    Err(PgError::unsupported("large plans"))
}
