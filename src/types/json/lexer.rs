//! JSON tokens, with the places that PostgreSQL's error reports speak of.

use std::borrow::Cow;

use super::failure::Problem;

/// Whether strings are only checked (`json`) or decoded (`jsonb`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strings {
    Raw,
    Decoded,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    String(Cow<'a, str>),
    Number(&'a str),
    True,
    False,
    Null,
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Comma,
    Colon,
    End,
}

pub struct Lexer<'a> {
    pub input: &'a str,
    strings: Strings,
    at: usize,
    /// Where the current token begins, and where it (or what is wrong in it) ends.
    pub start: usize,
    pub end: usize,
    pub line: usize,
    pub line_start: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(input: &'a str, strings: Strings) -> Self {
        Self { input, strings, at: 0, start: 0, end: 0, line: 1, line_start: 0 }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.input.as_bytes().get(at).copied()
    }

    pub fn next(&mut self) -> Result<Token<'a>, Problem> {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.byte(self.at) {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.line_start = self.at;
            }
        }
        self.start = self.at;
        let Some(first) = self.byte(self.at) else {
            self.end = self.at;
            return Ok(Token::End);
        };
        let token = match first {
            b'{' => Token::ObjectStart,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayStart,
            b']' => Token::ArrayEnd,
            b',' => Token::Comma,
            b':' => Token::Colon,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => return self.number(),
            _ => return self.word(),
        };
        self.at += 1;
        self.end = self.at;
        Ok(token)
    }

    fn word(&mut self) -> Result<Token<'a>, Problem> {
        let mut end = self.at;
        while self.byte(end).is_some_and(is_word) {
            end += 1;
        }
        if end == self.at {
            // Unexpected punctuation is reported alone.
            self.end = self.at + 1;
            return Err(Problem::InvalidToken);
        }
        let word = &self.input[self.at..end];
        self.at = end;
        self.end = end;
        match word {
            "true" => Ok(Token::True),
            "false" => Ok(Token::False),
            "null" => Ok(Token::Null),
            _ => Err(Problem::InvalidToken),
        }
    }

    fn number(&mut self) -> Result<Token<'a>, Problem> {
        let mut at = self.at + usize::from(self.byte(self.at) == Some(b'-'));
        let digits = |mut at: usize| {
            while self.byte(at).is_some_and(|byte| byte.is_ascii_digit()) {
                at += 1;
            }
            at
        };
        let mut valid = true;
        match self.byte(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = digits(at),
            _ => valid = false,
        }
        if valid && self.byte(at) == Some(b'.') {
            let end = digits(at + 1);
            valid = end > at + 1;
            at = end;
        }
        if valid && matches!(self.byte(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(self.byte(at), Some(b'+' | b'-')));
            let end = digits(at);
            valid = end > at;
            at = end;
        }
        // Letters that follow belong to the token that is reported.
        while self.byte(at).is_some_and(is_word) {
            at += 1;
            valid = false;
        }
        self.end = at;
        if !valid {
            return Err(Problem::InvalidToken);
        }
        let text = &self.input[self.start..at];
        self.at = at;
        Ok(Token::Number(text))
    }

    fn string(&mut self) -> Result<Token<'a>, Problem> {
        let input = self.input;
        let mut run = self.at + 1;
        let mut at = run;
        let mut decoded = String::new();
        let mut high = None;
        loop {
            let Some(byte) = self.byte(at) else {
                self.end = at;
                return Err(Problem::InvalidToken);
            };
            match byte {
                b'"' => {
                    if high.is_some() {
                        self.end = at + 1;
                        return Err(Problem::LowSurrogate);
                    }
                    break;
                }
                0..0x20 => {
                    self.end = at;
                    return Err(Problem::EscapeRequired(byte));
                }
                b'\\' => {
                    if self.strings == Strings::Decoded {
                        decoded.push_str(&input[run..at]);
                    }
                    at = self.escape(at + 1, &mut decoded, &mut high)?;
                    run = at;
                }
                _ => {
                    if high.is_some() {
                        self.end = self.character_end(at);
                        return Err(Problem::LowSurrogate);
                    }
                    at += 1;
                }
            }
        }
        self.at = at + 1;
        self.end = self.at;
        if decoded.is_empty() {
            return Ok(Token::String(Cow::Borrowed(&input[run..at])));
        }
        decoded.push_str(&input[run..at]);
        Ok(Token::String(Cow::Owned(decoded)))
    }

    /// Reads the escape whose letter is at `at`; gives the place after it.
    fn escape(
        &mut self,
        at: usize,
        decoded: &mut String,
        high: &mut Option<u32>,
    ) -> Result<usize, Problem> {
        let Some(letter) = self.byte(at) else {
            self.end = at;
            return Err(Problem::InvalidToken);
        };
        if letter == b'u' {
            return self.unicode_escape(at, decoded, high);
        }
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            _ => {
                // Only the escape is reported, not the whole string.
                self.start = at;
                self.end = self.character_end(at);
                return Err(Problem::EscapeInvalid);
            }
        };
        if high.is_some() {
            self.end = self.character_end(at);
            return Err(Problem::LowSurrogate);
        }
        if self.strings == Strings::Decoded {
            decoded.push(plain);
        }
        Ok(at + 1)
    }

    fn unicode_escape(
        &mut self,
        at: usize,
        decoded: &mut String,
        high: &mut Option<u32>,
    ) -> Result<usize, Problem> {
        let mut code = 0;
        for place in at + 1..at + 5 {
            let Some(byte) = self.byte(place) else {
                self.end = place;
                return Err(Problem::InvalidToken);
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                self.end = self.character_end(place);
                return Err(Problem::UnicodeFormat);
            };
            code = code * 16 + digit;
        }
        let end = at + 5;
        if self.strings == Strings::Raw {
            return Ok(end);
        }
        self.end = end;
        match (code, high.take()) {
            (0xd800..=0xdbff, Some(_)) => Err(Problem::HighSurrogate),
            (0xd800..=0xdbff, None) => {
                *high = Some(code);
                Ok(end)
            }
            (0xdc00..=0xdfff, Some(first)) => {
                let scalar = 0x10000 + ((first - 0xd800) << 10) + (code - 0xdc00);
                decoded.push(char::from_u32(scalar).expect("a surrogate pair is a character"));
                Ok(end)
            }
            (0xdc00..=0xdfff, None) | (_, Some(_)) => Err(Problem::LowSurrogate),
            (0, None) => Err(Problem::Zero),
            (_, None) => {
                decoded.push(char::from_u32(code).expect("surrogates are handled"));
                Ok(end)
            }
        }
    }

    fn character_end(&self, at: usize) -> usize {
        at + self.input[at..].chars().next().map_or(0, char::len_utf8)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
