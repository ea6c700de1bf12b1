//! The languages whose stems equal PostgreSQL's, with their oids there.

use rust_stemmers::Algorithm;

use crate::base::Oid;

macro_rules! languages {
    ($($name:ident $text:literal $dictionary_name:literal $dictionary:literal $config:literal;)*) => {
        /// A language with a Snowball stemmer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Language {
            $($name,)*
        }

        impl Language {
            pub const ALL: &[Language] = &[$(Language::$name,)*];

            /// `pg_ts_config.cfgname`
            pub fn name(self) -> &'static str {
                match self { $(Language::$name => $text,)* }
            }

            /// `pg_ts_dict.dictname`
            pub fn dictionary_name(self) -> &'static str {
                match self { $(Language::$name => $dictionary_name,)* }
            }

            /// `pg_ts_dict.oid` of PostgreSQL 18.
            pub fn dictionary_oid(self) -> Oid {
                match self { $(Language::$name => Oid($dictionary),)* }
            }

            /// `pg_ts_config.oid` of PostgreSQL 18.
            pub fn config_oid(self) -> Oid {
                match self { $(Language::$name => Oid($config),)* }
            }

            pub(super) fn algorithm(self) -> Algorithm {
                match self { $(Language::$name => Algorithm::$name,)* }
            }
        }
    };
}

languages! {
    Arabic "arabic" "arabic_stem" 12363 12364;
    Danish "danish" "danish_stem" 12371 12372;
    Dutch "dutch" "dutch_stem" 12373 12374;
    English "english" "english_stem" 12375 12376;
    French "french" "french_stem" 12381 12382;
    German "german" "german_stem" 12383 12384;
    Greek "greek" "greek_stem" 12385 12386;
    Hungarian "hungarian" "hungarian_stem" 12389 12390;
    Italian "italian" "italian_stem" 12395 12396;
    Norwegian "norwegian" "norwegian_stem" 12401 12402;
    Portuguese "portuguese" "portuguese_stem" 12403 12404;
    Romanian "romanian" "romanian_stem" 12405 12406;
    Russian "russian" "russian_stem" 12407 12408;
    Spanish "spanish" "spanish_stem" 12411 12412;
    Swedish "swedish" "swedish_stem" 12413 12414;
    Tamil "tamil" "tamil_stem" 12415 12416;
    Turkish "turkish" "turkish_stem" 12417 12418;
}

impl Language {
    /// The language of words in ASCII letters: where the language is not written in Latin letters,
    /// they are English.
    pub fn of_ascii_words(self) -> Language {
        if self == Language::Russian { Language::English } else { self }
    }
}
