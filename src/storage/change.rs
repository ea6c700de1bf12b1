//! The change log's words: what a commit did, for those who build derived indexes.

use crate::base::{Csn, RowId, TableId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub csn: Csn,
    pub table: TableId,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Inserted or updated: the row's present bytes are in the snapshot, if it is still there.
    Put(RowId),
    /// A published bulk load: some ids of the range may have been deleted since, or belong to
    /// other tables.
    PutRange {
        first: RowId,
        count: u64,
    },
    Delete(RowId),
    /// Every row that was there before this csn is gone.
    Truncate,
}
