//! Builders: they seal tails into segments, merge segments, rebuild dead ones, and let go of the
//! change log behind them.

mod actor;
mod draw;
mod maintain;
mod plan;
mod statistics;

pub use actor::{Builder, BuilderHandle};
#[cfg(test)]
pub use maintain::Turn;
