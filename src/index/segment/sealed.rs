//! A sealed segment, opened.

use std::{collections::BTreeMap, fs::File, path::PathBuf};

use super::{
    columns::Columns,
    dead::DeadList,
    draft::{Description, checksum},
    folder::SegmentFolder,
    mapping::map_file,
    rows::Rows,
};
use crate::{
    base::{Csn, PgError, Result, ids::IndexId},
    index::{text::TextPart, vector::VectorPart},
    storage::ManifestEntry,
};

/// Immutable; searches hold it by `Arc` while newer ones take its place.
pub struct Segment {
    pub id: u64,
    pub watermark: Csn,
    pub rows: Rows,
    pub columns: Columns,
    pub vectors: BTreeMap<IndexId, VectorPart>,
    pub texts: BTreeMap<IndexId, TextPart>,
    pub bytes: u64,
    pub entry: ManifestEntry,
    folder: PathBuf,
}

/// Why a segment cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A file is missing, or its length or checksum is not the manifest's.
    Corrupt(String),
    /// The files are whole, but cannot be opened.
    Unreadable(String),
}

impl Segment {
    /// Verifies every file's checksum before anything looks inside, then opens the parts.
    ///
    /// Blocks: yes, it reads all files.
    pub fn open(folder: &SegmentFolder, entry: &ManifestEntry) -> Result<Self, Verdict> {
        let path = folder.segment(entry.owner, entry.segment);
        for file in &entry.files {
            let found = File::open(path.join(&file.name)).and_then(checksum);
            match found {
                Ok(found) if found == (file.bytes, file.crc32) => {}
                Ok(_) => return Err(Verdict::Corrupt(format!("{}: checksum differs", file.name))),
                Err(error) => return Err(Verdict::Corrupt(format!("{}: {error}", file.name))),
            }
        }
        Self::open_parts(path, entry).map_err(|error| Verdict::Unreadable(error.message))
    }

    /// Opens a segment whose files were written just now.
    pub fn open_fresh(folder: &SegmentFolder, entry: &ManifestEntry) -> Result<Self> {
        Self::open_parts(folder.segment(entry.owner, entry.segment), entry)
    }

    fn open_parts(folder: PathBuf, entry: &ManifestEntry) -> Result<Self> {
        let description: Description = serde_json::from_slice(&entry.extra)
            .map_err(|error| PgError::internal(format!("broken description: {error}")))?;
        if description.format != Description::FORMAT {
            return Err(PgError::internal(format!("format {}", description.format)));
        }
        let rows = Rows::open(&folder.join("rows.bin"))?;
        let columns = Columns::open(&folder.join("columns.arrow"))?;
        if rows.len() != description.rows || columns.rows() != description.rows {
            return Err(PgError::internal("the parts differ in size"));
        }
        let mut vectors = BTreeMap::new();
        for part in &description.vectors {
            vectors.insert(part.index, VectorPart::open(&folder, part, rows.len())?);
        }
        let mut texts = BTreeMap::new();
        for part in &description.texts {
            texts.insert(part.index, TextPart::open(&folder, part, rows.len())?);
        }
        Ok(Self {
            id: entry.segment,
            watermark: entry.watermark,
            rows,
            columns,
            vectors,
            texts,
            bytes: entry.files.iter().map(|file| file.bytes).sum(),
            entry: entry.clone(),
            folder,
        })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn covers(&self, index: IndexId) -> bool {
        self.vectors.contains_key(&index) || self.texts.contains_key(&index)
    }

    /// What was dead in this and in older segments when this one was sealed.
    pub fn dead_list(&self) -> Result<DeadList> {
        DeadList::read(&self.folder.join("dead.bin"))
    }

    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Reads the mapped files once, so that the first searches find them in memory.
    pub fn warm(&self) {
        for file in &self.entry.files {
            if [".faiss", ".cells", ".codes"].iter().any(|end| file.name.ends_with(end))
                && let Ok(bytes) = map_file(&self.folder.join(&file.name))
            {
                std::hint::black_box(bytes.iter().step_by(4096).fold(0u8, |sum, byte| sum ^ byte));
            }
        }
    }
}
