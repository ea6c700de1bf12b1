//! `columns.arrow`: a segment's scalar columns, an Arrow IPC file that is mapped, not read.

use std::{fs::File, io::BufWriter, path::Path, sync::Arc};

use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array},
    buffer::Buffer,
    compute,
    datatypes::SchemaRef,
    error::ArrowError,
    ipc::{
        convert::fb_to_schema,
        reader::{FileDecoder, read_footer_length},
        root_as_footer,
        writer::FileWriter,
    },
};

use super::mapping::map_file;
use crate::{
    base::{PgError, Result},
    index::{
        bitmap::Bitmap,
        contract::RowFilter,
        keys::{batch_of, schema_of},
    },
    storage::catalog::Table,
    types::{Datum, column, stored},
};

/// A filter looks at so many rows at once.
const BATCH_ROWS: usize = 8192;

/// Below this share of a batch, rows are picked out for a filter.
const PICKED_SHARE: usize = 4;

/// The columns, each named by its position in the table, in batches as they were written.
#[derive(Clone, Debug)]
pub struct Columns {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
}

impl Columns {
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path).map_err(|error| {
            PgError::internal(format!("could not read {}: {error}", path.display()))
        })
    }

    fn read(path: &Path) -> Result<Self, ArrowError> {
        let broken = |what: &str| ArrowError::IpcError(what.to_owned());
        let bytes = map_file(path).map_err(|error| ArrowError::IpcError(error.message))?;
        let buffer = Buffer::from(bytes);
        let trailer = buffer.len().checked_sub(10).ok_or_else(|| broken("too short"))?;
        let tail = buffer[trailer..].try_into().map_err(|_| broken("too short"))?;
        let footer_bytes = read_footer_length(tail)?;
        let start = trailer.checked_sub(footer_bytes).ok_or_else(|| broken("no footer"))?;
        let footer = root_as_footer(&buffer[start..trailer])
            .map_err(|error| ArrowError::IpcError(error.to_string()))?;
        let schema = footer.schema().ok_or_else(|| broken("no schema"))?;
        let schema = Arc::new(fb_to_schema(schema));
        let decoder = FileDecoder::new(schema.clone(), footer.version());
        let mut batches = Vec::new();
        for block in footer.recordBatches().into_iter().flatten() {
            let length = block.bodyLength() as usize + block.metaDataLength() as usize;
            let start = block.offset() as usize;
            if start.saturating_add(length) > buffer.len() {
                return Err(broken("a batch lies outside"));
            }
            let data = buffer.slice_with_length(start, length);
            batches.extend(decoder.read_record_batch(block, &data)?);
        }
        Ok(Self { batches, schema })
    }

    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The rows `among` (`None`: all) for which the filter says true.
    pub fn matching(
        &self,
        table: &Table,
        filter: &dyn RowFilter,
        among: Option<&Bitmap>,
    ) -> Result<Bitmap> {
        let mut matching = Bitmap::empty(self.rows());
        let mut first = 0;
        for batch in &self.batches {
            let rows = batch.num_rows();
            let places: Option<Vec<u32>> = among
                .map(|among| among.between(first, first + rows).map(|at| at - first as u32))
                .map(Iterator::collect);
            let batch = self.project(table, batch, filter.columns())?;
            match places {
                // Few rows are picked out before the filter looks at them.
                Some(places) if places.len() < rows / PICKED_SHARE => {
                    if !places.is_empty() {
                        let picked = pick(&batch, &places)?;
                        for at in Bitmap::of(&filter.matches(&picked)?).iter() {
                            matching.set(first + places[at as usize] as usize);
                        }
                    }
                }
                _ => {
                    for at in Bitmap::of(&filter.matches(&batch)?).iter() {
                        matching.set(first + at as usize);
                    }
                }
            }
            first += rows;
        }
        if let Some(among) = among {
            matching.and(among);
        }
        Ok(matching)
    }

    /// The kept rows of each batch, with `columns`.
    pub fn kept(
        &self,
        table: &Table,
        columns: &[usize],
        keep: &Bitmap,
    ) -> Result<Vec<RecordBatch>> {
        let mut first = 0;
        let mut kept = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let rows = batch.num_rows();
            let batch = self.project(table, batch, columns)?;
            let mask = keep.mask(first, rows);
            let batch = compute::filter_record_batch(&batch, &mask)
                .map_err(|error| PgError::internal(format!("could not filter: {error}")))?;
            kept.push(batch);
            first += rows;
        }
        Ok(kept)
    }

    fn project(
        &self,
        table: &Table,
        batch: &RecordBatch,
        columns: &[usize],
    ) -> Result<RecordBatch> {
        let arrays = columns
            .iter()
            .map(|column| self.array(table, batch, *column))
            .collect::<Result<_>>()?;
        batch_of(table, columns, arrays, batch.num_rows())
    }

    /// One column; rows sealed before it was added hold what the catalogue says.
    fn array(&self, table: &Table, batch: &RecordBatch, column: usize) -> Result<ArrayRef> {
        let ty = table.columns[column].ty.oid;
        let expected = column::arrow_type(ty);
        if let Some((at, field)) = self.schema.column_with_name(&column.to_string())
            && *field.data_type() == expected
        {
            return Ok(batch.column(at).clone());
        }
        let missing = match &table.columns[column].missing {
            Some(bytes) => stored::decode(ty, bytes)?,
            None => Datum::Null,
        };
        column::constant(&missing, ty, batch.num_rows())
    }
}

fn pick(batch: &RecordBatch, places: &[u32]) -> Result<RecordBatch> {
    let failed =
        |error: ArrowError| PgError::internal(format!("could not pick rows for a filter: {error}"));
    let places = UInt32Array::from(places.to_vec());
    let columns: Result<Vec<ArrayRef>, ArrowError> =
        batch.columns().iter().map(|column| compute::take(column, &places, None)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
    RecordBatch::try_new_with_options(batch.schema(), columns.map_err(failed)?, &options)
        .map_err(failed)
}

/// Writes the file batch by batch; rows come in the order of their local ids.
pub struct ColumnsWriter {
    writer: FileWriter<BufWriter<File>>,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
}

impl ColumnsWriter {
    pub fn create(path: &Path, table: &Table, columns: &[usize]) -> Result<Self> {
        let file = File::create(path)
            .map_err(|error| PgError::internal(format!("could not create columns: {error}")))?;
        let schema = schema_of(table, columns);
        let writer = FileWriter::try_new(BufWriter::new(file), &schema).map_err(failed)?;
        Ok(Self { writer, waiting: Vec::new(), waiting_rows: 0 })
    }

    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.waiting_rows += batch.num_rows();
        self.waiting.push(batch);
        if self.waiting_rows >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let Some(first) = self.waiting.first() else { return Ok(()) };
        // Without columns there is nothing to concatenate but the count.
        let arrays: Result<Vec<ArrayRef>, ArrowError> = (0..first.num_columns())
            .map(|column| {
                let pieces: Vec<&dyn Array> =
                    self.waiting.iter().map(|batch| batch.column(column).as_ref()).collect();
                compute::concat(&pieces).map(|array| compact(&array))
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.waiting_rows));
        let batch =
            RecordBatch::try_new_with_options(first.schema(), arrays.map_err(failed)?, &options)
                .map_err(failed)?;
        self.waiting.clear();
        self.waiting_rows = 0;
        self.writer.write(&batch).map_err(failed)
    }

    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.writer.finish().map_err(failed)
    }
}

/// Views keep the buffers they were filtered from: only what is looked at is written.
fn compact(array: &ArrayRef) -> ArrayRef {
    if let Some(strings) = array.as_string_view_opt() {
        return Arc::new(strings.gc());
    }
    if let Some(bytes) = array.as_binary_view_opt() {
        return Arc::new(bytes.gc());
    }
    array.clone()
}

fn failed(error: ArrowError) -> PgError {
    PgError::internal(format!("could not write columns: {error}"))
}
