//! Nearest neighbours: FAISS's graphs over sealed rows, exact scans over the rest.

pub mod faiss;
mod nearest;
mod part;

pub use nearest::Nearest;
pub use part::{Probe, VectorPart, VectorPartWriter};
