use super::fixture::*;
use crate::{
    base::RowId,
    index::{Strategy, TextSearch, UNCOMMITTED, VectorSearch},
    storage::Overlay,
    types::Datum,
};

const COSINE: &str = "vector_cosine_ops";

/// Rows around centres, as embeddings lie.
fn clustered(fixture: &mut Fixture, count: usize) -> Vec<Row> {
    let centres: Vec<Vec<f32>> = (0..40).map(|_| fixture.vector()).collect();
    (0..count)
        .map(|at| {
            let noise = fixture.vector();
            let centre = &centres[fixture.number(centres.len())];
            let vector = centre.iter().zip(noise).map(|(c, n)| c + n * 0.3).collect();
            Row { category: at as i32 % 100, words: None, vector: Some(vector) }
        })
        .collect()
}

#[test]
fn a_row_is_found_in_the_first_query_after_its_commit() {
    for opclass in [COSINE, "vector_l2_ops", "vector_ip_ops", "vector_l1_ops"] {
        let mut fixture = Fixture::new(DIM, opclass, &[HNSW]);
        for round in 0..5 {
            let rows = fixture.random_rows(7);
            fixture.insert(rows);
            let vector = fixture.vector();
            let ask = Ask::of(&vector, 10);
            assert_nearest(&fixture.nearest(ask).hits, &oracle(&fixture.rows, opclass, ask));
            if round == 2 {
                fixture.build();
            }
        }
        assert_eq!(fixture.scans(), 0);
    }
}

#[test]
fn the_graph_finds_what_the_exact_scan_finds() {
    let mut fixture = Fixture::new(32, COSINE, &[HNSW]);
    let rows = clustered(&mut fixture, 4000);
    fixture.insert(rows);
    fixture.build();
    let mut found = 0;
    for at in 0..20 {
        let vector = fixture.rows.values().nth(at * 150).unwrap().vector.clone().unwrap();
        let ask = Ask::of(&vector, 10);
        let answer = fixture.nearest(ask);
        assert_eq!(answer.effort.strategy, Strategy::Graph);
        let expected = oracle(&fixture.rows, COSINE, ask);
        let has = |hit: &&crate::index::Hit| expected.iter().any(|(row, _)| *row == hit.row);
        found += answer.hits.iter().filter(has).count();
    }
    assert!(found >= 190, "recall {found} of 200");
}

#[test]
fn a_filtered_query_returns_k_rows_whatever_the_selectivity() {
    let mut fixture = Fixture::new(32, COSINE, &[HNSW]);
    let mut rows = clustered(&mut fixture, 6000);
    // Category 200: every second row. Category 201: 15 rows. The rest: 1 % each.
    for (at, row) in rows.iter_mut().enumerate() {
        if at % 2 == 0 {
            row.category = 200;
        } else if at % 400 == 1 {
            row.category = 201;
        }
    }
    fixture.insert(rows);
    fixture.build();
    for (category, strategy) in
        [(200, Strategy::Graph), (201, Strategy::ExactGather), (7, Strategy::ExactGather)]
    {
        let vector = fixture.vector();
        let ask = Ask { category: Some(category), ..Ask::of(&vector, 10) };
        let answer = fixture.nearest(ask);
        assert_eq!(answer.effort.strategy, strategy, "{}", answer.effort);
        assert_eq!(answer.hits.len(), 10);
        assert!(answer.hits.iter().all(|hit| fixture.rows[&hit.row].category == category));
        if strategy == Strategy::ExactGather {
            assert_nearest(&answer.hits, &oracle(&fixture.rows, COSINE, ask));
        }
    }
}

#[test]
fn updates_and_deletes_of_sealed_rows_show_at_once_and_not_to_older_snapshots() {
    let mut fixture = Fixture::new(DIM, COSINE, &[HNSW]);
    let rows = fixture.random_rows(200);
    let ids = fixture.insert(rows);
    fixture.build();
    let before = fixture.rows.clone();
    let old = fixture.store.snapshot().unwrap();
    for id in ids.iter().step_by(3) {
        fixture.delete(*id);
    }
    for id in ids.iter().skip(1).step_by(3) {
        let row = fixture.row();
        fixture.update(*id, row);
    }
    let vector = fixture.vector();
    let ask = Ask::of(&vector, 50);
    let check = |fixture: &Fixture| {
        assert_nearest(&fixture.nearest(ask).hits, &oracle(&fixture.rows, COSINE, ask));
        assert_nearest(&fixture.nearest_in(&old, ask).hits, &oracle(&before, COSINE, ask));
    };
    check(&fixture);
    assert_eq!(fixture.scans(), 0);
    fixture.build();
    check(&fixture);
    assert_eq!(fixture.indexes.statistics().unwrap().stale_hits, 0);
}

#[test]
fn uncommitted_rows_are_searched_and_hide_what_they_replace() {
    let mut fixture = Fixture::new(DIM, COSINE, &[HNSW]);
    let rows = fixture.random_rows(120);
    let ids = fixture.insert(rows);
    fixture.build();
    let more = fixture.random_rows(10);
    fixture.insert(more);
    let (mut overlay, mut rows) = (Overlay::default(), fixture.rows.clone());
    for id in ids.iter().take(30) {
        overlay.delete(TABLE, *id);
        rows.remove(id);
    }
    for id in [ids[50], ids[51], fixture.next_row()] {
        let row = Row { vector: Some(fixture.vector()), ..fixture.row() };
        overlay.put(TABLE, id, row.bytes().into());
        rows.insert(id, row);
    }
    let vector = fixture.vector();
    let ask = Ask { overlay: Some(&overlay), ..Ask::of(&vector, 200) };
    let answer = fixture.nearest(ask);
    assert_nearest(&answer.hits, &oracle(&rows, COSINE, ask));
    let own = answer.hits.iter().filter(|hit| hit.csn == UNCOMMITTED);
    assert_eq!(own.count(), 3);
    overlay.truncate(TABLE);
    let ask = Ask { overlay: Some(&overlay), ..Ask::of(&vector, 200) };
    assert!(fixture.nearest(ask).hits.is_empty());
}

#[test]
fn a_zero_query_under_cosine_is_as_far_from_any_row() {
    let mut fixture = Fixture::new(DIM, COSINE, &[HNSW]);
    let mut rows = fixture.random_rows(20);
    rows[0].vector = Some(vec![0.0; DIM]);
    fixture.insert(rows);
    let answer = fixture.nearest(Ask::of(&[0.0; DIM], 5));
    assert_eq!(answer.hits.len(), 5);
    assert!(answer.hits.iter().all(|hit| hit.score.is_nan()));
    // The zero vector is in no index.
    let vector = fixture.vector();
    let hits = fixture.nearest(Ask::of(&vector, 100)).hits;
    let first: RowId = *fixture.rows.keys().next().unwrap();
    assert!(hits.iter().all(|hit| hit.row != first));
}

#[test]
fn a_query_of_another_dimension_is_refused_as_pgvector_does() {
    let mut fixture = Fixture::new(DIM, COSINE, &[HNSW]);
    let rows = fixture.random_rows(5);
    fixture.insert(rows);
    let snapshot = fixture.store.snapshot().unwrap();
    let error = fixture
        .indexes
        .vector_search(VectorSearch {
            table: &table(DIM, &[]),
            index: &index(HNSW, DIM, COSINE),
            query: &Datum::Vector([1.0; 3].into()),
            limit: 1,
            ef_search: 40,
            probes: 1,
            filter: None,
            snapshot: &snapshot,
            overlay: None,
            cancelled: &|| Ok(()),
        })
        .unwrap_err();
    assert_eq!(error.message, "different vector dimensions 8 and 3");
}

#[test]
fn a_filter_over_the_vector_itself_sees_it() {
    let mut fixture = Fixture::new(DIM, COSINE, &[HNSW, GIN]);
    let rows = fixture.random_rows(300);
    let ids = fixture.insert(rows);
    fixture.build();
    let rows = fixture.random_rows(40);
    fixture.insert(rows);
    fixture.delete(ids[9]);
    let mut rows = fixture.rows.clone();
    rows.retain(|_, row| row.vector.as_ref().is_some_and(|vector| vector[0] > 0.0));
    let snapshot = fixture.store.snapshot().unwrap();
    // From the other side, so that the nearest rows of all do not pass.
    let mut vector = fixture.vector();
    vector[0] = -5.0;
    for limit in [3, 1000] {
        let answer = fixture
            .indexes
            .vector_search(VectorSearch {
                table: &table(DIM, &[]),
                index: &index(HNSW, DIM, COSINE),
                query: &Datum::Vector(vector[..].into()),
                limit,
                ef_search: 40,
                probes: 1,
                filter: Some(&Positive),
                snapshot: &snapshot,
                overlay: None,
                cancelled: &|| Ok(()),
            })
            .unwrap();
        assert_nearest(&answer.hits, &oracle(&rows, COSINE, Ask::of(&vector, limit)));
    }
    let answer = fixture
        .indexes
        .text_search(TextSearch {
            table: &table(DIM, &[]),
            index: &index(GIN, DIM, ""),
            query: &query("ant"),
            top: None,
            scored: true,
            filter: Some(&Positive),
            snapshot: &snapshot,
            overlay: None,
            cancelled: &|| Ok(()),
        })
        .unwrap();
    let expected = super::text::expected(&rows, &fixture.rows, "ant");
    super::text::assert_found(&answer.hits, &expected, "ant");
}

#[test]
fn a_pinned_snapshot_is_answered_from_the_index() {
    let mut fixture = Fixture::new(DIM, COSINE, &[HNSW]);
    let rows = fixture.random_rows(100);
    let ids = fixture.insert(rows);
    fixture.build();
    let before = fixture.rows.clone();
    let (pin, _) = fixture.store.pin().unwrap();
    for id in ids.iter().step_by(2) {
        let row = fixture.row();
        fixture.update(*id, row);
    }
    fixture.delete(ids[1]);
    let pinned = fixture.store.snapshot_at(&pin).unwrap();
    let vector = fixture.vector();
    let ask = Ask::of(&vector, 30);
    assert_nearest(&fixture.nearest_in(&pinned, ask).hits, &oracle(&before, COSINE, ask));
    fixture.build();
    assert_nearest(&fixture.nearest_in(&pinned, ask).hits, &oracle(&before, COSINE, ask));
    assert_eq!(fixture.scans(), 0);
}
