//! Nearest neighbours.

pub mod faiss;
