//! The connections that are in, by process id: how CancelRequest and `pg_terminate_backend`
//! reach them.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use rand::RngCore;
use subtle::ConstantTimeEq;
use tokio::sync::Notify;

use super::session::Cancel;
use crate::metrics::metrics;

#[derive(Default)]
pub struct Backends(Mutex<HashMap<i32, Backend>>);

struct Backend {
    key: Vec<u8>,
    cancel: Arc<dyn Cancel>,
    signals: Arc<Signals>,
}

/// What a connection's task listens to beside its client.
#[derive(Debug, Default)]
pub struct Signals {
    /// Ends a wait for the client in the middle of a statement (COPY FROM STDIN).
    pub cancelled: Notify,
    /// Ends the connection.
    pub terminated: Notify,
}

impl Backends {
    /// Enters a connection under a fresh key; it leaves when the registration is dropped.
    pub fn register(
        self: &Arc<Self>,
        pid: i32,
        key_bytes: usize,
        cancel: Arc<dyn Cancel>,
    ) -> Registration {
        let mut key = vec![0; key_bytes];
        rand::rng().fill_bytes(&mut key);
        let signals = Arc::new(Signals::default());
        let backend = Backend { key: key.clone(), cancel, signals: signals.clone() };
        self.0.lock().insert(pid, backend);
        Registration { backends: self.clone(), pid, key, signals }
    }

    /// Serves a CancelRequest. A wrong key does nothing and is not answered, nor told apart.
    pub fn cancel_with_key(&self, pid: i32, key: &[u8]) -> bool {
        let right =
            self.0.lock().get(&pid).is_some_and(|backend| backend.key.as_slice().ct_eq(key).into());
        if right {
            metrics().query_cancels.inc();
            self.signal(pid, false);
        }
        right
    }

    /// `pg_cancel_backend` and `pg_terminate_backend`: whether there is such a connection.
    pub fn signal(&self, pid: i32, terminate: bool) -> bool {
        let found = self
            .0
            .lock()
            .get(&pid)
            .map(|backend| (backend.cancel.clone(), backend.signals.clone()));
        let Some((cancel, signals)) = found else { return false };
        cancel.cancel();
        if terminate {
            signals.terminated.notify_one();
        } else {
            signals.cancelled.notify_waiters();
        }
        true
    }

    pub fn count(&self) -> usize {
        self.0.lock().len()
    }
}

pub struct Registration {
    backends: Arc<Backends>,
    pub pid: i32,
    pub key: Vec<u8>,
    pub signals: Arc<Signals>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.backends.0.lock().remove(&self.pid);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Cancel for Count {
        fn cancel(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn only_the_right_key_cancels() {
        let backends = Arc::new(Backends::default());
        let count = Arc::new(Count::default());
        let registration = backends.register(7, 32, count.clone());
        let key = registration.key.clone();
        assert!(!backends.cancel_with_key(7, &key[..31]));
        assert!(!backends.cancel_with_key(7, &[0; 32]));
        assert!(!backends.cancel_with_key(8, &key));
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
        assert!(backends.cancel_with_key(7, &key));
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        drop(registration);
        assert!(!backends.cancel_with_key(7, &key));
    }
}
