//! The wait-for graph: an edge from each waiting transaction to those it waits for.

use std::collections::HashSet;

use super::{TransactionId, table::LockTable};

/// The circle that `start`'s wait closes, beginning with it.
///
/// Every circle is closed by a wait that begins, because a grant only adds edges towards a
/// transaction that does not wait; so looking when a wait begins finds all of them.
pub(super) fn circle(table: &LockTable, start: TransactionId) -> Option<Vec<TransactionId>> {
    let mut path = vec![(start, table.blockers(start))];
    let mut seen = HashSet::from([start]);
    while let Some((_, blockers)) = path.last_mut() {
        match blockers.pop() {
            Some(next) if next == start => {
                return Some(path.into_iter().map(|(transaction, _)| transaction).collect());
            }
            Some(next) => {
                if seen.insert(next) {
                    path.push((next, table.blockers(next)));
                }
            }
            None => {
                path.pop();
            }
        }
    }
    None
}
