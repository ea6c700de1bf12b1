//! The index scan of a lateral join, set up once for all left rows.

use super::{RowReader, index::as_key};
use crate::{
    base::Result,
    query::{
        exec::{
            execution::Ledger,
            index_key,
            scope::{Row, Scope},
            source::KeyRange,
        },
        ir::{IndexScan, Node, Plan},
    },
};

/// Equalities on the first keys of a btree index.
pub struct Lookup<'p> {
    index: &'p IndexScan,
    reader: RowReader,
    /// No other row has such a key, and the stored key tells.
    single: bool,
    key: Vec<u8>,
}

impl<'p> Lookup<'p> {
    /// `None` for any other plan, and for a scan that asks more of its index.
    pub fn of(plan: &'p Plan) -> Option<Self> {
        let Node::IndexScan(index) = &plan.node else { return None };
        let more = index.any.is_some()
            || index.lower.is_some()
            || index.upper.is_some()
            || index.first.is_some()
            || index.also.is_some();
        if more {
            return None;
        }
        let keys = &index.index.keys;
        let single = index.index.unique
            && index.equal.len() == keys.len()
            && keys.iter().all(|key| index_key::is_whole(key.ty.oid));
        let reader = RowReader::new(&index.scan);
        Some(Self { index, reader, single, key: Vec::new() })
    }

    /// The rows that the scan's filter lets through. Some may have another key: uncommitted ones, and
    /// those whose keys were shortened.
    pub fn rows(&mut self, scope: &Scope) -> Result<Vec<Row>> {
        self.key.clear();
        for (expr, key) in self.index.equal.iter().zip(&self.index.index.keys) {
            match as_key(scope.evaluate(expr, &[])?, key.ty.oid) {
                Some(value) => index_key::push(&value, key.ty.oid, &mut self.key),
                None => return Ok(vec![]),
            }
        }
        let (execution, scan) = (&scope.execution, &self.index.scan);
        let (table, oid) = (scan.table.oid, self.index.index.oid);
        let mut ledger = Ledger::new(execution, "an index scan");
        let (mut rows, mut visited) = (Vec::new(), 0);
        let mut visit = |id, stored| {
            let mut last = false;
            execution.source.row(table, id, &mut |id, csn, bytes| {
                last = self.single && stored;
                if let Some(row) = self.reader.read(id, csn, bytes, scan.filter.as_ref(), scope)? {
                    ledger.grow(bytes.len())?;
                    rows.push(row);
                }
                Ok(false)
            })?;
            visited += 1;
            if visited % 1024 == 0 {
                execution.cancel.check()?;
            }
            Ok(!last)
        };
        match self.single {
            true => execution.source.index_key(table, oid, &self.key, &mut visit)?,
            false => {
                let range = KeyRange::of(oid, &self.key);
                execution.source.index_order(table, range, false, &mut visit)?;
            }
        }
        Ok(rows)
    }
}
