//! Floor 2: what is derived from the truth, and may be deleted. Reads storage, never writes it.
//!
//! A table with hnsw or gin indexes has **segments** (sealed folders of FAISS graphs, tantivy
//! lists and Arrow columns under one numbering of rows) and a **tail** (what was committed since,
//! in memory, searched exactly). [`Indexes`] follows the change log up to a query's snapshot, so
//! that a row is found in the first query after its commit; a [`Builder`] in the background turns
//! tails into segments. An index that lags, is missing or is corrupt costs time, never answers:
//! whatever cannot be answered from it is answered from the table.

mod bitmap;
mod build;
mod contract;
mod indexes;
mod keys;
mod load;
mod pool;
mod search;
mod segment;
mod stats;
mod table;
mod tail;
mod text;
pub mod vector;

pub use build::{Builder, BuilderHandle};
pub use contract::{
    Effort, Hit, KeyEvaluator, ManifestSink, RowFilter, Strategy, TextAnswer, TextSearch,
    UNCOMMITTED, VectorAnswer, VectorSearch,
};
pub use indexes::{IndexOptions, Indexes};
pub use keys::Space;
pub use pool::Pool;
pub use stats::{IndexStatistics, Statistics};
pub use text::Bm25;

#[cfg(test)]
mod tests;
