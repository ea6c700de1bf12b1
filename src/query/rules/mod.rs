//! Rewriting bound plans: cheaper ones with the same rows.

pub mod columns;
pub mod volatility;
