//! COPY FROM STDIN and COPY TO STDOUT.
//!
//! Rows go from the client's bytes to stored bytes without becoming datums, except for the columns
//! that generated columns, checks and index keys look at. A load that has a transaction of its own is
//! staged in slices, so that neither memory nor other writers pay for its size; inside BEGIN its rows
//! join the transaction's other writes.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bytes::Bytes;
use datafusion::arrow::record_batch::RecordBatch;
use futures::{StreamExt, stream::BoxStream};
use parking_lot::Mutex;

use super::{engine::Shared, writes::Writes};
use crate::{
    base::{Oid, PgError, Result, RowId, ids::IndexId, sqlstate},
    formats::{CopyFormat, CopyOptions, CopyTarget, Decoder, Encoder, Field as Cell, OnError},
    ingest::{
        CommitError, IndexEntry, RowOp, Stage, TransactionId,
        locks::{LockMode, LockTarget, Wait},
    },
    query::{
        exec::{evaluate, scope::Scope},
        ir::{Expr, Field},
        statements::write::{ReadyRow, RowWriter, row_with_key},
    },
    types::{
        Datum, PgType, binary_io, charset::Charset, halfvec, oid, row, stored, text_io, typmod,
        vector,
    },
};

/// Rows wait here until they are worth a slice of their own.
const SLICE_BYTES: usize = 4 << 20;

/// What a finished COPY leaves for its session to take into the transaction.
#[derive(Default)]
pub(in crate::query) struct Copied {
    pub rows: Vec<(RowId, ReadyRow)>,
    pub table: Oid,
    pub stage: Option<Stage>,
}

pub(in crate::query) type CopySlot = Arc<Mutex<Option<Copied>>>;

/// A running COPY FROM STDIN.
pub struct CopyIn {
    pub(in crate::query) shared: Arc<Shared>,
    pub(in crate::query) owner: TransactionId,
    pub(in crate::query) writes: Writes,
    /// Whether the load may be published on its own.
    pub(in crate::query) alone: bool,
    pub(in crate::query) writer: RowWriter,
    pub(in crate::query) scope: Scope,
    pub(in crate::query) filter: Option<Expr>,
    pub(in crate::query) slot: CopySlot,
    decoder: Decoder,
    options: CopyOptions,
    columns: Vec<usize>,
    needed: Vec<bool>,
    pending: Vec<ReadyRow>,
    pending_bytes: usize,
    keys: HashMap<(IndexId, Vec<u8>), ()>,
    stage: Option<Stage>,
    rows: u64,
    skipped: u64,
    scratch: Vec<u8>,
}

/// How a COPY FROM starts.
pub(in crate::query) struct CopyStart {
    pub shared: Arc<Shared>,
    pub owner: TransactionId,
    pub writes: Writes,
    pub alone: bool,
    pub writer: RowWriter,
    pub scope: Scope,
    pub filter: Option<Expr>,
    pub slot: CopySlot,
    pub options: CopyOptions,
    pub target: CopyTarget,
    pub columns: Vec<usize>,
}

impl CopyIn {
    /// Errors: 42P10 for options that name other columns.
    pub(in crate::query) fn start(start: CopyStart) -> Result<Self> {
        let needed = needed_columns(&start.writer, start.filter.as_ref());
        Ok(Self {
            decoder: Decoder::new(start.options.clone(), start.target)?,
            shared: start.shared,
            owner: start.owner,
            writes: start.writes,
            alone: start.alone,
            writer: start.writer,
            scope: start.scope,
            filter: start.filter,
            slot: start.slot,
            options: start.options,
            columns: start.columns,
            needed,
            pending: vec![],
            pending_bytes: 0,
            keys: HashMap::new(),
            stage: None,
            rows: 0,
            skipped: 0,
            scratch: vec![],
        })
    }

    pub fn is_binary(&self) -> bool {
        self.options.format == CopyFormat::Binary
    }

    /// ENCODING, if it was said.
    pub fn charset(&self) -> Option<Charset> {
        self.options.charset
    }

    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Takes the client's next bytes, however they are cut.
    ///
    /// Errors: 22P04, 22P02 and the other input errors with line and column; 23502, 23505, 23514.
    pub async fn push(&mut self, bytes: Bytes) -> Result<()> {
        self.scope.execution.cancel.check()?;
        self.decoder.push(&bytes)?;
        self.take_rows().await
    }

    async fn take_rows(&mut self) -> Result<()> {
        while self.decoder.next_row()? {
            match self.take_row() {
                Ok(Some(row)) => {
                    self.pending_bytes += row.bytes.len() + 64;
                    self.pending.push(row);
                    self.rows += 1;
                }
                Ok(None) => {}
                Err(error) if self.forgives(&error) => self.skipped += 1,
                Err(error) => return Err(error),
            }
            if self.alone && self.pending_bytes >= SLICE_BYTES {
                self.push_slice().await?;
            }
        }
        Ok(())
    }

    /// ON_ERROR ignore skips rows whose text is no value of the column's type.
    fn forgives(&self, error: &PgError) -> bool {
        self.options.on_error == OnError::Ignore
            && error.code.0.starts_with("22")
            && self.options.reject_limit.is_none_or(|limit| self.skipped < limit)
    }

    /// The decoder's row, complete and checked; `None` if WHERE drops it.
    fn take_row(&mut self) -> Result<Option<ReadyRow>> {
        let table = self.writer.table().clone();
        let width = table.columns.len();
        let mut values = vec![Datum::Null; width];
        let mut cells: Vec<Option<(usize, usize)>> = vec![None; width];
        self.scratch.clear();
        for (index, position) in self.columns.iter().enumerate() {
            let ty = table.columns[*position].ty;
            let start = self.scratch.len();
            let present = match self.decoder.field(index) {
                Cell::Null => false,
                Cell::Default => {
                    let value = evaluate(
                        &self.writer.rules.defaults[*position],
                        &[],
                        &self.writer.context(),
                    )?;
                    stored::encode(&value, &mut self.scratch);
                    !value.is_null()
                }
                Cell::Text(text) => {
                    read_text(text, ty, &self.writer, &mut self.scratch)
                        .map_err(|error| error.context(self.decoder.column_context(index)))?;
                    true
                }
                Cell::Binary(bytes) => {
                    read_binary(bytes, ty, &mut self.scratch)
                        .map_err(|error| error.context(self.decoder.column_context(index)))?;
                    true
                }
            };
            if !present {
                continue;
            }
            cells[*position] = Some((start, self.scratch.len()));
            if self.needed[*position] {
                values[*position] = stored::decode(ty.oid, &self.scratch[start..])?;
            }
        }
        self.fill_defaults(&mut values, &mut cells)?;
        if let Some(filter) = &self.filter
            && !self.scope.holds(filter, &values)?
        {
            return Ok(None);
        }
        let checked = self.check(&mut values, &mut cells);
        checked.map_err(|error| error.context(self.decoder.row_context()))?;
        let mut bytes = Vec::with_capacity(self.scratch.len() + width * 4 + 2);
        let mut writer = row::RowWriter::new(width, &mut bytes);
        for cell in &cells {
            match cell {
                Some((start, end)) => writer.push_stored(&self.scratch[*start..*end]),
                None => writer.push_null(),
            }
        }
        Ok(Some(ReadyRow { bytes, keys: self.writer.keys(&values)? }))
    }

    fn fill_defaults(
        &mut self,
        values: &mut [Datum],
        cells: &mut [Option<(usize, usize)>],
    ) -> Result<()> {
        let rules = self.writer.rules.clone();
        for (position, default) in rules.defaults.iter().enumerate() {
            if self.columns.contains(&position) || matches!(default, Expr::Const(Datum::Null, _)) {
                continue;
            }
            let value = evaluate(default, &[], &self.writer.context())?;
            if !value.is_null() {
                let start = self.scratch.len();
                stored::encode(&value, &mut self.scratch);
                cells[position] = Some((start, self.scratch.len()));
                values[position] = value;
            }
        }
        Ok(())
    }

    /// Computes generated columns, and checks. NOT NULL is asked of the cells, since not every value
    /// has been made.
    fn check(&mut self, values: &mut [Datum], cells: &mut [Option<(usize, usize)>]) -> Result<()> {
        let rules = self.writer.rules.clone();
        for (position, expr) in &rules.generated {
            let value = evaluate(expr, values, &self.writer.context())?;
            if !value.is_null() {
                let start = self.scratch.len();
                stored::encode(&value, &mut self.scratch);
                cells[*position] = Some((start, self.scratch.len()));
            }
            values[*position] = value;
        }
        let missing = rules
            .table
            .columns
            .iter()
            .zip(cells.iter())
            .any(|(column, cell)| column.not_null && !column.dropped && cell.is_none());
        if missing || !rules.checks.is_empty() {
            // The violation's DETAIL shows the whole row.
            let mut whole = values.to_vec();
            for (position, cell) in cells.iter().enumerate() {
                if let (Some((start, end)), true) = (cell, whole[position].is_null()) {
                    let ty = rules.table.columns[position].ty.oid;
                    whole[position] = stored::decode(ty, &self.scratch[*start..*end])?;
                }
            }
            self.writer.check(&whole)?;
        }
        Ok(())
    }

    async fn push_slice(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        let table = self.writer.table().oid;
        let stage = match &mut self.stage {
            Some(stage) => stage,
            None => self.stage.insert(self.shared.committer.stage()),
        };
        let first = self.shared.store.allocate_rows(rows.len() as u64);
        let ops = rows
            .into_iter()
            .enumerate()
            .map(|(offset, row)| RowOp::Insert {
                table,
                row: RowId(first.0 + offset as u64),
                bytes: row.bytes,
                keys: row.keys,
            })
            .collect();
        self.scope.execution.cancel.watch(self.shared.committer.eased()).await?;
        let pushed = stage.push(ops).await;
        pushed.map_err(|error| self.describe(error))
    }

    /// A unique violation with its DETAIL, as far as the key tells it.
    fn describe(&self, error: CommitError) -> PgError {
        let table = self.writer.table();
        PgError::from(error).table(self.writer.schema_name(), &table.name)
    }

    /// The end of the data: every row is accepted, and becomes visible with the transaction.
    ///
    /// Errors: as [`CopyIn::push`].
    pub async fn finish(mut self) -> Result<String> {
        self.decoder.finish();
        self.take_rows().await?;
        if self.stage.is_some() && !self.pending.is_empty() {
            self.push_slice().await?;
        }
        if let Some(stage) = &mut self.stage {
            let settled = stage.settle().await;
            settled.map_err(|error| self.describe(error))?;
        }
        let rows = std::mem::take(&mut self.pending);
        let entries: Vec<IndexEntry> = rows
            .iter()
            .flat_map(|row| &row.keys)
            .filter(|entry| entry.is_unique())
            .cloned()
            .collect();
        for entry in entries {
            let target = LockTarget::Key(entry.index, entry.key.clone());
            let locks = &self.shared.locks;
            let locked = locks.lock(self.owner, target, LockMode::ForUpdate, Wait::Forever);
            self.scope.execution.cancel.watch(locked).await?;
        }
        self.check_unique(&rows)?;
        let first = self.shared.store.allocate_rows(rows.len() as u64);
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(offset, row)| (RowId(first.0 + offset as u64), row))
            .collect();
        let table = self.writer.table().oid;
        *self.slot.lock() = Some(Copied { rows, table, stage: self.stage.take() });
        if self.skipped > 0 {
            let rows = if self.skipped == 1 { "row was" } else { "rows were" };
            self.scope.execution.env.services.notice(PgError::notice(format!(
                "{} {rows} skipped due to data type incompatibility",
                self.skipped
            )));
        }
        Ok(format!("COPY {}", self.rows))
    }

    /// Errors: 23505 against stored rows, this transaction's and each other.
    fn check_unique(&mut self, rows: &[ReadyRow]) -> Result<()> {
        if rows.iter().all(|row| row.keys.iter().all(|entry| !entry.is_unique())) {
            return Ok(());
        }
        let newest = self.shared.store.snapshot()?;
        let nobody = HashSet::new();
        let table = self.writer.table().clone();
        for row in rows {
            for entry in row.keys.iter().filter(|entry| entry.is_unique()) {
                let twice = self.keys.insert((entry.index, entry.key.clone()), ()).is_some();
                if twice || row_with_key(&self.writes, &newest, &table, entry, &nobody)?.is_some() {
                    let values = self.writer.decode(&row.bytes)?;
                    return Err(self.writer.unique_violation(entry, &values));
                }
            }
        }
        Ok(())
    }

    /// The client gave up: nothing is kept.
    pub async fn abort(self) {}
}

/// The columns whose values expressions need.
fn needed_columns(writer: &RowWriter, filter: Option<&Expr>) -> Vec<bool> {
    let rules = &writer.rules;
    let mut needed = vec![false; rules.table.columns.len()];
    // Vectors and tsvectors are indexed from the stored rows, not from here.
    let keys = rules
        .indexes
        .iter()
        .filter(|index| index.index.sees_writes())
        .flat_map(|index| index.keys.iter().chain(&index.predicate));
    let exprs = rules
        .generated
        .iter()
        .map(|(_, expr)| expr)
        .chain(rules.checks.iter().map(|(_, expr)| expr))
        .chain(keys)
        .chain(filter);
    for expr in exprs {
        expr.walk(&mut |expr, _| {
            if let Expr::Column(position, _) = expr {
                needed[*position] = true;
            }
        });
    }
    needed
}

/// Appends the stored bytes of a field of text or csv.
fn read_text(text: &str, ty: PgType, writer: &RowWriter, out: &mut Vec<u8>) -> Result<()> {
    match ty.oid {
        oid::VECTOR => vector::parse_into(text, ty.typmod, out),
        oid::HALFVEC => halfvec::parse_into(text, ty.typmod, out),
        oid::TEXT => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        _ => {
            let value = text_io::parse(text, ty, &writer.env.style)?;
            stored::encode(&value, out);
            Ok(())
        }
    }
}

/// Appends the stored bytes of a field of binary COPY.
fn read_binary(bytes: &[u8], ty: PgType, out: &mut Vec<u8>) -> Result<()> {
    match ty.oid {
        oid::VECTOR => vector::receive_into(bytes, ty.typmod, out),
        oid::HALFVEC => halfvec::receive_into(bytes, ty.typmod, out),
        oid::INT4 | oid::INT8 | oid::INT2 | oid::FLOAT4 | oid::FLOAT8
            if oid::row(ty.oid).is_some_and(|row| row.len as usize == bytes.len()) =>
        {
            out.extend(bytes.iter().rev());
            Ok(())
        }
        oid::TEXT if memchr::memchr(0, bytes).is_none() && std::str::from_utf8(bytes).is_ok() => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        _ => {
            let value = binary_io::receive(bytes, ty)?;
            let value = typmod::coerce(value, ty, false)?;
            stored::encode(&value, out);
            Ok(())
        }
    }
}

/// A running COPY TO STDOUT.
pub struct CopyOut {
    pub(in crate::query) stream: BoxStream<'static, Result<RecordBatch>>,
    pub(in crate::query) fields: Arc<[Field]>,
    pub(in crate::query) style: text_io::Style,
    encoder: Encoder,
    binary: bool,
    charset: Option<Charset>,
    started: bool,
    finished: bool,
    rows: u64,
    text: String,
    bytes: Vec<u8>,
}

impl CopyOut {
    pub(in crate::query) fn new(
        stream: BoxStream<'static, Result<RecordBatch>>,
        fields: Arc<[Field]>,
        options: CopyOptions,
        style: text_io::Style,
    ) -> Result<Self> {
        let names = fields.iter().map(|field| field.name.clone()).collect();
        Ok(Self {
            stream,
            fields,
            style,
            binary: options.format == CopyFormat::Binary,
            charset: options.charset,
            encoder: Encoder::new(options, names)?,
            started: false,
            finished: false,
            rows: 0,
            text: String::new(),
            bytes: vec![],
        })
    }

    pub fn is_binary(&self) -> bool {
        self.binary
    }

    /// ENCODING, if it was said.
    pub fn charset(&self) -> Option<Charset> {
        self.charset
    }

    pub fn types(&self) -> Vec<Oid> {
        self.fields.iter().map(|field| field.ty.oid).collect()
    }

    pub fn columns(&self) -> usize {
        self.fields.len()
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Appends encoded rows to `out`, and where each message's bytes end to `ends`; `false` when
    /// there are no more.
    pub async fn next(&mut self, out: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<bool> {
        if self.finished {
            return Ok(false);
        }
        if !std::mem::replace(&mut self.started, true) {
            let before = out.len();
            self.encoder.start(out);
            // A header line is a message of its own; the binary signature opens the first row's.
            if out.len() > before && !self.binary {
                ends.push(out.len());
            }
        }
        let Some(batch) = self.stream.next().await else {
            self.finished = true;
            let before = out.len();
            self.encoder.finish(out);
            if out.len() > before {
                ends.push(out.len());
            }
            return Ok(true);
        };
        let batch = batch?;
        for row in 0..batch.num_rows() {
            self.encoder.begin_row(out);
            for (field, column) in self.fields.iter().zip(batch.columns()) {
                if column.is_null(row) {
                    self.encoder.field(Cell::Null, out);
                } else if self.binary {
                    self.bytes.clear();
                    binary_io::send_cell(column.as_ref(), field.ty.oid, row, &mut self.bytes)?;
                    self.encoder.field(Cell::Binary(&self.bytes), out);
                } else {
                    self.text.clear();
                    let (style, text) = (&self.style, &mut self.text);
                    text_io::format_cell(column.as_ref(), field.ty.oid, row, style, text)?;
                    self.encoder.field(Cell::Text(&self.text), out);
                }
            }
            self.encoder.end_row(out);
            ends.push(out.len());
            self.rows += 1;
        }
        Ok(true)
    }
}

/// 57014 for a COPY that the client ended with CopyFail.
pub fn copy_failed(message: &str) -> PgError {
    PgError::new(sqlstate::QUERY_CANCELED, format!("COPY from stdin failed: {message}"))
}
