//! Documents: their names and scalars, or their scalars with the names on the way to them.
//!
//! Strings and names are hashed as the literals of canonical text, which are equal when the strings
//! are; numbers by value.

use super::{
    Class, Key, Wanted,
    key::{Hash, Kind},
};
use crate::types::json::{
    self, escape_into,
    parts::{Part, each},
    scan::{Kind as Json, kind},
};

/// The key that `?` asks for.
pub fn name(column: u8, text: &str) -> Key {
    let mut literal = String::with_capacity(text.len() + 2);
    escape_into(text, &mut literal);
    name_literal(column, &literal)
}

pub fn name_literal(column: u8, literal: &str) -> Key {
    Hash::new(column, Kind::Name).with(literal.as_bytes()).key()
}

/// The key of a scalar, given as canonical text.
pub fn scalar(column: u8, text: &str) -> Key {
    let new = |kind| Hash::new(column, kind);
    match kind(text) {
        Json::String => new(Kind::String).with(text.as_bytes()).key(),
        Json::Number => new(Kind::Number).with(&number(text)).key(),
        Json::Bool => new(Kind::Bool).with(text.as_bytes()).key(),
        _ => new(Kind::Null).key(),
    }
}

fn number(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(16);
    json::number_key(text, &mut bytes);
    bytes
}

/// An element is found by `?` if it is a string.
fn element(column: u8, text: &str) -> Key {
    match kind(text) {
        Json::String => name_literal(column, text),
        _ => scalar(column, text),
    }
}

/// `jsonb_ops`
pub fn keys(column: u8, text: &str, found: &mut dyn FnMut(Key)) {
    each(text, &mut |part| match part {
        Part::Open | Part::Close => {}
        Part::Key(literal) => found(name_literal(column, literal)),
        Part::Element(text) => found(element(column, text)),
        Part::Member(text) => found(scalar(column, text)),
    });
}

/// The names on the way to a value; arrays leave no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way(Hash);

impl Way {
    pub fn root(column: u8) -> Self {
        Way(Hash::new(column, Kind::Path))
    }

    pub fn to(self, literal: &str) -> Self {
        Way(self.0.with(literal.as_bytes()))
    }

    /// The key of a scalar at its end.
    pub fn scalar(self, text: &str) -> Key {
        match kind(text) {
            // As other scalars do, so that no string's literal goes on as a name's would.
            Json::String => self.0.with(&[Kind::String as u8]).with(text.as_bytes()).key(),
            Json::Number => self.0.with(&[Kind::Number as u8]).with(&number(text)).key(),
            Json::Bool => self.0.with(&[Kind::Bool as u8]).with(text.as_bytes()).key(),
            _ => self.0.with(&[Kind::Null as u8]).key(),
        }
    }
}

/// `jsonb_path_ops`
pub fn path_keys(column: u8, text: &str, found: &mut dyn FnMut(Key)) {
    let root = Way::root(column);
    // The ways to the containers around, and to the value that comes next.
    let mut around: Vec<Way> = Vec::new();
    let mut next = root;
    each(text, &mut |part| match part {
        Part::Open => around.push(next),
        Part::Close => {
            around.pop();
            next = around.last().copied().unwrap_or(root);
        }
        Part::Key(literal) => next = around.last().copied().unwrap_or(root).to(literal),
        Part::Element(text) | Part::Member(text) => found(next.scalar(text)),
    });
}

/// What contains `query` has all of its keys.
pub fn contained(class: Class, column: u8, query: &str) -> Option<Wanted> {
    let mut wanted = Vec::new();
    let mut found = |key| wanted.push(Some(Wanted::Key(key)));
    match class {
        Class::JsonbPath => path_keys(column, query, &mut found),
        _ => keys(column, query, &mut found),
    }
    Wanted::all(wanted)
}
