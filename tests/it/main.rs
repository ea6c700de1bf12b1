//! The integration tests, in one binary: one link.

mod architecture;
mod daemon;
mod process;
mod sight;
mod source;
mod sql;
