use std::collections::BTreeMap;

use super::fixture::*;
use crate::{
    base::RowId,
    fulltext::{bm25, matching},
    index::Hit,
    storage::Overlay,
};

const QUERIES: &[&str] = &[
    "ant",
    "ant | bee | cat",
    "ant & bee",
    "ant & !bee",
    "!ant",
    "an:*",
    "be:* & !dog",
    "ant <-> bee",
    "ant <2> cat | eel",
    "!(ant <-> bee) & ant",
    "(ant | bee) <-> cat",
    "!(ant:A) & dog",
    "nothing",
];

/// Matches and scores, row by row, as `@@` and `bm25_score` compute them.
pub fn expected(
    rows: &BTreeMap<RowId, Row>,
    committed: &BTreeMap<RowId, Row>,
    text: &str,
) -> BTreeMap<RowId, f64> {
    let query = query(text);
    let terms = bm25::terms(&query);
    let texts: Vec<_> = committed.values().filter_map(Row::text).collect();
    let tokens: u64 = texts.iter().map(bm25::document_length).sum();
    let frequencies: Vec<u64> = terms
        .iter()
        .map(|(word, prefix)| {
            texts.iter().filter(|text| bm25::occurrences(text, word, *prefix) > 0).count() as u64
        })
        .collect();
    let collection = bm25::Collection {
        documents: texts.len() as u64,
        mean_length: if texts.is_empty() { 0.0 } else { tokens as f64 / texts.len() as f64 },
        frequencies: &frequencies,
    };
    rows.iter()
        .filter_map(|(id, row)| Some((*id, row.text()?)))
        .filter(|(_, text)| matching::matches(text, &query))
        .map(|(id, text)| (id, bm25::score(&text, &terms, &collection)))
        .collect()
}

pub fn assert_found(hits: &[Hit], expected: &BTreeMap<RowId, f64>, context: &str) {
    let found: BTreeMap<RowId, f64> = hits.iter().map(|hit| (hit.row, hit.score)).collect();
    assert_eq!(found.len(), hits.len(), "{context}: a row twice");
    assert_eq!(&found, expected, "{context}");
}

pub fn assert_best(hits: &[Hit], expected: &BTreeMap<RowId, f64>, top: usize, context: &str) {
    let mut scores: Vec<f64> = expected.values().copied().collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.truncate(top);
    assert_eq!(hits.iter().map(|hit| hit.score).collect::<Vec<_>>(), scores, "{context}");
    assert!(hits.iter().all(|hit| expected.get(&hit.row) == Some(&hit.score)), "{context}");
}

fn check(fixture: &Fixture, context: &str) {
    for text in QUERIES {
        let context = format!("{context}: {text}");
        let expected = expected(&fixture.rows, &fixture.rows, text);
        assert_found(&fixture.matching(Find::of(text, None)).hits, &expected, &context);
        assert_best(&fixture.matching(Find::of(text, Some(7))).hits, &expected, 7, &context);
    }
}

#[test]
fn scores_are_those_of_the_function_wherever_a_row_lies() {
    let mut fixture = Fixture::new(DIM, "vector_l2_ops", &[GIN]);
    let rows = fixture.random_rows(80);
    let ids = fixture.insert(rows);
    check(&fixture, "tail");
    fixture.build();
    check(&fixture, "segment");
    let rows = fixture.random_rows(30);
    fixture.insert(rows);
    for id in ids.iter().step_by(5) {
        fixture.delete(*id);
    }
    for id in ids.iter().skip(1).step_by(5) {
        let row = fixture.row();
        fixture.update(*id, row);
    }
    check(&fixture, "segment and tail");
    fixture.build();
    check(&fixture, "merged");
    fixture.reopen();
    check(&fixture, "reopened");
    assert_eq!(fixture.scans(), 0);
}

#[test]
fn an_expression_is_indexed_and_a_row_that_breaks_it_is_left_out() {
    let mut fixture = Fixture::new(DIM, "vector_l2_ops", &[GIN, EXPRESSION_GIN]);
    let mut rows = fixture.random_rows(60);
    rows[3].words = Some("panic bee".into());
    let ids = fixture.insert(rows);
    let find = Find { index: EXPRESSION_GIN, ..Find::of("bee", None) };
    for _ in 0..2 {
        let found: Vec<RowId> = fixture.matching(find).hits.iter().map(|hit| hit.row).collect();
        let whole: Vec<RowId> =
            fixture.matching(Find::of("bee", None)).hits.iter().map(|hit| hit.row).collect();
        assert_eq!(found.len() + 1, whole.len());
        assert!(!found.contains(&ids[3]) && whole.contains(&ids[3]));
        fixture.build();
    }
    assert!(fixture.indexes.statistics().unwrap().rows_quarantined > 0);
}

#[test]
fn filters_and_uncommitted_rows_narrow_the_answer_but_not_the_statistics() {
    let mut fixture = Fixture::new(DIM, "vector_l2_ops", &[GIN]);
    let rows = fixture.random_rows(90);
    let ids = fixture.insert(rows);
    fixture.build();
    let rows = fixture.random_rows(20);
    fixture.insert(rows);
    let (mut overlay, mut rows) = (Overlay::default(), fixture.rows.clone());
    overlay.delete(TABLE, ids[0]);
    rows.remove(&ids[0]);
    let own = Row { category: 2, words: Some("ant bee ant".into()), vector: None };
    overlay.put(TABLE, ids[1], own.bytes().into());
    rows.insert(ids[1], own);
    rows.retain(|_, row| row.category == 2);
    for text in QUERIES {
        let find = Find { category: Some(2), overlay: Some(&overlay), ..Find::of(text, None) };
        let expected = expected(&rows, &fixture.rows, text);
        assert_found(&fixture.matching(find).hits, &expected, text);
        let best = fixture.matching(Find { top: Some(3), ..find });
        assert_best(&best.hits, &expected, 3, text);
    }
}

#[test]
fn statistics_are_the_tables() {
    let mut fixture = Fixture::new(DIM, "vector_l2_ops", &[GIN]);
    let rows = fixture.random_rows(90);
    let ids = fixture.insert(rows);
    fixture.build();
    fixture.delete(ids[4]);
    let rows = fixture.random_rows(9);
    fixture.insert(rows);
    let snapshot = fixture.store.snapshot().unwrap();
    let terms = [("ant".to_owned(), false), ("be".to_owned(), true)];
    let found = fixture
        .indexes
        .text_statistics(&table(DIM, &[]), &index(GIN, DIM, ""), &terms, &snapshot)
        .unwrap();
    let texts: Vec<_> = fixture.rows.values().filter_map(Row::text).collect();
    let holding = |word: &str, prefix| {
        texts.iter().filter(|text| bm25::occurrences(text, word, prefix) > 0).count() as u64
    };
    assert_eq!(found.documents, texts.len() as u64);
    assert_eq!(found.tokens, texts.iter().map(bm25::document_length).sum::<u64>());
    assert_eq!(found.frequencies, [holding("ant", false), holding("be", true)]);
}
