//! Between rows of datums and Arrow batches. Columns are known by position; their names say no more.

use std::sync::Arc;

use datafusion::arrow::{
    array::RecordBatchOptions,
    datatypes::{Field as ArrowField, Schema, SchemaRef},
    record_batch::RecordBatch,
};

use super::scope::Row;
use crate::{
    base::{PgError, Result},
    query::ir::Field,
    types::{
        ColumnBuilder, Datum,
        column::{arrow_type, datum_at},
    },
};

/// Rows of a batch: enough to make a kernel's start-up cheap, few enough to stream.
pub const BATCH_ROWS: usize = 8192;

/// The Arrow schema of a plan's output.
pub fn schema_of(fields: &[Field]) -> SchemaRef {
    let columns: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(position, field)| {
            ArrowField::new(format!("c{position}"), arrow_type(field.ty.oid), true)
        })
        .collect();
    Arc::new(Schema::new(columns))
}

/// One batch of all these rows.
pub fn batch_of(rows: &[Row], fields: &[Field], schema: &SchemaRef) -> Result<RecordBatch> {
    let mut columns = Vec::with_capacity(fields.len());
    for (position, field) in fields.iter().enumerate() {
        let mut builder = ColumnBuilder::new(field.ty.oid, rows.len());
        for row in rows {
            builder.push(row.get(position).unwrap_or(&Datum::Null))?;
        }
        columns.push(builder.finish());
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
        .map_err(|error| PgError::internal(error.to_string()))
}

/// The same columns under the names of another schema.
pub fn renamed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &options)
        .map_err(|error| PgError::internal(error.to_string()))
}

/// Rows cut into batches; none for no rows.
pub fn batches_of(rows: &[Row], fields: &[Field]) -> Result<Vec<RecordBatch>> {
    let schema = schema_of(fields);
    rows.chunks(BATCH_ROWS).map(|rows| batch_of(rows, fields, &schema)).collect()
}

/// Appends a batch's rows.
pub fn push_rows(batch: &RecordBatch, fields: &[Field], rows: &mut Vec<Row>) -> Result<()> {
    rows.reserve(batch.num_rows());
    for position in 0..batch.num_rows() {
        rows.push(row_at(batch, fields, position)?);
    }
    Ok(())
}

pub fn row_at(batch: &RecordBatch, fields: &[Field], position: usize) -> Result<Row> {
    fields
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| datum_at(column, field.ty.oid, position))
        .collect()
}
