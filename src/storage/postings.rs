//! Rows that have several keys of an inverted index, without reading the lists of the common ones.
//!
//! The entries of one key are in the order of their rows. So lists are intersected by leaps: each
//! names its next row, and the others go on from there. A short list makes the long ones leap; one
//! that has nearly every row asked for is not asked any more.

use std::ops::Bound;

use heed::{RoRange, types::Bytes};

use super::{Act, codec, environment::Moving, snapshot::Snapshot};
use crate::{
    base::{Result, RowId, ids::IndexId},
    types::inverted::Wanted,
};

/// What is asked of inverted indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    Index(IndexId, Wanted),
    /// Never empty.
    All(Vec<Lookup>),
    Any(Vec<Lookup>),
}

impl Lookup {
    /// All of the parts; `None` is one that any row may meet.
    pub fn all(parts: Vec<Option<Lookup>>) -> Option<Lookup> {
        let mut all: Vec<Lookup> = parts.into_iter().flatten().collect();
        match all.len() {
            0 | 1 => all.pop(),
            _ => Some(Lookup::All(all)),
        }
    }

    /// Any of the parts.
    pub fn any(parts: Vec<Option<Lookup>>) -> Option<Lookup> {
        parts.into_iter().collect::<Option<_>>().map(Lookup::Any)
    }

    pub fn indexes(&self) -> Vec<IndexId> {
        match self {
            Lookup::Index(index, _) => vec![*index],
            Lookup::All(parts) | Lookup::Any(parts) => {
                parts.iter().flat_map(Lookup::indexes).collect()
            }
        }
    }
}

/// The rows that have what is asked for, ascending. As all entries of an index they are candidates:
/// [`Snapshot::row`] decides whether a row is there, and the condition is to be checked again.
pub struct Postings<'a> {
    list: List<'a>,
    next: Option<RowId>,
}

impl<'a> Postings<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, lookup: &Lookup) -> Self {
        Self { list: List::new(snapshot, lookup), next: Some(RowId(0)) }
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
    All(Vec<Probed<'a>>),
    Any(Vec<List<'a>>),
}

/// A list of an intersection, and how often it has had the row that it was asked for.
struct Probed<'a> {
    list: List<'a>,
    probes: u64,
    refusals: u64,
}

/// From so many probes on, a list must have refused one in [`REFUSALS_SHARE`] to be worth asking.
const PROBES_MIN: u64 = 64;
const REFUSALS_SHARE: u64 = 8;

impl<'a> Probed<'a> {
    fn new(list: List<'a>) -> Self {
        Self { list, probes: 0, refusals: 0 }
    }

    fn is_idle(&self) -> bool {
        self.probes >= PROBES_MIN && self.refusals * REFUSALS_SHARE < self.probes
    }
}

impl<'a> List<'a> {
    fn new(snapshot: &'a Snapshot, lookup: &Lookup) -> Self {
        let new = |part| Self::new(snapshot, part);
        match lookup {
            Lookup::Index(index, wanted) => Self::of(snapshot, *index, wanted),
            Lookup::All(parts) => List::All(parts.iter().map(new).map(Probed::new).collect()),
            Lookup::Any(parts) => List::Any(parts.iter().map(new).collect()),
        }
    }

    fn of(snapshot: &'a Snapshot, index: IndexId, wanted: &Wanted) -> Self {
        let new = |part| Self::of(snapshot, index, part);
        match wanted {
            Wanted::Key(key) => List::Key(KeyRows::new(snapshot, index, key)),
            Wanted::All(parts) => List::All(parts.iter().map(new).map(Probed::new).collect()),
            Wanted::Any(parts) => List::Any(parts.iter().map(new).collect()),
        }
    }

    /// The first row at or above `from`, which never goes down.
    fn seek(&mut self, from: RowId) -> Result<Option<RowId>> {
        match self {
            List::Key(rows) => rows.seek(from),
            List::All(lists) => intersect(lists, from),
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

fn intersect(lists: &mut Vec<Probed<'_>>, from: RowId) -> Result<Option<RowId>> {
    let (mut row, mut agreed, mut at) = (from, 0, 0);
    while agreed < lists.len() {
        at %= lists.len();
        let several = lists.len() > 1;
        let asked = &mut lists[at];
        asked.probes += 1;
        match asked.list.seek(row)? {
            None => return Ok(None),
            Some(found) if found > row => {
                asked.refusals += 1;
                (row, agreed) = (found, 1);
            }
            Some(_) if several && asked.is_idle() => {
                lists.remove(at);
                continue;
            }
            Some(_) => agreed += 1,
        }
        at += 1;
    }
    Ok(Some(row))
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
const STEPS_MAX: usize = 8;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Oid,
        storage::{Store, StoreOptions, writer::Writer},
    };

    const INDEX: IndexId = Oid(77);

    fn key(number: u64) -> Wanted {
        Wanted::Key(number.to_be_bytes())
    }

    /// Key `n` has the multiples of `n`.
    fn store(folder: &tempfile::TempDir) -> Store {
        let options = StoreOptions { map_bytes: 1 << 26, ..StoreOptions::default() };
        let store = Store::open(folder.path(), options).unwrap();
        let mut writer = Writer::begin(&store).unwrap();
        for number in [1_u64, 2, 3, 7, 500] {
            for row in (1..=3000).filter(|row| row % number == 0) {
                writer.put_entry(INDEX, &number.to_be_bytes(), RowId(row)).unwrap();
            }
        }
        // Another index with a key of the same bytes.
        writer.put_entry(Oid(78), &500_u64.to_be_bytes(), RowId(1)).unwrap();
        assert!(writer.commit().is_ok());
        store
    }

    #[test]
    fn lists_are_united_and_intersected_in_the_order_of_rows() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = store(&folder).snapshot().unwrap();
        let found = |wanted: &Wanted| -> Vec<u64> {
            let lookup = Lookup::Index(INDEX, wanted.clone());
            snapshot.index_rows(&lookup).map(|row| row.unwrap().0).collect()
        };
        let expected = |test: fn(u64) -> bool| (1..=3000).filter(|row| test(*row)).collect();
        let cases: [(Wanted, Vec<u64>); 7] = [
            (key(7), expected(|row| row % 7 == 0)),
            (key(4), vec![]),
            (Wanted::NOTHING, vec![]),
            (Wanted::All(vec![key(2), key(3), key(7)]), expected(|row| row % 42 == 0)),
            (Wanted::All(vec![key(1), key(500), key(3)]), vec![1500, 3000]),
            (Wanted::Any(vec![key(500), key(7)]), expected(|row| row % 500 == 0 || row % 7 == 0)),
            (Wanted::All(vec![Wanted::Any(vec![key(2), key(3)]), key(7), key(4)]), vec![]),
        ];
        for (wanted, expected) in cases {
            assert_eq!(found(&wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn several_indexes_are_asked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = store(&folder).snapshot().unwrap();
        let other = Lookup::Index(Oid(78), key(500));
        let found = |lookup: Option<Lookup>| -> Vec<u64> {
            snapshot.index_rows(&lookup.unwrap()).map(|row| row.unwrap().0).collect()
        };
        let of = |number| Some(Lookup::Index(INDEX, key(number)));
        assert_eq!(found(Lookup::all(vec![of(1), Some(other.clone()), None])), [1]);
        assert_eq!(found(Lookup::all(vec![of(2), Some(other.clone())])), [0; 0]);
        let any = Lookup::any(vec![of(500), Some(other.clone())]);
        assert_eq!(found(any), [1, 500, 1000, 1500, 2000, 2500, 3000]);
        assert_eq!(Lookup::any(vec![Some(other.clone()), None]), None);
        assert_eq!(found(Lookup::all(vec![Some(other)])), [1]);
    }

    #[test]
    fn a_list_that_refuses_nothing_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let snapshot = store(&folder).snapshot().unwrap();
        let lookup = Lookup::Index(INDEX, Wanted::All(vec![key(1), key(7)]));
        let mut postings = snapshot.index_rows(&lookup);
        assert_eq!(postings.by_ref().count(), 3000 / 7);
        assert!(matches!(&postings.list, List::All(lists) if lists.len() == 1));
    }
}
