use proptest::prelude::*;

use super::fixture::*;

#[derive(Clone, Debug)]
enum Act {
    Insert(usize),
    Update(usize),
    Delete(usize),
    Truncate,
    Build,
    Reopen,
    Remember,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1usize..40).prop_map(Act::Insert),
        4 => (0usize..1000).prop_map(Act::Update),
        4 => (0usize..1000).prop_map(Act::Delete),
        1 => Just(Act::Truncate),
        3 => Just(Act::Build),
        1 => Just(Act::Reopen),
        1 => Just(Act::Remember),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happened before: the index answers as an exact scan does, now and in the past.
    #[test]
    fn answers_equal_an_exact_scan_under_random_operations(acts in prop::collection::vec(act(), 1..30)) {
        const L2: &str = "vector_l2_ops";
        let mut fixture = Fixture::new(DIM, L2, &[HNSW, GIN]);
        let mut past = None;
        for act in acts {
            let pick = |fixture: &Fixture, at: usize| {
                let count = fixture.rows.len();
                fixture.rows.keys().nth(at % count.max(1)).copied()
            };
            match act {
                Act::Insert(count) => {
                    let rows = fixture.random_rows(count);
                    fixture.insert(rows);
                }
                Act::Update(at) => if let Some(id) = pick(&fixture, at) {
                    let row = fixture.row();
                    fixture.update(id, row);
                },
                Act::Delete(at) => if let Some(id) = pick(&fixture, at) {
                    fixture.delete(id);
                },
                Act::Truncate => fixture.truncate(),
                Act::Build => fixture.build(),
                Act::Reopen => fixture.reopen(),
                Act::Remember => {
                    past = Some((fixture.store.snapshot().unwrap(), fixture.rows.clone()));
                }
            }
            let vector = fixture.vector();
            for category in [None, Some(1)] {
                let ask = Ask { category, ..Ask::of(&vector, 8) };
                assert_nearest(&fixture.nearest(ask).hits, &oracle(&fixture.rows, L2, ask));
                if let Some((snapshot, rows)) = &past {
                    assert_nearest(&fixture.nearest_in(snapshot, ask).hits, &oracle(rows, L2, ask));
                }
            }
            let text = "ant | bee <-> cat | do:*";
            let expected = super::text::expected(&fixture.rows, &fixture.rows, text);
            super::text::assert_found(&fixture.matching(Find::of(text, None)).hits, &expected, text);
            if let Some((snapshot, rows)) = &past {
                let expected = super::text::expected(rows, rows, text);
                let found = fixture.matching_in(snapshot, Find::of(text, Some(5)));
                super::text::assert_best(&found.hits, &expected, 5, text);
            }
        }
        prop_assert_eq!(fixture.indexes.statistics().unwrap().stale_hits, 0);
    }
}
