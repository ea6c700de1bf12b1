//! Back-pressure: writers wait for indexes that are far behind, and are refused past a hard bound.

use parking_lot::Mutex;

use crate::{
    config::LiveConfig,
    index::Indexes,
    ingest::{Committer, Pressure},
};

/// Sets the Committer's pressure by how far the slowest index is behind.
pub struct Throttle {
    config: LiveConfig,
    indexes: Indexes,
    committer: Committer,
    applied: Mutex<Pressure>,
}

impl Throttle {
    pub fn new(config: LiveConfig, indexes: Indexes, committer: Committer) -> Self {
        Self { config, indexes, committer, applied: Mutex::default() }
    }

    /// Looks at the backlogs, and says so in the log when something changes.
    pub fn adjust(&self) {
        let config = self.config.load();
        let backlog = match self.indexes.longest_backlog_rows() {
            // Without a builder nobody shortens it: searches are exact, and writing goes on.
            _ if !self.indexes.is_attended() => 0,
            Ok(backlog) => backlog,
            Err(error) => {
                tracing::warn!(target: "node", %error, "the indexes' backlog is not known");
                return;
            }
        };
        let ingest = &config.ingest;
        let due = pressure(backlog, ingest.backlog_rows_wait, ingest.backlog_rows_refuse);
        let mut applied = self.applied.lock();
        if *applied != due {
            tracing::warn!(target: "node", backlog, from = ?*applied, to = ?due, "pressure");
            self.committer.set_pressure(due);
            *applied = due;
        }
    }
}

fn pressure(backlog: usize, wait: usize, refuse: usize) -> Pressure {
    match backlog {
        rows if rows > refuse => Pressure::Refuse,
        rows if rows > wait => Pressure::Wait,
        _ => Pressure::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_wait_before_they_are_refused() {
        let pressures = [0, 10, 11, 20, 21].map(|backlog| pressure(backlog, 10, 20));
        let [none, still_none, waits, still_waits, refuses] = pressures;
        assert_eq!((none, still_none), (Pressure::None, Pressure::None));
        assert_eq!((waits, still_waits), (Pressure::Wait, Pressure::Wait));
        assert_eq!(refuses, Pressure::Refuse);
    }
}
