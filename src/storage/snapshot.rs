//! One consistent view of the store.

use std::{
    ops::Bound,
    sync::Arc,
    time::{Duration, Instant},
};

use heed::types::Bytes;

use super::{
    Act,
    catalog::Catalog,
    change::Change,
    codec::{self, Head},
    databases::Databases,
    environment::{Moving, Reader},
    manifest::ManifestEntry,
    pins::Pin,
    postings::{Lookup, Postings},
    readers::Ticket,
    scan::{IndexRange, Scan},
    sequence::SequenceState,
    state::State,
    store::Store,
};
use crate::base::{Csn, Oid, Result, RowId, TableId, ids::IndexId};

/// A row as it is stored: the commit that wrote it and `types::row` bytes, borrowed from the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRow<'a> {
    pub csn: Csn,
    pub bytes: &'a [u8],
}

/// An LMDB read transaction with its csn and definitions. Threads may share it.
pub struct Snapshot {
    pub(super) reader: Reader,
    pub(super) databases: Databases,
    head: Head,
    pub(crate) state: Arc<State>,
    /// The pinned csn and its definitions, if this is an older commit than the transaction's.
    pinned: Option<(Csn, Arc<Catalog>)>,
    ticket: Ticket,
    _store: Store,
}

impl Snapshot {
    pub(super) fn open(store: &Store, pin: Option<&Pin>) -> Result<Self> {
        let inner = &store.inner;
        let ticket = inner.readers.enter();
        let reader = inner.environment.read()?;
        let databases = inner.environment.databases;
        let head = databases.meta.get(&reader, Head::NAME).act("read the head record")?;
        let head = Head::decode(head.unwrap_or_default())?;
        let state = match inner.states.of_version(head.state_version) {
            Some(state) => state,
            None => Arc::new(State::load(&databases, &reader, &head)?),
        };
        let pinned =
            pin.filter(|pin| pin.csn() < head.csn).map(|pin| (pin.csn(), pin.catalog().clone()));
        Ok(Self { reader, databases, head, state, pinned, ticket, _store: store.clone() })
    }

    /// The commit this view shows.
    pub fn csn(&self) -> Csn {
        self.pinned.as_ref().map_or(self.head.csn, |(csn, _)| *csn)
    }

    pub fn catalog(&self) -> &Arc<Catalog> {
        self.pinned.as_ref().map_or(&self.state.catalog, |(_, catalog)| catalog)
    }

    /// Whether newer commits exist in the transaction underneath, which [`Snapshot::row`] and
    /// [`Snapshot::scan`] look through; [`Snapshot::index_range`] cannot, see there.
    pub fn is_historic(&self) -> bool {
        self.pinned.is_some()
    }

    pub(super) fn pinned_csn(&self) -> Option<Csn> {
        self.pinned.as_ref().map(|(csn, _)| *csn)
    }

    pub fn opened(&self) -> Instant {
        self.ticket.since
    }

    pub fn age(&self) -> Duration {
        self.ticket.since.elapsed()
    }

    /// Time: about a microsecond.
    pub fn row(&self, table: TableId, row: RowId) -> Result<Option<StoredRow<'_>>> {
        let key = codec::row_key(table, row);
        let stored = self.databases.rows.get(&self.reader, &key).act("read a row")?;
        if let Some(value) = stored {
            let (field, bytes) = codec::split_row(value)?;
            if let Some(csn) = self.state.live(table, field)
                && self.pinned_csn().is_none_or(|pinned| csn <= pinned)
            {
                return Ok(Some(StoredRow { csn, bytes }));
            }
        }
        match self.pinned_csn() {
            None => Ok(None),
            Some(pinned) => self.version(table, row, pinned),
        }
    }

    /// The version of a row that `pinned` saw, if it was overwritten or deleted since.
    fn version(&self, table: TableId, row: RowId, pinned: Csn) -> Result<Option<StoredRow<'_>>> {
        let from = codec::version_key(table, row, Csn(pinned.0 + 1));
        let found = self
            .databases
            .versions
            .get_greater_than_or_equal_to(&self.reader, &from)
            .act("read a row version")?;
        match found {
            Some((key, value)) if key.starts_with(&from[..codec::ROW_KEY_BYTES]) => {
                let (field, bytes) = codec::split_row(value)?;
                let csn = self.state.live(table, field).filter(|csn| *csn <= pinned);
                Ok(csn.map(|csn| StoredRow { csn, bytes }))
            }
            _ => Ok(None),
        }
    }

    /// The table's rows above `after`, in order of row id. To go on later (in another poll, on
    /// another thread) scan again after the last id.
    pub fn scan(&self, table: TableId, after: Option<RowId>) -> Result<Scan<'_>> {
        Scan::new(self, table, after)
    }

    /// Row ids of a btree index's entries within the bounds, in the order of their keys.
    ///
    /// Bounds are key prefixes: an inclusive bound takes in all keys that begin with it, an
    /// exclusive one none of them. The ids are candidates: keys over [`codec::KEY_BYTES_MAX`] bytes
    /// are cut, so that callers recheck the key, and the row may be invisible, so that
    /// [`Snapshot::row`] decides. Order is exact for the first [`codec::KEY_BYTES_KEPT`] bytes.
    ///
    /// If [`Snapshot::is_historic`] and the table has changed since (see
    /// [`Snapshot::table_changed_since`]), entries of overwritten rows may be missing: scan instead.
    pub fn index_range(
        &self,
        index: IndexId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
        reverse: bool,
    ) -> Result<IndexRange<'_>> {
        IndexRange::new(self, index, lower, upper, reverse)
    }

    /// The first row id of [`Snapshot::index_range`] over the keys that begin with `key`, which is not
    /// longer than [`codec::KEY_BYTES_KEPT`].
    pub fn index_first(&self, index: IndexId, key: &[u8]) -> Result<Option<RowId>> {
        let start = [&index.0.to_be_bytes()[..], key].concat();
        let entries = self.databases.entries;
        let found = entries
            .get_greater_than_or_equal_to(&self.reader, &start)
            .act("read an index")?
            .filter(|(entry, _)| entry.starts_with(&start));
        found.map(|(entry, _)| codec::entry_row(entry)).transpose()
    }

    /// Rows that inverted indexes find, ascending; candidates as those of [`Snapshot::index_range`]
    /// are, and with the same gap in an old snapshot.
    pub fn index_rows(&self, lookup: &Lookup) -> Postings<'_> {
        Postings::new(self, lookup)
    }

    /// Whether any commit above `csn` wrote to the table.
    pub fn table_changed_since(&self, table: TableId, csn: Csn) -> Result<bool> {
        Ok(self.table_record(table)?.1 > csn)
    }

    /// Rows of the table in the latest commit of the transaction underneath.
    pub fn row_count(&self, table: TableId) -> Result<u64> {
        Ok(self.table_record(table)?.0)
    }

    fn table_record(&self, table: TableId) -> Result<(u64, Csn)> {
        let key = table.0.to_be_bytes();
        match self.databases.tables.get(&self.reader, &key).act("read a row count")? {
            Some(value) => codec::split_table(value),
            None => Ok((0, Csn(0))),
        }
    }

    /// Changes of the commits above `after`, in commit order; up to the transaction underneath. Those
    /// up to [`Snapshot::pruned`] may be missing: rebuild from [`Snapshot::scan`] instead.
    pub fn changes(
        &self,
        after: Csn,
    ) -> Result<impl Iterator<Item = Result<Change>> + Send + use<'_>> {
        let start = codec::change_key(Csn(after.0.saturating_add(1)), 0);
        let range: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Included(&start), Bound::Unbounded);
        let entries = self
            .databases
            .changelog
            .range(&self.reader, &range)
            .act("read the change log")?
            .remap_types::<Bytes, Bytes>();
        Ok(Moving(entries.map(|entry| {
            let (key, value) = entry.act("read the change log")?;
            let (table, kind) = codec::split_change(value)?;
            Ok(Change { csn: Csn(codec::be_u64(key, 0, "change")?), table, kind })
        })))
    }

    /// The change log is complete above this csn.
    pub fn pruned(&self) -> Csn {
        self.head.pruned
    }

    /// `None` if the sequence was never advanced: it stands at its definition's start.
    pub fn sequence(&self, oid: Oid) -> Result<Option<SequenceState>> {
        let key = oid.0.to_be_bytes();
        let value = self.databases.sequences.get(&self.reader, &key).act("read a sequence")?;
        value.map(codec::split_sequence).transpose()
    }

    /// All sealed segments, by owner and segment.
    pub fn manifest(&self) -> Result<Vec<ManifestEntry>> {
        let entries = self.databases.manifest.iter(&self.reader).act("read the manifest")?;
        entries
            .map(|entry| codec::from_json(entry.act("read the manifest")?.1, "manifest entry"))
            .collect()
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("csn", &self.csn()).finish_non_exhaustive()
    }
}
