//! Walking a table's rows and an index's entries.

use std::{iter::Peekable, ops::Bound};

use heed::{RoRange, RoRevRange, types::Bytes};

use super::{
    Act,
    codec::{self, STAGED},
    environment::Moving,
    snapshot::{Snapshot, StoredRow},
};
use crate::base::{Csn, PgError, Result, RowId, TableId, ids::IndexId};

type Range<'a> = Moving<RoRange<'a, Bytes, Bytes>>;

/// A table's rows in order of row id.
pub struct Scan<'a> {
    snapshot: &'a Snapshot,
    rows: Range<'a>,
    horizon: Csn,
    /// The stage resolved last: a bulk load's rows lie together.
    stage: (u64, Option<Csn>),
    historic: Option<Box<Historic<'a>>>,
}

/// What a pinned scan adds: versions of rows that were overwritten or deleted since.
struct Historic<'a> {
    pinned: Csn,
    versions: Peekable<Versions<'a>>,
    /// A stored row read ahead of its turn.
    next: Option<(RowId, Option<StoredRow<'a>>)>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        table: TableId,
        after: Option<RowId>,
    ) -> Result<Self> {
        let start = match after {
            None => Bound::Included(codec::row_key(table, RowId(0)).to_vec()),
            Some(row) => Bound::Excluded(codec::row_key(table, row).to_vec()),
        };
        let rows = range(snapshot, snapshot.databases.rows, start, table)?;
        let historic = match snapshot.pinned_csn() {
            None => None,
            Some(pinned) => {
                let first = after.map_or(RowId(0), |row| RowId(row.0.saturating_add(1)));
                let start = codec::version_key(table, first, Csn(0)).to_vec();
                let versions =
                    range(snapshot, snapshot.databases.versions, Bound::Included(start), table)?;
                let versions = Versions { snapshot, table, pinned, entries: versions, done: None };
                Some(Box::new(Historic { pinned, versions: versions.peekable(), next: None }))
            }
        };
        let horizon = snapshot.state.horizon(table);
        Ok(Self { snapshot, rows, horizon, stage: (0, None), historic })
    }

    /// The next stored row; `None` in place of a row that is not visible at all.
    #[inline]
    fn step(&mut self) -> Option<Result<(RowId, Option<StoredRow<'a>>)>> {
        let (key, value) = match self.rows.next()? {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error).act("scan a table")),
        };
        let decoded = codec::row_of(key).and_then(|row| Ok((row, codec::split_row(value)?)));
        let (row, (field, bytes)) = match decoded {
            Ok(decoded) => decoded,
            Err(error) => return Some(Err(error)),
        };
        let csn = if field & STAGED == 0 {
            Some(Csn(field))
        } else {
            if self.stage.0 != field {
                self.stage = (field, self.snapshot.state.resolve(field));
            }
            self.stage.1
        };
        let csn = csn.filter(|csn| *csn >= self.horizon);
        Some(Ok((row, csn.map(|csn| StoredRow { csn, bytes }))))
    }

    fn next_historic(&mut self) -> Result<Option<(RowId, StoredRow<'a>)>> {
        loop {
            let ahead = self.historic.as_mut().and_then(|historic| historic.next.take());
            let stored = match ahead {
                Some(stored) => Some(stored),
                None => self.step().transpose()?,
            };
            let Some(historic) = self.historic.as_mut() else { return Ok(None) };
            let version = historic.versions.next_if(|version| match (version, &stored) {
                (Ok((row, _)), Some((stored, _))) => row <= stored,
                _ => true,
            });
            match (version.transpose()?, stored) {
                (None, None) => return Ok(None),
                (Some((row, version)), stored) => {
                    // The version replaces the stored row of the same id.
                    historic.next = stored.filter(|(stored, _)| *stored != row);
                    return Ok(Some((row, version)));
                }
                (None, Some((row, stored))) => {
                    if let Some(stored) = stored.filter(|stored| stored.csn <= historic.pinned) {
                        return Ok(Some((row, stored)));
                    }
                }
            }
        }
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Result<(RowId, StoredRow<'a>)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.historic.is_some() {
            return self.next_historic().transpose();
        }
        loop {
            match self.step()? {
                Ok((row, Some(stored))) => return Some(Ok((row, stored))),
                Ok((_, None)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Per row, the version that a pinned csn sees.
struct Versions<'a> {
    snapshot: &'a Snapshot,
    table: TableId,
    pinned: Csn,
    entries: Range<'a>,
    /// The row whose first superseding commit above the pin was met.
    done: Option<RowId>,
}

impl<'a> Iterator for Versions<'a> {
    type Item = Result<(RowId, StoredRow<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let step = self.entries.next()?;
            match self.visible(step) {
                Ok(None) => {}
                Ok(Some(found)) => return Some(Ok(found)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<'a> Versions<'a> {
    fn visible(
        &mut self,
        entry: heed::Result<(&'a [u8], &'a [u8])>,
    ) -> Result<Option<(RowId, StoredRow<'a>)>> {
        let (key, value) = entry.act("scan row versions")?;
        let row = codec::row_of(key)?;
        let superseding = Csn(codec::be_u64(key, 12, "row version")?);
        if superseding <= self.pinned || self.done == Some(row) {
            return Ok(None);
        }
        self.done = Some(row);
        let (field, bytes) = codec::split_row(value)?;
        let csn = self.snapshot.state.live(self.table, field).filter(|csn| *csn <= self.pinned);
        Ok(csn.map(|csn| (row, StoredRow { csn, bytes })))
    }
}

/// The entries of `database` from `start` to the end of `table`.
fn range<'a>(
    snapshot: &'a Snapshot,
    database: super::databases::Raw,
    start: Bound<Vec<u8>>,
    table: TableId,
) -> Result<Range<'a>> {
    let end = codec::successor(&table.0.to_be_bytes());
    let bounds = (as_slice(&start), as_slice(&end));
    database.range(&snapshot.reader, &bounds).map(Moving).act("scan a table")
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

/// An index's row ids in the order of their keys.
pub struct IndexRange<'a> {
    entries: Direction<'a>,
}

enum Direction<'a> {
    Forward(Moving<RoRange<'a, Bytes, Bytes>>),
    Backward(Moving<RoRevRange<'a, Bytes, Bytes>>),
    /// The lower bound is above the upper one.
    Empty,
}

impl<'a> IndexRange<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        index: IndexId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
        reverse: bool,
    ) -> Result<Self> {
        let (start, end) = codec::entry_bounds(index, lower, upper);
        if let (Bound::Included(start), Bound::Excluded(end)) = (&start, &end)
            && start >= end
        {
            return Ok(Self { entries: Direction::Empty });
        }
        let bounds = (as_slice(&start), as_slice(&end));
        let database = snapshot.databases.entries;
        let entries = if reverse {
            let range = database.rev_range(&snapshot.reader, &bounds).act("read an index")?;
            Direction::Backward(Moving(range))
        } else {
            let range = database.range(&snapshot.reader, &bounds).act("read an index")?;
            Direction::Forward(Moving(range))
        };
        Ok(Self { entries })
    }

    /// Also the stored key bytes, without index and row.
    pub fn with_keys(self) -> impl Iterator<Item = Result<(&'a [u8], RowId)>> {
        self.map_entries(|key| {
            let row = codec::entry_row(key)?;
            Ok((&key[4..key.len() - 8], row))
        })
    }

    fn map_entries<T: 'a>(
        mut self,
        decode: impl Fn(&'a [u8]) -> Result<T> + 'a,
    ) -> impl Iterator<Item = Result<T>> + 'a {
        std::iter::from_fn(move || self.next_key().map(|key| key.and_then(&decode)))
    }

    #[inline]
    fn next_key(&mut self) -> Option<Result<&'a [u8], PgError>> {
        let entry = match &mut self.entries {
            Direction::Forward(range) => range.next()?,
            Direction::Backward(range) => range.next()?,
            Direction::Empty => return None,
        };
        Some(entry.act("read an index").map(|(key, _)| key))
    }
}

impl Iterator for IndexRange<'_> {
    type Item = Result<RowId>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.next_key().map(|key| key.and_then(codec::entry_row))
    }
}
