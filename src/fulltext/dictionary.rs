//! Dictionaries: from a token to a lexeme, or to nothing where the token is a stop word.

mod english;
mod stop_words;

use crate::base::Oid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dictionary {
    /// Lower case.
    Simple,
    /// Lower case, stop words out, Snowball's English stem.
    EnglishStem,
}

/// Longer words are not stemmed: they are no words of a language. Bytes.
const STEMMED_BYTES_MAX: usize = 1_000;

impl Dictionary {
    pub const ALL: &[Dictionary] = &[Dictionary::Simple, Dictionary::EnglishStem];

    /// `pg_ts_dict.dictname`
    pub fn name(self) -> &'static str {
        match self {
            Dictionary::Simple => "simple",
            Dictionary::EnglishStem => "english_stem",
        }
    }

    /// `pg_ts_dict.oid`
    pub fn oid(self) -> Oid {
        match self {
            Dictionary::Simple => Oid(3765),
            Dictionary::EnglishStem => Oid(12375),
        }
    }

    pub fn by_oid(oid: Oid) -> Option<Self> {
        Self::ALL.iter().copied().find(|dictionary| dictionary.oid() == oid)
    }

    /// The dictionary of that name, with or without `pg_catalog.` before it.
    pub fn by_name(name: &str) -> Option<Self> {
        let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
        Self::ALL.iter().copied().find(|dictionary| dictionary.name() == name)
    }

    /// The lexeme of `token`; `None` for a stop word.
    pub fn lexeme(self, token: &str) -> Option<String> {
        match self {
            Dictionary::Simple => Some(lower(token)),
            Dictionary::EnglishStem if token.len() > STEMMED_BYTES_MAX => Some(lower(token)),
            Dictionary::EnglishStem => english::lexeme(token),
        }
    }
}

/// Lower case as PostgreSQL's dictionaries make it.
fn lower(token: &str) -> String {
    if token.is_ascii() {
        return token.to_ascii_lowercase();
    }
    token.chars().map(super::parser::to_lower).collect()
}

#[cfg(test)]
mod tests;
