//! The integration tests, in one binary: one link.

mod architecture;
mod source;
mod supply;
