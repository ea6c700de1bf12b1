//! The door to FAISS: `shim.cpp` and `cells.cpp` on its side; on ours [`Graph`] over plain vectors,
//! [`Net`] over cells, k-means, and the exact distance kernels.

mod cells;
mod graph;

pub use cells::{Measure, Net, assign, train};
pub use graph::{Access, Found, Graph, GraphOptions, Metric, distances, is_finite, set_threads};
