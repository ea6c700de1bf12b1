//! Floor 1: the truth. The only importer of heed.

pub mod catalog;
