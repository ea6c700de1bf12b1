//! A bulk load's records: what an unpublished stage has written, so that it can be taken back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::{RowId, TableId, ids::IndexId};

/// What one slice wrote; merged, what a whole stage wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slice {
    /// The stage's own rows, as runs of consecutive ids.
    pub runs: Vec<Run>,
    /// Indexes that entries were added to.
    pub indexes: BTreeSet<IndexId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub table: TableId,
    pub first: RowId,
    pub count: u64,
}

impl Slice {
    pub fn push(&mut self, table: TableId, row: RowId) {
        self.push_run(Run { table, first: row, count: 1 });
    }

    pub fn merge(&mut self, other: Slice) {
        other.runs.into_iter().for_each(|run| self.push_run(run));
        self.indexes.extend(other.indexes);
    }

    fn push_run(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last) if last.table == run.table && last.first.0 + last.count == run.first.0 => {
                last.count += run.count;
            }
            _ => self.runs.push(run),
        }
    }

    /// Rows inserted, by table.
    pub fn row_counts(&self) -> BTreeMap<TableId, u64> {
        let mut counts = BTreeMap::new();
        for run in &self.runs {
            *counts.entry(run.table).or_default() += run.count;
        }
        counts
    }

    /// Sorts the runs, so that [`Slice::holds`] finds them.
    pub fn sort(&mut self) {
        self.runs.sort_by_key(|run| run.first);
    }

    /// Whether the stage wrote this row; the runs must be sorted.
    pub fn holds(&self, row: RowId) -> bool {
        let after = self.runs.partition_point(|run| run.first <= row);
        after > 0 && row.0 < self.runs[after - 1].first.0 + self.runs[after - 1].count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Oid;

    #[test]
    fn consecutive_rows_make_one_run() {
        let mut slice = Slice::default();
        for row in [5, 6, 7, 20, 1] {
            slice.push(Oid(9), RowId(row));
        }
        assert_eq!(slice.runs.len(), 3);
        assert_eq!(slice.row_counts()[&Oid(9)], 5);
        slice.sort();
        assert!([1, 5, 6, 7, 20].iter().all(|row| slice.holds(RowId(*row))));
        assert!([0, 2, 4, 8, 21].iter().all(|row| !slice.holds(RowId(*row))));
    }
}
