//! The configuration in force, shared by all who read it and replaced as a whole on reload.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{section::Change, whole::Config};

/// A cheap handle; `load` is wait-free.
#[derive(Clone, Debug)]
pub struct LiveConfig(Arc<ArcSwap<Config>>);

impl LiveConfig {
    pub fn new(config: Config) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(config)))
    }

    pub fn load(&self) -> Arc<Config> {
        self.0.load_full()
    }

    /// Puts the live keys of a checked `new` in force and returns every difference, those that
    /// wait for a restart included.
    pub fn adopt(&self, new: &Config) -> Vec<Change> {
        let old = self.load();
        let changes = old.changes(new);
        self.0.store(Arc::new(old.adopt(new)));
        changes
    }
}
