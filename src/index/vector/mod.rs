//! Nearest neighbours: FAISS's graphs and inverted lists over sealed rows, exact scans over the
//! rest.

pub mod cell;
pub mod faiss;
mod lists;
mod nearest;
mod part;
mod writer;

pub use cell::{Cells, Item, Kind, Query};
pub use nearest::Nearest;
pub use part::{Probe, VectorPart};
pub use writer::VectorPartWriter;
