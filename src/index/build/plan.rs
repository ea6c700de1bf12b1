//! What is worth building next, decided by counting.

use std::time::Instant;

use crate::index::{
    indexes::IndexOptions,
    table::{Published, TableState},
};

/// One new segment: what goes into it besides the tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Segments that it takes in, the base first.
    pub inputs: Vec<u64>,
    /// The base's graph is gone on with, its dead rows included; otherwise only live rows are taken.
    pub keep_base: bool,
    pub purpose: Purpose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Seal,
    Merge,
    /// Too much is dead, or an index is missing.
    Rebuild,
}

/// Segments larger than this are not merged any more.
const MERGE_ROWS_MAX: usize = 8_000_000;
/// So long after the last change, what segments are left become one.
const QUIET_MERGES: u32 = 3;

/// `None`: nothing is worth building now. `urgent`: somebody waits for all of it.
pub fn plan(
    state: &TableState,
    options: &IndexOptions,
    urgent: bool,
    now: Instant,
) -> Option<Plan> {
    let tail = state.tail.len();
    let uncovered =
        |published: &&Published| state.keys.indexes().any(|index| !published.segment.covers(index));
    if let Some(published) = state.segments.iter().find(uncovered) {
        return Some(rebuild(published, options));
    }
    let due = tail >= options.seal_rows.max(1)
        || state.tail.bytes() >= options.seal_bytes
        || (tail >= options.seal_rows_quiet.max(1)
            && (urgent || now.duration_since(state.changed) >= options.quiet))
        || (tail > 0 && state.unsealed_since.is_some_and(|since| now - since >= options.seal_age))
        || (tail > 0 && !state.lost.is_empty());
    if due {
        return Some(seal(state, options));
    }
    let stale = |published: &&Published| published.dead.ratio() > options.dead_ratio_max;
    if let Some(published) = state.segments.iter().find(stale) {
        return Some(rebuild(published, options));
    }
    let quiet = now.duration_since(state.changed) >= options.quiet * QUIET_MERGES;
    let small = |published: &&Published| published.segment.len() < MERGE_ROWS_MAX;
    if quiet && state.segments.iter().filter(small).count() > 1 {
        let mut inputs: Vec<&Published> = state.segments.iter().filter(small).collect();
        inputs.sort_by_key(|published| std::cmp::Reverse(published.segment.len()));
        return Some(merge(&inputs, options, Purpose::Merge));
    }
    None
}

fn rebuild(published: &Published, options: &IndexOptions) -> Plan {
    Plan {
        inputs: vec![published.segment.id],
        keep_base: published.dead.ratio() <= options.dead_ratio_max,
        purpose: Purpose::Rebuild,
    }
}

/// Seals the tail, together with the segments that are not much larger than what has gathered:
/// a row is moved a logarithmic number of times, and few segments are left.
fn seal(state: &TableState, options: &IndexOptions) -> Plan {
    let mut segments: Vec<&Published> = state
        .segments
        .iter()
        .filter(|published| published.segment.len() < MERGE_ROWS_MAX)
        .collect();
    segments.sort_by_key(|published| published.segment.len());
    let mut gathered = state.tail.len();
    let mut inputs = Vec::new();
    for published in segments {
        let rows = published.segment.len();
        if rows > gathered * 2 {
            break;
        }
        gathered += rows;
        inputs.insert(0, published);
    }
    let purpose = if inputs.is_empty() { Purpose::Seal } else { Purpose::Merge };
    merge(&inputs, options, purpose)
}

fn merge(inputs: &[&Published], options: &IndexOptions, purpose: Purpose) -> Plan {
    Plan {
        inputs: inputs.iter().map(|published| published.segment.id).collect(),
        keep_base: inputs.first().is_some_and(|base| base.dead.ratio() <= options.dead_ratio_max),
        purpose,
    }
}
