//! Floor 0: what the process tells about itself. One table of metrics, one rendering.
//!
//! A metric is a field of [`Metrics`], reached from anywhere through [`metrics`]. Values that are
//! cheaper to read than to keep (LMDB's pages, queue depths) are set by samplers just before a
//! scrape. Labels are few and closed: kinds of query, reasons of refusal, index names.

mod catalogue;
mod rendering;

pub use catalogue::{CATALOGUE, Kind, Metrics, Row, Unit, metrics};
pub use prometheus::IntGauge;
pub use rendering::{Sampling, on_scrape, render};
