//! `json` and `jsonb`: parsing with PostgreSQL's errors, jsonb's canonical text, operators and paths.
//!
//! A `json` value is the text as it was written. A `jsonb` value is canonical text: one space
//! after `:` and `,`, keys by length then bytes, the last of duplicate keys, numbers written out.
//! Reading a field scans that text and makes no tree; [`Value`] is the tree, for edits and paths.

mod assign;
mod contain;
mod edit;
mod failure;
mod grammar;
mod lexer;
mod number;
mod order;
pub mod parts;
pub mod path;
pub mod scan;
mod text;
mod value;

pub use assign::assign;
pub use contain::{contains, exists, has_unique_keys};
pub use edit::{
    Existing, concat, delete_index, delete_keys, delete_path, insert, pretty, set, strip_nulls,
    strip_nulls_in_json,
};
pub use number::key as number_key;
pub use order::{compare, compare_values, key};
pub use text::{escape_into, unescape};
pub use value::{Value, key_order};

use crate::base::Result;

/// Checks that `text` is JSON, as `json` input does.
///
/// Errors: 22P02 with PostgreSQL's DETAIL and CONTEXT; 54001 if nested too deep.
pub fn validate(text: &str) -> Result<()> {
    grammar::parse(text, lexer::Strings::Raw, &mut grammar::Nothing)
}

/// The canonical text of a `jsonb` value.
///
/// Errors: as [`validate`]; 22P05 for `\u0000`; 22003 for a number out of `numeric`'s range.
pub fn canonical(text: &str) -> Result<String> {
    let value = Value::parse(text)?;
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    value.write(&mut out);
    Ok(out)
}

#[cfg(test)]
mod tests;
