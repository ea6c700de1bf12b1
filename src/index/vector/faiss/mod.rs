//! The door to FAISS: `shim.cpp` on its side, [`Graph`] and the exact distance kernels on ours.

mod graph;

pub use graph::{Access, Found, Graph, GraphOptions, Metric, distances, is_finite, set_threads};
