//! The door to FAISS: `shim.cpp`, `cells.cpp` and `walk.cpp` on its side; on ours [`Graph`] over
//! plain vectors, [`Codes`] of them for its walks, [`Net`] over cells, k-means, and the exact distance
//! kernels.

mod cells;
mod codes;
mod graph;

pub use cells::{Measure, Net, assign, train};
pub use codes::Codes;
pub use graph::{Access, Found, Graph, GraphOptions, Metric, distances, is_finite, set_threads};
