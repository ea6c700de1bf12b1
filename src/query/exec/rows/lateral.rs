//! Lateral joins: the right plan is run again for every left row, which it sees as an outer row.

use std::sync::Arc;

use super::{BoxCursor, Cursor, Stored, lookup::Lookup, open};
use crate::{
    base::Result,
    query::{
        exec::{
            eval::OuterRow,
            scope::{Row, Scope},
        },
        ir::{Expr, JoinKind, Plan},
    },
    types::Datum,
};

pub struct Lateral<'p> {
    left: BoxCursor<'p>,
    right: &'p Plan,
    /// The right plan, where it is a simple one and its parts need not be measured.
    lookup: Option<Lookup<'p>>,
    kind: JoinKind,
    on: Option<&'p Expr>,
    scope: Scope,
    current: Option<Current<'p>>,
}

struct Current<'p> {
    /// The left row, which the right plan sees.
    left: Arc<OuterRow>,
    right: BoxCursor<'p>,
    found: bool,
}

impl<'p> Lateral<'p> {
    pub fn new(
        left: BoxCursor<'p>,
        right: &'p Plan,
        kind: JoinKind,
        on: Option<&'p Expr>,
        scope: Scope,
    ) -> Self {
        let measured = scope.execution.profile.is_some();
        let lookup = if measured { None } else { Lookup::of(right) };
        Self { left, right, lookup, kind, on, scope, current: None }
    }

    /// Runs the right plan for the next left row. `false` at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(left) = self.left.next()? else { return Ok(false) };
        self.scope.execution.cancel.check()?;
        let left = Arc::new(OuterRow { row: left, up: self.scope.outer.clone() });
        let inside = self.scope.within(left.clone());
        let right: BoxCursor<'p> = match &mut self.lookup {
            Some(lookup) => Box::new(Stored::new(lookup.rows(&inside)?)),
            None => open(self.right, &inside)?,
        };
        self.current = Some(Current { left, right, found: false });
        Ok(true)
    }
}

impl Cursor for Lateral<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(current) = &mut self.current else {
                if self.advance()? {
                    continue;
                }
                return Ok(None);
            };
            match current.right.next()? {
                Some(right) => {
                    let left = &current.left.row;
                    let mut row = Vec::with_capacity(left.len() + right.len());
                    row.extend_from_slice(left);
                    row.extend(right);
                    if let Some(on) = self.on
                        && !self.scope.holds(on, &row)?
                    {
                        continue;
                    }
                    current.found = true;
                    match self.kind {
                        JoinKind::LeftSemi => {
                            let left = self.current.take().map(|current| current.row());
                            return Ok(left);
                        }
                        JoinKind::LeftAnti => self.current = None,
                        _ => return Ok(Some(row)),
                    }
                }
                None => {
                    let current = self.current.take().expect("matched above");
                    let found = current.found;
                    match self.kind {
                        JoinKind::Left if !found => {
                            let mut left = current.row();
                            left.extend(self.right.fields.iter().map(|_| Datum::Null));
                            return Ok(Some(left));
                        }
                        JoinKind::LeftAnti => return Ok(Some(current.row())),
                        _ => {}
                    }
                }
            }
        }
    }
}

impl Current<'_> {
    fn row(self) -> Row {
        drop(self.right);
        Arc::try_unwrap(self.left).map_or_else(|shared| shared.row.clone(), |left| left.row)
    }
}
