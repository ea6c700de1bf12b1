//! The binary format: a signature, rows of counted fields, a trailer.

use super::{Cell, Field};
use crate::{
    base::{PgError, Result, limits::VALUE_BYTES_MAX, sqlstate},
    err,
};

pub const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// The flag of a format that is no more: rows begin with oids.
const FLAG_OIDS: u32 = 1 << 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Header,
    /// Bytes of the header extension to skip.
    Extension(usize),
    Rows,
    /// Behind the trailer.
    End,
}

#[derive(Debug)]
pub struct BinaryDecoder {
    bytes: Vec<u8>,
    /// Bytes before it are done with.
    at: usize,
    place: Place,
    finished: bool,
    /// 1-based.
    pub row: u64,
    pub cells: Vec<Cell>,
    counted: bool,
}

impl BinaryDecoder {
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            at: 0,
            place: Place::Header,
            finished: false,
            row: 0,
            cells: Vec::new(),
            counted: false,
        }
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.at > self.bytes.len() / 2 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        // A row may hold several values of the greatest size; what waits is one row at most.
        if self.bytes.len() - self.at > 4 * VALUE_BYTES_MAX {
            return Err(too_long());
        }
        self.bytes.extend(bytes);
        Ok(())
    }

    pub fn finish(&mut self) {
        self.finished = true;
    }

    pub fn field(&self, index: usize) -> Field<'_> {
        match self.cells[index] {
            Cell::Input(start, end) => Field::Binary(&self.bytes[start..end]),
            _ => Field::Null,
        }
    }

    /// Moves to the next row; `false` if it has not arrived, or at the end. Errors: 22P04.
    pub fn next_row(&mut self, columns: usize) -> Result<bool> {
        if self.place == Place::Header && !self.read_header()? {
            return Ok(false);
        }
        if let Place::Extension(bytes) = self.place {
            let skipped = bytes.min(self.bytes.len() - self.at);
            self.at += skipped;
            self.place = Place::Extension(bytes - skipped);
            if skipped < bytes {
                if self.finished {
                    return err!(BAD_COPY_FILE_FORMAT, "invalid COPY file header (wrong length)");
                }
                return Ok(false);
            }
            self.place = Place::Rows;
        }
        if self.place == Place::End {
            if self.at < self.bytes.len() {
                return err!(BAD_COPY_FILE_FORMAT, "received copy data after EOF marker");
            }
            return Ok(false);
        }
        self.read_row(columns)
    }

    fn int32(&self, at: usize) -> Option<i32> {
        let bytes = self.bytes.get(at..at + 4)?;
        Some(i32::from_be_bytes(bytes.try_into().expect("four bytes")))
    }

    fn read_header(&mut self) -> Result<bool> {
        let signature = SIGNATURE.len();
        let known = self.bytes.len().min(signature);
        if self.bytes[..known] != SIGNATURE[..known] || self.finished && known < signature {
            return err!(BAD_COPY_FILE_FORMAT, "COPY file signature not recognized");
        }
        let Some(flags) = self.int32(signature).map(|flags| flags as u32) else {
            return self.header_waits("missing flags");
        };
        if flags & FLAG_OIDS != 0 {
            return err!(BAD_COPY_FILE_FORMAT, "invalid COPY file header (WITH OIDS)");
        }
        if flags >> 16 != 0 {
            return err!(BAD_COPY_FILE_FORMAT, "unrecognized critical flags in COPY file header");
        }
        let Some(extension) = self.int32(signature + 4) else {
            return self.header_waits("missing length");
        };
        let Ok(extension) = usize::try_from(extension) else {
            return err!(BAD_COPY_FILE_FORMAT, "invalid COPY file header (missing length)");
        };
        self.at = signature + 8;
        self.place = Place::Extension(extension);
        Ok(true)
    }

    fn header_waits(&self, missing: &str) -> Result<bool> {
        if self.finished {
            return err!(BAD_COPY_FILE_FORMAT, "invalid COPY file header ({missing})");
        }
        Ok(false)
    }

    fn read_row(&mut self, columns: usize) -> Result<bool> {
        if !self.counted {
            self.counted = true;
            self.row += 1;
        }
        let Some(count) = self.bytes.get(self.at..self.at + 2) else {
            // Without the trailer, the end of the data is the end all the same.
            return Ok(false);
        };
        let count = i16::from_be_bytes([count[0], count[1]]);
        let mut at = self.at + 2;
        if count == -1 {
            self.at = at;
            self.place = Place::End;
            return self.next_row(columns);
        }
        if usize::try_from(count) != Ok(columns) {
            return err!(BAD_COPY_FILE_FORMAT, "row field count is {count}, expected {columns}");
        }
        self.cells.clear();
        for _ in 0..columns {
            let Some(length) = self.int32(at) else { return self.row_waits() };
            at += 4;
            match usize::try_from(length) {
                Err(_) if length == -1 => self.cells.push(Cell::Null),
                Err(_) => return err!(BAD_COPY_FILE_FORMAT, "invalid field size"),
                Ok(length) if length > VALUE_BYTES_MAX => return Err(too_long()),
                Ok(length) => {
                    if self.bytes.len() - at < length {
                        return self.row_waits();
                    }
                    self.cells.push(Cell::Input(at, at + length));
                    at += length;
                }
            }
        }
        self.at = at;
        self.counted = false;
        Ok(true)
    }

    fn row_waits(&self) -> Result<bool> {
        if self.finished {
            return err!(BAD_COPY_FILE_FORMAT, "unexpected EOF in COPY data");
        }
        Ok(false)
    }
}

fn too_long() -> PgError {
    PgError::new(
        sqlstate::PROGRAM_LIMIT_EXCEEDED,
        format!("string buffer exceeds maximum allowed length ({VALUE_BYTES_MAX} bytes)"),
    )
}
