//! Floor 3: taking rows in. The [`Committer`] is the one writer of the store: it validates write
//! sets, commits many of them in one transaction, syncs once and acknowledges all.
//!
//! Beside it: [`Stage`]s for loads of any size, [`Sequences`], and the [`Locks`] that transactions
//! wait on.

mod batch;
mod committer;
mod entry;
mod housekeeping;
pub mod locks;
mod queue;
mod sequences;
mod stage;
mod write_set;

pub use committer::{CommitReport, Committer, CommitterOptions, CommitterStatistics, Observer};
pub use entry::{EntryKind, IndexEntry};
pub use locks::{Locks, TransactionId};
pub use queue::Pressure;
pub use sequences::Sequences;
pub use stage::Stage;
pub use write_set::{CommitError, RowOp, WriteSet};
