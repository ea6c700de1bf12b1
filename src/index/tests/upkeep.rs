use std::fs;

use super::fixture::*;
use crate::index::Strategy;

const L2: &str = "vector_l2_ops";

fn check(fixture: &mut Fixture) {
    let vector = fixture.vector();
    let ask = Ask::of(&vector, 20);
    assert_nearest(&fixture.nearest(ask).hits, &oracle(&fixture.rows, L2, ask));
}

#[test]
fn a_reopened_index_answers_without_rebuilding() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW, GIN]);
    for _ in 0..4 {
        let rows = fixture.random_rows(60);
        let ids = fixture.insert(rows);
        fixture.build();
        fixture.delete(ids[1]);
        let row = fixture.row();
        fixture.update(ids[2], row);
    }
    let sealed = |fixture: &Fixture| fixture.indexes.statistics().unwrap().indexes[0].sealed_rows;
    let before = sealed(&fixture);
    fixture.reopen();
    check(&mut fixture);
    assert_eq!((sealed(&fixture), fixture.scans()), (before, 0));
    assert_eq!(fixture.indexes.statistics().unwrap().seals, 0);
}

#[test]
fn a_corrupt_file_is_set_aside_and_its_rows_are_sealed_again() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW, GIN]);
    let rows = fixture.random_rows(100);
    fixture.insert(rows);
    fixture.build();
    let segment = fs::read_dir(fixture.segments().join(TABLE.to_string()))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let graph = segment.join(format!("v{HNSW}.faiss"));
    let mut bytes = fs::read(&graph).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&graph, bytes).unwrap();
    for _ in 0..2 {
        // Also after a second crash before it was sealed again.
        fixture.reopen();
        check(&mut fixture);
    }
    let statistics = fixture.indexes.statistics().unwrap();
    assert_eq!(statistics.segments_quarantined, 1);
    assert!(!segment.exists() && fixture.segments().join("quarantine").exists());
    fixture.build();
    check(&mut fixture);
    let manifest = fixture.store.snapshot().unwrap().manifest().unwrap();
    assert_eq!(manifest.len(), 1);
    fixture.reopen();
    check(&mut fixture);
    assert_eq!(fixture.indexes.statistics().unwrap().segments_quarantined, 0);
}

#[test]
fn leftovers_of_a_crash_are_swept() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW]);
    let rows = fixture.random_rows(60);
    fixture.insert(rows);
    fixture.build();
    let folder = fixture.segments().join(TABLE.to_string());
    for name in ["77", "78.tmp"] {
        fs::create_dir_all(folder.join(name)).unwrap();
        fs::write(folder.join(name).join("rows.bin"), "torn").unwrap();
    }
    fixture.reopen();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    check(&mut fixture);
}

#[test]
fn truncate_empties_the_index_and_its_folder() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW]);
    let rows = fixture.random_rows(80);
    fixture.insert(rows);
    fixture.build();
    let (old, before) = (fixture.store.snapshot().unwrap(), fixture.rows.clone());
    fixture.truncate();
    check(&mut fixture);
    let rows = fixture.random_rows(10);
    fixture.insert(rows);
    check(&mut fixture);
    let vector = fixture.vector();
    let ask = Ask::of(&vector, 5);
    assert_nearest(&fixture.nearest_in(&old, ask).hits, &oracle(&before, L2, ask));
    drop(old);
    fixture.build();
    check(&mut fixture);
    fixture.reopen();
    check(&mut fixture);
    let sealed = &fixture.indexes.statistics().unwrap().indexes[0];
    assert!(sealed.sealed_rows <= 10, "{sealed:?}");
}

#[test]
fn an_index_made_later_is_built_beside_the_others() {
    let mut fixture = Fixture::new(DIM, L2, &[GIN]);
    let rows = fixture.random_rows(120);
    let ids = fixture.insert(rows);
    fixture.build();
    fixture.delete(ids[7]);
    fixture.define(&[GIN, HNSW]);
    // Not built yet: answered from the table.
    check(&mut fixture);
    assert_eq!(fixture.scans(), 1);
    fixture.build();
    check(&mut fixture);
    assert_eq!(fixture.scans(), 1);
    let hits = fixture.matching(Find::of("ant", None)).hits;
    let expected = super::text::expected(&fixture.rows, &fixture.rows, "ant");
    super::text::assert_found(&hits, &expected, "ant");
}

#[test]
fn a_dropped_index_takes_its_segments_along() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW]);
    let rows = fixture.random_rows(60);
    fixture.insert(rows);
    fixture.build();
    assert_eq!(fixture.store.snapshot().unwrap().manifest().unwrap().len(), 1);
    fixture.define(&[]);
    fixture.build();
    assert!(fixture.store.snapshot().unwrap().manifest().unwrap().is_empty());
    assert!(!fixture.segments().join(TABLE.to_string()).join("1").exists());
}

#[test]
fn a_table_too_large_for_the_tail_is_scanned_until_it_is_built() {
    let mut fixture = Fixture::new(DIM, L2, &[]);
    let rows = fixture.random_rows(500);
    fixture.insert(rows);
    fixture.define(&[HNSW]);
    check(&mut fixture);
    assert_eq!(fixture.scans(), 1);
    fixture.build();
    check(&mut fixture);
    assert_eq!(fixture.scans(), 1);
    let vector = fixture.vector();
    let answer = fixture.nearest(Ask::of(&vector, 3));
    assert_eq!((answer.effort.strategy, answer.effort.tail), (Strategy::ExactScan, 0));
}

#[test]
fn segments_stay_few_and_dead_rows_leave() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW, GIN]);
    for _ in 0..12 {
        let rows = fixture.random_rows(60);
        fixture.insert(rows);
        fixture.build();
    }
    let statistics = fixture.indexes.statistics().unwrap();
    assert!(statistics.indexes[0].segments <= 4, "{statistics:?}");
    assert!(statistics.merges > 0);
    let ids: Vec<_> = fixture.rows.keys().copied().collect();
    for id in ids.iter().take(400) {
        fixture.delete(*id);
    }
    fixture.build();
    check(&mut fixture);
    let statistics = fixture.indexes.statistics().unwrap();
    assert!(statistics.indexes[0].dead_rows <= 80, "{statistics:?}");
    // The log behind the segments is let go of.
    for _ in 0..300 {
        let row = fixture.row();
        fixture.insert(vec![row]);
    }
    fixture.build();
    assert!(fixture.store.snapshot().unwrap().pruned().0 > 0);
    fixture.reopen();
    check(&mut fixture);
    assert_eq!(fixture.scans(), 0);
}
