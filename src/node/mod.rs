//! Floor 5: the process. From the command line to a running node and back to exit 0.
//!
//! Start order: configuration, telemetry, data folder and its lock, storage, committer, indexes,
//! engine, supervisor, listeners; then READY=1. The end runs the other way: not ready, stop
//! accepting, drain, 57P01 for the rest, indexes, committer, last sync.

mod cli;
mod folder;
mod meters;
mod process;
mod running;
mod service;
mod supervisor;
mod telemetry;
mod throttle;

pub use cli::main;
pub use running::Node;

#[cfg(test)]
mod tests;
