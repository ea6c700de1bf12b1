//! Reading table rows: whole tables, and rows whose ids are known.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use super::{Cursor, inverted};
use crate::{
    base::{Csn, Oid, Result, RowId},
    query::{
        exec::{
            constants::hoisted,
            profile::Profile,
            scope::{Row, Scope},
        },
        ir::{Expr, InvertedScan, Plan, Scan},
        rules::columns::columns_of,
    },
    storage::catalog::Table,
    types::{Datum, row, stored},
};

/// Reads a scan's columns out of stored rows, those that the filter needs first.
pub struct RowReader {
    columns: Vec<Source>,
    row_id: bool,
    /// Positions in the output that the filter reads, and the others.
    first: Vec<usize>,
    rest: Vec<usize>,
}

struct Source {
    position: usize,
    type_oid: Oid,
    /// What rows written before the column was added hold for it.
    missing: Option<Arc<[u8]>>,
}

impl RowReader {
    pub fn new(scan: &Scan) -> Self {
        let columns: Vec<_> = scan
            .columns
            .iter()
            .map(|position| {
                let column = &scan.table.columns[*position];
                Source {
                    position: *position,
                    type_oid: column.ty.oid,
                    missing: column.missing.as_deref().map(Arc::from),
                }
            })
            .collect();
        let needed = columns_of(&scan.filter);
        let (first, rest) = (0..columns.len() + if scan.row_id { 2 } else { 0 })
            .partition(|column| needed.binary_search(column).is_ok());
        Self { columns, row_id: scan.row_id, first, rest }
    }

    /// Leaves columns NULL, unless the filter reads them.
    pub fn without(mut self, columns: &[usize]) -> Self {
        self.rest.retain(|column| !columns.contains(column));
        self
    }

    pub fn width(&self) -> usize {
        self.columns.len() + if self.row_id { 2 } else { 0 }
    }

    /// The output columns that the filter reads.
    pub fn filter_columns(&self) -> &[usize] {
        &self.first
    }

    /// The output columns that it does not, ids and versions included.
    pub fn other_columns(&self) -> &[usize] {
        &self.rest
    }

    /// The stored bytes of an output column; `None` is NULL.
    pub fn stored<'a>(&'a self, column: usize, row: &row::Row<'a>) -> Result<Option<&'a [u8]>> {
        let source = &self.columns[column];
        if source.position < row.columns() {
            row.stored(source.position)
        } else {
            Ok(source.missing.as_deref())
        }
    }

    fn datum(&self, column: usize, row: &row::Row) -> Result<Datum> {
        match self.stored(column, row)? {
            None => Ok(Datum::Null),
            Some(bytes) => stored::decode(self.columns[column].type_oid, bytes),
        }
    }

    /// The output row, or `None` if the filter does not hold for it.
    pub fn read(
        &self,
        id: RowId,
        csn: Csn,
        bytes: &[u8],
        filter: Option<&Expr>,
        scope: &Scope,
    ) -> Result<Option<Row>> {
        let stored = row::Row::new(bytes)?;
        let mut out = vec![Datum::Null; self.width()];
        if self.row_id {
            out[self.columns.len()] = Datum::Int8(id.0 as i64);
            out[self.columns.len() + 1] = Datum::Int8(csn.0 as i64);
        }
        for column in self.first.iter().filter(|column| **column < self.columns.len()) {
            out[*column] = self.datum(*column, &stored)?;
        }
        if let Some(filter) = filter
            && !scope.holds(filter, &out)?
        {
            return Ok(None);
        }
        for column in self.rest.iter().filter(|column| **column < self.columns.len()) {
            out[*column] = self.datum(*column, &stored)?;
        }
        Ok(Some(out))
    }
}

/// The first chunk of a scan, in rows: whoever wants one row does not pay for many.
const CHUNK_ROWS_FIRST: usize = 32;
const CHUNK_ROWS_MAX: usize = 1024;

/// How far a scan of a table, or of some of its rows, has come.
#[derive(Clone)]
pub struct TableChunk {
    after: Option<RowId>,
    pub done: bool,
    /// The rows to read, ascending; `None` for all.
    only: Option<Arc<[RowId]>>,
}

impl TableChunk {
    pub fn start() -> Self {
        Self { after: None, done: false, only: None }
    }

    /// Of these rows, ascending.
    pub fn of(rows: Vec<RowId>) -> Self {
        Self { only: Some(rows.into()), ..Self::start() }
    }

    /// The same place, to be read from again.
    pub fn again(&self) -> Self {
        Self { done: false, ..self.clone() }
    }

    /// Visits rows until `visit` has had enough; the next call goes on behind them.
    pub fn advance(
        &mut self,
        table: &Table,
        scope: &Scope,
        visit: &mut dyn FnMut(RowId, Csn, &[u8]) -> Result<bool>,
    ) -> Result<()> {
        scope.execution.cancel.check()?;
        let mut stopped = false;
        let mut after = self.after;
        let mut seen = |id, csn, bytes: &[u8]| {
            after = Some(id);
            let more = visit(id, csn, bytes)?;
            stopped = !more;
            Ok(more)
        };
        let source = &scope.execution.source;
        match &self.only {
            None => source.scan(table.oid, self.after, &mut seen)?,
            Some(rows) => {
                let start = rows.partition_point(|row| Some(*row) <= self.after);
                let mut more = true;
                for row in &rows[start..] {
                    source.row(table.oid, *row, &mut |id, csn, bytes| {
                        more = seen(id, csn, bytes)?;
                        Ok(false)
                    })?;
                    if !more {
                        break;
                    }
                }
            }
        }
        self.after = after;
        self.done = !stopped;
        Ok(())
    }
}

/// Which rows of its table a cursor reads.
pub enum Rows<'p> {
    All,
    Indexed(&'p InvertedScan),
}

pub struct TableCursor<'p> {
    scan: &'p Scan,
    rows: Rows<'p>,
    filter: Option<Cow<'p, Expr>>,
    reader: RowReader,
    scope: Scope,
    /// `None` before the first row is asked for.
    chunk: Option<TableChunk>,
    chunk_rows: usize,
    ready: VecDeque<Row>,
    plan: &'p Plan,
}

impl<'p> TableCursor<'p> {
    pub fn new(scan: &'p Scan, rows: Rows<'p>, scope: Scope, plan: &'p Plan) -> Self {
        Self {
            reader: RowReader::new(scan),
            filter: scan.filter.as_ref().map(|filter| hoisted(filter, &scope)),
            scan,
            rows,
            scope,
            chunk: None,
            chunk_rows: CHUNK_ROWS_FIRST,
            ready: VecDeque::new(),
            plan,
        }
    }

    fn start(&self) -> Result<TableChunk> {
        let found = match self.rows {
            Rows::All => None,
            Rows::Indexed(scan) => inverted::candidates(scan, self.plan, &self.scope)?,
        };
        Ok(found.map_or_else(TableChunk::start, TableChunk::of))
    }

    fn fill(&mut self) -> Result<()> {
        let mut chunk = match self.chunk.take() {
            Some(chunk) => chunk,
            None => self.start()?,
        };
        let mut visited = 0;
        let wanted = self.chunk_rows;
        let (reader, scope, ready) = (&self.reader, &self.scope, &mut self.ready);
        let filter = self.filter.as_deref();
        chunk.advance(&self.scan.table, scope, &mut |id, csn, bytes| {
            visited += 1;
            ready.extend(reader.read(id, csn, bytes, filter, scope)?);
            Ok(visited < wanted)
        })?;
        self.chunk = Some(chunk);
        self.chunk_rows = (self.chunk_rows * 4).min(CHUNK_ROWS_MAX);
        if let Some(profile) = &self.scope.execution.profile {
            let filtered = (visited - self.ready.len()) as u64;
            profile.record(Profile::address(self.plan), |node| node.filtered += filtered);
        }
        Ok(())
    }
}

impl Cursor for TableCursor<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Ok(Some(row));
            }
            if self.chunk.as_ref().is_some_and(|chunk| chunk.done) {
                return Ok(None);
            }
            self.fill()?;
        }
    }
}
