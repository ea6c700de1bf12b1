//! The csv format: fields between delimiters, quotes around what holds delimiters or newlines.

use memchr::{memchr_iter, memchr2, memchr3};

use super::{
    Cell, CopyColumn, default_cell,
    input::{Input, LineEnd},
    text::{end_at_newline, end_at_return, last_line},
};
use crate::{
    base::Result,
    err,
    formats::{CopyOptions, Header},
};

#[derive(Debug)]
pub struct CsvDecoder {
    pub options: CopyOptions,
    pub input: Input,
    pub cells: Vec<Cell>,
    pub scratch: String,
    /// The search for the line's end is within quotes.
    quoted: bool,
    force_not_null: Vec<bool>,
    force_null: Vec<bool>,
}

impl CsvDecoder {
    pub fn new(options: CopyOptions, force_not_null: Vec<bool>, force_null: Vec<bool>) -> Self {
        let input = Input::new(options.header);
        Self {
            options,
            input,
            cells: Vec::new(),
            scratch: String::new(),
            quoted: false,
            force_not_null,
            force_null,
        }
    }

    /// Moves to the next line, quoted newlines included; `false` if there is none yet, or none
    /// any more.
    pub fn next_line(&mut self) -> Result<bool> {
        if self.input.done {
            return Ok(false);
        }
        self.input.count_line();
        loop {
            if self.quoted && !self.skip_quoted()? {
                return last_line(&mut self.input);
            }
            let input = &mut self.input;
            let from = input.scanned;
            let found = memchr3(b'\n', b'\r', self.options.quote, &input.bytes()[from..]);
            let Some(at) = found.map(|at| from + at) else {
                input.scanned = input.text.len();
                return last_line(input);
            };
            input.scanned = at;
            match input.bytes()[at] {
                byte if byte == self.options.quote => {
                    self.quoted = true;
                    input.scanned = at + 1;
                }
                b'\n' => {
                    let hint = "Use quoted CSV field to represent newline.";
                    end_at_newline(input, "unquoted", hint)?;
                    input.set_line(at, at + 1);
                    return Ok(true);
                }
                _ => {
                    let hint = "Use quoted CSV field to represent carriage return.";
                    let Some(next) = end_at_return(input, at, "unquoted", hint)? else {
                        return Ok(false);
                    };
                    input.set_line(at, next);
                    return Ok(true);
                }
            }
        }
    }

    /// Searches for the closing quote; `false` if it has not arrived.
    fn skip_quoted(&mut self) -> Result<bool> {
        let (quote, escape) = (self.options.quote, self.options.escape);
        loop {
            let from = self.input.scanned;
            let bytes = self.input.bytes();
            let Some(at) = memchr2(quote, escape, &bytes[from..]).map(|at| from + at) else {
                self.move_counting(bytes.len());
                return Ok(false);
            };
            // Where quote and escape are one, a doubled quote closes and opens: all the same here.
            if bytes[at] == escape && escape != quote {
                let next = bytes.get(at + 1).copied();
                if next.is_none() && !self.input.at_end()? {
                    self.move_counting(at);
                    return Ok(false);
                }
                let pair = next == Some(quote) || next == Some(escape);
                self.move_counting(at + if pair { 2 } else { 1 });
                continue;
            }
            self.move_counting(at + 1);
            self.quoted = false;
            return Ok(true);
        }
    }

    /// Moves the search to `to`, and counts the lines within the quotes.
    fn move_counting(&mut self, to: usize) {
        let newline = if self.input.ends == LineEnd::Newline { b'\n' } else { b'\r' };
        let passed = &self.input.bytes()[self.input.scanned..to];
        self.input.line += memchr_iter(newline, passed).count() as u64;
        self.input.scanned = to;
    }

    /// Finds the fields of the present line. Errors: 22P04.
    pub fn split(&mut self, columns: &[CopyColumn], header: Header) -> Result<()> {
        self.quoted = false;
        self.cells.clear();
        self.scratch.clear();
        if columns.is_empty() && self.input.line_start == self.input.line_end {
            return Ok(());
        }
        let mut start = self.input.line_start;
        loop {
            let (cell, next) = self.field(start, columns)?;
            let index = self.cells.len();
            let cell = if header == Header::Absent { self.forced(cell, index) } else { cell };
            self.cells.push(cell);
            match next {
                Some(next) => start = next,
                None => return Ok(()),
            }
        }
    }

    /// Applies FORCE_NOT_NULL and FORCE_NULL.
    fn forced(&self, cell: Cell, index: usize) -> Cell {
        let flag = |flags: &[bool]| flags.get(index).copied().unwrap_or(false);
        let null = self.options.null.as_bytes();
        match cell {
            Cell::Null if flag(&self.force_not_null) => Cell::Marker,
            Cell::Input(start, end)
                if flag(&self.force_null) && &self.input.bytes()[start..end] == null =>
            {
                Cell::Null
            }
            Cell::Scratch(start, end)
                if flag(&self.force_null) && &self.scratch.as_bytes()[start..end] == null =>
            {
                Cell::Null
            }
            cell => cell,
        }
    }

    /// The field that begins at `start`, and where the next one begins.
    fn field(&mut self, start: usize, columns: &[CopyColumn]) -> Result<(Cell, Option<usize>)> {
        let end = self.input.line_end;
        let (delimiter, quote) = (self.options.delimiter, self.options.quote);
        let line = &self.input.bytes()[..end];
        let next_of = |at: usize| (at < end).then_some(at + 1);
        match memchr2(delimiter, quote, &line[start..]).map(|at| start + at) {
            Some(at) if line[at] == quote => {
                // Quotes around the whole of a field without escapes: what they hold is the value.
                if at == start
                    && let Some(close) = self.simple_quoted(start + 1)
                {
                    return Ok((Cell::Input(start + 1, close), next_of(close + 1)));
                }
                let scratch_start = self.scratch.len();
                let field_end = self.unquote(start)?;
                Ok((Cell::Scratch(scratch_start, self.scratch.len()), next_of(field_end)))
            }
            found => {
                let field_end = found.unwrap_or(end);
                let raw = &line[start..field_end];
                let cell = if raw == self.options.null.as_bytes() {
                    Cell::Null
                } else if self.cells.len() < columns.len()
                    && self
                        .options
                        .default
                        .as_ref()
                        .is_some_and(|default| raw == default.as_bytes())
                {
                    default_cell(columns, self.cells.len())?
                } else {
                    Cell::Input(start, field_end)
                };
                Ok((cell, next_of(field_end)))
            }
        }
    }

    /// The closing quote of a quoted field, if it holds no quote or escape and ends there.
    fn simple_quoted(&self, start: usize) -> Option<usize> {
        let end = self.input.line_end;
        let line = &self.input.bytes()[..end];
        let at = start + memchr2(self.options.quote, self.options.escape, &line[start..])?;
        let ends = at + 1 == end || line[at + 1] == self.options.delimiter;
        (line[at] == self.options.quote && ends).then_some(at)
    }

    /// Appends a field's value to the scratch buffer, and gives the field's end.
    ///
    /// Errors: 22P04 if a quote is not closed.
    fn unquote(&mut self, start: usize) -> Result<usize> {
        let (quote, escape) = (self.options.quote, self.options.escape);
        let text = &self.input.text[..self.input.line_end];
        let bytes = text.as_bytes();
        let mut at = start;
        loop {
            let found = memchr2(self.options.delimiter, quote, &bytes[at..]).map(|next| at + next);
            let stop = found.unwrap_or(text.len());
            self.scratch.push_str(&text[at..stop]);
            if bytes.get(stop) != Some(&quote) {
                return Ok(stop);
            }
            at = stop + 1;
            loop {
                let Some(next) = memchr2(quote, escape, &bytes[at..]).map(|next| at + next) else {
                    return err!(BAD_COPY_FILE_FORMAT, "unterminated CSV quoted field");
                };
                self.scratch.push_str(&text[at..next]);
                at = next + 1;
                let after = bytes.get(at).copied();
                if bytes[next] == escape && (after == Some(quote) || after == Some(escape)) {
                    self.scratch.push_str(&text[at..at + 1]);
                    at += 1;
                } else if bytes[next] == quote {
                    break;
                } else {
                    self.scratch.push_str(&text[next..at]);
                }
            }
        }
    }
}
