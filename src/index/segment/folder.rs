//! Where segments lie, and what may be swept away.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    base::{Oid, PgError, Result, TableId},
    storage::ManifestEntry,
};

/// `<data>/segments`: a folder per table, in it a folder per segment.
#[derive(Clone, Debug)]
pub struct SegmentFolder {
    root: PathBuf,
}

impl SegmentFolder {
    pub fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).map_err(|error| {
            PgError::new(
                crate::base::sqlstate::IO_ERROR,
                format!("could not create {}: {error}", root.display()),
            )
        })?;
        Ok(Self { root: root.to_owned() })
    }

    pub fn table(&self, table: TableId) -> PathBuf {
        self.root.join(table.to_string())
    }

    pub fn segment(&self, table: TableId, segment: u64) -> PathBuf {
        self.table(table).join(segment.to_string())
    }

    pub fn temporary(&self, table: TableId, segment: u64) -> PathBuf {
        self.table(table).join(format!("{segment}.tmp"))
    }

    /// Where a corrupt segment is kept for inspection.
    fn quarantine(&self, table: TableId, segment: u64) -> PathBuf {
        self.root.join("quarantine").join(format!("{table}-{segment}"))
    }

    /// Moves a corrupt segment aside; if that fails too, it is left for the next sweep.
    pub fn set_aside(&self, table: TableId, segment: u64) {
        let target = self.quarantine(table, segment);
        let _ = fs::remove_dir_all(&target);
        let moved = fs::create_dir_all(target.parent().expect("it has a parent"))
            .and_then(|()| fs::rename(self.segment(table, segment), &target));
        if let Err(error) = moved {
            tracing::warn!(target: "index", %table, segment, %error, "could not move a corrupt segment aside");
        }
    }

    pub fn remove(&self, table: TableId, segment: u64) {
        let _ = fs::remove_dir_all(self.segment(table, segment));
    }

    /// Removes what the manifest does not name: leftovers of a crash.
    pub fn sweep(&self, manifest: &[ManifestEntry]) {
        let named: HashSet<(Oid, u64)> =
            manifest.iter().map(|entry| (entry.owner, entry.segment)).collect();
        if let Err(error) = self.sweep_tables(&named) {
            tracing::warn!(target: "index", %error, "could not sweep the segments' folder");
        }
    }

    fn sweep_tables(&self, named: &HashSet<(Oid, u64)>) -> io::Result<()> {
        for table in fs::read_dir(&self.root)? {
            let table = table?;
            let Some(oid) = number::<u32>(&table.file_name()) else { continue };
            let mut empty = true;
            for segment in fs::read_dir(table.path())? {
                let segment = segment?;
                let id = number::<u64>(&segment.file_name());
                if id.is_some_and(|id| named.contains(&(Oid(oid), id))) {
                    empty = false;
                } else {
                    fs::remove_dir_all(segment.path())?;
                }
            }
            if empty {
                fs::remove_dir(table.path())?;
            }
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(name: &std::ffi::OsStr) -> Option<T> {
    name.to_str()?.parse().ok()
}
