//! Rows of Arrow batches as DataRow messages, and their description.

use std::io::Write as _;

use bytes::{BufMut, BytesMut};
use datafusion::arrow::{
    array::{Array, AsArray},
    datatypes::{Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, UInt32Type},
    record_batch::RecordBatch,
};
use pgwire::messages::data::{FieldDescription, RowDescription};

use super::output::Output;
use crate::{
    base::{Oid, PgError, Result},
    err,
    query::ir::Field,
    types::{
        Physical, binary_io,
        column::datum_at,
        oid,
        text_io::{self, Style},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Binary,
}

impl Format {
    /// Errors: 22023 for a code that is neither 0 nor 1.
    pub fn from_code(code: i16) -> Result<Self> {
        match code {
            0 => Ok(Format::Text),
            1 => Ok(Format::Binary),
            code => err!(INVALID_PARAMETER_VALUE, "unsupported format code: {code}"),
        }
    }

    fn code(self) -> i16 {
        match self {
            Format::Text => 0,
            Format::Binary => 1,
        }
    }
}

/// RowDescription; `formats` has one entry a field, or none for all text.
pub fn describe(fields: &[Field], formats: &[Format]) -> RowDescription {
    let descriptions = fields.iter().enumerate().map(|(column, field)| {
        let (table, attribute) = field.origin.unwrap_or((Oid(0), 0));
        // RECORD and other pseudo-types included, what has no row of its own is variable.
        let size = oid::row(field.ty.oid).map_or(-1, |row| row.len);
        let format = formats.get(column).copied().unwrap_or(Format::Text);
        FieldDescription::new(
            field.name.clone(),
            table.0 as i32,
            attribute,
            field.ty.oid.0,
            size,
            field.ty.typmod,
            format.code(),
        )
    });
    RowDescription::new(descriptions.collect())
}

/// Writes rows of one result.
pub struct RowEncoder {
    columns: Vec<(Oid, Format)>,
    style: Style,
    text: String,
    binary: Vec<u8>,
}

impl RowEncoder {
    pub fn new(fields: &[Field], formats: &[Format], style: Style) -> Self {
        let format = |column| formats.get(column).copied().unwrap_or(Format::Text);
        let columns =
            fields.iter().enumerate().map(|(column, field)| (field.ty.oid, format(column)));
        Self { columns: columns.collect(), style, text: String::new(), binary: Vec::new() }
    }

    /// Appends one DataRow. Errors: XX000 for a batch of other columns, XX001 for a corrupt
    /// cell; nothing of the row is then left in `out`.
    pub fn encode(&mut self, batch: &RecordBatch, row: usize, out: &mut Output) -> Result<()> {
        if batch.num_columns() < self.columns.len() {
            return Err(PgError::internal("a result has fewer columns than were described"));
        }
        out.begin(b'D');
        // At most 1664 columns reach a client, so the count fits.
        out.bytes.put_u16(self.columns.len() as u16);
        for column in 0..self.columns.len() {
            let array = batch.column(column).as_ref();
            if array.is_null(row) {
                out.bytes.put_i32(-1);
                continue;
            }
            let start = out.bytes.len();
            out.bytes.put_i32(0);
            if let Err(error) = self.cell(array, row, column, &mut out.bytes) {
                out.abandon();
                return Err(error);
            }
            let length = (out.bytes.len() - start - 4) as i32;
            out.bytes[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        out.end();
        Ok(())
    }

    fn cell(
        &mut self,
        array: &dyn Array,
        row: usize,
        column: usize,
        out: &mut BytesMut,
    ) -> Result<()> {
        let (type_oid, format) = self.columns[column];
        let written = match format {
            Format::Text => plain_text(array, type_oid, row, out),
            Format::Binary => plain_binary(array, type_oid, row, out),
        };
        if written {
            return Ok(());
        }
        let value = datum_at(array, type_oid, row)?;
        match format {
            Format::Text => {
                self.text.clear();
                text_io::format(&value, type_oid, &self.style, &mut self.text);
                out.put_slice(self.text.as_bytes());
            }
            Format::Binary => {
                self.binary.clear();
                binary_io::send(&value, type_oid, &mut self.binary);
                out.put_slice(&self.binary);
            }
        }
        Ok(())
    }
}

/// The types whose text form is that of their cell: strings, integers, booleans.
fn plain_text(array: &dyn Array, type_oid: Oid, row: usize, out: &mut BytesMut) -> bool {
    let mut number = out.writer();
    let written = match Physical::of(type_oid) {
        Physical::Utf8 => number.write_all(array.as_string_view().value(row).as_bytes()),
        Physical::Bool => number.write_all(if array.as_boolean().value(row) { b"t" } else { b"f" }),
        Physical::Int16 => write!(number, "{}", array.as_primitive::<Int16Type>().value(row)),
        Physical::Int32 if type_oid == oid::INT4 => {
            write!(number, "{}", array.as_primitive::<Int32Type>().value(row))
        }
        Physical::Int64 if type_oid == oid::INT8 => {
            write!(number, "{}", array.as_primitive::<Int64Type>().value(row))
        }
        Physical::UInt32 if !oid::is_reg(type_oid) => {
            write!(number, "{}", array.as_primitive::<UInt32Type>().value(row))
        }
        _ => return false,
    };
    written.is_ok()
}

/// The types whose binary form is their cell in network order.
fn plain_binary(array: &dyn Array, type_oid: Oid, row: usize, out: &mut BytesMut) -> bool {
    match Physical::of(type_oid) {
        Physical::Utf8 => match type_oid {
            oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME | oid::JSON | oid::UNKNOWN => {
                out.put_slice(array.as_string_view().value(row).as_bytes());
            }
            _ => return false,
        },
        Physical::Bool => out.put_u8(u8::from(array.as_boolean().value(row))),
        Physical::Int16 => out.put_i16(array.as_primitive::<Int16Type>().value(row)),
        Physical::Int32 => out.put_i32(array.as_primitive::<Int32Type>().value(row)),
        Physical::Int64 => out.put_i64(array.as_primitive::<Int64Type>().value(row)),
        Physical::Float32 => out.put_f32(array.as_primitive::<Float32Type>().value(row)),
        Physical::Float64 => out.put_f64(array.as_primitive::<Float64Type>().value(row)),
        Physical::UInt32 => out.put_u32(array.as_primitive::<UInt32Type>().value(row)),
        Physical::Binary => return false,
    }
    true
}
