//! Text search configurations: which dictionary takes which kind of token.

use super::{
    dictionary::{Dictionary, Language},
    parser::TokenKind,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Config {
    Simple,
    Language(Language),
}

impl Config {
    pub const ENGLISH: Config = Config::Language(Language::English);

    pub fn all() -> impl Iterator<Item = Config> {
        let languages = Language::ALL.iter().map(|language| Config::Language(*language));
        std::iter::once(Config::Simple).chain(languages)
    }

    /// `pg_ts_config.cfgname`
    pub fn name(self) -> &'static str {
        match self {
            Config::Simple => "simple",
            Config::Language(language) => language.name(),
        }
    }

    /// `pg_ts_config.oid`; those of languages are PostgreSQL 18's.
    pub fn oid(self) -> Oid {
        match self {
            Config::Simple => Oid(3748),
            Config::Language(language) => language.config_oid(),
        }
    }

    /// Errors: 42704.
    pub fn by_oid(oid: Oid) -> Result<Self> {
        Self::all().find(|config| config.oid() == oid).ok_or_else(|| {
            PgError::new(
                sqlstate::UNDEFINED_OBJECT,
                format!("text search configuration with OID {oid} does not exist"),
            )
        })
    }

    /// The configuration of that name, with or without `pg_catalog.` before it. Errors: 42704.
    pub fn by_name(name: &str) -> Result<Self> {
        let bare = name.strip_prefix("pg_catalog.").unwrap_or(name);
        match Self::all().find(|config| config.name() == bare) {
            Some(config) => Ok(config),
            None => err!(UNDEFINED_OBJECT, "text search configuration \"{name}\" does not exist"),
        }
    }

    /// The dictionary for a kind of token; `None` where such tokens are not indexed.
    pub fn dictionary(self, kind: TokenKind) -> Option<Dictionary> {
        use TokenKind::*;
        match (kind, self) {
            (Blank | Tag | Protocol | Entity, _) => None,
            (AsciiWord | HyphenAsciiPart | HyphenAsciiWord, Config::Language(language)) => {
                Some(Dictionary::Stem(language.of_ascii_words()))
            }
            (Word | HyphenPart | HyphenWord, Config::Language(language)) => {
                Some(Dictionary::Stem(language))
            }
            _ => Some(Dictionary::Simple),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_oids_lead_back() {
        for config in Config::all() {
            assert_eq!(Config::by_name(config.name()).unwrap(), config);
            assert_eq!(Config::by_oid(config.oid()).unwrap(), config);
        }
        assert_eq!(Config::by_name("pg_catalog.english").unwrap(), Config::ENGLISH);
        let error = Config::by_name("klingon").unwrap_err();
        assert_eq!(error.message, "text search configuration \"klingon\" does not exist");
    }
}
