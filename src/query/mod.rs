//! Floor 3: queries. PostgreSQL's grammar in front, our binder in the middle, DataFusion's
//! physical operators (and a row-at-a-time path for small statements) at the end.

pub mod bind;
pub mod catalog;
pub mod env;
pub mod exec;
pub mod functions;
pub mod ir;
pub mod parse;
pub mod rules;
pub mod session;
pub mod settings;
mod statements;
