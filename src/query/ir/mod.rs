//! The bound query: what the binder makes of PostgreSQL's syntax tree, and what the executor runs.
//!
//! Every name is resolved, every type is known, every implicit cast is written out. Columns are
//! positions in the input's output, so nothing below the binder looks a name up.

mod expr;
mod plan;
mod same;
mod walk;

pub use expr::*;
pub use plan::*;
