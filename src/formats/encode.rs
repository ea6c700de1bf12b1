//! Rows to bytes.

use super::{CopyFormat, CopyOptions, Field, Header, decode::SIGNATURE};
use crate::base::Result;

/// Encodes one COPY TO. Everything is appended to the caller's buffer.
#[derive(Debug)]
pub struct Encoder {
    options: CopyOptions,
    columns: Vec<String>,
    force_quote: Vec<bool>,
    /// Bytes that make a text field need an escape, or a csv field need quotes.
    special: [bool; 256],
    column: usize,
}

impl Encoder {
    /// Errors: 42P10 if FORCE_QUOTE names a column that is not copied.
    pub fn new(options: CopyOptions, columns: Vec<String>) -> Result<Self> {
        let names: Vec<_> = columns.iter().map(String::as_str).collect();
        let force_quote = options.force_quote.flags("FORCE_QUOTE", &names)?;
        let mut special = [false; 256];
        special[usize::from(options.delimiter)] = true;
        let bytes: &[u8] = match options.format {
            CopyFormat::Text => b"\\\x08\x0c\n\r\t\x0b",
            CopyFormat::Csv => &[options.quote, b'\n', b'\r'],
            CopyFormat::Binary => b"",
        };
        for byte in bytes {
            special[usize::from(*byte)] = true;
        }
        Ok(Self { options, columns, force_quote, special, column: 0 })
    }

    /// What comes before the first row: the binary signature, or the header line.
    pub fn start(&mut self, out: &mut Vec<u8>) {
        if self.options.format == CopyFormat::Binary {
            out.extend(SIGNATURE);
            out.extend([0; 8]);
        } else if self.options.header != Header::Absent {
            let columns = std::mem::take(&mut self.columns);
            self.column = 0;
            for name in &columns {
                self.separate(out);
                match self.options.format {
                    CopyFormat::Csv => self.csv(name, false, columns.len() == 1, out),
                    _ => self.text(name, out),
                }
            }
            self.columns = columns;
            out.push(b'\n');
        }
    }

    /// Call once before the fields of each row.
    pub fn begin_row(&mut self, out: &mut Vec<u8>) {
        self.column = 0;
        if self.options.format == CopyFormat::Binary {
            out.extend((self.columns.len() as u16).to_be_bytes());
        }
    }

    /// Appends the next field: `Null`, or `Text` (text, csv), or `Binary`.
    pub fn field(&mut self, field: Field, out: &mut Vec<u8>) {
        if self.options.format == CopyFormat::Binary {
            match field {
                Field::Binary(bytes) => {
                    out.extend((bytes.len() as u32).to_be_bytes());
                    out.extend(bytes);
                }
                Field::Text(text) => self.field(Field::Binary(text.as_bytes()), out),
                Field::Null | Field::Default => out.extend((-1i32).to_be_bytes()),
            }
            return;
        }
        let column = self.column;
        self.separate(out);
        match (field, self.options.format) {
            (Field::Text(text), CopyFormat::Csv) => {
                let force = self.force_quote.get(column).copied().unwrap_or(false);
                self.csv(text, force, self.columns.len() == 1, out);
            }
            (Field::Text(text), _) => self.text(text, out),
            _ => out.extend(self.options.null.as_bytes()),
        }
    }

    pub fn end_row(&mut self, out: &mut Vec<u8>) {
        if self.options.format != CopyFormat::Binary {
            out.push(b'\n');
        }
    }

    /// What comes after the last row: the binary trailer.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.options.format == CopyFormat::Binary {
            out.extend((-1i16).to_be_bytes());
        }
    }

    fn separate(&mut self, out: &mut Vec<u8>) {
        if self.column > 0 {
            out.push(self.options.delimiter);
        }
        self.column += 1;
    }

    fn is_special(&self, byte: &u8) -> bool {
        self.special[usize::from(*byte)]
    }

    fn text(&self, text: &str, out: &mut Vec<u8>) {
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| self.is_special(byte)) {
            out.extend(&rest[..at]);
            let escaped = match rest[at] {
                0x08 => b'b',
                0x0c => b'f',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0x0b => b'v',
                other => other,
            };
            out.extend([b'\\', escaped]);
            rest = &rest[at + 1..];
        }
        out.extend(rest);
    }

    fn csv(&self, text: &str, force: bool, alone: bool, out: &mut Vec<u8>) {
        let bytes = text.as_bytes();
        // What would read as NULL, or as the end of the data, is quoted too.
        let quoted = force
            || text == self.options.null
            || alone && text == "\\."
            || bytes.iter().any(|byte| self.is_special(byte));
        if !quoted {
            out.extend(bytes);
            return;
        }
        let (quote, escape) = (self.options.quote, self.options.escape);
        out.push(quote);
        let mut rest = bytes;
        while let Some(at) = memchr::memchr2(quote, escape, rest) {
            out.extend(&rest[..at]);
            out.extend([escape, rest[at]]);
            rest = &rest[at + 1..];
        }
        out.extend(rest);
        out.push(quote);
    }
}
