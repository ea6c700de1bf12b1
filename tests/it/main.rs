//! The integration tests, in one binary: one link.

mod architecture;
mod sight;
mod source;
mod supply;
