//! Rows of Arrow batches as DataRow messages, and their description.

use bytes::{BufMut, BytesMut};
use datafusion::arrow::{
    array::{Array, AsArray},
    record_batch::RecordBatch,
};
use pgwire::messages::data::{FieldDescription, RowDescription};

use super::{output::Output, translated};
use crate::{
    base::{Oid, PgError, Result},
    err,
    query::ir::Field,
    types::{
        Physical, binary_io,
        charset::Charset,
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
        // That of a row numbers its shape within this process.
        let typmod = match field.ty.oid {
            oid::RECORD | oid::RECORD_ARRAY => -1,
            _ => field.ty.typmod,
        };
        FieldDescription::new(
            field.name.clone(),
            table.0 as i32,
            attribute,
            field.ty.oid.0,
            size,
            typmod,
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
            let charset = out.charset;
            if let Err(error) = self.cell(array, row, column, charset, &mut out.bytes) {
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
        charset: Charset,
        out: &mut BytesMut,
    ) -> Result<()> {
        let (type_oid, format) = self.columns[column];
        match format {
            // Documents go from the column to the socket's buffer without a stop.
            Format::Text if charset.is_utf8() && Physical::of(type_oid) == Physical::Utf8 => {
                out.put_slice(array.as_string_view().value(row).as_bytes());
            }
            Format::Text => {
                self.text.clear();
                text_io::format_cell(array, type_oid, row, &self.style, &mut self.text)?;
                match charset.is_utf8() {
                    true => out.put_slice(self.text.as_bytes()),
                    false => out.put_slice(&charset.encode(&self.text)?),
                }
            }
            Format::Binary => {
                self.binary.clear();
                binary_io::send_cell(array, type_oid, row, &mut self.binary)?;
                out.put_slice(&translated::sent(charset, &self.binary, type_oid)?);
            }
        }
        Ok(())
    }
}
