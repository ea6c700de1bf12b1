//! Rows that have several keys of an inverted index, without reading the lists of the common ones.
//!
//! The entries of one key are in the order of their rows. So lists are intersected by leaps: each
//! names its next row, and the others go on from there. A short list makes the long ones leap.

use std::ops::Bound;

use heed::{RoRange, types::Bytes};

use super::{Act, codec, environment::Moving, snapshot::Snapshot};
use crate::{
    base::{Result, RowId, ids::IndexId},
    types::inverted::Wanted,
};

/// The rows of an index that have what is wanted, ascending. As all entries of an index they are
/// candidates: [`Snapshot::row`] decides whether a row is there.
pub struct Postings<'a> {
    list: List<'a>,
    next: Option<RowId>,
}

impl<'a> Postings<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, index: IndexId, wanted: &Wanted) -> Self {
        Self { list: List::new(snapshot, index, wanted), next: Some(RowId(0)) }
    }
}

impl Iterator for Postings<'_> {
    type Item = Result<RowId>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.list.seek(self.next?).transpose()?;
        self.next = match &found {
            Ok(row) => row.0.checked_add(1).map(RowId),
            Err(_) => None,
        };
        Some(found)
    }
}

enum List<'a> {
    Key(KeyRows<'a>),
    All(Vec<List<'a>>),
    Any(Vec<List<'a>>),
}

impl<'a> List<'a> {
    fn new(snapshot: &'a Snapshot, index: IndexId, wanted: &Wanted) -> Self {
        let lists =
            |parts: &[Wanted]| parts.iter().map(|part| Self::new(snapshot, index, part)).collect();
        match wanted {
            Wanted::Key(key) => List::Key(KeyRows::new(snapshot, index, key)),
            Wanted::All(parts) => List::All(lists(parts)),
            Wanted::Any(parts) => List::Any(lists(parts)),
        }
    }

    /// The first row at or above `from`, which never goes down.
    fn seek(&mut self, from: RowId) -> Result<Option<RowId>> {
        match self {
            List::Key(rows) => rows.seek(from),
            List::All(lists) => {
                let (mut row, mut agreed, mut at) = (from, 0, 0);
                while agreed < lists.len() {
                    match lists[at].seek(row)? {
                        None => return Ok(None),
                        Some(found) if found == row => agreed += 1,
                        Some(found) => (row, agreed) = (found, 1),
                    }
                    at = (at + 1) % lists.len();
                }
                Ok(Some(row))
            }
            List::Any(lists) => {
                let mut first = None;
                for list in lists {
                    let found = list.seek(from)?;
                    first = [first, found].into_iter().flatten().min();
                }
                Ok(first)
            }
        }
    }
}

/// The rows of one key.
struct KeyRows<'a> {
    snapshot: &'a Snapshot,
    /// What its entries begin with.
    prefix: Vec<u8>,
    entries: Option<Moving<RoRange<'a, Bytes, Bytes>>>,
    /// Where it stands; `None` once it is at its end.
    row: Option<RowId>,
}

/// Entries that are stepped over before the place is looked up anew.
const STEPS_MAX: usize = 16;

impl<'a> KeyRows<'a> {
    fn new(snapshot: &'a Snapshot, index: IndexId, key: &[u8]) -> Self {
        let mut prefix = Vec::new();
        codec::entry_prefix(index, key, &mut prefix);
        Self { snapshot, prefix, entries: None, row: Some(RowId(0)) }
    }

    fn seek(&mut self, from: RowId) -> Result<Option<RowId>> {
        if self.entries.is_none() {
            self.leap(from)?;
        }
        for _ in 0..STEPS_MAX {
            match self.row {
                Some(row) if row < from => self.step()?,
                found => return Ok(found),
            }
        }
        self.leap(from)?;
        Ok(self.row)
    }

    fn leap(&mut self, from: RowId) -> Result<()> {
        let bound = |row: RowId| [&self.prefix[..], &row.0.to_be_bytes()].concat();
        let (start, end) = (bound(from), bound(RowId(u64::MAX)));
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Included(&start), Bound::Included(&end));
        let entries = self.snapshot.databases.entries;
        let range = entries.range(&self.snapshot.reader, &bounds).act("read an index")?;
        self.entries = Some(Moving(range));
        self.step()
    }

    fn step(&mut self) -> Result<()> {
        let entry = self.entries.as_mut().and_then(Iterator::next);
        self.row = match entry {
            Some(entry) => Some(codec::entry_row(entry.act("read an index")?.0)?),
            None => None,
        };
        Ok(())
    }
}
