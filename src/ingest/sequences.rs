//! Sequences: values from memory, reserved durably ahead of time, so that nextval costs a sync only
//! once in many calls. After a crash values may be skipped; none is given out twice.

use std::{collections::HashMap, sync::Arc, time::Instant};

use parking_lot::Mutex;

use super::{committer::Committer, write_set::WriteSet};
use crate::{
    base::{Oid, Result},
    err,
    storage::{SequenceState, Store, catalog::Sequence},
};

/// Values reserved ahead at first, as PostgreSQL's SEQ_LOG_VALS; doubled while they go fast.
const AHEAD: u64 = 32;
const AHEAD_MAX: u64 = 1 << 16;
/// Values that last longer than this are reserved in small numbers again.
const FAST_MS: u128 = 1000;

/// The sequences in use; shared by all sessions.
#[derive(Clone)]
pub struct Sequences {
    store: Store,
    committer: Committer,
    live: Arc<Mutex<HashMap<Oid, Arc<Cell>>>>,
}

type Cell = tokio::sync::Mutex<Option<Live>>;

/// A sequence in memory: its state as users see it, and how far it may go without a commit.
#[derive(Clone, Copy)]
struct Live {
    state: SequenceState,
    ahead: u64,
    /// How many were reserved last, and when.
    reserved: u64,
    reserved_at: Instant,
}

impl Sequences {
    pub fn new(store: Store, committer: Committer) -> Self {
        Self { store, committer, live: Arc::default() }
    }

    /// The next value. Never taken back, whatever becomes of the transaction.
    ///
    /// Errors: 2200H at the end of a sequence that does not cycle.
    pub async fn next(&self, definition: &Sequence) -> Result<i64> {
        let cell = self.cell(definition.oid);
        let mut slot = cell.lock().await;
        let mut live = self.load(&slot, definition)?;
        let value = step(definition, live.state)?;
        if live.ahead == 0 {
            let ahead = live.next_reservation();
            let (reserved, ahead) = reserve(definition, value, ahead);
            // Not in memory before it is durable: a failed commit changes nothing.
            self.store_state(definition.oid, reserved).await?;
            live.ahead = ahead;
            live.reserved = ahead.max(AHEAD);
            live.reserved_at = Instant::now();
        } else {
            live.ahead -= 1;
        }
        live.state = SequenceState { last_value: value, is_called: true };
        *slot = Some(live);
        Ok(value)
    }

    /// setval: durable at once, outside of any transaction.
    ///
    /// Errors: 22003 if the value is out of the sequence's bounds.
    pub async fn set(&self, definition: &Sequence, value: i64, is_called: bool) -> Result<()> {
        if value < definition.min || value > definition.max {
            return err!(
                NUMERIC_VALUE_OUT_OF_RANGE,
                "setval: value {value} is out of bounds for sequence \"{}\" ({}..{})",
                definition.name,
                definition.min,
                definition.max
            );
        }
        let cell = self.cell(definition.oid);
        let mut slot = cell.lock().await;
        let state = SequenceState { last_value: value, is_called };
        self.store_state(definition.oid, state).await?;
        *slot = Some(Live::new(state));
        Ok(())
    }

    /// As `SELECT last_value, is_called` shows it.
    pub async fn current(&self, definition: &Sequence) -> Result<SequenceState> {
        let cell = self.cell(definition.oid);
        let slot = cell.lock().await;
        Ok(self.load(&slot, definition)?.state)
    }

    /// The stored state counts again: call it after a commit that wrote [`WriteSet::sequences`] or
    /// dropped the sequence.
    pub async fn forget(&self, sequence: Oid) {
        let cell = self.live.lock().remove(&sequence);
        if let Some(cell) = cell {
            *cell.lock().await = None;
        }
    }

    /// Gives back what is reserved, at shutdown: the next start goes on without a gap.
    pub async fn flush(&self) -> Result<()> {
        let cells: Vec<_> =
            self.live.lock().iter().map(|(oid, cell)| (*oid, cell.clone())).collect();
        let mut set = WriteSet::default();
        for (oid, cell) in cells {
            let mut slot = cell.lock().await;
            if let Some(live) = slot.take_if(|live| live.ahead > 0) {
                set.sequences.push((oid, live.state));
            }
        }
        self.committer.commit(set).await?;
        Ok(())
    }

    fn cell(&self, oid: Oid) -> Arc<Cell> {
        self.live.lock().entry(oid).or_default().clone()
    }

    fn load(&self, slot: &Option<Live>, definition: &Sequence) -> Result<Live> {
        if let Some(live) = slot {
            return Ok(*live);
        }
        let stored = self.store.snapshot()?.sequence(definition.oid)?;
        let start = SequenceState { last_value: definition.start, is_called: false };
        Ok(Live::new(stored.unwrap_or(start)))
    }

    async fn store_state(&self, oid: Oid, state: SequenceState) -> Result<()> {
        let set = WriteSet { sequences: vec![(oid, state)], ..WriteSet::default() };
        self.committer.commit(set).await?;
        Ok(())
    }
}

impl Live {
    fn new(state: SequenceState) -> Self {
        Self { state, ahead: 0, reserved: 0, reserved_at: Instant::now() }
    }

    fn next_reservation(&self) -> u64 {
        if self.reserved > 0 && self.reserved_at.elapsed().as_millis() < FAST_MS {
            (self.reserved * 2).min(AHEAD_MAX)
        } else {
            AHEAD
        }
    }
}

/// The value after `state`.
fn step(definition: &Sequence, state: SequenceState) -> Result<i64> {
    if !state.is_called {
        return Ok(state.last_value);
    }
    let next = state.last_value.checked_add(definition.increment);
    match next.filter(|next| (definition.min..=definition.max).contains(next)) {
        Some(next) => Ok(next),
        None if definition.cycle && definition.increment > 0 => Ok(definition.min),
        None if definition.cycle => Ok(definition.max),
        None => {
            let (which, bound) = match definition.increment > 0 {
                true => ("maximum", definition.max),
                false => ("minimum", definition.min),
            };
            err!(
                SEQUENCE_GENERATOR_LIMIT_EXCEEDED,
                "nextval: reached {which} value of sequence \"{}\" ({bound})",
                definition.name
            )
        }
    }
}

/// The state to store so that `value` and up to `ahead` values after it may be given out, and how
/// many those are: a reservation stops at the sequence's end.
fn reserve(definition: &Sequence, value: i64, ahead: u64) -> (SequenceState, u64) {
    let bound = if definition.increment > 0 { definition.max } else { definition.min };
    let steps = value.abs_diff(bound) / definition.increment.unsigned_abs().max(1);
    let ahead = ahead.min(steps);
    // `ahead` steps end within the bounds, so that this neither wraps nor overflows.
    let last_value = value.wrapping_add(definition.increment.wrapping_mul(ahead as i64));
    (SequenceState { last_value, is_called: true }, ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(increment: i64, min: i64, max: i64) -> Sequence {
        Sequence {
            oid: Oid(20_001),
            schema: Oid(2200),
            name: "s".into(),
            owner: Oid(10),
            ty: Oid(20),
            start: if increment > 0 { min } else { max },
            increment,
            min,
            max,
            cache: 1,
            cycle: false,
            owned_by: None,
        }
    }

    #[test]
    fn a_reservation_stops_at_the_end() {
        let called = |last_value| SequenceState { last_value, is_called: true };
        assert_eq!(reserve(&sequence(1, 1, 10), 8, 32), (called(10), 2));
        assert_eq!(reserve(&sequence(-3, i64::MIN, -1), -1, 32), (called(-97), 32));
        assert_eq!(reserve(&sequence(1, 1, i64::MAX), i64::MAX, 32), (called(i64::MAX), 0));
        let far = sequence(i64::MAX, i64::MIN, i64::MAX);
        assert_eq!(reserve(&far, i64::MIN, 32), (called(i64::MAX - 1), 2));
    }

    #[test]
    fn the_end_is_an_error_or_a_new_beginning() {
        let mut ten = sequence(1, 1, 10);
        let last = SequenceState { last_value: 10, is_called: true };
        let error = step(&ten, last).unwrap_err();
        assert_eq!(error.message, "nextval: reached maximum value of sequence \"s\" (10)");
        ten.cycle = true;
        assert_eq!(step(&ten, last).unwrap(), 1);
    }
}
