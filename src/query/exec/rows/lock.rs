//! Rows locked one by one, as they are asked for: a LIMIT above locks no more than it returns.

use super::{BoxCursor, Cursor};
use crate::{
    base::{Csn, Result, RowId},
    query::{
        env::{RowLock, RowLocked},
        exec::scope::{Row, Scope},
        ir::RowMark,
    },
};

pub struct LockRows<'p> {
    pub input: BoxCursor<'p>,
    pub marks: &'p [RowMark],
    pub scope: Scope,
}

impl Cursor for LockRows<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        while let Some(row) = self.input.next()? {
            if self.lock(&row)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

impl LockRows<'_> {
    /// Whether all of the row's parts are locked; `false` if one of them is to be skipped.
    fn lock(&self, row: &Row) -> Result<bool> {
        let execution = &self.scope.execution;
        execution.cancel.check()?;
        for mark in self.marks {
            // The empty side of an outer join has no row.
            if row[mark.row_id].is_null() {
                continue;
            }
            let wanted = RowLock {
                table: mark.table,
                row: RowId(row[mark.row_id].as_i64() as u64),
                read: Csn(row[mark.row_id + 1].as_i64() as u64),
                mode: mark.mode,
                wait: mark.wait,
            };
            if execution.env.services.lock_row(&wanted)? == RowLocked::Skipped {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
