#![doc = include_str!("ARCHITECTURE.md")]

pub mod base;
pub mod config;
pub mod formats;
pub mod fulltext;
pub mod index;
pub mod ingest;
pub mod metrics;
pub mod node;
pub mod query;
pub mod serve;
pub mod storage;
pub mod types;
