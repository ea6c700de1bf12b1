//! The operators that look at one row at a time.

use std::{borrow::Cow, slice};

use super::{BoxCursor, Cursor, open, sort};
use crate::{
    base::Result,
    err,
    query::{
        exec::{
            constants::hoisted,
            keys::{KeyOrder, compare_rows},
            profile::Profile,
            scope::{Row, Scope},
        },
        ir::{Expr, Node, Plan, SortKey},
    },
    types::Datum,
};

pub struct Values<'p> {
    pub rows: slice::Iter<'p, Vec<Expr>>,
    pub scope: Scope,
}

impl Cursor for Values<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        self.rows.next().map(|exprs| self.scope.evaluate_all(exprs, &[])).transpose()
    }
}

pub struct Filter<'p> {
    pub input: BoxCursor<'p>,
    pub predicate: Cow<'p, Expr>,
    pub scope: Scope,
    pub plan: &'p Plan,
    pub removed: u64,
}

impl Cursor for Filter<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        while let Some(row) = self.input.next()? {
            if self.scope.holds(&self.predicate, &row)? {
                return Ok(Some(row));
            }
            self.removed += 1;
        }
        if let Some(profile) = &self.scope.execution.profile {
            let removed = std::mem::take(&mut self.removed);
            profile.record(Profile::address(self.plan), |node| node.filtered += removed);
        }
        Ok(None)
    }
}

pub struct Project<'p> {
    input: BoxCursor<'p>,
    exprs: Vec<Cow<'p, Expr>>,
    scope: Scope,
}

impl<'p> Project<'p> {
    pub fn new(input: BoxCursor<'p>, exprs: &'p [Expr], scope: &Scope) -> Self {
        let exprs = exprs.iter().map(|expr| hoisted(expr, scope)).collect();
        Self { input, exprs, scope: scope.clone() }
    }
}

impl Cursor for Project<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        let Some(row) = self.input.next()? else { return Ok(None) };
        let values: Result<Row> =
            self.exprs.iter().map(|expr| self.scope.evaluate(expr, &row)).collect();
        values.map(Some)
    }
}

/// LIMIT and OFFSET as counts; `None` is no limit. Errors: 2201W, 2201X.
pub fn count_rows(
    limit: Option<&Expr>,
    offset: Option<&Expr>,
    scope: &Scope,
) -> Result<(Option<usize>, usize)> {
    let limit = limit.map_or(Ok(None), |limit| scope.count(limit))?;
    let offset = offset.map_or(Ok(None), |offset| scope.count(offset))?.unwrap_or(0);
    if offset < 0 {
        return err!(INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE, "OFFSET must not be negative");
    }
    if limit.is_some_and(|limit| limit < 0) {
        return err!(INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "LIMIT must not be negative");
    }
    Ok((limit.map(|limit| limit as usize), offset as usize))
}

/// The input of a LIMIT: a sort keeps only the rows that can come out.
pub fn open_limited<'p>(
    input: &'p Plan,
    limit: Option<&Expr>,
    offset: Option<&Expr>,
    scope: &Scope,
) -> Result<BoxCursor<'p>> {
    match &input.node {
        Node::Project { input: below, exprs } if matches!(below.node, Node::Sort { .. }) => {
            let below = open_limited(below, limit, offset, scope)?;
            let cursor: BoxCursor = Box::new(Project::new(below, exprs, scope));
            Ok(super::measured(input, scope, cursor))
        }
        Node::Sort { input: below, keys } => {
            let (limit, offset) = count_rows(limit, offset, scope)?;
            let keep = limit.map(|limit| limit.saturating_add(offset));
            let mut rows = open(below, scope)?;
            let inner = scope.clone();
            let cursor: BoxCursor = Box::new(super::Deferred::new(move || {
                sort::sorted(&mut *rows, keys, keep, &inner)
            }));
            Ok(super::measured(input, scope, cursor))
        }
        _ => open(input, scope),
    }
}

pub struct Limit<'p> {
    input: BoxCursor<'p>,
    limit: Option<&'p Expr>,
    offset: Option<&'p Expr>,
    ties: Option<(&'p [SortKey], Vec<KeyOrder>)>,
    scope: Scope,
    state: Option<(Option<usize>, Option<Row>)>,
}

impl<'p> Limit<'p> {
    pub fn new(
        input: BoxCursor<'p>,
        limit: Option<&'p Expr>,
        offset: Option<&'p Expr>,
        with_ties: Option<&'p [SortKey]>,
        scope: Scope,
    ) -> Self {
        let ties = with_ties.map(|keys| (keys, KeyOrder::of(keys)));
        Self { input, limit, offset, ties, scope, state: None }
    }
}

impl Cursor for Limit<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        if self.state.is_none() {
            let (limit, offset) = count_rows(self.limit, self.offset, &self.scope)?;
            for _ in 0..offset {
                if limit == Some(0) || self.input.next()?.is_none() {
                    break;
                }
            }
            self.state = Some((limit, None));
        }
        let (left, last) = self.state.as_mut().expect("set above");
        match left {
            None => return self.input.next(),
            Some(0) if last.is_none() => return Ok(None),
            Some(0) => {}
            Some(left) => {
                *left -= 1;
                let row = self.input.next()?;
                if let (Some(row), Some((keys, _)), 0) = (&row, &self.ties, *left) {
                    *last = Some(key_values(keys, row, &self.scope)?);
                }
                return Ok(row);
            }
        }
        let (keys, orders) = self.ties.as_ref().expect("only ties keep a last row");
        if let Some(row) = self.input.next()? {
            let values = key_values(keys, &row, &self.scope)?;
            if last.as_ref().is_some_and(|last| compare_rows(last, &values, orders).is_eq()) {
                return Ok(Some(row));
            }
        }
        *last = None;
        Ok(None)
    }
}

pub fn key_values(keys: &[SortKey], row: &[Datum], scope: &Scope) -> Result<Row> {
    keys.iter().map(|key| scope.evaluate(&key.expr, row)).collect()
}
