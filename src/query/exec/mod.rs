//! The executor: IR plans to rows.
//!
//! Two engines share one meaning. The row executor ([`rows`]) runs every node as a cursor, without
//! futures or batches: it serves point lookups, searches and everything else that is small. Large
//! plans are lowered ([`lower`]) to DataFusion's physical operators over Arrow batches, and borrow
//! from the row executor what DataFusion does not do as PostgreSQL does.

pub mod batches;
pub mod columnar;
pub mod comparison;
mod constants;
pub mod deparse;
pub mod eval;
pub mod execution;
pub mod explain;
pub mod index_key;
pub mod keys;
pub mod lower;
pub mod profile;
pub mod rows;
mod run;
pub mod scope;
pub mod search;
mod size;
pub mod source;
pub mod subqueries;
mod transaction_timer;
pub mod window;

#[cfg(test)]
pub mod fixture;

pub use eval::{EvalContext, evaluate};
pub use execution::{CancelToken, Cause, Deadline, Execution, SearchSettings};
pub use explain::{ExplainOptions, explain, explain_json};
pub use run::{rows, run};
pub use scope::CteRows;
pub use transaction_timer::TransactionTimer;

#[cfg(test)]
mod inverted_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod tests;
