//! Joins of two inputs that do not depend on each other: by hashing where the condition has
//! equalities between the sides, else by comparing every pair.

use std::collections::HashMap;

use super::{BoxCursor, Cursor, collect};
use crate::{
    base::{Oid, Result},
    query::{
        exec::{
            comparison,
            keys::push_key,
            scope::{Row, Scope},
        },
        ir::{Expr, JoinKind},
        rules::{
            columns::{columns_all, conjunction, conjuncts, has_subquery, reads_columns, remap},
            volatility::is_volatile,
        },
    },
    types::Datum,
};

/// The condition of a join, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    /// Equal on both sides, with the type in which they are compared. The right expressions are
    /// over the right row alone.
    pub equal: Vec<(Expr, Expr, Oid)>,
    /// What is left, over both rows.
    pub rest: Option<Expr>,
}

impl Condition {
    pub fn new(on: Option<&Expr>, left_width: usize) -> Self {
        let mut all = Vec::new();
        if let Some(on) = on {
            conjuncts(on.clone(), &mut all);
        }
        let mut condition = Condition::default();
        let mut rest = Vec::new();
        for conjunct in all {
            match sides(&conjunct, left_width) {
                Some(equal) => condition.equal.push(equal),
                None => rest.push(conjunct),
            }
        }
        condition.rest = conjunction(rest);
        condition
    }
}

/// Whether a join's condition has an equality between its sides.
pub fn has_equality(on: Option<&Expr>, left_width: usize) -> bool {
    match on {
        None => false,
        Some(Expr::And(args)) => args.iter().any(|arg| has_equality(Some(arg), left_width)),
        Some(on) => sides(on, left_width).is_some(),
    }
}

fn sides(conjunct: &Expr, left_width: usize) -> Option<(Expr, Expr, Oid)> {
    let Expr::Call(call) = conjunct else { return None };
    let type_oid = comparison::equality(call)?;
    if has_subquery(conjunct) || is_volatile(conjunct) {
        return None;
    }
    let [a, b] = call.args.as_slice() else { return None };
    if !reads_columns(a) || !reads_columns(b) {
        return None;
    }
    let on_left = |expr: &Expr| columns_all(expr, |column| column < left_width);
    let on_right = |expr: &Expr| columns_all(expr, |column| column >= left_width);
    let (left, right) = if on_left(a) && on_right(b) {
        (a, b)
    } else if on_left(b) && on_right(a) {
        (b, a)
    } else {
        return None;
    };
    let mut right = right.clone();
    remap(&mut right, 0, &|column| column - left_width);
    Some((left.clone(), right, type_oid))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum JoinSide {
    Left,
    Right,
}

/// What the key of a short value takes.
const KEY_BYTES: usize = 16;

/// The right rows, found by key or all of them.
struct Table {
    rows: Vec<Row>,
    matched: Vec<bool>,
    by_key: HashMap<Vec<u8>, Vec<u32>>,
    all: Vec<u32>,
}

pub struct Join<'p> {
    left: BoxCursor<'p>,
    right: Option<BoxCursor<'p>>,
    left_width: usize,
    right_width: usize,
    kind: JoinKind,
    condition: Condition,
    scope: Scope,
    table: Option<Table>,
    ready: std::vec::IntoIter<Row>,
    left_done: bool,
    visited: usize,
}

impl<'p> Join<'p> {
    pub fn new(
        left: BoxCursor<'p>,
        right: BoxCursor<'p>,
        (left_width, right_width): (usize, usize),
        kind: JoinKind,
        on: Option<&Expr>,
        scope: Scope,
    ) -> Self {
        Self {
            left,
            right: Some(right),
            left_width,
            right_width,
            kind,
            condition: Condition::new(on, left_width),
            scope,
            table: None,
            ready: Vec::new().into_iter(),
            left_done: false,
            visited: 0,
        }
    }

    fn build(&mut self) -> Result<Table> {
        let mut right = self.right.take().expect("the right side is read once");
        let rows = collect(&mut *right, &self.scope, "a join")?;
        let mut table = Table {
            matched: vec![false; rows.len()],
            by_key: HashMap::new(),
            all: Vec::new(),
            rows,
        };
        if self.condition.equal.is_empty() {
            table.all = (0..table.rows.len() as u32).collect();
            return Ok(table);
        }
        for (position, row) in table.rows.iter().enumerate() {
            if let Some(key) = self.key(JoinSide::Right, row)? {
                table.by_key.entry(key).or_default().push(position as u32);
            }
        }
        Ok(table)
    }

    /// The key of a left row, or of a right one; `None` if a value is NULL, which equals nothing.
    fn key(&self, side: JoinSide, row: &[Datum]) -> Result<Option<Vec<u8>>> {
        let mut key = Vec::with_capacity(self.condition.equal.len() * KEY_BYTES);
        for (left, right, type_oid) in &self.condition.equal {
            let expr = if side == JoinSide::Left { left } else { right };
            let value = self.scope.evaluate(expr, row)?;
            if value.is_null() {
                return Ok(None);
            }
            push_key(&value, *type_oid, &mut key);
        }
        Ok(Some(key))
    }

    /// The rows that one left row makes.
    fn probe(&mut self, left: Row, table: &mut Table) -> Result<Vec<Row>> {
        let candidates: &[u32] = if self.condition.equal.is_empty() {
            &table.all
        } else {
            match self.key(JoinSide::Left, &left)? {
                Some(key) => table.by_key.get(&key).map_or(&[], Vec::as_slice),
                None => &[],
            }
        };
        let mut made = Vec::new();
        let mut found = false;
        for candidate in candidates {
            self.visited += 1;
            if self.visited.is_multiple_of(4096) {
                self.scope.execution.cancel.check()?;
            }
            let right = &table.rows[*candidate as usize];
            let mut joined = Vec::with_capacity(self.left_width + self.right_width);
            joined.extend(left.iter().cloned());
            joined.extend(right.iter().cloned());
            if let Some(rest) = &self.condition.rest
                && !self.scope.holds(rest, &joined)?
            {
                continue;
            }
            found = true;
            match self.kind {
                JoinKind::LeftSemi | JoinKind::LeftAnti => break,
                JoinKind::Right | JoinKind::Full => table.matched[*candidate as usize] = true,
                JoinKind::Inner | JoinKind::Left => {}
            }
            made.push(joined);
        }
        match self.kind {
            JoinKind::Left | JoinKind::Full if !found => {
                let mut row = left;
                row.resize(self.left_width + self.right_width, Datum::Null);
                made.push(row);
            }
            JoinKind::LeftSemi if found => made.push(left),
            JoinKind::LeftAnti if !found => made.push(left),
            _ => {}
        }
        Ok(made)
    }

    /// The right rows that no left row met.
    fn unmatched(&self, table: &mut Table) -> Vec<Row> {
        if !matches!(self.kind, JoinKind::Right | JoinKind::Full) {
            return vec![];
        }
        let rows = std::mem::take(&mut table.rows);
        rows.into_iter()
            .zip(&table.matched)
            .filter(|(_, matched)| !**matched)
            .map(|(right, _)| {
                let mut row = vec![Datum::Null; self.left_width];
                row.extend(right);
                row
            })
            .collect()
    }
}

impl Cursor for Join<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.ready.next() {
                return Ok(Some(row));
            }
            if self.left_done {
                return Ok(None);
            }
            let mut table = match self.table.take() {
                Some(table) => table,
                None => self.build()?,
            };
            let rows = match self.left.next()? {
                Some(left) => self.probe(left, &mut table)?,
                None => {
                    self.left_done = true;
                    self.unmatched(&mut table)
                }
            };
            self.ready = rows.into_iter();
            self.table = Some(table);
        }
    }
}
