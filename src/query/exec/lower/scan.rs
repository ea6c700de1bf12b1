//! A table scan in batches: decodes the filter's columns first, and of the others only the rows
//! that pass.

use std::sync::Arc;

use datafusion::arrow::{
    array::{ArrayRef, BooleanArray, RecordBatchOptions, new_empty_array},
    datatypes::SchemaRef,
    record_batch::RecordBatch,
};
use futures::StreamExt;

use super::{Exec, Operator};
use crate::{
    base::{PgError, Result},
    query::{
        exec::{
            batches::{BATCH_ROWS, schema_of},
            columnar,
            constants::hoisted,
            profile::Profile,
            rows::{RowReader, TableChunk},
            scope::Scope,
        },
        ir::{Field, Plan, Scan},
    },
    types::{ColumnBuilder, Datum, column::arrow_type, row::Row},
};

/// Stored bytes that one batch reads at most: wide rows make short batches.
const BATCH_BYTES: usize = 8 << 20;

/// Reads the rows of `chunk`, from where it stands.
pub fn lower(scan: &Scan, chunk: TableChunk, plan: &Plan, scope: &Scope) -> Exec {
    let schema = schema_of(&plan.fields);
    let mut scan = scan.clone();
    if let Some(filter) = &mut scan.filter {
        *filter = hoisted(filter, scope).into_owned();
    }
    let task = Arc::new(Task {
        reader: RowReader::new(&scan),
        scan,
        fields: plan.fields.clone(),
        schema: schema.clone(),
        scope: scope.clone(),
        address: Profile::address(plan),
    });
    Operator::exec("TableScan", schema, move |_| {
        let start = (task.clone(), chunk.clone());
        Ok(futures::stream::try_unfold(start, |(task, mut chunk)| async move {
            loop {
                if chunk.done {
                    return Ok(None);
                }
                let batch = task.next(&mut chunk)?;
                // Other tasks of this thread get their turn.
                tokio::task::yield_now().await;
                if let Some(batch) = batch {
                    return Ok(Some((batch, (task, chunk))));
                }
            }
        })
        .boxed())
    })
}

struct Task {
    scan: Scan,
    reader: RowReader,
    fields: Arc<[Field]>,
    schema: SchemaRef,
    scope: Scope,
    address: usize,
}

impl Task {
    /// The next batch; `None` if no row of the chunk passed the filter.
    fn next(&self, chunk: &mut TableChunk) -> Result<Option<RecordBatch>> {
        let Some(filter) = &self.scan.filter else {
            let all: Vec<usize> = (0..self.fields.len()).collect();
            let (columns, rows) = self.decode(chunk, &all, None)?;
            return self.batch(columns, rows);
        };
        let mut again = chunk.again();
        let (columns, rows) = self.decode(chunk, self.reader.filter_columns(), None)?;
        let mask = columnar::filter_mask(filter, &columns, rows, &self.scope.context())?;
        let passed = mask.true_count();
        if let Some(profile) = &self.scope.execution.profile {
            profile.record(self.address, |node| node.filtered += (rows - passed) as u64);
        }
        if passed == 0 {
            return Ok(None);
        }
        let (mut rest, _) = self.decode(&mut again, self.reader.other_columns(), Some(&mask))?;
        for column in self.reader.filter_columns() {
            rest[*column] = datafusion::arrow::compute::filter(&columns[*column], &mask)
                .map_err(|error| PgError::internal(error.to_string()))?;
        }
        self.batch(rest, passed)
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<Option<RecordBatch>> {
        if rows == 0 {
            return Ok(None);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .map(Some)
            .map_err(|error| PgError::internal(error.to_string()))
    }

    /// Decodes some output columns of the next rows; the others are left empty. With a mask, only
    /// the rows it selects.
    fn decode(
        &self,
        chunk: &mut TableChunk,
        wanted: &[usize],
        selected: Option<&BooleanArray>,
    ) -> Result<(Vec<ArrayRef>, usize)> {
        let stored = self.scan.columns.len();
        let mut builders: Vec<(usize, ColumnBuilder)> = wanted
            .iter()
            .map(|column| (*column, ColumnBuilder::new(self.fields[*column].ty.oid, 1024)))
            .collect();
        let (mut rows, mut bytes_read) = (0, 0);
        let rows_max = selected.map_or(BATCH_ROWS, BooleanArray::len);
        chunk.advance(&self.scan.table, &self.scope, &mut |id, csn, bytes| {
            let position = rows;
            rows += 1;
            bytes_read += bytes.len();
            if selected.is_none_or(|mask| mask.value(position)) {
                let row = Row::new(bytes)?;
                for (column, builder) in &mut builders {
                    if *column < stored {
                        match self.reader.stored(*column, &row)? {
                            Some(bytes) => builder.push_stored(bytes)?,
                            None => builder.push_null(),
                        }
                    } else {
                        let value = if *column == stored { id.0 } else { csn.0 };
                        builder.push(&Datum::Int8(value as i64))?;
                    }
                }
            }
            Ok(rows < rows_max && (selected.is_some() || bytes_read < BATCH_BYTES))
        })?;
        let mut columns: Vec<ArrayRef> =
            self.fields.iter().map(|field| new_empty_array(&arrow_type(field.ty.oid))).collect();
        for (column, mut builder) in builders {
            columns[column] = builder.finish();
        }
        Ok((columns, rows))
    }
}
