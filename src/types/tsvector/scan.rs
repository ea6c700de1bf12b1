//! The word scanner that tsvector and tsquery input share: quotes, escapes, positions.

use super::{Position, Weight};
use crate::{base::Result, err};

/// Whose words are scanned: what ends a word, and how errors name the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScannerKind {
    /// Words may carry `:` and positions.
    Vector,
    /// Operators end a word; positions are not read.
    Query,
    /// As `Query`, but quotes and backslashes are plain characters and `"` ends a word.
    Web,
}

/// Reads words one after the other from `input`.
pub struct Scanner<'a> {
    input: &'a str,
    at: usize,
    kind: ScannerKind,
}

/// C's `isspace` in the C locale.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn is_operator(character: char) -> bool {
    matches!(character, '!' | '&' | '|' | '(' | ')' | '<')
}

impl<'a> Scanner<'a> {
    pub fn new(input: &'a str, kind: ScannerKind) -> Self {
        Self { input, at: 0, kind }
    }

    /// The next byte to read.
    pub fn offset(&self) -> usize {
        self.at
    }

    pub fn seek(&mut self, offset: usize) {
        self.at = offset;
    }

    pub fn peek(&self) -> Option<char> {
        self.input[self.at..].chars().next()
    }

    pub fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    pub fn skip_space(&mut self) {
        let bytes = self.input.as_bytes();
        while self.at < bytes.len() && is_space(bytes[self.at]) {
            self.at += 1;
        }
    }

    /// 42601 with the whole input quoted.
    pub fn syntax_error<T>(&self) -> Result<T> {
        let kind = if self.kind == ScannerKind::Vector { "tsvector" } else { "tsquery" };
        err!(SYNTAX_ERROR, "syntax error in {kind}: \"{}\"", self.input)
    }

    /// The next word with its positions (none for a query's); `None` at the end of input.
    /// Errors: 42601.
    pub fn word(&mut self) -> Result<Option<(String, Vec<Position>)>> {
        self.skip_space();
        let Some(first) = self.peek() else { return Ok(None) };
        let mut word = String::new();
        let web = self.kind == ScannerKind::Web;
        if first == '\'' && !web {
            self.advance();
            self.quoted(&mut word)?;
        } else {
            if self.kind != ScannerKind::Vector && is_operator(first) || web && first == '"' {
                return self.syntax_error();
            }
            // The first character is the word's whatever it is, even a colon.
            if first != '\\' || web {
                word.push(first);
                self.advance();
            }
            self.plain(&mut word)?;
        }
        if word.is_empty() {
            return self.syntax_error();
        }
        let positions = match self.peek() {
            Some(':') if self.kind == ScannerKind::Vector => {
                self.advance();
                self.positions()?
            }
            _ => vec![],
        };
        Ok(Some((word, positions)))
    }

    fn escaped(&mut self, word: &mut String) -> Result<()> {
        match self.advance() {
            Some(character) => word.push(character),
            None => return err!(SYNTAX_ERROR, "there is no escaped character: \"{}\"", self.input),
        }
        Ok(())
    }

    fn quoted(&mut self, word: &mut String) -> Result<()> {
        loop {
            match self.advance() {
                Some('\'') if self.peek() == Some('\'') => {
                    self.advance();
                    word.push('\'');
                }
                Some('\'') => return Ok(()),
                Some('\\') => self.escaped(word)?,
                Some(character) => word.push(character),
                None => return self.syntax_error(),
            }
        }
    }

    fn plain(&mut self, word: &mut String) -> Result<()> {
        let web = self.kind == ScannerKind::Web;
        while let Some(next) = self.peek() {
            let ends = next == ':'
                || next.is_ascii() && is_space(next as u8)
                || self.kind != ScannerKind::Vector && is_operator(next)
                || web && next == '"';
            if ends {
                break;
            }
            self.advance();
            match next {
                '\\' if !web => self.escaped(word)?,
                next => word.push(next),
            }
        }
        Ok(())
    }

    /// `1A,2,3b` behind the colon.
    fn positions(&mut self) -> Result<Vec<Position>> {
        let mut positions = Vec::new();
        loop {
            let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                return self.syntax_error();
            }
            // A number too large for any integer is a large position all the same.
            let at = self.rest()[..digits].parse().unwrap_or(usize::MAX);
            if at == 0 {
                return err!(SYNTAX_ERROR, "wrong position info in tsvector: \"{}\"", self.input);
            }
            self.at += digits;
            let mut position = Position::new(at);
            let more = self.weight(&mut position)?;
            positions.push(position);
            if !more {
                return Ok(positions);
            }
        }
    }

    /// What follows a position's number; true after a comma.
    fn weight(&mut self, position: &mut Position) -> Result<bool> {
        loop {
            let weight = match self.peek() {
                None => return Ok(false),
                Some(next) if next.is_ascii() && is_space(next as u8) => return Ok(false),
                Some(',') => {
                    self.advance();
                    return Ok(true);
                }
                Some('*') => Weight::A,
                Some(next) if next.is_ascii_digit() => {
                    self.advance();
                    continue;
                }
                Some(next) => match Weight::from_letter(next) {
                    Some(weight) => weight,
                    None => return self.syntax_error(),
                },
            };
            if position.weight != Weight::D {
                return self.syntax_error();
            }
            position.weight = weight;
            self.advance();
        }
    }
}
