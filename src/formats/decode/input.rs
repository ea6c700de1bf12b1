//! The characters that have arrived, and the present line among them.

use crate::{
    base::{PgError, Result, limits::VALUE_BYTES_MAX, sqlstate},
    formats::Header,
};

/// How lines end; the first line decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    Unknown,
    Newline,
    Return,
    ReturnNewline,
}

/// What is in the way of the next line.
#[derive(Debug)]
enum Trouble {
    None,
    /// Bytes that are no UTF-8, found behind all of `text`.
    Invalid(PgError),
}

/// Valid UTF-8 in order of arrival. Lines before `start` are done with.
#[derive(Debug)]
pub struct Input {
    pub text: String,
    /// The present line is `[line_start, line_end)`; the next one begins at `next`.
    pub line_start: usize,
    pub line_end: usize,
    pub next: usize,
    /// How far the search for the next line's end has come.
    pub scanned: usize,
    /// 1-based number of the present line.
    pub line: u64,
    pub ends: LineEnd,
    pub header: Header,
    /// The line that is being searched has been counted.
    pub counted: bool,
    pub finished: bool,
    /// The end-of-copy marker was read, or the last line.
    pub done: bool,
    /// The first bytes of a character cut in two.
    partial: Vec<u8>,
    trouble: Trouble,
}

impl Input {
    pub fn new(header: Header) -> Self {
        Self {
            text: String::new(),
            line_start: 0,
            line_end: 0,
            next: 0,
            scanned: 0,
            line: 0,
            ends: LineEnd::Unknown,
            header,
            counted: false,
            finished: false,
            done: false,
            partial: Vec::new(),
            trouble: Trouble::None,
        }
    }

    pub fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        if self.done || matches!(self.trouble, Trouble::Invalid(_)) {
            return Ok(());
        }
        self.forget();
        if self.text.len() + bytes.len() > VALUE_BYTES_MAX {
            return Err(PgError::new(
                sqlstate::PROGRAM_LIMIT_EXCEEDED,
                format!("string buffer exceeds maximum allowed length ({VALUE_BYTES_MAX} bytes)"),
            ));
        }
        while !self.partial.is_empty() && !bytes.is_empty() {
            self.partial.push(bytes[0]);
            bytes = &bytes[1..];
            let partial = std::mem::take(&mut self.partial);
            self.append(&partial);
        }
        if self.partial.is_empty() {
            self.append(bytes);
        }
        Ok(())
    }

    /// Drops the lines that were read, when they outweigh what moves.
    fn forget(&mut self) {
        if self.next == 0 || self.next < self.text.len() / 2 {
            return;
        }
        self.text.drain(..self.next);
        self.scanned = self.scanned.saturating_sub(self.next);
        (self.line_start, self.line_end, self.next) = (0, 0, 0);
    }

    /// Appends what is valid; keeps the beginning of a character, and the error behind it.
    fn append(&mut self, bytes: &[u8]) {
        if matches!(self.trouble, Trouble::Invalid(_)) {
            return;
        }
        let valid = match std::str::from_utf8(bytes) {
            Ok(valid) => valid,
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                if error.error_len().is_some() {
                    self.trouble = Trouble::Invalid(invalid_encoding(rest));
                } else {
                    self.partial = rest.to_vec();
                }
                std::str::from_utf8(valid).expect("checked up to there")
            }
        };
        match memchr::memchr(0, valid.as_bytes()) {
            None => self.text.push_str(valid),
            Some(at) => {
                self.text.push_str(&valid[..at]);
                self.trouble = Trouble::Invalid(invalid_encoding(&valid.as_bytes()[at..]));
                self.partial.clear();
            }
        }
    }

    pub fn finish(&mut self) {
        self.finished = true;
        if !self.partial.is_empty() {
            self.trouble = Trouble::Invalid(invalid_encoding(&self.partial));
            self.partial.clear();
        }
    }

    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The line searched for is the one to number, once.
    pub fn count_line(&mut self) {
        if !self.counted {
            self.counted = true;
            self.line += 1;
        }
    }

    /// Whether the search may take the end of `text` for the end of the data.
    ///
    /// Errors: 22021 if invalid bytes follow.
    pub fn at_end(&mut self) -> Result<bool> {
        match std::mem::replace(&mut self.trouble, Trouble::None) {
            Trouble::None => Ok(self.finished),
            Trouble::Invalid(error) => {
                self.done = true;
                Err(error)
            }
        }
    }

    /// The line ends at `end`, and the next begins at `next`.
    pub fn set_line(&mut self, end: usize, next: usize) {
        self.line_start = self.next;
        self.line_end = end;
        self.next = next;
        self.scanned = next;
        self.counted = false;
    }

    pub fn line_text(&self) -> &str {
        &self.text[self.line_start..self.line_end]
    }

    pub fn take_header(&mut self) -> Header {
        std::mem::replace(&mut self.header, Header::Absent)
    }
}

/// 22021 with the bytes of the character that is none.
pub fn invalid_encoding(bytes: &[u8]) -> PgError {
    let length = match bytes[0] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    let shown: Vec<_> = bytes.iter().take(length).map(|byte| format!("0x{byte:02x}")).collect();
    PgError::new(
        sqlstate::CHARACTER_NOT_IN_REPERTOIRE,
        format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" ")),
    )
}
