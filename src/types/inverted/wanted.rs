//! What a row must have in an inverted index: keys under AND and OR.
//!
//! `None` in place of a [`Wanted`] means that the index cannot tell.

use super::Key;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    Key(Key),
    /// All of these; never empty.
    All(Vec<Wanted>),
    /// Any of these; of none, no row has it.
    Any(Vec<Wanted>),
}

impl Wanted {
    pub const NOTHING: Wanted = Wanted::Any(Vec::new());

    /// All of the parts; those that cannot tell do not matter.
    pub fn all(parts: impl IntoIterator<Item = Option<Wanted>>) -> Option<Wanted> {
        let mut all = Vec::new();
        for part in parts.into_iter().flatten() {
            match part {
                Wanted::All(parts) => all.extend(parts),
                part => all.push(part),
            }
        }
        if all.contains(&Wanted::NOTHING) {
            return Some(Wanted::NOTHING);
        }
        all.sort();
        all.dedup();
        match all.len() {
            0 | 1 => all.pop(),
            _ => Some(Wanted::All(all)),
        }
    }

    /// Any of the parts; one that cannot tell decides.
    pub fn any(parts: impl IntoIterator<Item = Option<Wanted>>) -> Option<Wanted> {
        let mut any = Vec::new();
        for part in parts {
            match part? {
                Wanted::Any(parts) => any.extend(parts),
                part => any.push(part),
            }
        }
        any.sort();
        any.dedup();
        match any.len() {
            1 => any.pop(),
            _ => Some(Wanted::Any(any)),
        }
    }
}
