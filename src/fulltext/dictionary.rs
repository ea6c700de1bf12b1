//! Dictionaries: from a token to a lexeme, or to nothing where the token is a stop word.

mod language;
mod snowball;
mod stem;
mod stop_words;

pub use language::Language;

use crate::base::Oid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dictionary {
    /// Lower case.
    Simple,
    /// Lower case, stop words out, the language's Snowball stem.
    Stem(Language),
}

/// Longer words are not stemmed: they are no words of a language. Bytes.
const STEMMED_BYTES_MAX: usize = 1_000;

impl Dictionary {
    pub fn all() -> impl Iterator<Item = Dictionary> {
        let stems = Language::ALL.iter().map(|language| Dictionary::Stem(*language));
        std::iter::once(Dictionary::Simple).chain(stems)
    }

    /// `pg_ts_dict.dictname`
    pub fn name(self) -> &'static str {
        match self {
            Dictionary::Simple => "simple",
            Dictionary::Stem(language) => language.dictionary_name(),
        }
    }

    /// `pg_ts_dict.oid`
    pub fn oid(self) -> Oid {
        match self {
            Dictionary::Simple => Oid(3765),
            Dictionary::Stem(language) => language.dictionary_oid(),
        }
    }

    pub fn by_oid(oid: Oid) -> Option<Self> {
        Self::all().find(|dictionary| dictionary.oid() == oid)
    }

    /// The dictionary of that name, with or without `pg_catalog.` before it.
    pub fn by_name(name: &str) -> Option<Self> {
        let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
        Self::all().find(|dictionary| dictionary.name() == name)
    }

    /// The lexeme of `token`; `None` for a stop word.
    pub fn lexeme(self, token: &str) -> Option<String> {
        match self {
            Dictionary::Stem(language) if token.len() <= STEMMED_BYTES_MAX => {
                stem::lexeme(language, token)
            }
            _ => Some(lower(token)),
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
