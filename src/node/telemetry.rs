//! The log: tracing to standard error, as text or JSON lines. Its level follows reloads.

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, Registry, fmt,
    layer::{Layer, SubscriberExt},
    reload,
    util::SubscriberInitExt,
};

use crate::config::{Log, LogFormat};

/// Changes the level of a running process.
pub struct Telemetry {
    filter: reload::Handle<EnvFilter, Registry>,
}

impl Telemetry {
    /// Starts the log. Errors: a level that cannot be read, or a log that runs already.
    pub fn start(log: &Log) -> Result<Self, String> {
        let (filter, handle) = reload::Layer::new(filter(&log.level)?);
        let lines = match log.format {
            LogFormat::Text => fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(std::io::stderr().is_terminal())
                .boxed(),
            LogFormat::Json => {
                fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed()
            }
        };
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .try_init()
            .map_err(|error| error.to_string())?;
        Ok(Self { filter: handle })
    }

    /// Puts another level in force. Errors: a level that cannot be read; the old one stays.
    pub fn relevel(&self, log: &Log) -> Result<(), String> {
        self.filter.reload(filter(&log.level)?).map_err(|error| error.to_string())
    }
}

/// Libraries that tell of their everyday life at the level info.
const TALKATIVE: &[&str] = &["actix_server", "tantivy"];

fn filter(level: &str) -> Result<EnvFilter, String> {
    let mut directives = level.to_owned();
    for library in TALKATIVE {
        if !level.contains(library) {
            directives = format!("{library}=warn,{directives}");
        }
    }
    EnvFilter::try_new(directives).map_err(|error| format!("log.level: {error}"))
}
