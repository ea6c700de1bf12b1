//! What survives: a reopen, kill -9, a full disk, a full map, another folder.

use super::*;

#[test]
fn reopen_keeps_acknowledged_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (row, csn) = {
        let fixture = Fixture::open(folder.path());
        fixture.create_table();
        fixture.insert(7)
    };
    let fixture = Fixture::open(folder.path());
    let snapshot = fixture.store.snapshot().unwrap();
    let stored = snapshot.row(TABLE, row).unwrap().unwrap();
    assert_eq!((stored.csn, stored.bytes), (csn, &[7][..]));
    assert_eq!(snapshot.csn(), csn);
    assert_eq!(snapshot.row_count(TABLE).unwrap(), 1);
    assert_eq!(snapshot.catalog().table(TABLE).unwrap().name, "t");
    assert!(fixture.store.allocate_rows(1) > row);
    let changes: Vec<_> = snapshot.changes(Csn(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].csn, changes[0].kind), (csn, ChangeKind::Put(row)));
}

#[test]
fn with_little_disk_left_inserts_are_refused_and_deletions_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::fast(folder.path());
    let (row, csn) = fixture.insert(1);
    fixture.store.set_disk_reserve(u64::MAX);
    let more = rows([insert(fixture.store.allocate_rows(1), 2)]);
    assert_eq!(code(fixture.commit(more.clone()).unwrap_err()), sqlstate::DISK_FULL);
    fixture.commit(rows([delete(row, csn, 1)])).unwrap();
    fixture.store.set_disk_reserve(0);
    fixture.commit(more).unwrap();
}

#[test]
fn a_full_map_refuses_inserts_until_rows_are_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        map_bytes: 16 << 20,
        durability: Durability::Relaxed,
        ..StoreOptions::default()
    };
    let fixture = Fixture::with(folder.path(), options, CommitterOptions::default());
    let big = |row| RowOp::Insert { table: TABLE, row, bytes: vec![7; 100_000], keys: Vec::new() };
    let mut written = Vec::new();
    let error = loop {
        let row = fixture.store.allocate_rows(1);
        match fixture.commit(rows([big(row)])) {
            Ok(csn) => written.push((row, csn)),
            Err(error) => break error,
        }
    };
    assert_eq!(code(error), sqlstate::DISK_FULL);
    assert!(written.len() > 100);
    for (row, expected) in written.split_off(10) {
        let gone = RowOp::Delete { table: TABLE, row, expected, removed: Vec::new() };
        fixture.commit(rows([gone])).unwrap();
    }
    fixture.commit(rows([big(fixture.store.allocate_rows(1))])).unwrap();
    assert_eq!(fixture.store.snapshot().unwrap().row_count(TABLE).unwrap(), 11);
}

#[test]
fn a_folder_has_one_user_and_no_newer_format() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
    let error = Store::open(folder.path(), StoreOptions::default()).err().unwrap();
    assert_eq!(error.code, sqlstate::OBJECT_IN_USE);
    assert!(error.message.starts_with("another fathom process uses this folder"));
    let mut writer = Writer::begin(&store).unwrap();
    writer.set_format(crate::storage::FORMAT + 1).unwrap();
    assert!(writer.commit().is_ok());
    drop(store);
    let error = Store::open(folder.path(), StoreOptions::default()).err().unwrap();
    assert_eq!(error.code, sqlstate::CONFIG_FILE_ERROR);
}

#[test]
fn a_backup_restores_into_an_empty_folder_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let fixture = Fixture::fast(&path("live"));
    fixture.create_table();
    let (_, csn) = fixture.insert(7);
    let backup = fixture.store.backup(&path("backup")).unwrap();
    assert_eq!(backup.csn, csn);
    fixture.insert(8);
    let error = fixture.store.backup(&path("backup")).unwrap_err();
    assert_eq!(error.code, sqlstate::OBJECT_IN_USE);
    assert_eq!(Store::restore(&path("backup"), &path("restored")).unwrap(), backup);
    assert!(Store::restore(&path("backup"), &path("live")).is_err());
    let restored = Fixture::fast(&path("restored"));
    assert_eq!(values(&restored.store.snapshot().unwrap()), [7]);
    restored.insert(9);
    let mut bytes = std::fs::read(path("backup").join("data.mdb")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(path("backup").join("data.mdb"), bytes).unwrap();
    let error = Store::restore(&path("backup"), &path("other")).unwrap_err();
    assert_eq!(error.code, sqlstate::DATA_CORRUPTED);
}

/// The folder in which a child process commits until it is killed.
const CRASH_FOLDER: &str = "FATHOM_TEST_CRASH_FOLDER";

#[test]
fn what_was_acknowledged_survives_kill_9() {
    use std::io::BufRead;
    if let Ok(folder) = std::env::var(CRASH_FOLDER) {
        let fixture = Fixture::open(Path::new(&folder));
        loop {
            let row = fixture.store.allocate_rows(1);
            let set = rows([insert(row, 0)].map(|op| match op {
                RowOp::Insert { table, row, bytes, .. } => {
                    RowOp::Insert { table, row, bytes, keys: Vec::new() }
                }
                other => other,
            }));
            fixture.commit(set).unwrap();
            println!("acknowledged {row}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for _ in 0..2 {
        let test = "what_was_acknowledged_survives_kill_9";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--nocapture", "--test-threads=1"])
            .env(CRASH_FOLDER, folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            if let Some(row) = line.split("acknowledged ").nth(1) {
                acknowledged.push(RowId(row.parse().unwrap()));
                seen += 1;
            }
            if seen == 20 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
    }
    assert!(acknowledged.len() >= 40);
    let fixture = Fixture::open(folder.path());
    let snapshot = fixture.store.snapshot().unwrap();
    for row in &acknowledged {
        assert!(snapshot.row(TABLE, *row).unwrap().is_some(), "row {row} is lost");
    }
    let count = snapshot.row_count(TABLE).unwrap();
    assert_eq!(count as usize, values(&snapshot).len());
}
