//! The manifest: which sealed segments of derived indexes count. Files without an entry are
//! leftovers of a crash; an entry is written only after its files are durable.

use serde::{Deserialize, Serialize};

use crate::base::{Csn, Oid};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// The index or table the segment belongs to.
    pub owner: Oid,
    pub segment: u64,
    /// Every commit up to this one is in the segment or in an older one.
    pub watermark: Csn,
    pub rows: u64,
    pub files: Vec<ManifestFile>,
    /// The owner's own words about the segment.
    pub extra: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Relative to the segment's folder.
    pub name: String,
    pub bytes: u64,
    pub crc32: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManifestChange {
    Put(ManifestEntry),
    Remove { owner: Oid, segment: u64 },
}
