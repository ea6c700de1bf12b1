use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::{fixture::*, text};
use crate::{
    base::RowId,
    storage::Snapshot,
    types::{Datum, oid, row::Row as Stored},
};

const L2: &str = "vector_l2_ops";

/// The table's rows, read from the snapshot itself.
fn rows_of(snapshot: &Snapshot) -> BTreeMap<RowId, Row> {
    let decode = |bytes: &[u8]| {
        let stored = Stored::new(bytes).unwrap();
        Row {
            category: stored.datum(0, oid::INT4).unwrap().as_i64() as i32,
            words: match stored.datum(1, oid::TEXT).unwrap() {
                Datum::Null => None,
                words => Some(words.as_str().to_owned()),
            },
            vector: match stored.datum(2, oid::VECTOR).unwrap() {
                Datum::Vector(vector) => Some(vector.to_vec()),
                _ => None,
            },
        }
    };
    let rows = snapshot.scan(TABLE, None).unwrap().map(Result::unwrap);
    rows.map(|(id, stored)| (id, decode(stored.bytes))).collect()
}

#[test]
fn searches_are_exact_while_rows_change_and_segments_are_swapped() {
    let mut fixture = Fixture::new(DIM, L2, &[HNSW, GIN]);
    let first = fixture.random_rows(150);
    fixture.insert(first);
    let questions: Vec<Vec<f32>> = (0..8).map(|_| fixture.vector()).collect();
    let (indexes, store) = (fixture.indexes.clone(), fixture.store.clone());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                indexes.inner.urgent.lock().insert(TABLE);
                indexes.maintain().unwrap();
            }
        });
        for reader in 0..2 {
            let (indexes, store, questions, done) = (&indexes, &store, &questions, &done);
            scope.spawn(move || {
                let mut round = reader;
                while !done.load(Ordering::Relaxed) {
                    let snapshot = store.snapshot().unwrap();
                    let rows = rows_of(&snapshot);
                    // Searched twice, so that the second time the state may be ahead.
                    for _ in 0..2 {
                        let ask = Ask::of(&questions[round % questions.len()], 12);
                        let hits = nearest_in(indexes, &snapshot, L2, ask).hits;
                        assert_nearest(&hits, &oracle(&rows, L2, ask));
                        let query = ["ant | be:*", "cat & !dog", "ant <-> bee"][round % 3];
                        let found = matching_in(indexes, &snapshot, Find::of(query, None));
                        let expected = text::expected(&rows, &rows, query);
                        text::assert_found(&found.hits, &expected, query);
                        round += 1;
                    }
                }
            });
        }
        for _ in 0..150 {
            let count = fixture.number(20);
            let rows = fixture.random_rows(count + 1);
            fixture.insert(rows);
            for _ in 0..4 {
                let ids: Vec<RowId> = fixture.rows.keys().copied().collect();
                let id = ids[fixture.number(ids.len())];
                if fixture.number(2) == 0 {
                    fixture.delete(id);
                } else {
                    let row = fixture.row();
                    fixture.update(id, row);
                }
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    let statistics = fixture.indexes.statistics().unwrap();
    assert_eq!((statistics.stale_hits, statistics.table_scans), (0, 0), "{statistics:?}");
    assert!(statistics.seals + statistics.merges > 3, "{statistics:?}");
}
