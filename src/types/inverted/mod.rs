//! Gin's operator classes for `jsonb` and arrays: which keys an index holds of a value, and which of
//! them a row must have for a condition to be true.
//!
//! A key is a hash of eight bytes, so that all of them are short and alike. Two values may share one:
//! what an index finds is checked again. The class decides what is hashed:
//!
//! | class | keys of a value | conditions |
//! |---|---|---|
//! | `jsonb_ops` | every name (key of an object, string in an array) and every scalar, at any depth | `@>` `?` `?\|` `?&` `@?` `@@` |
//! | `jsonb_path_ops` | every scalar together with the names that lead to it | `@>` `@?` `@@` |
//! | `array_ops` | every element; marks for "empty" and "holds a NULL" | `@>` `<@` `&&` `=` |

mod array;
mod jsonb;
mod jsonpath;
mod key;
#[cfg(test)]
mod tests;
mod wanted;

pub use key::{KEY_BYTES, Key};
pub use wanted::Wanted;

use super::{Datum, json::path, oid, order};
use crate::base::Oid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Jsonb,
    JsonbPath,
    Array,
}

/// What a condition says of the indexed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// `key @> query`
    Contains,
    /// `key <@ query`
    ContainedBy,
    /// `key && query`
    Overlaps,
    /// `key = query`
    Equals,
    /// `query = ANY (key)`
    Holds,
    /// `key ? query`
    Exists,
    /// `key ?| query`
    ExistsAny,
    /// `key ?& query`
    ExistsAll,
    /// `key @? query`
    PathExists,
    /// `key @@ query`
    PathMatches,
}

impl Class {
    /// The class of an index key by its name (empty for the type's default); `None` for a type that
    /// has none here.
    pub fn of(name: &str, type_oid: Oid) -> Option<Self> {
        match (type_oid, name) {
            (oid::JSONB, "jsonb_path_ops") => Some(Class::JsonbPath),
            (oid::JSONB, _) => Some(Class::Jsonb),
            (array, _) if oid::is_array(array) => Some(Class::Array),
            _ => None,
        }
    }

    pub fn serves(self, strategy: Strategy) -> bool {
        use Strategy::*;
        match self {
            Class::Jsonb => {
                matches!(
                    strategy,
                    Contains | Exists | ExistsAny | ExistsAll | PathExists | PathMatches
                )
            }
            Class::JsonbPath => matches!(strategy, Contains | PathExists | PathMatches),
            Class::Array => {
                matches!(strategy, Contains | ContainedBy | Overlaps | Equals | Holds)
            }
        }
    }

    /// Appends the keys of a value that is not NULL, one after the other; some may come twice.
    /// `column` tells the columns of one index apart.
    pub fn keys(self, column: u8, value: &Datum, out: &mut Vec<u8>) {
        let mut push = |key: Key| out.extend(key);
        match (self, value) {
            (Class::Jsonb, Datum::Jsonb(text)) => jsonb::keys(column, text, &mut push),
            (Class::JsonbPath, Datum::Jsonb(text)) => jsonb::path_keys(column, text, &mut push),
            (Class::Array, Datum::Array(array)) => array::keys(column, array, &mut push),
            _ => {}
        }
    }

    /// What an index must hold of a row for the condition to be true; `None` if it cannot tell, and
    /// any row may do. `type_oid` is the query's.
    pub fn wanted(
        self,
        column: u8,
        strategy: Strategy,
        query: &Datum,
        type_oid: Oid,
    ) -> Option<Wanted> {
        match query {
            // The operators are strict: nothing is true.
            Datum::Null => Some(Wanted::NOTHING),
            Datum::Array(array) if self == Class::Array => array::wanted(column, strategy, array),
            element if self == Class::Array => {
                let mut bytes = Vec::new();
                order::key(element, type_oid, &mut bytes);
                Some(Wanted::Key(array::element(column, &bytes)))
            }
            Datum::Jsonb(text) => jsonb::contained(self, column, text),
            Datum::Text(text) => match strategy {
                Strategy::PathExists | Strategy::PathMatches => {
                    // A path that does not parse is the condition's to complain of.
                    let path = path::parse(text).ok()?;
                    jsonpath::wanted(self, column, strategy, &path)
                }
                _ => Some(Wanted::Key(jsonb::name(column, text))),
            },
            Datum::Array(names) => {
                let names = names.elements.iter().filter(|name| !name.is_null());
                let keys = names.map(|name| Some(Wanted::Key(jsonb::name(column, name.as_str()))));
                match strategy {
                    Strategy::ExistsAll => Wanted::all(keys),
                    _ => Wanted::any(keys),
                }
            }
            _ => None,
        }
    }
}

/// Orders packed keys and leaves each once.
pub fn settle(packed: &mut Vec<u8>) {
    let (keys, _) = packed.as_chunks::<KEY_BYTES>();
    if keys.windows(2).all(|pair| pair[0] < pair[1]) {
        return;
    }
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    *packed = keys.concat();
}

/// Of two lists of settled keys, what only the first has and what only the second has.
pub fn differences(old: &[u8], new: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let only = |these: &[u8], those: &[u8]| {
        let (these, those) = (these.as_chunks::<KEY_BYTES>().0, those.as_chunks::<KEY_BYTES>().0);
        let mut rest = those.iter().peekable();
        let mut only = Vec::new();
        for key in these {
            while rest.next_if(|other| *other < key).is_some() {}
            if rest.peek() != Some(&key) {
                only.extend(key);
            }
        }
        only
    };
    (only(old, new), only(new, old))
}
