//! Floor 4: the edges. PostgreSQL's wire protocol, and the HTTP endpoints that operators read.

pub mod health;
pub mod http;
pub mod pgwire;
