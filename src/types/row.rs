//! A row's bytes: the columns' stored bytes behind a table of their ends, so that one column is
//! read without touching the others.
//!
//! ```text
//! u16 columns | columns x u32 end (bit 31: NULL) | the stored bytes, column after column
//! ```
//!
//! A row may be shorter than its table's current definition: columns that were added later are
//! absent, and the reader supplies what the catalogue says they hold.

use super::{
    Datum,
    stored::{self, corrupt},
};
use crate::base::{Oid, Result};

const NULL: u32 = 1 << 31;

/// Encodes one row.
pub fn encode(values: &[Datum], out: &mut Vec<u8>) {
    let mut writer = RowWriter::new(values.len(), out);
    for value in values {
        match value {
            Datum::Null => writer.push_null(),
            value => writer.push_with(|out| stored::encode(value, out)),
        }
    }
}

/// Writes a row column by column.
pub struct RowWriter<'a> {
    out: &'a mut Vec<u8>,
    ends: usize,
    body: usize,
}

impl<'a> RowWriter<'a> {
    pub fn new(columns: usize, out: &'a mut Vec<u8>) -> Self {
        out.extend((columns as u16).to_le_bytes());
        let ends = out.len();
        out.resize(ends + columns * 4, 0);
        let body = out.len();
        Self { out, ends, body }
    }

    pub fn push_null(&mut self) {
        self.end(NULL);
    }

    /// Appends one column; `write` appends its stored bytes.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(self.out);
        self.end(0);
    }

    pub fn push_stored(&mut self, bytes: &[u8]) {
        self.push_with(|out| out.extend_from_slice(bytes));
    }

    fn end(&mut self, flag: u32) {
        let end = (self.out.len() - self.body) as u32 | flag;
        self.out[self.ends..self.ends + 4].copy_from_slice(&end.to_le_bytes());
        self.ends += 4;
    }
}

/// A borrowed row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    columns: usize,
    ends: &'a [u8],
    body: &'a [u8],
}

impl<'a> Row<'a> {
    /// Errors: XX001 if the header does not fit the bytes.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        let (count, rest) = bytes.split_at_checked(2).ok_or_else(corrupt)?;
        let columns = usize::from(u16::from_le_bytes([count[0], count[1]]));
        let (ends, body) = rest.split_at_checked(columns * 4).ok_or_else(corrupt)?;
        Ok(Self { columns, ends, body })
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    fn end(&self, column: usize) -> u32 {
        let at = column * 4;
        u32::from_le_bytes([self.ends[at], self.ends[at + 1], self.ends[at + 2], self.ends[at + 3]])
    }

    /// The stored bytes of a column; `None` is NULL. `column` must be below [`Row::columns`].
    pub fn stored(&self, column: usize) -> Result<Option<&'a [u8]>> {
        let end = self.end(column);
        if end & NULL != 0 {
            return Ok(None);
        }
        let start = if column == 0 { 0 } else { self.end(column - 1) & !NULL };
        self.body.get(start as usize..end as usize).map(Some).ok_or_else(corrupt)
    }

    pub fn datum(&self, column: usize, type_oid: Oid) -> Result<Datum> {
        match self.stored(column)? {
            None => Ok(Datum::Null),
            Some(bytes) => stored::decode(type_oid, bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::oid;

    #[test]
    fn columns_are_read_alone_and_nulls_take_no_bytes() {
        let values = [Datum::Int4(7), Datum::Null, Datum::text("seven"), Datum::Null];
        let mut bytes = Vec::new();
        encode(&values, &mut bytes);
        let row = Row::new(&bytes).unwrap();
        assert_eq!(row.columns(), 4);
        assert_eq!(row.datum(2, oid::TEXT).unwrap(), values[2]);
        assert_eq!(row.datum(0, oid::INT4).unwrap(), values[0]);
        assert!(row.stored(1).unwrap().is_none() && row.stored(3).unwrap().is_none());
        assert_eq!(bytes.len(), 2 + 4 * 4 + 4 + 5);
    }
}
