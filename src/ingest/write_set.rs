//! What a transaction asks the Committer to do, all or nothing.

use super::entry::IndexEntry;
use crate::{
    base::{Csn, Oid, PgError, RowId, TableId, ids::IndexId, sqlstate},
    storage::{Catalog, CatalogChange, ManifestChange, SequenceState},
};

/// One transaction's changes. A row appears in at most one operation, in its final state.
#[derive(Clone, Debug, Default)]
pub struct WriteSet {
    /// Truncations come first whatever their position: rows of the set itself survive them.
    pub rows: Vec<RowOp>,
    /// Applied in order, after the rows.
    pub catalog: Vec<CatalogChange>,
    pub sequences: Vec<(Oid, SequenceState)>,
    pub manifest: Vec<ManifestChange>,
    /// REPEATABLE READ: a written row newer than this is 40001, whatever `expected` says.
    pub snapshot: Option<Csn>,
    /// The change log up to here is no longer needed by anyone.
    pub prune: Option<Csn>,
}

#[derive(Clone, Debug)]
pub enum RowOp {
    Insert {
        table: TableId,
        row: RowId,
        bytes: Vec<u8>,
        keys: Vec<IndexEntry>,
    },
    /// `expected` is the csn of the version that was read.
    Update {
        table: TableId,
        row: RowId,
        expected: Csn,
        bytes: Vec<u8>,
        removed: Vec<IndexEntry>,
        added: Vec<IndexEntry>,
    },
    Delete {
        table: TableId,
        row: RowId,
        expected: Csn,
        removed: Vec<IndexEntry>,
    },
    Truncate {
        table: TableId,
    },
    /// Adds an entry for a row that is there already: a new index is filled.
    IndexOnly {
        table: TableId,
        row: RowId,
        key: IndexEntry,
    },
}

impl WriteSet {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.catalog.is_empty()
            && self.sequences.is_empty()
            && self.manifest.is_empty()
            && self.prune.is_none()
    }

    /// Whether the commit changes what a snapshot's reader sees, and so takes a csn of its own.
    pub(super) fn advances(&self) -> bool {
        !self.rows.is_empty() || !self.catalog.is_empty()
    }

    /// About what the set holds in memory.
    pub fn bytes(&self) -> usize {
        64 + self.rows.iter().map(RowOp::bytes).sum::<usize>()
            + self.catalog.len() * 1024
            + self.manifest.len() * 512
    }
}

impl RowOp {
    pub fn bytes(&self) -> usize {
        let entries = |entries: &[IndexEntry]| entries.iter().map(IndexEntry::bytes).sum::<usize>();
        32 + match self {
            RowOp::Insert { bytes, keys, .. } => bytes.len() + entries(keys),
            RowOp::Update { bytes, removed, added, .. } => {
                bytes.len() + entries(removed) + entries(added)
            }
            RowOp::Delete { removed, .. } => entries(removed),
            RowOp::Truncate { .. } => 0,
            RowOp::IndexOnly { key, .. } => key.bytes(),
        }
    }

    /// Whether the operation needs room that a full disk does not have.
    pub(super) fn grows(&self) -> bool {
        !matches!(self, RowOp::Delete { .. } | RowOp::Truncate { .. })
    }

    /// The row that the operation writes, and the entries it adds.
    pub(super) fn added(&self) -> Option<(TableId, RowId, &[IndexEntry])> {
        match self {
            RowOp::Insert { table, row, keys, .. } => Some((*table, *row, keys)),
            RowOp::Update { table, row, added, .. } => Some((*table, *row, added)),
            RowOp::IndexOnly { table, row, key } => Some((*table, *row, std::slice::from_ref(key))),
            RowOp::Delete { .. } | RowOp::Truncate { .. } => None,
        }
    }

    /// The row whose entries the operation removes.
    pub(super) fn removed(&self) -> Option<(RowId, &[IndexEntry])> {
        match self {
            RowOp::Update { row, removed, .. } | RowOp::Delete { row, removed, .. } => {
                Some((*row, removed))
            }
            _ => None,
        }
    }
}

/// Why a write set was not committed. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// `existing` is another row with the key; it may be in the same write set, or belong to a bulk
    /// load in progress. Whoever knows the columns writes PostgreSQL's DETAIL.
    Unique {
        /// Name of the index, which is the constraint's.
        name: String,
        index: IndexId,
        key: Vec<u8>,
        row: RowId,
        existing: RowId,
    },
    Failed(PgError),
}

impl CommitError {
    pub(super) fn unique(
        catalog: &Catalog,
        entry: &IndexEntry,
        row: RowId,
        existing: RowId,
    ) -> Self {
        let name = catalog.index(entry.index).map_or_else(String::new, |index| index.name.clone());
        Self::Unique { name, index: entry.index, key: entry.key.clone(), row, existing }
    }
}

impl From<PgError> for CommitError {
    fn from(error: PgError) -> Self {
        Self::Failed(error)
    }
}

impl From<CommitError> for PgError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Unique { name, .. } => PgError::new(
                sqlstate::UNIQUE_VIOLATION,
                format!("duplicate key value violates unique constraint \"{name}\""),
            )
            .constraint(name),
            CommitError::Failed(error) => error,
        }
    }
}

impl std::fmt::Display for CommitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        PgError::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for CommitError {}
