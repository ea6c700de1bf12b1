//! Large plans as DataFusion operators.
use crate::base::{PgError, Result};
use crate::query::{exec::scope::Scope, ir::Plan};
use datafusion::arrow::record_batch::RecordBatch;
use futures::stream::BoxStream;
pub fn stream(_plan: &Plan, _scope: &Scope) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    Err(PgError::unsupported("large plans"))
}
