//! WITH and WITH RECURSIVE.

use std::{collections::HashSet, sync::Arc};

use parking_lot::Mutex;

use crate::{
    base::{Oid, Result},
    query::{
        exec::{
            execution::{Ledger, row_bytes},
            keys::{row_key, types_of},
            run,
            scope::{CteRows, Row, Scope},
        },
        ir::Cte,
    },
};

/// The scope of WITH's body: every common table expression that is read has been run, and a
/// recursive one is ready to run.
pub fn bind(ctes: &[Cte], scope: &Scope) -> Result<Scope> {
    let mut scope = scope.clone();
    for cte in ctes {
        if cte.references == 0 {
            continue;
        }
        let rows = match &cte.recursive {
            None => run::materialise(&cte.plan, &scope)?,
            Some(_) => CteRows::Growing(Arc::new(Recursion::new(cte, &scope))),
        };
        scope = scope.with_cte(cte.id, rows);
    }
    Ok(scope)
}

/// A recursive query that takes a step when a reader has come to the end of its rows, so that a
/// LIMIT above an endless recursion ends it.
pub struct Recursion {
    cte: Cte,
    scope: Scope,
    types: Vec<Oid>,
    steps: Mutex<Steps>,
}

struct Steps {
    rows: Vec<Row>,
    /// How many of the last rows are the working table; `None` before the first step.
    working: Option<usize>,
    /// Rows so far, where UNION drops repeated ones.
    seen: HashSet<Vec<u8>>,
    ledger: Ledger,
}

impl Recursion {
    pub fn new(cte: &Cte, scope: &Scope) -> Self {
        let ledger = Ledger::new(&scope.execution, "a recursive query");
        Self {
            cte: cte.clone(),
            scope: scope.clone(),
            types: types_of(&cte.plan.fields),
            steps: Mutex::new(Steps {
                rows: Vec::new(),
                working: None,
                seen: HashSet::new(),
                ledger,
            }),
        }
    }

    /// At most `count` rows from position `at`; none at the end.
    pub fn chunk(&self, at: usize, count: usize) -> Result<Vec<Row>> {
        let mut steps = self.steps.lock();
        while steps.rows.len() <= at && steps.working != Some(0) {
            self.step(&mut steps)?;
        }
        let end = steps.rows.len().min(at.saturating_add(count));
        Ok(steps.rows.get(at..end).unwrap_or_default().to_vec())
    }

    /// Runs the first term, or the second one over the rows that the last step made.
    fn step(&self, steps: &mut Steps) -> Result<()> {
        self.scope.execution.cancel.check()?;
        let (term, all) = self.cte.recursive.as_ref().expect("a recursive query has a term");
        let mut made = match steps.working {
            None => run::all(&self.cte.plan, &self.scope)?,
            Some(working) => {
                let start = steps.rows.len() - working;
                let table = Arc::new(steps.rows[start..].to_vec());
                let inside = self.scope.with_cte(self.cte.id, CteRows::Ready(table));
                run::all(term, &inside)?
            }
        };
        if !all {
            made.retain(|row| steps.seen.insert(row_key(row, &self.types)));
        }
        for row in &made {
            steps.ledger.grow(row_bytes(row))?;
        }
        steps.working = Some(made.len());
        steps.rows.append(&mut made);
        Ok(())
    }
}
