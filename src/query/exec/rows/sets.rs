//! DISTINCT, DISTINCT ON, UNION, INTERSECT and EXCEPT.

use std::collections::{HashMap, HashSet};

use super::{BoxCursor, Cursor};
use crate::{
    base::{Oid, Result},
    query::{
        exec::{
            execution::Ledger,
            keys::{row_key, types_of},
            scope::{Row, Scope},
        },
        ir::{Expr, Field, SetOp},
    },
};

/// Keeps the first of equal rows.
pub struct Distinct<'p> {
    input: BoxCursor<'p>,
    types: Vec<Oid>,
    seen: HashSet<Vec<u8>>,
    ledger: Ledger,
}

impl<'p> Distinct<'p> {
    pub fn new(input: BoxCursor<'p>, fields: &[Field], scope: &Scope) -> Self {
        let ledger = Ledger::new(&scope.execution, "DISTINCT");
        Self { input, types: types_of(fields), seen: HashSet::new(), ledger }
    }
}

impl Cursor for Distinct<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        while let Some(row) = self.input.next()? {
            let key = row_key(&row, &self.types);
            let bytes = key.len() + 48;
            if self.seen.insert(key) {
                self.ledger.grow(bytes)?;
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

/// Keeps the first row of each run with equal `on`.
pub struct DistinctOn<'p> {
    pub input: BoxCursor<'p>,
    pub on: &'p [Expr],
    pub last: Option<Vec<u8>>,
    pub scope: Scope,
}

impl Cursor for DistinctOn<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        let types: Vec<Oid> = self.on.iter().map(|expr| expr.ty().oid).collect();
        while let Some(row) = self.input.next()? {
            let key = row_key(&self.scope.evaluate_all(self.on, &row)?, &types);
            if self.last.as_ref() != Some(&key) {
                self.last = Some(key);
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

pub struct SetCursor<'p> {
    left: BoxCursor<'p>,
    right: BoxCursor<'p>,
    op: SetOp,
    all: bool,
    types: Vec<Oid>,
    /// Rows of the right side, counted; for UNION, the rows already given out.
    counts: Option<HashMap<Vec<u8>, usize>>,
    left_done: bool,
    ledger: Ledger,
}

impl<'p> SetCursor<'p> {
    pub fn new(
        left: BoxCursor<'p>,
        right: BoxCursor<'p>,
        op: SetOp,
        all: bool,
        fields: &[Field],
        scope: &Scope,
    ) -> Self {
        let ledger = Ledger::new(&scope.execution, "a set operation");
        let types = types_of(fields);
        Self { left, right, op, all, types, counts: None, left_done: false, ledger }
    }

    fn union(&mut self) -> Result<Option<Row>> {
        loop {
            let row = if self.left_done { self.right.next()? } else { self.left.next()? };
            let Some(row) = row else {
                if std::mem::replace(&mut self.left_done, true) {
                    return Ok(None);
                }
                continue;
            };
            if self.all {
                return Ok(Some(row));
            }
            let key = row_key(&row, &self.types);
            self.ledger.grow(key.len() + 48)?;
            if self.counts.get_or_insert_default().insert(key, 1).is_none() {
                return Ok(Some(row));
            }
        }
    }

    /// Counts the right side, once.
    fn count_right(&mut self) -> Result<&mut HashMap<Vec<u8>, usize>> {
        if self.counts.is_none() {
            let mut counts = HashMap::new();
            while let Some(row) = self.right.next()? {
                let key = row_key(&row, &self.types);
                self.ledger.grow(key.len() + 48)?;
                *counts.entry(key).or_insert(0) += 1;
            }
            self.counts = Some(counts);
        }
        Ok(self.counts.as_mut().expect("counted above"))
    }
}

impl Cursor for SetCursor<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        if self.op == SetOp::Union {
            return self.union();
        }
        self.count_right()?;
        while let Some(row) = self.left.next()? {
            let key = row_key(&row, &self.types);
            let (op, all) = (self.op, self.all);
            let counts = self.count_right()?;
            let keep = match (op, all) {
                // Each copy on the right stands for one on the left.
                (SetOp::Intersect, true) => take_one(counts, &key),
                (SetOp::Except, true) => !take_one(counts, &key),
                // Without ALL a row comes out once: it is taken from, or put among, the right rows.
                (SetOp::Intersect, false) => counts.remove(&key).is_some(),
                _ => counts.insert(key, 1).is_none(),
            };
            if keep {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

fn take_one(counts: &mut HashMap<Vec<u8>, usize>, key: &[u8]) -> bool {
    match counts.get_mut(key) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
