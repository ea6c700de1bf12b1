//! The indexes' state as numbers.

use crate::{
    base::Result,
    index::{
        indexes::{Indexes, Phase},
        keys::IndexedTable,
        stats::{IndexStatistics, Statistics},
    },
};

impl Indexes {
    /// Figures for metrics.
    ///
    /// Time: microseconds a table; waits for no build.
    pub fn statistics(&self) -> Result<Statistics> {
        let mut statistics = Statistics::of(self.counters());
        statistics.pool_waiting = self.pool().waiting();
        statistics.pool_capacity = self.pool().capacity();
        let snapshot = self.inner.store.snapshot()?;
        let slots = self.slots();
        for table in snapshot.catalog().tables() {
            let Some(keys) = IndexedTable::of(snapshot.catalog(), table.oid) else { continue };
            let phase = slots.get(&table.oid).map(|slot| slot.phase.read());
            for index in keys.indexes() {
                let mut of_index =
                    IndexStatistics { index, table: table.oid, ..IndexStatistics::default() };
                if let Some(Phase::Ready(state)) = phase.as_deref() {
                    of_index.ready = state.covers(index);
                    if let Some(first) = state.unsealed_from {
                        of_index.lag_commits = snapshot.csn().0.saturating_sub(first.0) + 1;
                    }
                    of_index.lag_seconds =
                        state.unsealed_since.map_or(0.0, |since| since.elapsed().as_secs_f64());
                    of_index.backlog_rows = state.tail.len() as u64;
                    of_index.backlog_bytes = state.tail.bytes() as u64;
                    of_index.segments = state.segments.len() as u64;
                    of_index.sealed_rows = state.sealed_rows() as u64;
                    of_index.dead_rows = state.dead_rows() as u64;
                    of_index.bytes =
                        state.segments.iter().map(|published| published.segment.bytes).sum();
                }
                statistics.indexes.push(of_index);
            }
        }
        Ok(statistics)
    }
}
