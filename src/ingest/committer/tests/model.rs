//! Random histories against a `BTreeMap`: every snapshot, pinned ones included, shows exactly what
//! the map held at its csn, and so does the store after a reopen.

use proptest::prelude::*;

use super::*;
use crate::{ingest::Stage, storage::Pin};

type Model = BTreeMap<RowId, (Csn, u8)>;

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<u8>),
    /// Which row, by position, and its new value.
    Update(usize, u8),
    Delete(usize),
    Truncate(Vec<u8>),
    Pin,
    Unpin(usize),
    Push(Vec<u8>),
    Publish,
    Abandon,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let some = || prop::collection::vec(0u8..60, 1..6);
    prop_oneof![
        5 => some().prop_map(Step::Insert),
        5 => (any::<usize>(), 0u8..60).prop_map(|(at, value)| Step::Update(at, value)),
        4 => any::<usize>().prop_map(Step::Delete),
        1 => prop::collection::vec(0u8..60, 0..3).prop_map(Step::Truncate),
        2 => Just(Step::Pin),
        1 => any::<usize>().prop_map(Step::Unpin),
        3 => some().prop_map(Step::Push),
        1 => Just(Step::Publish),
        1 => Just(Step::Abandon),
        1 => Just(Step::Reopen),
    ]
}

struct History {
    fixture: Option<Fixture>,
    model: Model,
    pins: Vec<(Pin, Model)>,
    stage: Option<(Stage, Vec<(RowId, u8)>)>,
}

impl History {
    fn fixture(&self) -> &Fixture {
        self.fixture.as_ref().unwrap()
    }

    fn new_rows(&self, values: &[u8]) -> Vec<(RowId, u8)> {
        let first = self.fixture().store.allocate_rows(values.len() as u64);
        values.iter().enumerate().map(|(n, v)| (RowId(first.0 + n as u64), *v)).collect()
    }

    /// Whether the values may be added to the rows in the model and in the open stage.
    fn are_free(&self, values: &[(RowId, u8)], model: &Model) -> bool {
        let mut taken: Vec<u8> = model.values().map(|(_, value)| *value).collect();
        let staged = self.stage.iter().flat_map(|(_, rows)| rows);
        taken.extend(staged.map(|(_, value)| *value));
        values.iter().all(|(_, value)| {
            let free = !taken.contains(value);
            taken.push(*value);
            free
        })
    }

    fn nth(&self, at: usize) -> Option<(RowId, Csn, u8)> {
        let at = at.checked_rem(self.model.len())?;
        self.model.iter().nth(at).map(|(row, (csn, value))| (*row, *csn, *value))
    }

    fn run(&mut self, step: Step, folder: &Path) {
        match step {
            Step::Insert(values) => {
                let new = self.new_rows(&values);
                let set = rows(new.iter().map(|(row, value)| insert(*row, *value)));
                let outcome = self.fixture().commit(set);
                assert_eq!(outcome.is_ok(), self.are_free(&new, &self.model));
                if let Ok(csn) = outcome {
                    self.model.extend(new.into_iter().map(|(row, value)| (row, (csn, value))));
                }
            }
            Step::Update(at, value) => {
                let Some((row, csn, old)) = self.nth(at) else { return };
                let outcome = self.fixture().commit(rows([update(row, csn, old, value)]));
                let free = value == old || self.are_free(&[(row, value)], &self.model);
                assert_eq!(outcome.is_ok(), free);
                if let Ok(csn) = outcome {
                    self.model.insert(row, (csn, value));
                }
            }
            Step::Delete(at) => {
                let Some((row, csn, old)) = self.nth(at) else { return };
                self.fixture().commit(rows([delete(row, csn, old)])).unwrap();
                self.model.remove(&row);
            }
            Step::Truncate(values) => {
                // A table lock keeps bulk loads and truncation apart.
                if self.stage.is_some() {
                    return;
                }
                let new = self.new_rows(&values);
                let mut set = rows(new.iter().map(|(row, value)| insert(*row, *value)));
                set.rows.push(RowOp::Truncate { table: TABLE });
                let outcome = self.fixture().commit(set);
                assert_eq!(outcome.is_ok(), self.are_free(&new, &Model::new()));
                if let Ok(csn) = outcome {
                    self.model = new.into_iter().map(|(row, value)| (row, (csn, value))).collect();
                    // As in PostgreSQL, the table is empty for older snapshots too.
                    self.pins.iter_mut().for_each(|(_, model)| model.clear());
                }
            }
            Step::Pin => {
                let (pin, _) = self.fixture().store.pin().unwrap();
                self.pins.push((pin, self.model.clone()));
            }
            Step::Unpin(at) => {
                if let Some(at) = at.checked_rem(self.pins.len()) {
                    self.pins.swap_remove(at);
                }
            }
            Step::Push(values) => {
                let new = self.new_rows(&values);
                let free = self.are_free(&new, &self.model);
                let (mut stage, mut written) =
                    self.stage.take().unwrap_or_else(|| (self.fixture().committer.stage(), vec![]));
                let slice = new.iter().map(|(row, value)| insert(*row, *value)).collect();
                let outcome = block_on(async {
                    stage.push(slice).await?;
                    stage.settle().await
                });
                assert_eq!(outcome.is_ok(), free);
                if outcome.is_ok() {
                    written.extend(new);
                    self.stage = Some((stage, written));
                }
            }
            Step::Publish => {
                if let Some((stage, written)) = self.stage.take() {
                    let csn = block_on(stage.publish(WriteSet::default())).unwrap();
                    self.model.extend(written.into_iter().map(|(row, v)| (row, (csn, v))));
                }
            }
            Step::Abandon => self.stage = None,
            Step::Reopen => {
                self.pins.clear();
                let stage = self.stage.take();
                self.fixture().committer.stop();
                self.fixture = None;
                drop(stage);
                self.fixture = Some(Fixture::fast(folder));
            }
        }
    }

    fn check(&self) {
        let fixture = self.fixture();
        let snapshot = fixture.store.snapshot().unwrap();
        assert_eq!(shown(&snapshot), self.model);
        assert_eq!(snapshot.row_count(TABLE).unwrap(), self.model.len() as u64);
        let mut by_key: Vec<_> =
            self.model.iter().map(|(row, (_, value))| (*value, *row)).collect();
        by_key.sort_unstable();
        let visible = |row: &RowId| snapshot.row(TABLE, *row).unwrap().is_some();
        let indexed: Vec<_> = entries(&snapshot).into_iter().filter(visible).collect();
        assert_eq!(indexed, by_key.iter().map(|(_, row)| *row).collect::<Vec<_>>());
        for (pin, model) in &self.pins {
            let snapshot = fixture.store.snapshot_at(pin).unwrap();
            assert_eq!(&shown(&snapshot), model);
            for (row, (csn, value)) in model {
                let stored = snapshot.row(TABLE, *row).unwrap().unwrap();
                assert_eq!((stored.csn, stored.bytes), (*csn, &[*value][..]));
            }
        }
    }
}

fn shown(snapshot: &Snapshot) -> Model {
    let rows = snapshot.scan(TABLE, None).unwrap();
    rows.map(|row| row.unwrap()).map(|(row, stored)| (row, (stored.csn, stored.bytes[0]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_snapshot_shows_its_own_history(steps in prop::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture::fast(folder.path());
        fixture.create_table();
        let mut history = History {
            fixture: Some(fixture), model: Model::new(), pins: Vec::new(), stage: None,
        };
        for step in steps {
            history.run(step, folder.path());
            history.check();
        }
    }
}
