//! Store and Committer together: what is acknowledged, what is seen, what a restart finds.

use std::{
    collections::BTreeMap,
    ops::Bound,
    path::Path,
    sync::{Arc, Condvar, Mutex as StdMutex},
};

use futures::{executor::block_on, future::join_all};

use super::*;
use crate::{
    base::{Oid, RowId, SqlState, sqlstate},
    ingest::{EntryKind, IndexEntry, Sequences},
    storage::{
        CatalogChange, ChangeKind, ManifestChange, ManifestEntry, Snapshot, StoreOptions,
        catalog::{Index, IndexMethod, Object, PUBLIC, SUPERUSER, Sequence, Table},
    },
};

mod durability;
mod model;

const TABLE: Oid = Oid(20_100);
const INDEX: Oid = Oid(20_101);

/// A store with its Committer, ended in order when dropped.
struct Fixture {
    store: Store,
    committer: Committer,
    thread: Option<JoinHandle<()>>,
}

impl Fixture {
    fn open(folder: &Path) -> Self {
        Self::with(folder, StoreOptions::default(), CommitterOptions::default())
    }

    /// Without waiting for the disk.
    fn fast(folder: &Path) -> Self {
        let options = StoreOptions { durability: Durability::Relaxed, ..StoreOptions::default() };
        Self::with(folder, options, CommitterOptions::default())
    }

    fn with(folder: &Path, store: StoreOptions, committer: CommitterOptions) -> Self {
        let store = Store::open(folder, store).unwrap();
        let (committer, thread) = Committer::start(store.clone(), committer).unwrap();
        Self { store, committer, thread: Some(thread) }
    }

    fn commit(&self, set: WriteSet) -> Result<Csn, CommitError> {
        self.committer.commit_blocking(set)
    }

    fn insert(&self, value: u8) -> (RowId, Csn) {
        let row = self.store.allocate_rows(1);
        (row, self.commit(rows([insert(row, value)])).unwrap())
    }

    fn create_table(&self) {
        let table = Table {
            oid: TABLE,
            schema: PUBLIC,
            name: "t".into(),
            owner: SUPERUSER,
            columns: Vec::new(),
            checks: Vec::new(),
            indexes: vec![INDEX],
            temporary: false,
            foreign_keys: vec![],
        };
        let index = Index {
            oid: INDEX,
            table: TABLE,
            name: "t_pkey".into(),
            method: IndexMethod::Btree,
            keys: Vec::new(),
            unique: true,
            constraint: None,
            nulls_not_distinct: false,
            predicate: None,
            options: BTreeMap::new(),
            include: Vec::new(),
            unfilled: false,
        };
        self.commit(WriteSet {
            catalog: vec![
                CatalogChange::Put(Object::Table(Arc::new(table))),
                CatalogChange::Put(Object::Index(Arc::new(index))),
            ],
            ..WriteSet::default()
        })
        .unwrap();
    }

    /// Waits until the background has nothing left to delete.
    fn settle(&self, mut settled: impl FnMut(&Snapshot) -> bool) {
        while !settled(&self.store.snapshot().unwrap()) {
            std::thread::yield_now();
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.committer.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn rows(rows: impl IntoIterator<Item = RowOp>) -> WriteSet {
    WriteSet { rows: rows.into_iter().collect(), ..WriteSet::default() }
}

/// A row of one byte, which is its unique key.
fn insert(row: RowId, value: u8) -> RowOp {
    RowOp::Insert { table: TABLE, row, bytes: vec![value], keys: vec![key(value)] }
}

fn update(row: RowId, expected: Csn, old: u8, new: u8) -> RowOp {
    RowOp::Update {
        table: TABLE,
        row,
        expected,
        bytes: vec![new],
        removed: vec![key(old)],
        added: vec![key(new)],
    }
}

fn delete(row: RowId, expected: Csn, old: u8) -> RowOp {
    RowOp::Delete { table: TABLE, row, expected, removed: vec![key(old)] }
}

fn key(value: u8) -> IndexEntry {
    IndexEntry { index: INDEX, key: vec![value], kind: EntryKind::Unique }
}

fn values(snapshot: &Snapshot) -> Vec<u8> {
    snapshot.scan(TABLE, None).unwrap().map(|row| row.unwrap().1.bytes[0]).collect()
}

fn entries(snapshot: &Snapshot) -> Vec<RowId> {
    let range = snapshot.index_range(INDEX, Bound::Unbounded, Bound::Unbounded, false).unwrap();
    range.map(Result::unwrap).collect()
}

fn code(error: CommitError) -> SqlState {
    PgError::from(error).code
}

/// Holds the Committer after its first commit until `waiting` more requests are queued.
struct Gate {
    open: StdMutex<bool>,
    bell: Condvar,
    largest: StdMutex<usize>,
}

impl Observer for Gate {
    fn committed(&self, report: &CommitReport) {
        let mut largest = self.largest.lock().unwrap();
        *largest = (*largest).max(report.requests);
        drop(largest);
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.bell.wait(open).unwrap();
        }
    }

    fn refused(&self, _error: &PgError) {}
}

/// Commits one set, and all the others while the first keeps the Committer busy.
fn commit_together(
    fixture: &Fixture,
    gate: &Gate,
    sets: Vec<WriteSet>,
) -> Vec<Result<Csn, CommitError>> {
    let statistics = || fixture.committer.statistics();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| fixture.insert(255));
        while statistics().batches == 0 {
            std::thread::yield_now();
        }
        let count = sets.len();
        let all = sets.into_iter().map(|set| fixture.committer.commit(set));
        let all = scope.spawn(|| block_on(join_all(all)));
        while statistics().queue_requests < count + 1 {
            std::thread::yield_now();
        }
        *gate.open.lock().unwrap() = true;
        gate.bell.notify_all();
        first.join().unwrap();
        all.join().unwrap()
    })
}

fn gated(folder: &Path) -> (Fixture, Arc<Gate>) {
    let gate = Arc::new(Gate {
        open: StdMutex::new(false),
        bell: Condvar::new(),
        largest: StdMutex::new(0),
    });
    let options = CommitterOptions { observer: Some(gate.clone()), ..CommitterOptions::default() };
    (Fixture::with(folder, StoreOptions::default(), options), gate)
}

#[test]
fn many_clients_share_one_sync() {
    let folder = tempfile::tempdir().unwrap();
    let (fixture, gate) = gated(folder.path());
    let sets = (0..50).map(|value| rows([insert(fixture.store.allocate_rows(1), value)])).collect();
    let mut csns: Vec<_> =
        commit_together(&fixture, &gate, sets).into_iter().map(Result::unwrap).collect();
    assert_eq!(*gate.largest.lock().unwrap(), 50);
    assert_eq!(fixture.committer.statistics().batches, 2);
    csns.dedup();
    assert_eq!(csns.len(), 50, "each write set has a csn of its own");
    assert_eq!(*fixture.committer.published().borrow(), *csns.last().unwrap());
}

#[test]
fn one_clients_failure_leaves_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let (fixture, gate) = gated(folder.path());
    let new = |value| insert(fixture.store.allocate_rows(1), value);
    let sets = vec![
        rows([new(1)]),
        rows([new(2), new(1)]),
        rows([new(3), new(3)]),
        rows([new(4)]),
        rows([update(RowId(9999), Csn(1), 0, 9)]),
    ];
    let mut outcomes = commit_together(&fixture, &gate, sets);
    assert_eq!(code(outcomes.pop().unwrap().unwrap_err()), sqlstate::SERIALIZATION_FAILURE);
    assert!(outcomes[0].is_ok() && outcomes[3].is_ok());
    for outcome in &outcomes[1..3] {
        assert!(matches!(outcome, Err(CommitError::Unique { index: INDEX, .. })));
    }
    assert_eq!(values(&fixture.store.snapshot().unwrap()), [1, 4, 255]);
}

#[test]
fn a_row_that_changed_since_it_was_read_is_a_serialization_failure() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    let (row, read) = fixture.insert(1);
    let csn = fixture.commit(rows([update(row, read, 1, 2)])).unwrap();
    let error = PgError::from(fixture.commit(rows([update(row, read, 1, 3)])).unwrap_err());
    assert_eq!(error.message, "could not serialize access due to concurrent update");
    let old = WriteSet { snapshot: Some(read), ..rows([delete(row, csn, 2)]) };
    assert_eq!(code(fixture.commit(old).unwrap_err()), sqlstate::SERIALIZATION_FAILURE);
    fixture.commit(rows([delete(row, csn, 2)])).unwrap();
    let error = PgError::from(fixture.commit(rows([delete(row, csn, 2)])).unwrap_err());
    assert_eq!(error.message, "could not serialize access due to concurrent delete");
}

#[test]
fn unique_keys_may_trade_places_within_a_write_set() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    let ((a, at_a), (b, at_b)) = (fixture.insert(1), fixture.insert(2));
    fixture.commit(rows([update(a, at_a, 1, 2), update(b, at_b, 2, 1)])).unwrap();
    assert_eq!(values(&fixture.store.snapshot().unwrap()), [2, 1]);
    assert_eq!(entries(&fixture.store.snapshot().unwrap()), [b, a]);
}

#[test]
fn a_pin_sees_rows_that_were_overwritten_and_deleted_since() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    fixture.create_table();
    let ((a, at_a), (b, at_b)) = (fixture.insert(1), fixture.insert(2));
    let (pin, first) = fixture.store.pin().unwrap();
    assert!(!first.is_historic());
    let statistics = fixture.store.statistics();
    assert_eq!((statistics.pins, statistics.readers), (1, 1));
    assert!(statistics.live_bytes > 0 && statistics.live_bytes <= statistics.file_bytes);
    let at_a = fixture.commit(rows([update(a, at_a, 1, 3)])).unwrap();
    fixture.commit(rows([update(a, at_a, 3, 4), delete(b, at_b, 2)])).unwrap();
    fixture.insert(5);
    assert_eq!(values(&fixture.store.snapshot().unwrap()), [4, 5]);
    let pinned = fixture.store.snapshot_at(&pin).unwrap();
    assert!(pinned.is_historic() && pinned.table_changed_since(TABLE, pin.csn()).unwrap());
    assert_eq!(values(&pinned), [1, 2]);
    assert_eq!(pinned.row(TABLE, b).unwrap().unwrap().bytes, [2]);
    assert_eq!(pinned.row(TABLE, a).unwrap().unwrap().bytes, [1]);
    let after: Vec<_> = pinned.scan(TABLE, Some(a)).unwrap().map(|row| row.unwrap().0).collect();
    assert_eq!(after, [b]);
}

#[test]
fn a_stage_is_seen_at_once_or_never() {
    let folder = tempfile::tempdir().unwrap();
    let staged = |fixture: &Fixture, values: std::ops::Range<u8>| {
        let mut stage = fixture.committer.stage();
        for value in values {
            let row = fixture.store.allocate_rows(1);
            block_on(stage.push(vec![insert(row, value)])).unwrap();
        }
        // Slices that are on their way together may share a transaction.
        block_on(stage.settle()).unwrap();
        stage
    };
    {
        let fixture = Fixture::fast(folder.path());
        fixture.create_table();
        let stage = staged(&fixture, 0..5);
        fixture.insert(100);
        assert_eq!(values(&fixture.store.snapshot().unwrap()), [100]);
        let duplicate = rows([insert(fixture.store.allocate_rows(1), 3)]);
        assert_eq!(code(fixture.commit(duplicate).unwrap_err()), sqlstate::UNIQUE_VIOLATION);
        let csn =
            block_on(stage.publish(rows([insert(fixture.store.allocate_rows(1), 6)]))).unwrap();
        let snapshot = fixture.store.snapshot().unwrap();
        assert_eq!(values(&snapshot), [0, 1, 2, 3, 4, 100, 6]);
        assert_eq!(snapshot.row_count(TABLE).unwrap(), 7);
        assert!(snapshot.scan(TABLE, None).unwrap().take(5).all(|row| row.unwrap().1.csn == csn));
        let kinds: Vec<_> =
            snapshot.changes(Csn(csn.0 - 1)).unwrap().map(|change| change.unwrap().kind).collect();
        assert!(matches!(kinds[0], ChangeKind::PutRange { count: 5, .. }));
        // An abandoned stage goes away in the background, and its keys are free.
        drop(staged(&fixture, 20..25));
        fixture.settle(|snapshot| entries(snapshot).len() == 7);
        fixture.insert(20);
        let lost = staged(&fixture, 30..35);
        assert_eq!(entries(&fixture.store.snapshot().unwrap()).len(), 13);
        // As a crash would leave it: the Committer ends while the stage is open.
        fixture.committer.stop();
        drop(fixture);
        drop(lost);
    }
    let fixture = Fixture::fast(folder.path());
    assert_eq!(values(&fixture.store.snapshot().unwrap()), [0, 1, 2, 3, 4, 100, 6, 20]);
    fixture.insert(30);
    fixture.settle(|snapshot| entries(snapshot).len() == 9);
}

#[test]
fn a_new_index_is_filled_by_a_stage() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    fixture.create_table();
    let ((a, _), (b, _)) = (fixture.insert(1), fixture.insert(2));
    let new = Oid(20_102);
    let fill = |row, value: u8| RowOp::IndexOnly {
        table: TABLE,
        row,
        key: IndexEntry { index: new, key: vec![value], kind: EntryKind::Unique },
    };
    let filled = |snapshot: &Snapshot| -> Vec<RowId> {
        let range = snapshot.index_range(new, Bound::Unbounded, Bound::Unbounded, true).unwrap();
        range.map(Result::unwrap).collect()
    };
    let mut stage = fixture.committer.stage();
    block_on(stage.push(vec![fill(a, 9)])).unwrap();
    block_on(stage.push(vec![fill(b, 9)])).unwrap();
    let error = block_on(stage.settle()).unwrap_err();
    assert!(matches!(error, CommitError::Unique { index, row, existing, .. }
        if (index, row, existing) == (new, b, a)));
    assert!(block_on(stage.publish(WriteSet::default())).is_err());
    fixture.settle(|snapshot| filled(snapshot).is_empty());
    let mut stage = fixture.committer.stage();
    block_on(stage.push(vec![fill(a, 8), fill(b, 9)])).unwrap();
    block_on(stage.settle()).unwrap();
    let snapshot = fixture.store.snapshot().unwrap();
    let mut index = Index::clone(snapshot.catalog().index(INDEX).unwrap());
    (index.oid, index.name) = (new, "t_new".into());
    let put = vec![CatalogChange::Put(Object::Index(Arc::new(index)))];
    block_on(stage.publish(WriteSet { catalog: put, ..WriteSet::default() })).unwrap();
    let snapshot = fixture.store.snapshot().unwrap();
    assert_eq!(filled(&snapshot), [b, a]);
    assert!(snapshot.catalog().index(new).is_some() && snapshot.state.stages.is_empty());
}

#[test]
fn truncate_and_drop_delete_in_the_background_and_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let new = {
        let fixture = Fixture::fast(folder.path());
        fixture.create_table();
        for value in 0..100 {
            fixture.insert(value);
        }
        let new = fixture.store.allocate_rows(1);
        fixture.commit(rows([insert(new, 3), RowOp::Truncate { table: TABLE }])).unwrap();
        let snapshot = fixture.store.snapshot().unwrap();
        assert_eq!(values(&snapshot), [3]);
        assert_eq!(snapshot.row_count(TABLE).unwrap(), 1);
        new
    };
    let fixture = Fixture::fast(folder.path());
    fixture.settle(|snapshot| entries(snapshot) == [new]);
    fixture.settle(|snapshot| snapshot.state.horizons.is_empty());
    assert_eq!(values(&fixture.store.snapshot().unwrap()), [3]);
    let drop_all = vec![CatalogChange::Drop(INDEX), CatalogChange::Drop(TABLE)];
    fixture.commit(WriteSet { catalog: drop_all, ..WriteSet::default() }).unwrap();
    fixture.settle(|snapshot| entries(snapshot).is_empty() && values(snapshot).is_empty());
    let snapshot = fixture.store.snapshot().unwrap();
    assert!(snapshot.catalog().table(TABLE).is_none());
    assert_eq!(snapshot.row_count(TABLE).unwrap(), 0);
}

#[test]
fn the_change_log_and_the_manifest_follow_their_write_sets() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    let (_, first) = fixture.insert(1);
    let (_, second) = fixture.insert(2);
    let entry = ManifestEntry {
        owner: INDEX,
        segment: 1,
        watermark: first,
        rows: 1,
        files: Vec::new(),
        extra: vec![1, 2],
    };
    let set = WriteSet {
        manifest: vec![ManifestChange::Put(entry.clone())],
        prune: Some(first),
        ..WriteSet::default()
    };
    assert_eq!(fixture.commit(set).unwrap(), second, "no csn of its own");
    let count = |snapshot: &Snapshot| snapshot.changes(Csn(0)).unwrap().count();
    fixture.settle(|snapshot| count(snapshot) == 1);
    let snapshot = fixture.store.snapshot().unwrap();
    assert_eq!((snapshot.pruned(), snapshot.manifest().unwrap()), (first, vec![entry]));
    let remove = ManifestChange::Remove { owner: INDEX, segment: 1 };
    fixture.commit(WriteSet { manifest: vec![remove], ..WriteSet::default() }).unwrap();
    assert!(fixture.store.snapshot().unwrap().manifest().unwrap().is_empty());
}

#[test]
fn a_name_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    fixture.create_table();
    let snapshot = fixture.store.snapshot().unwrap();
    let mut other = Table::clone(snapshot.catalog().table(TABLE).unwrap());
    other.oid = Oid(20_200);
    let put = vec![CatalogChange::Put(Object::Table(Arc::new(other)))];
    let error = fixture.commit(WriteSet { catalog: put, ..WriteSet::default() }).unwrap_err();
    assert_eq!(code(error), sqlstate::UNIQUE_VIOLATION);
}

#[test]
fn snapshots_and_scans_move_between_threads() {
    fn sent<T: Send>(_: &T) {}
    fn shared<T: Sync>(_: &T) {}
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    let count: u64 = 200;
    let first = fixture.store.allocate_rows(count);
    let ops = (0..count).map(|n| insert(RowId(first.0 + n), n as u8));
    fixture.commit(rows(ops)).unwrap();
    let snapshot = Arc::new(fixture.store.snapshot().unwrap());
    shared(&*snapshot);
    sent(&snapshot.scan(TABLE, None).unwrap());
    sent(&snapshot.index_range(INDEX, Bound::Unbounded, Bound::Unbounded, true).unwrap());
    let started = snapshot.csn();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let snapshot = snapshot.clone();
            scope.spawn(move || {
                for _ in 0..50 {
                    assert_eq!(values(&snapshot).len() as u64, count);
                    assert_eq!(entries(&snapshot).len() as u64, count);
                    assert_eq!(snapshot.row(TABLE, first).unwrap().unwrap().bytes, [0]);
                }
            });
        }
        for n in 0..20 {
            fixture.insert(200 + n);
        }
    });
    assert_eq!(snapshot.csn(), started);
}

fn sequence() -> Sequence {
    Sequence {
        oid: Oid(20_300),
        schema: PUBLIC,
        name: "s".into(),
        owner: SUPERUSER,
        ty: Oid(20),
        start: 5,
        increment: 1,
        min: 1,
        max: i64::MAX,
        cache: 1,
        cycle: false,
        owned_by: None,
    }
}

#[test]
fn a_sequence_never_gives_a_value_twice() {
    let folder = tempfile::tempdir().unwrap();
    let next = |fixture: &Fixture, count: usize| -> Vec<i64> {
        let sequences = Sequences::new(fixture.store.clone(), fixture.committer.clone());
        (0..count).map(|_| block_on(sequences.next(&sequence())).unwrap()).collect()
    };
    let before = {
        let fixture = Fixture::fast(folder.path());
        let values = next(&fixture, 100);
        assert!(fixture.committer.statistics().requests < 10);
        values
    };
    assert_eq!(before, (5..105).collect::<Vec<_>>());
    let fixture = Fixture::fast(folder.path());
    assert!(next(&fixture, 1)[0] > 104);
    let sequences = Sequences::new(fixture.store.clone(), fixture.committer.clone());
    block_on(sequences.set(&sequence(), 42, false)).unwrap();
    assert_eq!(block_on(sequences.next(&sequence())).unwrap(), 42);
    assert_eq!(block_on(sequences.current(&sequence())).unwrap().last_value, 42);
    block_on(sequences.flush()).unwrap();
    assert_eq!(block_on(sequences.next(&sequence())).unwrap(), 43);
    assert!(block_on(sequences.set(&sequence(), 0, true)).is_err());
}

#[test]
fn pressure_stops_those_who_add_rows_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    let (row, csn) = fixture.insert(1);
    let more = || rows([insert(fixture.store.allocate_rows(1), 2)]);
    fixture.committer.set_pressure(Pressure::Refuse);
    let error = fixture.commit(more()).unwrap_err();
    assert_eq!(code(error), sqlstate::CONFIGURATION_LIMIT_EXCEEDED);
    fixture.committer.set_pressure(Pressure::Wait);
    let mut waiting = Box::pin(fixture.committer.commit(more()));
    assert!(block_on(async { futures::poll!(waiting.as_mut()) }).is_pending());
    fixture.commit(rows([delete(row, csn, 1)])).unwrap();
    fixture.committer.set_pressure(Pressure::None);
    block_on(waiting).unwrap();
    assert_eq!(values(&fixture.store.snapshot().unwrap()), [2]);
}

#[test]
fn a_stopped_committer_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    fixture.committer.stop();
    let late = rows([insert(fixture.store.allocate_rows(1), 1)]);
    assert_eq!(code(fixture.commit(late).unwrap_err()), sqlstate::ADMIN_SHUTDOWN);
}
