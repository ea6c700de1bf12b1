//! A segment in the making: a temporary folder that becomes the segment by a rename.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::folder::SegmentFolder;
use crate::{
    base::{Csn, Oid, PgError, Result, TableId},
    index::vector::faiss::Measure,
    storage::{ManifestEntry, ManifestFile},
};

/// What is in a segment: `segment.json`, and the manifest entry's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    pub format: u32,
    pub table: TableId,
    pub segment: u64,
    pub watermark: Csn,
    pub rows: usize,
    pub vectors: Vec<VectorDescription>,
    pub texts: Vec<TextDescription>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VectorDescription {
    pub index: Oid,
    pub count: usize,
    /// Every row has a vector: a vector's number is its row's local id.
    pub dense: bool,
    #[serde(default)]
    pub layout: Layout,
    /// Whether the graph's vectors have codes.
    #[serde(default)]
    pub coded: bool,
}

/// How the vectors of one index lie in a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// FAISS's graph, which holds plain vectors of floats.
    #[default]
    Flat,
    /// A graph over cells.
    Net(Measure),
    /// Inverted lists over cells.
    Lists(Measure),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextDescription {
    pub index: Oid,
    /// Rows that have a tsvector.
    pub documents: u64,
    /// Their lengths together.
    pub tokens: u64,
}

impl Description {
    pub const FORMAT: u32 = 1;
}

/// Dropped before [`Draft::publish`], it removes its folder.
pub struct Draft {
    temporary: PathBuf,
    target: PathBuf,
    published: bool,
}

impl Draft {
    pub fn create(folder: &SegmentFolder, table: TableId, segment: u64) -> Result<Self> {
        let temporary = folder.temporary(table, segment);
        let target = folder.segment(table, segment);
        let _ = fs::remove_dir_all(&temporary);
        fs::create_dir_all(&temporary).map_err(|error| failed("create", &temporary, error))?;
        Ok(Self { temporary, target, published: false })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.temporary.join(name)
    }

    /// Makes the files durable and moves them into place. The segment counts once the returned
    /// entry is in the manifest.
    pub fn publish(mut self, description: &Description) -> Result<ManifestEntry> {
        let words = serde_json::to_vec(description)
            .map_err(|error| PgError::internal(format!("could not describe a segment: {error}")))?;
        let json = self.path("segment.json");
        fs::write(&json, &words).map_err(|error| failed("write", &json, error))?;
        let mut files = Vec::new();
        settle(&self.temporary, "", &mut files)
            .map_err(|error| failed("sync", &self.temporary, error))?;
        let parent = self.target.parent().expect("a segment lies in its table's folder");
        // Only a leftover without a manifest entry can be in the way.
        let _ = fs::remove_dir_all(&self.target);
        fs::rename(&self.temporary, &self.target)
            .and_then(|()| File::open(parent)?.sync_all())
            .map_err(|error| failed("rename", &self.target, error))?;
        self.published = true;
        Ok(ManifestEntry {
            owner: description.table,
            segment: description.segment,
            watermark: description.watermark,
            rows: description.rows as u64,
            files,
            extra: words,
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// Syncs every file and folder below `folder`, and lists the files with their checksums.
fn settle(folder: &Path, prefix: &str, files: &mut Vec<ManifestFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            settle(&path, &format!("{prefix}{name}/"), files)?;
        } else if name.starts_with('.') {
            // Locks and bookkeeping of the library that wrote the folder.
            fs::remove_file(&path)?;
        } else {
            let file = File::open(&path)?;
            file.sync_all()?;
            let (bytes, crc32) = checksum(file)?;
            files.push(ManifestFile { name: format!("{prefix}{name}"), bytes, crc32 });
        }
    }
    File::open(folder)?.sync_all()
}

/// A file's length and CRC-32.
pub(super) fn checksum(mut file: File) -> io::Result<(u64, u32)> {
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((bytes, hasher.finalize())),
            count => {
                hasher.update(&buffer[..count]);
                bytes += count as u64;
            }
        }
    }
}

fn failed(act: &str, path: &Path, error: io::Error) -> PgError {
    PgError::new(
        crate::base::sqlstate::IO_ERROR,
        format!("could not {act} {}: {error}", path.display()),
    )
}
