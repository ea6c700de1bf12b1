//! Foreign keys, kept with the table that refers.

use serde::{Deserialize, Serialize};

use crate::base::{Oid, TableId};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForeignKey {
    pub oid: Oid,
    pub name: String,
    /// Positions of the referring columns.
    pub columns: Vec<usize>,
    pub target: TableId,
    /// Positions of the columns they refer to, one each.
    pub target_columns: Vec<usize>,
    /// The target's unique index over them.
    pub index: Oid,
    pub on_delete: ReferenceAction,
    pub on_update: ReferenceAction,
    /// ON DELETE SET NULL or SET DEFAULT of these columns only; empty for all.
    pub set_columns: Vec<usize>,
    /// MATCH FULL: all columns are NULL, or none.
    pub full: bool,
    pub deferrable: bool,
    pub initially_deferred: bool,
}

/// What happens to rows whose target goes or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceAction {
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}
