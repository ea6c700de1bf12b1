//! The order of `jsonb`: Object > Array > Boolean > Number > String > Null; containers by their
//! size first, then member by member; and an empty array at the top below everything.
//!
//! Source: PostgreSQL documentation, "jsonb Indexing", and `compareJsonbContainers`.

use super::{numeric_key, text_key};
use crate::types::numeric::Numeric;

const EMPTY_TOP_ARRAY: u8 = 0;
const NULL: u8 = 1;
const STRING: u8 = 2;
const NUMBER: u8 = 3;
const FALSE: u8 = 4;
const TRUE: u8 = 5;
const ARRAY: u8 = 6;
const OBJECT: u8 = 7;

/// Appends the key of canonical text.
pub fn key(canonical: &str, out: &mut Vec<u8>) {
    if canonical == "[]" {
        return out.push(EMPTY_TOP_ARRAY);
    }
    Reader { rest: canonical.as_bytes() }.value(out);
}

/// Walks canonical text; what does not parse yields nothing, for the text was checked when made.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn peek(&mut self) -> u8 {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied().unwrap_or_default()
    }

    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    fn value(&mut self, out: &mut Vec<u8>) {
        match self.peek() {
            b'{' => self.container(OBJECT, b'}', out),
            b'[' => self.container(ARRAY, b']', out),
            b'"' => {
                out.push(STRING);
                self.string(out);
            }
            b'n' => self.word(4, NULL, out),
            b't' => self.word(4, TRUE, out),
            b'f' => self.word(5, FALSE, out),
            _ => {
                let end = self
                    .rest
                    .iter()
                    .position(|byte| matches!(byte, b',' | b']' | b'}' | b' '))
                    .unwrap_or(self.rest.len());
                let text = str::from_utf8(&self.rest[..end]).unwrap_or_default();
                self.rest = &self.rest[end..];
                if let Ok(number) = Numeric::parse(text) {
                    out.push(NUMBER);
                    numeric_key(&number, out);
                }
            }
        }
    }

    fn word(&mut self, length: usize, tag: u8, out: &mut Vec<u8>) {
        self.rest = &self.rest[length.min(self.rest.len())..];
        out.push(tag);
    }

    fn container(&mut self, tag: u8, close: u8, out: &mut Vec<u8>) {
        out.push(tag);
        let count_at = out.len();
        out.extend([0; 4]);
        let mut count = 0u32;
        self.next();
        loop {
            match self.peek() {
                b',' => {
                    self.next();
                }
                0 => break,
                byte if byte == close => {
                    self.next();
                    break;
                }
                _ => {
                    count += 1;
                    if tag == OBJECT {
                        self.string(out);
                        if self.peek() == b':' {
                            self.next();
                        }
                    }
                    let before = self.rest.len();
                    self.value(out);
                    if self.rest.len() == before {
                        break;
                    }
                }
            }
        }
        out[count_at..count_at + 4].copy_from_slice(&count.to_be_bytes());
    }

    /// A string's key, its escapes undone.
    fn string(&mut self, out: &mut Vec<u8>) {
        let mut text = String::new();
        self.next();
        while let Some(end) = self.rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            text.push_str(str::from_utf8(&self.rest[..end]).unwrap_or_default());
            let stop = self.rest[end];
            self.rest = &self.rest[end + 1..];
            if stop == b'"' {
                break;
            }
            match self.next() {
                b'b' => text.push('\u{8}'),
                b'f' => text.push('\u{c}'),
                b'n' => text.push('\n'),
                b'r' => text.push('\r'),
                b't' => text.push('\t'),
                b'u' => text.push(self.unicode()),
                other => text.push(char::from(other)),
            }
        }
        text_key(&text, out);
    }

    /// The character of `uXXXX`, or of a surrogate pair.
    fn unicode(&mut self) -> char {
        let high = self.hex();
        if (0xD800..0xDC00).contains(&high) && self.rest.starts_with(b"\\u") {
            self.rest = &self.rest[2..];
            let low = self.hex();
            let code = 0x10000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
            return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> u32 {
        (0..4)
            .fold(0, |code, _| code << 4 | char::from(self.next()).to_digit(16).unwrap_or_default())
    }
}
