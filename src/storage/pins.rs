//! Pins: csns at which REPEATABLE READ transactions read, without holding an LMDB transaction.
//!
//! Taking a pin and committing exclude each other, so that the Committer knows every pin whose
//! snapshot its commit would overwrite, and keeps the old row versions for it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Mutex, MutexGuard};

use super::catalog::Catalog;
use crate::base::Csn;

#[derive(Default)]
pub(crate) struct Pins {
    counts: Mutex<BTreeMap<Csn, Pinned>>,
    /// A pin went away: versions may be superfluous.
    released: AtomicBool,
}

/// The pins at one csn.
pub(crate) struct Pinned {
    count: usize,
    /// When the first of them was taken.
    since: Instant,
}

/// Pins in force; held locked while the Committer commits.
pub(crate) type PinCounts<'a> = MutexGuard<'a, BTreeMap<Csn, Pinned>>;

impl Pins {
    pub fn lock(&self) -> PinCounts<'_> {
        self.counts.lock()
    }

    pub fn all(&self) -> Vec<Csn> {
        self.counts.lock().keys().copied().collect()
    }

    pub fn oldest_age(&self) -> Duration {
        self.counts.lock().first_key_value().map_or(Duration::ZERO, |(_, pin)| pin.since.elapsed())
    }

    /// Whether a pin was released since the last call.
    pub fn take_released(&self) -> bool {
        self.released.swap(false, Ordering::Relaxed)
    }

    fn release(&self, csn: Csn) {
        let mut counts = self.counts.lock();
        if let Some(pinned) = counts.get_mut(&csn) {
            pinned.count -= 1;
            if pinned.count == 0 {
                counts.remove(&csn);
                self.released.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Keeps one csn readable for as long as it lives.
pub struct Pin {
    csn: Csn,
    catalog: Arc<Catalog>,
    pins: Arc<Pins>,
    since: Instant,
}

impl Pin {
    /// `counts` is the registry of `pins`, locked since before the snapshot of `csn` was opened.
    pub(crate) fn new(
        pins: &Arc<Pins>,
        mut counts: PinCounts<'_>,
        csn: Csn,
        catalog: Arc<Catalog>,
    ) -> Self {
        let since = Instant::now();
        counts.entry(csn).or_insert(Pinned { count: 0, since }).count += 1;
        Self { csn, catalog, pins: pins.clone(), since }
    }

    pub fn csn(&self) -> Csn {
        self.csn
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.pins.release(self.csn);
    }
}
