//! Oids of what has none of its own here: a column's default and its NOT NULL constraint. They are
//! made of the table's oid and the column's number, so that they stay the same from read to read.

use crate::base::{Oid, TableId};

/// PostgreSQL's MaxHeapAttributeNumber.
const COLUMNS_MAX: u32 = 1_600;
/// Such oids start here: the allocator of real ones does not come this far.
const FIRST: u32 = 1 << 31;

/// The oid for a column, by its position from 0.
pub(super) fn column_oid(table: TableId, position: usize) -> Oid {
    let number = table.0.wrapping_mul(COLUMNS_MAX).wrapping_add(position as u32);
    Oid(FIRST | (number & (FIRST - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_neighbouring_tables_differ() {
        assert_ne!(column_oid(Oid(20_000), 1_599), column_oid(Oid(20_001), 0));
        assert!(column_oid(Oid(20_000), 0).0 >= FIRST);
    }
}
