//! Reading JSON text in place: a field, an element, a kind, without making a tree.
//!
//! The text is valid: canonical `jsonb`, or `json` with whatever spaces were written.

use std::borrow::Cow;

use super::text::{escape_into, unescape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// `json_typeof`'s word.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }

    pub fn is_scalar(self) -> bool {
        !matches!(self, Kind::Array | Kind::Object)
    }
}

/// What a text holds, from its first character.
pub fn kind(text: &str) -> Kind {
    match text.bytes().find(|byte| !is_space(*byte)) {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') => Kind::Null,
        _ => Kind::Number,
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is_space(bytes[at]) {
        at += 1;
    }
    at
}

/// The place after the string literal that begins at `at`.
fn skip_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// The place after the value that begins at `at`.
pub(super) fn skip_value(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => skip_string(bytes, at),
        Some(b'{' | b'[') => {
            let mut depth = 0_usize;
            let mut at = at;
            while at < bytes.len() {
                match bytes[at] {
                    b'"' => {
                        at = skip_string(bytes, at);
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return at + 1;
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
            at
        }
        _ => {
            let mut at = at;
            while at < bytes.len()
                && !matches!(bytes[at], b',' | b']' | b'}')
                && !is_space(bytes[at])
            {
                at += 1;
            }
            at
        }
    }
}

/// The elements of an array, in order, each as text; nothing for another kind.
pub fn elements(text: &str) -> Elements<'_> {
    Elements { walk: Walk::new(text, b'[') }
}

/// The members of an object, in the order written: the key as a literal with its quotes, and the
/// value; nothing for another kind.
pub fn members(text: &str) -> Members<'_> {
    Members { walk: Walk::new(text, b'{') }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, open: u8) -> Self {
        let bytes = text.as_bytes();
        let start = skip_spaces(bytes, 0);
        let at = if bytes.get(start) == Some(&open) { start + 1 } else { bytes.len() };
        Self { text, at }
    }

    /// Moves to the next item; `false` at the end.
    fn step(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        self.at = skip_spaces(bytes, self.at);
        if bytes.get(self.at) == Some(&b',') {
            self.at = skip_spaces(bytes, self.at + 1);
        }
        !matches!(bytes.get(self.at), None | Some(b']' | b'}'))
    }

    fn value(&mut self) -> &'a str {
        let start = self.at;
        self.at = skip_value(self.text.as_bytes(), start);
        &self.text[start..self.at]
    }

    fn colon(&mut self) {
        let bytes = self.text.as_bytes();
        self.at = skip_spaces(bytes, self.at);
        self.at = skip_spaces(bytes, self.at + 1);
    }
}

pub struct Elements<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.walk.step().then(|| self.walk.value())
    }
}

pub struct Members<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if !self.walk.step() {
            return None;
        }
        let key = self.walk.value();
        self.walk.colon();
        Some((key, self.walk.value()))
    }
}

/// A key prepared for many documents: its literal, to be compared without decoding.
pub struct Key {
    plain: Box<str>,
    literal: Box<str>,
}

impl Key {
    pub fn new(key: &str) -> Self {
        let mut literal = String::with_capacity(key.len() + 2);
        escape_into(key, &mut literal);
        Self { plain: key.into(), literal: literal.into() }
    }

    /// The member of a canonical object.
    pub fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        members(text).find(|(key, _)| *key == &*self.literal).map(|(_, value)| value)
    }

    /// The member of a `json` object, which may repeat a key (the last counts) and escape freely.
    pub fn find_in_json<'a>(&self, text: &'a str) -> Option<&'a str> {
        members(text)
            .filter(|(key, _)| {
                *key == &*self.literal || key.contains('\\') && unescape(key) == *self.plain
            })
            .last()
            .map(|(_, value)| value)
    }
}

/// The member of a canonical (`jsonb`) object.
pub fn get_field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    Key::new(key).find(text)
}

/// The element of an array; a negative index counts from the end.
pub fn get_index(text: &str, index: i64) -> Option<&str> {
    if kind(text) != Kind::Array {
        return None;
    }
    let index = if index >= 0 {
        usize::try_from(index).ok()?
    } else {
        let length = elements(text).count() as i64;
        usize::try_from(length.checked_add(index)?).ok()?
    };
    elements(text).nth(index)
}

/// What `->>` gives: the text of a string, the JSON of anything else, nothing for null.
pub fn as_text(value: &str) -> Option<Cow<'_, str>> {
    match kind(value) {
        Kind::Null => None,
        Kind::String => Some(unescape(value.trim_matches(|c: char| c.is_ascii_whitespace()))),
        _ => Some(Cow::Borrowed(value)),
    }
}
