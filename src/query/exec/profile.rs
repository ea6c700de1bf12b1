//! What EXPLAIN ANALYZE measures: rows, loops and time of every plan node, and what searches say
//! of themselves.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::rows::{BoxCursor, Cursor};
use crate::{
    base::Result,
    query::{exec::scope::Row, ir::Plan, rules::volatility::inputs},
};

/// The measurements of one run, by the address of the plan node.
#[derive(Debug, Default)]
pub struct Profile {
    nodes: Mutex<HashMap<usize, NodeProfile>>,
    /// Copies of nodes that operators run, and the nodes they were copied from.
    copies: Mutex<HashMap<usize, usize>>,
}

/// One node's sums over all its loops.
#[derive(Clone, Debug, Default)]
pub struct NodeProfile {
    pub rows: u64,
    pub loops: u64,
    pub time: Duration,
    /// Rows that a filter inside the node threw away.
    pub filtered: u64,
    /// Lines a search adds, e.g. `Strategy: graph`.
    pub notes: Vec<String>,
}

impl Profile {
    pub fn address(plan: &Plan) -> usize {
        std::ptr::from_ref(plan) as usize
    }

    pub fn node(&self, plan: &Plan) -> Option<NodeProfile> {
        self.nodes.lock().get(&Self::address(plan)).cloned()
    }

    pub fn record(&self, address: usize, change: impl FnOnce(&mut NodeProfile)) {
        let address = self.copies.lock().get(&address).copied().unwrap_or(address);
        change(self.nodes.lock().entry(address).or_default());
    }

    /// What is measured of `copy` counts for `plan`, which has the same shape.
    pub fn stand_for(&self, copy: &Plan, plan: &Plan) {
        self.copies.lock().insert(Self::address(copy), Self::address(plan));
        for (copy, plan) in inputs(copy).into_iter().zip(inputs(plan)) {
            self.stand_for(copy, plan);
        }
    }
}

/// Counts and times a cursor's rows; reports when the cursor is dropped.
pub struct Measured<'p> {
    pub input: BoxCursor<'p>,
    pub profile: Arc<Profile>,
    pub address: usize,
    pub rows: u64,
    pub time: Duration,
}

impl Cursor for Measured<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        let start = std::time::Instant::now();
        let row = self.input.next();
        self.time += start.elapsed();
        self.rows += u64::from(matches!(row, Ok(Some(_))));
        row
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        self.profile.record(self.address, |node| {
            node.rows += self.rows;
            node.loops += 1;
            node.time += self.time;
        });
    }
}
