//! Every operator class and both methods, against an exact scan.

use super::fixture::*;
use crate::{
    base::{Oid, RowId},
    index::{Hit, Strategy},
};

const CLASSES: &[&str] = &[
    "vector_l2_ops",
    "vector_ip_ops",
    "vector_cosine_ops",
    "vector_l1_ops",
    "halfvec_l2_ops",
    "halfvec_ip_ops",
    "halfvec_cosine_ops",
    "halfvec_l1_ops",
    "sparsevec_l2_ops",
    "sparsevec_ip_ops",
    "sparsevec_cosine_ops",
    "sparsevec_l1_ops",
    "bit_hamming_ops",
    "bit_jaccard_ops",
];

const LIST_CLASSES: &[&str] = &[
    "vector_l2_ops",
    "vector_ip_ops",
    "vector_cosine_ops",
    "halfvec_l2_ops",
    "halfvec_ip_ops",
    "halfvec_cosine_ops",
    "bit_hamming_ops",
];

/// Rows around centres, as embeddings lie; one in ten without a vector.
fn clustered(fixture: &mut Fixture, count: usize) -> Vec<Row> {
    let centres: Vec<Vec<f32>> = (0..40).map(|_| fixture.vector()).collect();
    (0..count)
        .map(|at| {
            let noise = fixture.vector();
            let centre = &centres[fixture.number(centres.len())];
            let vector = centre.iter().zip(noise).map(|(c, n)| c + n * 0.3).collect();
            let vector = (fixture.number(10) > 0).then_some(vector);
            Row { category: at as i32 % 100, words: None, vector }
        })
        .collect()
}

fn built(opclass: &'static str, index: Oid) -> Fixture {
    let mut fixture = Fixture::new(32, opclass, &[index]);
    let rows = clustered(&mut fixture, 3000);
    fixture.insert(rows);
    fixture.build();
    fixture
}

/// Hits that are no farther than the last of the exact answer: equal distances are many among bits.
fn right(hits: &[Hit], expected: &[(RowId, f32)]) -> usize {
    let last = expected.last().map_or(f64::NEG_INFINITY, |(_, distance)| f64::from(*distance));
    hits.iter().filter(|hit| hit.score <= last + 1e-4).count()
}

/// Of the ten nearest to twenty rows, how many of all 200 are found, and in which ways.
fn recall(fixture: &Fixture, ask: Ask<'_>) -> (usize, Vec<Strategy>) {
    let (mut found, mut ways) = (0, Vec::new());
    let vectors = fixture.rows.values().filter_map(|row| row.vector.as_ref());
    for vector in vectors.step_by(100).take(20) {
        let ask = Ask { vector, ..ask };
        let answer = fixture.nearest(ask);
        assert_eq!(answer.hits.len(), ask.limit);
        found += right(&answer.hits, &oracle(&fixture.rows, fixture.opclass, ask));
        ways.push(answer.effort.strategy);
    }
    ways.sort();
    ways.dedup();
    (found, ways)
}

#[test]
fn a_graph_of_every_class_finds_what_the_exact_scan_finds() {
    for opclass in CLASSES {
        let fixture = built(opclass, HNSW);
        let (found, ways) = recall(&fixture, Ask::of(&[], 10));
        assert_eq!(ways, [Strategy::Graph], "{opclass}");
        assert!(found >= 186, "recall of {opclass}: {found} of 200");
    }
}

#[test]
fn lists_find_more_the_more_of_them_are_looked_into() {
    for opclass in LIST_CLASSES {
        let fixture = built(opclass, IVFFLAT);
        let ask = |probes| Ask { index: IVFFLAT, probes, ..Ask::of(&[], 10) };
        let (few, ways) = recall(&fixture, ask(1));
        assert_eq!(ways, [Strategy::Lists], "{opclass}");
        let (most, _) = recall(&fixture, ask(6));
        // Every list: measured one after the other.
        let (all, ways) = recall(&fixture, ask(16));
        assert_eq!((all, ways), (200, vec![Strategy::ExactScan]), "{opclass}");
        assert!(few >= 60 && few <= most && most >= 180, "{opclass}: {few}, {most} of 200");
    }
}

#[test]
fn every_class_is_exact_in_the_tail_under_filters_and_after_changes() {
    let classes = CLASSES.iter().map(|class| (*class, HNSW));
    for (opclass, index) in classes.chain(LIST_CLASSES.iter().map(|class| (*class, IVFFLAT))) {
        let mut fixture = Fixture::new(DIM, opclass, &[index]);
        let rows = fixture.random_rows(120);
        let ids = fixture.insert(rows);
        for round in 0..4 {
            let vector = fixture.vector();
            for category in [None, Some(1)] {
                let ask = Ask { index, category, ..Ask::of(&vector, 200) };
                let answer = fixture.nearest(ask);
                assert_nearest(&answer.hits, &oracle(&fixture.rows, opclass, ask));
            }
            match round {
                0 => fixture.build(),
                1 => {
                    ids.iter().step_by(3).for_each(|id| fixture.delete(*id));
                    let row = fixture.row();
                    fixture.update(ids[1], row);
                    let rows = fixture.random_rows(60);
                    fixture.insert(rows);
                }
                _ => {
                    fixture.build();
                    fixture.reopen();
                }
            }
        }
        assert_eq!(fixture.scans(), 0, "{opclass}");
    }
}

#[test]
fn a_filtered_search_of_lists_goes_on_until_it_has_enough() {
    let mut fixture = Fixture::new(32, "vector_l2_ops", &[IVFFLAT]);
    let mut rows = clustered(&mut fixture, 6000);
    for (at, row) in rows.iter_mut().enumerate() {
        row.category = (at % 3) as i32;
    }
    fixture.insert(rows);
    fixture.build();
    let vector = fixture.vector();
    let ask = Ask { index: IVFFLAT, category: Some(1), ..Ask::of(&vector, 400) };
    let answer = fixture.nearest(ask);
    assert_eq!(answer.effort.strategy, Strategy::Lists, "{}", answer.effort);
    assert!(answer.effort.probes > 1 && answer.effort.refilled, "{}", answer.effort);
    assert_eq!(answer.hits.len(), 400);
    assert!(answer.hits.iter().all(|hit| fixture.rows[&hit.row].category == 1));
}

#[test]
fn cells_take_the_bytes_of_their_type() {
    for (opclass, index, bytes) in [
        ("vector_l2_ops", IVFFLAT, 32 * 4),
        ("halfvec_l2_ops", HNSW, 32 * 2),
        ("bit_hamming_ops", HNSW, 8),
    ] {
        let fixture = built(opclass, index);
        let vectors = fixture.rows.values().filter(|row| row.vector.is_some()).count();
        let mut found = 0;
        for segment in std::fs::read_dir(fixture.segments().join(TABLE.to_string())).unwrap() {
            let cells = segment.unwrap().path().join(format!("v{index}.cells"));
            found += std::fs::metadata(cells).map_or(0, |file| file.len());
        }
        assert_eq!(found as usize, vectors * bytes, "{opclass}");
    }
}
