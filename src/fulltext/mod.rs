//! Floor 1: PostgreSQL's full-text search as pure functions. From a text to tokens ([`parser`]),
//! to lexemes ([`dictionary`], chosen by [`config`]), to a tsvector ([`document`]) or a tsquery
//! ([`query`]); then matching, ranking, headlines and BM25 over those values.
//!
//! What is made here equals what PostgreSQL 18 makes, token for token and digit for digit.

pub mod bm25;
pub mod config;
pub mod cover;
pub mod dictionary;
pub mod document;
pub mod edit;
pub mod headline;
pub mod matching;
pub mod parser;
pub mod query;
pub mod rank;
pub mod rewrite;

pub use config::Config;

#[cfg(test)]
mod tests;
