//! The kinds of token and their names, as `ts_token_type('default')` lists them.

macro_rules! kinds {
    ($($id:literal $name:ident $alias:literal $description:literal;)*) => {
        /// A kind of token; its number is PostgreSQL's `tokid`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum TokenKind {
            $($name = $id,)*
        }

        impl TokenKind {
            pub const ALL: &[TokenKind] = &[$(TokenKind::$name,)*];

            pub fn alias(self) -> &'static str {
                match self { $(TokenKind::$name => $alias,)* }
            }

            pub fn description(self) -> &'static str {
                match self { $(TokenKind::$name => $description,)* }
            }
        }
    };
}

kinds! {
    1 AsciiWord "asciiword" "Word, all ASCII";
    2 Word "word" "Word, all letters";
    3 NumWord "numword" "Word, letters and digits";
    4 Email "email" "Email address";
    5 Url "url" "URL";
    6 Host "host" "Host";
    7 ScientificFloat "sfloat" "Scientific notation";
    8 Version "version" "Version number";
    9 HyphenNumPart "hword_numpart" "Hyphenated word part, letters and digits";
    10 HyphenPart "hword_part" "Hyphenated word part, all letters";
    11 HyphenAsciiPart "hword_asciipart" "Hyphenated word part, all ASCII";
    12 Blank "blank" "Space symbols";
    13 Tag "tag" "XML tag";
    14 Protocol "protocol" "Protocol head";
    15 HyphenNumWord "numhword" "Hyphenated word, letters and digits";
    16 HyphenAsciiWord "asciihword" "Hyphenated word, all ASCII";
    17 HyphenWord "hword" "Hyphenated word, all letters";
    18 UrlPath "url_path" "URL path";
    19 File "file" "File or path name";
    20 Float "float" "Decimal notation";
    21 Int "int" "Signed integer";
    22 UInt "uint" "Unsigned integer";
    23 Entity "entity" "XML entity";
}

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
}
