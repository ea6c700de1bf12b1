//! Tombstones of sealed rows.
//!
//! They spare searches work; they are not the truth. A hit counts only if the row in the query's
//! snapshot has the hit's csn, so that a lost tombstone costs time and never an answer.

use std::{collections::BTreeMap, fs, path::Path};

use super::mapping::map_file;
use crate::{
    base::{PgError, Result},
    index::bitmap::Bitmap,
};

/// The dead rows of one segment.
#[derive(Clone, Debug)]
pub struct Dead {
    bits: Bitmap,
    count: usize,
}

impl Dead {
    pub fn none(rows: usize) -> Self {
        Self { bits: Bitmap::empty(rows), count: 0 }
    }

    pub fn bury(&mut self, local: u32) {
        if (local as usize) < self.bits.len() && !self.bits.get(local as usize) {
            self.bits.set(local as usize);
            self.count += 1;
        }
    }

    pub fn is_dead(&self, local: u32) -> bool {
        self.bits.get(local as usize)
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn bits(&self) -> &Bitmap {
        &self.bits
    }

    pub fn alive(&self) -> Bitmap {
        let mut alive = Bitmap::full(self.bits.len());
        alive.and_not(&self.bits);
        alive
    }

    /// The share of dead rows.
    pub fn ratio(&self) -> f64 {
        if self.bits.is_empty() { 0.0 } else { self.count as f64 / self.bits.len() as f64 }
    }
}

/// `dead.bin`: the dead local ids of every segment of a table, as of one watermark.
///
/// Layout: `u64 segment, u32 count, u32 local id x count`, repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadList {
    pub segments: BTreeMap<u64, Vec<u32>>,
}

impl DeadList {
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut bytes = Vec::new();
        for (segment, locals) in &self.segments {
            bytes.extend(segment.to_le_bytes());
            bytes.extend((locals.len() as u32).to_le_bytes());
            bytes.extend(locals.iter().flat_map(|local| local.to_le_bytes()));
        }
        fs::write(path, bytes)
            .map_err(|error| PgError::internal(format!("could not write dead.bin: {error}")))
    }

    pub fn read(path: &Path) -> Result<Self> {
        let bytes = map_file(path)?;
        let broken = || PgError::internal(format!("{} is broken", path.display()));
        let mut rest = &bytes[..];
        let mut segments = BTreeMap::new();
        while !rest.is_empty() {
            let (head, body) = rest.split_at_checked(12).ok_or_else(broken)?;
            let segment = u64::from_le_bytes(head[..8].try_into().map_err(|_| broken())?);
            let count = u32::from_le_bytes(head[8..].try_into().map_err(|_| broken())?) as usize;
            let (locals, after) = body.split_at_checked(count * 4).ok_or_else(broken)?;
            let (locals, _) = locals.as_chunks::<4>();
            segments.insert(segment, locals.iter().map(|id| u32::from_le_bytes(*id)).collect());
            rest = after;
        }
        Ok(Self { segments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_list_survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dead.bin");
        let mut list = DeadList::default();
        list.segments.insert(7, vec![1, 5]);
        list.segments.insert(9, vec![]);
        list.write(&path).unwrap();
        assert_eq!(DeadList::read(&path).unwrap(), list);
        fs::write(&path, [0; 12]).unwrap();
        DeadList::read(&path).unwrap();
        fs::write(&path, [1; 13]).unwrap();
        assert!(DeadList::read(&path).is_err());
    }
}
