//! Reading table rows: whole tables, and rows found by an index.

use std::{borrow::Cow, collections::VecDeque, ops::Bound, sync::Arc};

use super::{Cursor, inverted};
use crate::{
    base::{Csn, Oid, Result, RowId},
    query::{
        exec::{
            constants::hoisted,
            execution::Ledger,
            index_key,
            profile::Profile,
            scope::{Row, Scope},
            source::KeyRange,
        },
        ir::{Expr, First, IndexScan, InvertedScan, Plan, Scan},
        rules::columns::columns_of,
    },
    storage::catalog::Table,
    types::{Datum, oid, row, stored},
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

/// The rows that a btree index leads to, each checked again by the scan's filter.
pub fn index_rows(index: &IndexScan, plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    if let Some(first) = &index.first {
        return first_rows(index, first, plan, scope);
    }
    let also = match &index.also {
        Some(also) => inverted::few(also, inverted::share(also, scope)?, scope)?,
        None => None,
    };
    // Where the other index has found few rows, it does not pay to list many.
    let ids_max = also.as_ref().map_or(usize::MAX, |rows| rows.len() * LISTED_FACTOR + LISTED_MIN);
    let mut ids = Vec::new();
    for (lower, upper) in ranges(index, scope)? {
        scope.execution.source.index_range(
            index.scan.table.oid,
            index.index.oid,
            as_slice(&lower),
            as_slice(&upper),
            &mut |id| {
                ids.push(id);
                Ok(ids.len() <= ids_max)
            },
        )?;
    }
    if index.any.is_some() || also.is_some() {
        // Uncommitted rows come with every range.
        ids.sort_unstable();
        ids.dedup();
    }
    if let Some(also) = also {
        if ids.len() > ids_max {
            ids = also;
        } else {
            ids.retain(|id| also.binary_search(id).is_ok());
        }
        inverted::note(Some(&ids), "", plan, scope);
    }
    fetch(index, &ids, plan, scope)
}

/// An index is read for at most so many ids, where another one has found fewer rows.
const LISTED_FACTOR: usize = 8;
const LISTED_MIN: usize = 1000;

/// The rows under these ids that pass the filter.
fn fetch(index: &IndexScan, ids: &[RowId], plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    let (execution, table) = (&scope.execution, index.scan.table.oid);
    let reader = RowReader::new(&index.scan);
    let mut ledger = Ledger::new(execution, "an index scan");
    let mut rows = Vec::new();
    let mut removed = 0;
    for (position, id) in ids.iter().enumerate() {
        if position % 1024 == 1023 {
            execution.cancel.check()?;
        }
        execution.source.row(table, *id, &mut |id, csn, bytes| {
            match reader.read(id, csn, bytes, index.scan.filter.as_ref(), scope)? {
                Some(row) => {
                    ledger.grow(bytes.len())?;
                    rows.push(row);
                }
                None => removed += 1,
            }
            Ok(false)
        })?;
    }
    if let Some(profile) = &execution.profile {
        profile.record(Profile::address(plan), |node| node.filtered += removed);
    }
    Ok(rows)
}

/// Rows in the order of the key until there are as many as are wanted, and those that come out of it.
fn first_rows(index: &IndexScan, first: &First, plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    let wanted = scope.count(&first.wanted)?.map_or(usize::MAX, |wanted| wanted.max(0) as usize);
    if wanted == 0 {
        return Ok(vec![]);
    }
    let (execution, table) = (&scope.execution, index.scan.table.oid);
    if let Some(also) = &index.also {
        // With n of N rows, a walk looks at about N / n of them for each that is wanted.
        let rows = execution.source.row_count(table)?;
        let worth = rows.saturating_mul(rows.min(wanted as u64)).isqrt().max(1);
        let found = inverted::few(also, worth as usize, scope)?;
        inverted::note(found.as_deref(), "walk", plan, scope);
        if let Some(ids) = found {
            return fetch(index, &ids, plan, scope);
        }
    }
    let filter = index.scan.filter.as_ref().map(|filter| hoisted(filter, scope));
    let reader = RowReader::new(&index.scan);
    let mut ledger = Ledger::new(execution, "an index scan");
    let (mut rows, mut visited, mut in_place) = (Vec::new(), 0, 0);
    for (lower, upper) in ranges(index, scope)? {
        let (lower, upper) = (as_slice(&lower), as_slice(&upper));
        let range = KeyRange { index: index.index.oid, lower, upper };
        execution.source.index_order(table, range, first.descending, &mut |id, in_order| {
            visited += 1;
            if visited % 1024 == 0 {
                execution.cancel.check()?;
            }
            execution.source.row(table, id, &mut |id, csn, bytes| {
                if let Some(row) = reader.read(id, csn, bytes, filter.as_deref(), scope)? {
                    ledger.grow(bytes.len())?;
                    rows.push(row);
                    in_place += usize::from(in_order);
                }
                Ok(false)
            })?;
            Ok(in_place < wanted)
        })?;
    }
    if let Some(profile) = &execution.profile {
        let removed = (visited - rows.len()) as u64;
        profile.record(Profile::address(plan), |node| node.filtered += removed);
    }
    Ok(rows)
}

type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The key ranges of an index scan; none if a value is NULL, which nothing equals.
fn ranges(index: &IndexScan, scope: &Scope) -> Result<Vec<Range>> {
    let keys = &index.index.keys;
    let mut prefix = Vec::new();
    for (expr, key) in index.equal.iter().zip(keys) {
        let Some(value) = as_key(scope.evaluate(expr, &[])?, key.ty.oid) else {
            return Ok(vec![]);
        };
        index_key::push(&value, key.ty.oid, &mut prefix);
    }
    let next = keys.get(index.equal.len()).map_or(oid::INT8, |key| key.ty.oid);
    let extended = |value: Datum| {
        let value = as_key(value, next)?;
        let mut key = prefix.clone();
        index_key::push(&value, next, &mut key);
        Some(key)
    };
    if let Some(array) = &index.any {
        let Datum::Array(array) = scope.evaluate(array, &[])? else { return Ok(vec![]) };
        let mut prefixes: Vec<_> =
            array.elements.iter().filter_map(|element| extended(element.clone())).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        return Ok(prefixes
            .into_iter()
            .map(|key| (Bound::Included(key.clone()), Bound::Included(key)))
            .collect());
    }
    let mut bounds = [None, None];
    for (bound, key) in [&index.lower, &index.upper].into_iter().zip(&mut bounds) {
        let Some((expr, _)) = bound else { continue };
        let value = scope.evaluate(expr, &[])?;
        if value.is_null() {
            return Ok(vec![]);
        }
        // A bound beyond the key's type bounds nothing, or everything: the filter knows.
        *key = extended(value);
    }
    let [lower, upper] = bounds;
    // Bounds take in every key that begins with them; what an exclusive bound excludes, the filter
    // takes out. NULLs stand last and are not compared.
    let upper = match (&lower, upper) {
        (_, Some(key)) => Bound::Included(key),
        (Some(_), None) => {
            let mut nulls = prefix.clone();
            nulls.push(index_key::NULL);
            Bound::Excluded(nulls)
        }
        (None, None) => Bound::Included(prefix.clone()),
    };
    Ok(vec![(Bound::Included(lower.unwrap_or(prefix)), upper)])
}

/// A value as the index's type has it; `None` for NULL, or an integer out of its range.
fn as_key(value: Datum, key_type: Oid) -> Option<Datum> {
    match (&value, key_type) {
        (Datum::Null, _) => None,
        (Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_), oid::INT8) => {
            Some(Datum::Int8(value.as_i64()))
        }
        (Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_), oid::INT4) => {
            i32::try_from(value.as_i64()).ok().map(Datum::Int4)
        }
        (Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_), oid::INT2) => {
            i16::try_from(value.as_i64()).ok().map(Datum::Int2)
        }
        _ => Some(value),
    }
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}
