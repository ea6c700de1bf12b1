//! What operators read over HTTP: /metrics, /healthz, /readyz. Nothing else is served here.

mod endpoints;
mod server;

pub use server::Endpoint;
