//! Lateral joins: the right plan is run again for every left row, which it sees as an outer row.

use super::{BoxCursor, Cursor, open};
use crate::{
    base::Result,
    query::{
        exec::scope::{Row, Scope},
        ir::{Expr, JoinKind, Plan},
    },
    types::Datum,
};

pub struct Lateral<'p> {
    left: BoxCursor<'p>,
    right: &'p Plan,
    kind: JoinKind,
    on: Option<&'p Expr>,
    scope: Scope,
    current: Option<Current<'p>>,
}

struct Current<'p> {
    left: Row,
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
        Self { left, right, kind, on, scope, current: None }
    }
}

impl Cursor for Lateral<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(current) = &mut self.current else {
                let Some(left) = self.left.next()? else { return Ok(None) };
                self.scope.execution.cancel.check()?;
                let right = open(self.right, &self.scope.inside(left.clone()))?;
                self.current = Some(Current { left, right, found: false });
                continue;
            };
            match current.right.next()? {
                Some(right) => {
                    let mut row = current.left.clone();
                    row.extend(right);
                    if let Some(on) = self.on
                        && !self.scope.holds(on, &row)?
                    {
                        continue;
                    }
                    current.found = true;
                    match self.kind {
                        JoinKind::LeftSemi => {
                            let left = self.current.take().map(|current| current.left);
                            return Ok(left);
                        }
                        JoinKind::LeftAnti => self.current = None,
                        _ => return Ok(Some(row)),
                    }
                }
                None => {
                    let Current { mut left, found, .. } =
                        self.current.take().expect("matched above");
                    match self.kind {
                        JoinKind::Left if !found => {
                            left.extend(self.right.fields.iter().map(|_| Datum::Null));
                            return Ok(Some(left));
                        }
                        JoinKind::LeftAnti => return Ok(Some(left)),
                        _ => {}
                    }
                }
            }
        }
    }
}
