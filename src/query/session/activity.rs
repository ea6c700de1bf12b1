//! What a session does at the moment, as others see it without asking it.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};

use crate::ingest::TransactionId;

/// `pg_stat_activity.state`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Idle,
    Active,
    InTransaction,
    Failed,
}

const STATES: [(State, &str); 4] = [
    (State::Idle, "idle"),
    (State::Active, "active"),
    (State::InTransaction, "idle in transaction"),
    (State::Failed, "idle in transaction (aborted)"),
];

impl State {
    pub fn name(self) -> &'static str {
        STATES[self as usize].1
    }
}

/// Written by the session, read by the system views; each value for itself.
#[derive(Debug, Default)]
pub struct Activity {
    state: AtomicU8,
    transaction: AtomicU64,
    /// Microseconds since 2000-01-01 UTC.
    transaction_started: AtomicI64,
}

impl Activity {
    pub fn set(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    pub fn state(&self) -> State {
        STATES[usize::from(self.state.load(Relaxed)) % STATES.len()].0
    }

    /// The open transaction; 0 for none.
    pub fn set_transaction(&self, owner: u64, started: i64) {
        self.transaction_started.store(started, Relaxed);
        self.transaction.store(owner, Relaxed);
    }

    /// The open transaction, and when it began.
    pub fn transaction(&self) -> Option<(TransactionId, i64)> {
        match self.transaction.load(Relaxed) {
            0 => None,
            owner => Some((TransactionId(owner), self.transaction_started.load(Relaxed))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_states_is_in_order() {
        for (at, (state, _)) in STATES.iter().enumerate() {
            assert_eq!(*state as usize, at);
        }
    }
}
