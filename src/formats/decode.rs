//! Bytes to rows.

mod binary;
mod csv;
mod input;
mod text;

pub use binary::SIGNATURE;

use binary::BinaryDecoder;
use csv::CsvDecoder;
use text::TextDecoder;

use super::{CopyFormat, CopyOptions, Header};
use crate::{
    base::{PgError, Result},
    err,
};

/// A column that COPY fills.
#[derive(Clone, Debug)]
pub struct CopyColumn {
    pub name: String,
    pub has_default: bool,
}

/// What is copied into, for checks and error contexts.
#[derive(Clone, Debug)]
pub struct CopyTarget {
    pub table: String,
    pub columns: Vec<CopyColumn>,
}

/// One field of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    Null,
    /// The `DEFAULT` marker.
    Default,
    /// Text and csv.
    Text(&'a str),
    /// The type's wire form.
    Binary(&'a [u8]),
}

/// Where a field's value lies.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Null,
    Default,
    /// `[start, end)` of the input.
    Input(usize, usize),
    /// `[start, end)` of the scratch buffer, where escapes are undone.
    Scratch(usize, usize),
    /// The NULL marker as a value, for FORCE_NOT_NULL.
    Marker,
}

/// Decodes one COPY FROM.
///
/// ```text
/// loop { decoder.push(bytes)?; while decoder.next_row()? { decoder.field(0) .. } }
/// decoder.finish(); while decoder.next_row()? { .. }
/// ```
#[derive(Debug)]
pub struct Decoder {
    target: CopyTarget,
    format: Format,
}

#[derive(Debug)]
enum Format {
    Text(TextDecoder),
    Csv(CsvDecoder),
    Binary(BinaryDecoder),
}

impl Decoder {
    /// Errors: 42P10 if a `FORCE_...` option names a column that is not copied.
    pub fn new(options: CopyOptions, target: CopyTarget) -> Result<Self> {
        let names: Vec<_> = target.columns.iter().map(|column| column.name.as_str()).collect();
        let format = match options.format {
            CopyFormat::Text => Format::Text(TextDecoder::new(options)),
            CopyFormat::Csv => {
                let not_null = options.force_not_null.flags("FORCE_NOT_NULL", &names)?;
                let null = options.force_null.flags("FORCE_NULL", &names)?;
                Format::Csv(CsvDecoder::new(options, not_null, null))
            }
            CopyFormat::Binary => Format::Binary(BinaryDecoder::new()),
        };
        Ok(Self { target, format })
    }

    /// Takes the next bytes, cut anywhere. Call it when [`Decoder::next_row`] has said `false`.
    ///
    /// Errors: 54000 if a row grows beyond 1 GB.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let pushed = match &mut self.format {
            Format::Text(decoder) => decoder.input.push(bytes),
            Format::Csv(decoder) => decoder.input.push(bytes),
            Format::Binary(decoder) => decoder.push(bytes),
        };
        pushed.map_err(|error| error.context(self.line_context(false)))
    }

    /// No more bytes will come.
    pub fn finish(&mut self) {
        match &mut self.format {
            Format::Text(decoder) => decoder.input.finish(),
            Format::Csv(decoder) => decoder.input.finish(),
            Format::Binary(decoder) => decoder.finish(),
        }
    }

    /// Moves to the next row; `false` if more bytes are needed, or at the end.
    ///
    /// Errors: 22P04 for malformed rows, 22021 for invalid UTF-8; with PostgreSQL's context.
    pub fn next_row(&mut self) -> Result<bool> {
        loop {
            let header = match &mut self.format {
                Format::Text(decoder) => decoder.input.take_header(),
                Format::Csv(decoder) => decoder.input.take_header(),
                Format::Binary(_) => Header::Absent,
            };
            let moved = match &mut self.format {
                Format::Text(decoder) => decoder.next_line(),
                Format::Csv(decoder) => decoder.next_line(),
                Format::Binary(decoder) => decoder.next_row(self.target.columns.len()),
            };
            if !moved.map_err(|error| error.context(self.line_context(false)))? {
                if header == Header::Match && self.end_at_header() {
                    // No line at all is a line without fields.
                    self.split_and_check(header)?;
                } else if header != Header::Absent {
                    self.put_header_back(header);
                }
                return Ok(false);
            }
            if header == Header::Present {
                continue;
            }
            if matches!(self.format, Format::Binary(_)) {
                return Ok(true);
            }
            self.split_and_check(header)?;
            if header == Header::Absent {
                return Ok(true);
            }
        }
    }

    fn split_and_check(&mut self, header: Header) -> Result<()> {
        let split = match &mut self.format {
            Format::Text(decoder) => decoder.split(&self.target.columns),
            Format::Csv(decoder) => decoder.split(&self.target.columns, header),
            Format::Binary(_) => Ok(()),
        };
        split
            .and_then(|()| match header {
                Header::Match => self.check_header(),
                _ => self.check_count(),
            })
            .map_err(|error| error.context(self.line_context(true)))
    }

    /// Whether the data ended where the header should be; then the line is the empty one there.
    fn end_at_header(&mut self) -> bool {
        let input = match &mut self.format {
            Format::Text(decoder) => &mut decoder.input,
            Format::Csv(decoder) => &mut decoder.input,
            Format::Binary(_) => return false,
        };
        if input.done {
            input.set_line(input.next, input.next);
        }
        input.done
    }

    /// Fields of the row; as many as the target has columns.
    pub fn field_count(&self) -> usize {
        self.cells().len()
    }

    /// A field of the row that [`Decoder::next_row`] moved to.
    pub fn field(&self, index: usize) -> Field<'_> {
        let (text, scratch, options) = match &self.format {
            Format::Text(decoder) => (&decoder.input.text, &decoder.scratch, &decoder.options),
            Format::Csv(decoder) => (&decoder.input.text, &decoder.scratch, &decoder.options),
            Format::Binary(decoder) => return decoder.field(index),
        };
        match self.cells()[index] {
            Cell::Null => Field::Null,
            Cell::Default => Field::Default,
            Cell::Input(start, end) => Field::Text(&text[start..end]),
            Cell::Scratch(start, end) => Field::Text(&scratch[start..end]),
            Cell::Marker => Field::Text(&options.null),
        }
    }

    fn cells(&self) -> &[Cell] {
        match &self.format {
            Format::Text(decoder) => &decoder.cells,
            Format::Csv(decoder) => &decoder.cells,
            Format::Binary(decoder) => &decoder.cells,
        }
    }

    /// 1-based; in csv, newlines within quotes count.
    pub fn line(&self) -> u64 {
        match &self.format {
            Format::Text(decoder) => decoder.input.line,
            Format::Csv(decoder) => decoder.input.line,
            Format::Binary(decoder) => decoder.row,
        }
    }

    /// The CONTEXT of an error in the value of a column of the present row.
    pub fn column_context(&self, index: usize) -> String {
        let (table, line) = (&self.target.table, self.line());
        let column = &self.target.columns[index].name;
        match self.field(index) {
            Field::Text(value) => {
                format!("COPY {table}, line {line}, column {column}: \"{}\"", shortened(value))
            }
            Field::Binary(_) => format!("COPY {table}, line {line}, column {column}"),
            Field::Null | Field::Default => {
                format!("COPY {table}, line {line}, column {column}: null input")
            }
        }
    }

    /// The CONTEXT of an error in the present row as a whole.
    pub fn row_context(&self) -> String {
        self.line_context(true)
    }

    fn line_context(&self, with_text: bool) -> String {
        let (table, line) = (&self.target.table, self.line());
        match &self.format {
            Format::Text(decoder) if with_text => {
                format!("COPY {table}, line {line}: \"{}\"", shortened(decoder.input.line_text()))
            }
            Format::Csv(decoder) if with_text => {
                format!("COPY {table}, line {line}: \"{}\"", shortened(decoder.input.line_text()))
            }
            _ => format!("COPY {table}, line {line}"),
        }
    }

    fn put_header_back(&mut self, header: Header) {
        match &mut self.format {
            Format::Text(decoder) => decoder.input.header = header,
            Format::Csv(decoder) => decoder.input.header = header,
            Format::Binary(_) => {}
        }
    }

    fn check_count(&self) -> Result<()> {
        let (count, columns) = (self.cells().len(), &self.target.columns);
        if count > columns.len() {
            return err!(BAD_COPY_FILE_FORMAT, "extra data after last expected column");
        }
        match columns.get(count) {
            Some(column) => {
                err!(BAD_COPY_FILE_FORMAT, "missing data for column \"{}\"", column.name)
            }
            None => Ok(()),
        }
    }

    fn check_header(&self) -> Result<()> {
        let (count, columns) = (self.cells().len(), &self.target.columns);
        if count != columns.len() {
            return err!(
                BAD_COPY_FILE_FORMAT,
                "wrong number of fields in header line: got {count}, expected {}",
                columns.len()
            );
        }
        for (index, column) in columns.iter().enumerate() {
            let (number, name) = (index + 1, &column.name);
            match self.field(index) {
                Field::Text(text) if text == name => {}
                Field::Text(text) => {
                    return err!(
                        BAD_COPY_FILE_FORMAT,
                        "column name mismatch in header line field {number}: got \"{text}\", expected \"{name}\""
                    );
                }
                _ => {
                    let null = match &self.format {
                        Format::Text(decoder) => &decoder.options.null,
                        Format::Csv(decoder) => &decoder.options.null,
                        Format::Binary(_) => "",
                    };
                    return err!(
                        BAD_COPY_FILE_FORMAT,
                        "column name mismatch in header line field {number}: got null value (\"{null}\"), expected \"{name}\""
                    );
                }
            }
        }
        Ok(())
    }
}

/// At most 100 bytes for a context.
fn shortened(text: &str) -> String {
    const SHOWN_BYTES_MAX: usize = 100;
    if text.len() <= SHOWN_BYTES_MAX {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)])
}

/// The cell of the `DEFAULT` marker. Errors: 22P04 if the column has none.
fn default_cell(columns: &[CopyColumn], index: usize) -> Result<Cell> {
    let column = &columns[index];
    if column.has_default {
        return Ok(Cell::Default);
    }
    Err(PgError::new(
        crate::base::sqlstate::BAD_COPY_FILE_FORMAT,
        "unexpected default marker in COPY data",
    )
    .detail(format!("Column \"{}\" has no default value.", column.name)))
}
