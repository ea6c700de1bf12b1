//! ORDER BY over rows in memory.

use super::{Cursor, basic::key_values};
use crate::{
    base::Result,
    query::{
        exec::{
            constants::hoisted_keys,
            execution::{Ledger, row_bytes},
            keys::{KeyOrder, compare_rows},
            scope::{Row, Scope},
        },
        ir::SortKey,
    },
};

/// All rows in order, or the first `keep` of them.
pub fn sorted(
    input: &mut dyn Cursor,
    keys: &[SortKey],
    keep: Option<usize>,
    scope: &Scope,
) -> Result<Vec<Row>> {
    let orders = KeyOrder::of(keys);
    let keys = &*hoisted_keys(keys, scope);
    let mut ledger = Ledger::new(&scope.execution, "a sort");
    let mut rows: Vec<(Row, Row)> = Vec::new();
    // With a limit, twice as many rows and some are gathered before the tail is cut off.
    let bound = keep.map(|keep| keep.saturating_mul(2).saturating_add(1024));
    while let Some(row) = input.next()? {
        let key = key_values(keys, &row, scope)?;
        if bound.is_none() {
            ledger.grow(row_bytes(&row) + row_bytes(&key))?;
        }
        rows.push((key, row));
        if rows.len().is_multiple_of(1024) {
            scope.execution.cancel.check()?;
        }
        if let (Some(bound), Some(keep)) = (bound, keep)
            && rows.len() >= bound
        {
            rows.sort_by(|(a, _), (b, _)| compare_rows(a, b, &orders));
            rows.truncate(keep);
        }
    }
    rows.sort_by(|(a, _), (b, _)| compare_rows(a, b, &orders));
    if let Some(keep) = keep {
        rows.truncate(keep);
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
