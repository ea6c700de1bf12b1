//! Floor 1: the truth. The only importer of heed.
//!
//! One LMDB environment holds rows, index entries, definitions, sequences, the change log and the
//! manifest of derived indexes; [`databases`] is the table of its databases. Readers take
//! [`Snapshot`]s; the one writer (the Committer, in `ingest`) uses [`writer::Writer`].

mod backup;
pub mod catalog;
mod change;
mod codec;
mod databases;
mod environment;
mod error;
mod manifest;
mod overlay;
mod pins;
mod postings;
mod purge;
mod readers;
mod scan;
mod sequence;
mod snapshot;
mod stage;
mod state;
mod store;
mod upgrades;
pub(crate) mod writer;

pub use backup::Backup;
pub use catalog::{Catalog, CatalogChange};
pub use change::{Change, ChangeKind};
pub use codec::{KEY_BYTES_KEPT, KEY_BYTES_MAX};
pub use databases::{DATABASES, DatabaseDefinition};
use error::Act;
pub use manifest::{ManifestChange, ManifestEntry, ManifestFile};
pub use overlay::Overlay;
pub use pins::Pin;
pub use postings::{Lookup, Postings};
pub(crate) use purge::{Progress, Purge};
pub use scan::{IndexRange, Scan};
pub use sequence::SequenceState;
pub use snapshot::{Snapshot, StoredRow};
pub(crate) use stage::Slice;
pub use store::{Durability, Store, StoreOptions, StoreStatistics};
pub use upgrades::FORMAT;
