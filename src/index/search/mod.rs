//! Searches: segments, tail, a statement's own rows and, where nothing else can answer, the table
//! itself, as one exact answer in the caller's snapshot.

mod any;
mod loose;
mod source;
mod statistics;
mod text;
mod vector;

pub use loose::BATCH_ROWS;
pub use source::Consulted;
