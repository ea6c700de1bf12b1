//! The ages of open read transactions: an old one keeps LMDB from reusing pages.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;

#[derive(Default)]
pub(crate) struct Readers {
    open: Mutex<BTreeMap<u64, Instant>>,
    next: AtomicU64,
}

impl Readers {
    pub fn enter(self: &Arc<Self>) -> Ticket {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let since = Instant::now();
        self.open.lock().insert(number, since);
        Ticket { number, since, readers: self.clone() }
    }

    pub fn count(&self) -> usize {
        self.open.lock().len()
    }

    pub fn oldest_age(&self) -> Duration {
        self.open.lock().first_key_value().map_or(Duration::ZERO, |(_, since)| since.elapsed())
    }
}

/// One open read transaction's place in the registry.
pub(crate) struct Ticket {
    number: u64,
    pub since: Instant,
    readers: Arc<Readers>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.readers.open.lock().remove(&self.number);
    }
}
