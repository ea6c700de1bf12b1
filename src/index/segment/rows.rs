//! `rows.bin`: which row, in which version, each local id stands for.

use std::{fs, path::Path};

use bytes::Bytes;

use super::mapping::{U32s, U64s, map_file};
use crate::base::{Csn, PgError, Result, RowId};

/// Layout: `u64 row` x n, `u64 csn` x n, `u32 local id` x n in order of (row, local id).
#[derive(Clone, Debug)]
pub struct Rows {
    ids: U64s,
    csns: U64s,
    order: U32s,
}

const ROW_BYTES: usize = 8 + 8 + 4;

impl Rows {
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(map_file(path)?)
            .ok_or_else(|| PgError::internal(format!("{} has a broken size", path.display())))
    }

    fn new(bytes: Bytes) -> Option<Self> {
        let count = bytes.len() / ROW_BYTES;
        if !bytes.len().is_multiple_of(ROW_BYTES) {
            return None;
        }
        Some(Self {
            ids: U64s::new(bytes.slice(..count * 8))?,
            csns: U64s::new(bytes.slice(count * 8..count * 16))?,
            order: U32s::new(bytes.slice(count * 16..))?,
        })
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn row(&self, local: u32) -> RowId {
        RowId(self.ids.get(local as usize))
    }

    pub fn csn(&self, local: u32) -> Csn {
        Csn(self.csns.get(local as usize))
    }

    /// The local ids of a row's versions in this segment (usually one or none).
    pub fn find(&self, row: RowId) -> impl Iterator<Item = u32> + '_ {
        let (mut low, mut high) = (0, self.order.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.row(self.order.get(middle)) < row {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..self.order.len())
            .map(|at| self.order.get(at))
            .take_while(move |local| self.row(*local) == row)
    }
}

/// Collects a segment's rows in the order of their local ids.
#[derive(Default)]
pub struct RowsWriter {
    rows: Vec<(RowId, Csn)>,
}

impl RowsWriter {
    /// Returns the row's local id.
    pub fn push(&mut self, row: RowId, csn: Csn) -> u32 {
        self.rows.push((row, csn));
        self.rows.len() as u32 - 1
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let mut bytes = Vec::with_capacity(self.rows.len() * ROW_BYTES);
        bytes.extend(self.rows.iter().flat_map(|(row, _)| row.0.to_le_bytes()));
        bytes.extend(self.rows.iter().flat_map(|(_, csn)| csn.0.to_le_bytes()));
        let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
        order.sort_by_key(|local| (self.rows[*local as usize].0, *local));
        bytes.extend(order.iter().flat_map(|local| local.to_le_bytes()));
        fs::write(path, bytes)
            .map_err(|error| PgError::internal(format!("could not write rows.bin: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_id_in_every_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.bin");
        let mut writer = RowsWriter::default();
        for (row, csn) in [(30, 1), (10, 1), (20, 2), (10, 3)] {
            writer.push(RowId(row), Csn(csn));
        }
        writer.write(&path).unwrap();
        let rows = Rows::open(&path).unwrap();
        assert_eq!(rows.find(RowId(10)).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(rows.find(RowId(30)).collect::<Vec<_>>(), [0]);
        assert_eq!(rows.find(RowId(15)).count(), 0);
        assert_eq!((rows.csn(3), rows.row(2), rows.len()), (Csn(3), RowId(20), 4));
    }
}
