//! The tail: committed rows that no segment holds yet, in memory, searched exactly.

mod chunk;
mod rows;

pub use chunk::{CHUNK_ROWS, Chunk};
pub use rows::{LiveRow, Tail};
