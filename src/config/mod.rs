//! Floor 0: the configuration. One file per TOML section; each section is a table of keys with
//! type, default, bounds and documentation, from which reading, checking, showing, reloading and
//! `config/fathom.toml` itself all follow.
//!
//! Layers, later wins: defaults, the file, `FATHOM__SECTION__KEY` variables, command-line flags.
//! Unknown keys are refused, and every problem is reported at once under its `section.key`.

mod layers;
mod live;
mod problems;
mod section;
mod units;

mod auth;
mod index;
mod ingest;
mod log;
mod query;
mod server;
mod storage;

mod whole;

pub use auth::{Auth, AuthMethod};
pub use index::Index;
pub use ingest::Ingest;
pub use layers::{Layers, Origin};
pub use live::LiveConfig;
pub use log::{Log, LogFormat};
pub use problems::{Problem, Problems};
pub use query::Query;
pub use section::{Change, Key, Reload, Section};
pub use server::Server;
pub use storage::{Durability, Storage};
pub use units::{ByteSize, Secret, Setting};
pub use whole::Config;
