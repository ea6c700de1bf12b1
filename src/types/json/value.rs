//! A JSON value as a tree, in jsonb's terms: objects are sorted and their keys unique.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    grammar::{self, Sink},
    lexer::Strings,
    number, text,
};
use crate::{base::Result, types::datetime::moment::Moment};

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    /// A plain decimal, as `numeric` prints it.
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    /// Made by a path's `.datetime()` and its kin; in a document it is a string.
    Moment(Moment),
    Array(Vec<Value<'a>>),
    /// Sorted by [`key_order`], unique.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// jsonb's order of keys: shorter first, then by bytes.
pub fn key_order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

struct Tree;

impl<'a> Sink<'a> for Tree {
    type Value = Value<'a>;
    const KEEPS: bool = true;
    fn null(&mut self) -> Value<'a> {
        Value::Null
    }
    fn bool(&mut self, value: bool) -> Value<'a> {
        Value::Bool(value)
    }
    fn number(&mut self, text: &'a str) -> Result<Value<'a>> {
        number::plain(text).map(Value::Number)
    }
    fn string(&mut self, text: Cow<'a, str>) -> Value<'a> {
        Value::String(text)
    }
    fn array(&mut self, elements: Vec<Value<'a>>) -> Value<'a> {
        Value::Array(elements)
    }
    fn object(&mut self, members: Vec<(Cow<'a, str>, Value<'a>)>) -> Value<'a> {
        Value::object(members)
    }
}

impl<'a> Value<'a> {
    /// Parses any JSON text. Errors: 22P02, 22P05, 22003, 54001.
    pub fn parse(text: &'a str) -> Result<Self> {
        grammar::parse(text, Strings::Decoded, &mut Tree)
    }

    /// An object of these members; the last of equal keys counts.
    pub fn object(mut members: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        let sorted =
            members.windows(2).all(|pair| key_order(&pair[0].0, &pair[1].0) == Ordering::Less);
        if !sorted {
            // Reversed first, so that the stable sort leaves the last duplicate in front.
            members.reverse();
            members.sort_by(|a, b| key_order(&a.0, &b.0));
            members.dedup_by(|later, kept| later.0 == kept.0);
        }
        Value::Object(members)
    }

    pub fn string(text: impl Into<Cow<'a, str>>) -> Self {
        Value::String(text.into())
    }

    /// The member of an object.
    pub fn member(&self, key: &str) -> Option<&Value<'a>> {
        let Value::Object(members) = self else { return None };
        let index = members.binary_search_by(|(name, _)| key_order(name, key)).ok()?;
        Some(&members[index].1)
    }

    pub fn is_scalar(&self) -> bool {
        !matches!(self, Value::Array(_) | Value::Object(_))
    }

    /// `jsonb_typeof`'s word.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Moment(moment) => moment.type_name(),
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Appends the canonical text.
    pub fn write(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(text) => out.push_str(text),
            Value::String(text) => text::escape_into(text, out),
            Value::Moment(moment) => text::escape_into(&moment.to_text(), out),
            Value::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    text::escape_into(key, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}
