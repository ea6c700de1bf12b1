#![doc = include_str!("ARCHITECTURE.md")]

pub mod base;
pub mod index;
pub mod query;
pub mod storage;
pub mod types;
