//! How many connections there may be, and how many of them superusers may count on.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use crate::{
    base::{PgError, Result, sqlstate},
    config::LiveConfig,
    metrics::metrics,
};

/// Counts connections that hold a slot, and those that are still starting up.
#[derive(Debug)]
pub struct Slots {
    config: LiveConfig,
    used: AtomicU32,
    starting: AtomicU32,
}

impl Slots {
    pub fn new(config: LiveConfig) -> Arc<Self> {
        Arc::new(Self { config, used: AtomicU32::new(0), starting: AtomicU32::new(0) })
    }

    /// A place to start up in; cancel requests need no more than this. `None` when so many
    /// clients are starting up that one more would cost those who are in.
    pub fn start(self: &Arc<Self>) -> Option<Starting> {
        let limit = self.config.load().server.connections_max.saturating_mul(2).max(16);
        let taken = self
            .starting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < limit).then_some(count + 1)
            })
            .is_ok();
        taken.then(|| {
            metrics().connections.with_label_values(&["starting"]).inc();
            Starting(self.clone())
        })
    }

    /// A connection's slot. Errors: FATAL 53300 if all are taken.
    pub fn take(self: &Arc<Self>) -> Result<Slot> {
        let max = self.config.load().server.connections_max;
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < max).then_some(count + 1)
            })
            .map(|_| Slot(self.clone()))
            .map_err(|_| {
                metrics().connection_refusals.with_label_values(&["full"]).inc();
                PgError::fatal(sqlstate::TOO_MANY_CONNECTIONS, "sorry, too many clients already")
            })
    }
}

#[derive(Debug)]
pub struct Starting(Arc<Slots>);

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.starting.fetch_sub(1, Ordering::AcqRel);
        metrics().connections.with_label_values(&["starting"]).dec();
    }
}

#[derive(Debug)]
pub struct Slot(Arc<Slots>);

impl Slot {
    /// Whether the holder may keep it. Errors: FATAL 53300 if only the reserve was left.
    pub fn admit(&self, superuser: bool) -> Result<()> {
        let server = &self.0.config.load().server;
        let open = server.connections_max.saturating_sub(server.superuser_reserved);
        if !superuser && self.0.used.load(Ordering::Acquire) > open {
            metrics().connection_refusals.with_label_values(&["reserved"]).inc();
            return Err(PgError::fatal(
                sqlstate::TOO_MANY_CONNECTIONS,
                "remaining connection slots are reserved for roles with the SUPERUSER attribute",
            ));
        }
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_reserve_is_kept_for_superusers_and_slots_come_back() {
        let mut config = Config::defaults();
        config.server.connections_max = 3;
        config.server.superuser_reserved = 1;
        let slots = Slots::new(LiveConfig::new(config));
        let (first, second) = (slots.take().expect("free"), slots.take().expect("free"));
        assert!(first.admit(false).is_ok() && second.admit(false).is_ok());
        let third = slots.take().expect("free");
        assert!(third.admit(false).is_err() && third.admit(true).is_ok());
        assert_eq!(slots.take().expect_err("full").code, sqlstate::TOO_MANY_CONNECTIONS);
        drop(third);
        assert!(slots.take().is_ok());
    }
}
