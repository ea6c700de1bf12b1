//! The first pass over date and time text: a string becomes labelled fields.

use super::failure::Failure;

/// More fields than any date, time or interval has.
const FIELDS_MAX: usize = 25;
/// Longer text cannot be a date or a time.
const TEXT_BYTES_MAX: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Digits, perhaps with a fraction.
    Number,
    /// A word.
    Word,
    /// Something with `-`, `/` or `.` between its parts; a zone name such as `Asia/Tokyo` too.
    Date,
    /// Digits and colons.
    Time,
    /// A sign and digits.
    Zone,
    /// A sign and a word, as in `-infinity`.
    Special,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub kind: Kind,
    /// Letters are in lower case.
    pub text: String,
}

/// Splits `input` into fields; spaces and other punctuation separate them.
pub fn split(input: &str) -> Result<Vec<Field>, Failure> {
    if input.len() > TEXT_BYTES_MAX {
        return Err(Failure::BadFormat);
    }
    let mut cursor = Cursor { bytes: input.as_bytes(), at: 0, text: String::new() };
    let mut fields = Vec::new();
    while let Some(first) = cursor.peek() {
        if first.is_ascii_whitespace() || first == 0x0b {
            cursor.at += 1;
            continue;
        }
        cursor.text = String::new();
        let kind = if first.is_ascii_digit() {
            cursor.number_or_date()
        } else if first == b'.' {
            cursor.take();
            cursor.take_while(|byte| byte.is_ascii_digit());
            Kind::Number
        } else if first.is_ascii_alphabetic() {
            cursor.word()
        } else if first == b'+' || first == b'-' {
            cursor.signed()?
        } else if first.is_ascii_punctuation() {
            cursor.at += 1;
            continue;
        } else {
            return Err(Failure::BadFormat);
        };
        if fields.len() == FIELDS_MAX {
            return Err(Failure::BadFormat);
        }
        fields.push(Field { kind, text: std::mem::take(&mut cursor.text) });
    }
    Ok(fields)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    text: String,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_is(&self, wanted: impl Fn(u8) -> bool) -> bool {
        self.peek().is_some_and(wanted)
    }

    fn take(&mut self) {
        self.text.push(char::from(self.bytes[self.at]).to_ascii_lowercase());
        self.at += 1;
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek_is(&wanted) {
            self.take();
        }
    }

    fn number_or_date(&mut self) -> Kind {
        self.take_while(|byte| byte.is_ascii_digit());
        match self.peek() {
            Some(b':') => {
                self.take_while(|byte| byte.is_ascii_digit() || byte == b':' || byte == b'.');
                Kind::Time
            }
            Some(delimiter @ (b'-' | b'/' | b'.')) => {
                self.take();
                if !self.peek_is(|byte| byte.is_ascii_digit()) {
                    self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == delimiter);
                    return Kind::Date;
                }
                self.take_while(|byte| byte.is_ascii_digit());
                // Two delimiters that agree make a date of three parts.
                if self.peek() == Some(delimiter) {
                    self.take_while(|byte| byte.is_ascii_digit() || byte == delimiter);
                    return Kind::Date;
                }
                if delimiter == b'.' { Kind::Number } else { Kind::Date }
            }
            _ => Kind::Number,
        }
    }

    fn word(&mut self) -> Kind {
        self.take_while(|byte| byte.is_ascii_alphabetic());
        let is_date = match self.peek() {
            Some(b'-' | b'/' | b'.') => true,
            // `EST+3` is a word and an offset; `Etc/GMT+3` is a zone.
            Some(b'+' | b'0'..=b'9') => super::tokens::date_word(&self.text).is_none(),
            _ => false,
        };
        if !is_date {
            return Kind::Word;
        }
        self.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-/_.:".contains(&byte));
        Kind::Date
    }

    fn signed(&mut self) -> Result<Kind, Failure> {
        self.take();
        while self.peek_is(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        match self.peek() {
            Some(byte) if byte.is_ascii_digit() => {
                self.take_while(|byte| byte.is_ascii_digit() || b":.-".contains(&byte));
                Ok(Kind::Zone)
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                self.take_while(|byte| byte.is_ascii_alphabetic());
                Ok(Kind::Special)
            }
            _ => Err(Failure::BadFormat),
        }
    }
}
