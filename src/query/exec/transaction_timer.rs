//! `transaction_timeout`: how long the open transaction may last.

use std::{
    future::pending,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::base::{PgError, Result, sqlstate};

/// When the open transaction ends its session. A session has one: statements ask it wherever they
/// ask whether they are cancelled, the connection while it waits for its client, and a function may
/// set it in the middle of both.
#[derive(Debug, Default)]
pub struct TransactionTimer {
    /// Nanoseconds from [`START`]; 0 while it is off.
    end: AtomicU64,
}

/// What the timers of this process count from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl TransactionTimer {
    /// A transaction begins; a limit of zero is none.
    pub fn start(&self, limit: Duration) {
        self.end.store(end_after(limit), Ordering::Relaxed);
    }

    /// The limit has been set in the middle of a transaction. A timer that runs keeps its end, as
    /// PostgreSQL's does; one that was off counts from now on.
    pub fn change(&self, limit: Duration) {
        match end_after(limit) {
            0 => self.stop(),
            end => {
                let _ = self.end.compare_exchange(0, end, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    /// The transaction has ended, or failed.
    pub fn stop(&self) {
        self.end.store(0, Ordering::Relaxed);
    }

    /// `None` while it is off.
    pub fn end(&self) -> Option<Instant> {
        match self.end.load(Ordering::Relaxed) {
            0 => None,
            end => Some(*START + Duration::from_nanos(end)),
        }
    }

    /// Errors: 25P04 if the transaction has lasted too long; FATAL.
    pub fn check(&self) -> Result<()> {
        match self.end() {
            Some(end) if Instant::now() >= end => Err(too_long()),
            _ => Ok(()),
        }
    }

    /// Returns when the transaction has lasted too long, with the error. Whoever waits does so while
    /// nothing runs that could set the timer.
    pub async fn expired(&self) -> PgError {
        match self.end() {
            Some(end) => tokio::time::sleep_until(end.into()).await,
            None => pending().await,
        }
        too_long()
    }
}

fn end_after(limit: Duration) -> u64 {
    if limit.is_zero() {
        return 0;
    }
    let start = *START;
    u64::try_from((start.elapsed() + limit).as_nanos()).unwrap_or(u64::MAX)
}

pub(super) fn too_long() -> PgError {
    let message = "terminating connection due to transaction timeout";
    PgError::fatal(sqlstate::TRANSACTION_TIMEOUT, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const AT_ONCE: Duration = Duration::from_nanos(1);

    #[test]
    fn a_running_timer_keeps_its_end_and_zero_stops_it() {
        let timer = TransactionTimer::default();
        timer.start(HOUR);
        let end = timer.end();
        assert!(end > Some(Instant::now()));
        timer.change(AT_ONCE);
        assert_eq!(timer.end(), end);
        timer.change(Duration::ZERO);
        assert_eq!(timer.end(), None);
        timer.change(AT_ONCE);
        assert_eq!(timer.check().unwrap_err().code, sqlstate::TRANSACTION_TIMEOUT);
    }

    #[test]
    fn each_transaction_has_its_own_end() {
        let timer = TransactionTimer::default();
        timer.start(AT_ONCE);
        timer.check().unwrap_err();
        timer.start(HOUR);
        timer.check().unwrap();
        timer.start(Duration::ZERO);
        assert_eq!(timer.end(), None);
    }

    #[tokio::test]
    async fn the_wait_for_a_client_ends_with_the_transaction() {
        let timer = TransactionTimer::default();
        timer.start(AT_ONCE);
        let error = timer.expired().await;
        assert_eq!((error.severity, error.code.0), (crate::base::Severity::Fatal, "25P04"));
    }
}
