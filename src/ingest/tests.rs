//! Integration of store and Committer.
