//! `[log]`: what is written to standard error.

use super::{section::section, units::choice};

choice! {
    /// The form of a log line.
    LogFormat {
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
    "\"text\" or \"json\""
}

section! {
    /// The log, on standard error. It never holds passwords or bound values.
    Log = "log" {
        /// "text" for people, "json" for machines.
        format: LogFormat = "text", Restart;
        /// error, warn, info, debug or trace; or by module, such as "info,fathom::index=debug".
        level: String = "info", Live;
    }
}
