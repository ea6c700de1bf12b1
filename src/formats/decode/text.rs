//! The text format: fields between delimiters, escapes behind backslashes.

use memchr::{memchr2, memchr3};

use super::{
    Cell, CopyColumn, default_cell,
    input::{Input, LineEnd, invalid_encoding},
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    formats::CopyOptions,
};

#[derive(Debug)]
pub struct TextDecoder {
    pub options: CopyOptions,
    pub input: Input,
    pub cells: Vec<Cell>,
    pub scratch: String,
    /// Where a field with escapes is put together, byte by byte.
    unescaped: Vec<u8>,
}

impl TextDecoder {
    pub fn new(options: CopyOptions) -> Self {
        let input = Input::new(options.header);
        Self { options, input, cells: Vec::new(), scratch: String::new(), unescaped: Vec::new() }
    }

    /// Moves to the next line; `false` if there is none yet, or none any more.
    pub fn next_line(&mut self) -> Result<bool> {
        let input = &mut self.input;
        if input.done {
            return Ok(false);
        }
        input.count_line();
        loop {
            let from = input.scanned;
            let found = memchr3(b'\n', b'\r', b'\\', &input.bytes()[from..]);
            let Some(at) = found.map(|at| from + at) else {
                input.scanned = input.text.len();
                return last_line(input);
            };
            input.scanned = at;
            match input.bytes()[at] {
                b'\n' => {
                    end_at_newline(input, "literal", "Use \"\\n\" to represent newline.")?;
                    input.set_line(at, at + 1);
                    return Ok(true);
                }
                b'\r' => {
                    let hint = "Use \"\\r\" to represent carriage return.";
                    let Some(next) = end_at_return(input, at, "literal", hint)? else {
                        return Ok(false);
                    };
                    input.set_line(at, next);
                    return Ok(true);
                }
                _ => match input.bytes().get(at + 1).copied() {
                    None if input.at_end()? => {
                        input.scanned = at + 1;
                        return last_line(input);
                    }
                    None => return Ok(false),
                    Some(b'.') => return end_marker(input, at),
                    // Whatever is escaped is data; a character of many bytes has no ASCII in it.
                    Some(_) => {
                        input.scanned = at + 1 + character_bytes(&input.text, at + 1);
                    }
                },
            }
        }
    }

    /// Finds the fields of the present line.
    pub fn split(&mut self, columns: &[CopyColumn]) -> Result<()> {
        self.cells.clear();
        self.scratch.clear();
        let (end, delimiter) = (self.input.line_end, self.options.delimiter);
        let mut start = self.input.line_start;
        if columns.is_empty() && start == end {
            return Ok(());
        }
        loop {
            let line = &self.input.text.as_bytes()[..end];
            let mut at = start;
            let mut escapes = false;
            let mut lone_backslash = false;
            let field_end = loop {
                match memchr2(delimiter, b'\\', &line[at..]) {
                    None => break end,
                    Some(found) if line[at + found] == delimiter => break at + found,
                    Some(found) => {
                        escapes = true;
                        lone_backslash = at + found + 1 == end;
                        at = (at + found + 2).min(end);
                    }
                }
            };
            // A backslash that ends the data stands for nothing, in markers too.
            let value_end = field_end - usize::from(lone_backslash);
            let cell = self.cell(start, value_end, escapes, columns)?;
            self.cells.push(cell);
            if field_end == end {
                return Ok(());
            }
            start = field_end + 1;
        }
    }

    fn cell(
        &mut self,
        start: usize,
        end: usize,
        escapes: bool,
        columns: &[CopyColumn],
    ) -> Result<Cell> {
        let raw = &self.input.text.as_bytes()[start..end];
        if raw == self.options.null.as_bytes() {
            return Ok(Cell::Null);
        }
        let index = self.cells.len();
        if let Some(default) = &self.options.default
            && index < columns.len()
            && raw == default.as_bytes()
        {
            return default_cell(columns, index);
        }
        if !escapes {
            return Ok(Cell::Input(start, end));
        }
        self.unescaped.clear();
        unescape(raw, &mut self.unescaped);
        if let Some(at) = memchr::memchr(0, &self.unescaped) {
            return Err(invalid_encoding(&self.unescaped[at..]));
        }
        match std::str::from_utf8(&self.unescaped) {
            Ok(text) => {
                let start = self.scratch.len();
                self.scratch.push_str(text);
                Ok(Cell::Scratch(start, self.scratch.len()))
            }
            Err(error) => Err(invalid_encoding(&self.unescaped[error.valid_up_to()..])),
        }
    }
}

fn character_bytes(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// The rest of the input as a line, if it is complete and not empty.
pub fn last_line(input: &mut Input) -> Result<bool> {
    if !input.at_end()? {
        return Ok(false);
    }
    input.done = true;
    let end = input.text.len();
    if input.next == end {
        return Ok(false);
    }
    input.set_line(end, end);
    Ok(true)
}

fn stray(kind: &str, what: &str, hint: &str) -> PgError {
    PgError::new(sqlstate::BAD_COPY_FILE_FORMAT, format!("{kind} {what} found in data")).hint(hint)
}

/// Errors: 22P04 if lines have ended otherwise before.
pub fn end_at_newline(input: &mut Input, kind: &str, hint: &str) -> Result<()> {
    if matches!(input.ends, LineEnd::Return | LineEnd::ReturnNewline) {
        return Err(stray(kind, "newline", hint));
    }
    input.ends = LineEnd::Newline;
    Ok(())
}

/// Where the next line begins behind the carriage return at `at`; `None` if the next byte decides.
/// Errors: 22P04 if lines have ended otherwise before.
pub fn end_at_return(
    input: &mut Input,
    at: usize,
    kind: &str,
    hint: &str,
) -> Result<Option<usize>> {
    match input.ends {
        LineEnd::Newline => return Err(stray(kind, "carriage return", hint)),
        LineEnd::Return => return Ok(Some(at + 1)),
        LineEnd::Unknown | LineEnd::ReturnNewline => {}
    }
    match input.bytes().get(at + 1).copied() {
        Some(b'\n') => {
            input.ends = LineEnd::ReturnNewline;
            Ok(Some(at + 2))
        }
        None if !input.at_end()? => Ok(None),
        _ if input.ends == LineEnd::ReturnNewline => Err(stray(kind, "carriage return", hint)),
        _ => {
            input.ends = LineEnd::Return;
            Ok(Some(at + 1))
        }
    }
}

/// `\.` at `at`: the end, if it is a line of its own. What follows is not read.
fn end_marker(input: &mut Input, at: usize) -> Result<bool> {
    let not_alone = || err!(BAD_COPY_FILE_FORMAT, "end-of-copy marker is not alone on its line");
    let mismatch =
        || err!(BAD_COPY_FILE_FORMAT, "end-of-copy marker does not match previous newline style");
    let (first, second) = (input.bytes().get(at + 2).copied(), input.bytes().get(at + 3).copied());
    let windows = input.ends == LineEnd::ReturnNewline;
    if (first.is_none() || windows && second.is_none()) && !input.at_end()? {
        return Ok(false);
    }
    let last = if windows {
        match first {
            Some(b'\r') => second,
            Some(b'\n') => return mismatch(),
            _ => return not_alone(),
        }
    } else {
        first
    };
    match (last, input.ends) {
        (Some(b'\n'), LineEnd::Return) => return mismatch(),
        (Some(b'\r'), LineEnd::Newline | LineEnd::ReturnNewline) => return mismatch(),
        (Some(b'\n' | b'\r'), _) => {}
        _ => return not_alone(),
    }
    if at > input.next {
        return not_alone();
    }
    input.done = true;
    Ok(false)
}

/// Undoes the escapes of one field, which does not end in the middle of one.
fn unescape(mut raw: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(b'\\', raw) {
        out.extend(&raw[..at]);
        let escaped = raw[at + 1];
        raw = &raw[at + 2..];
        match escaped {
            b'0'..=b'7' => {
                let more = raw.iter().take(2).take_while(|byte| matches!(byte, b'0'..=b'7'));
                let digits = more.clone().count();
                let value = more.fold(u32::from(escaped - b'0'), |value, byte| {
                    value * 8 + u32::from(byte - b'0')
                });
                out.push(value as u8);
                raw = &raw[digits..];
            }
            b'x' => {
                let digits = raw.iter().take(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
                if digits == 0 {
                    out.push(b'x');
                    continue;
                }
                let value = raw[..digits].iter().fold(0, |value, byte| {
                    value * 16 + char::from(*byte).to_digit(16).expect("a hexadecimal digit")
                });
                out.push(value as u8);
                raw = &raw[digits..];
            }
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            other => out.push(other),
        }
    }
    out.extend(raw);
}
