//! PostgreSQL's encodings with their numbers and names, and which of them can be translated.

use encoding_rs as rs;

/// One of PostgreSQL's encodings.
#[derive(Debug)]
pub struct Row {
    /// As `pg_char_to_encoding` gives it.
    pub number: i32,
    pub name: &'static str,
    /// The most bytes that a character has.
    pub bytes_max: i32,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Utf8,
    /// Bytes are what they are; only valid UTF-8 becomes text.
    Ascii,
    Latin1,
    /// Latin-1 with six Turkish letters.
    Latin5,
    Known(&'static rs::Encoding, Limits),
    /// There is no table for it here.
    Unknown,
}

/// Where the library's table is larger than PostgreSQL's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limits {
    None,
    /// Control characters from 0x80 to 0x9f are no characters.
    NoControls,
    /// Both bytes of a character are above 0xa0.
    HighBytes,
}

use Kind::{Ascii, Known, Latin1, Latin5, Unknown, Utf8};
use Limits::{HighBytes, NoControls};

macro_rules! rows {
    ($($number:literal $name:literal $bytes:literal $kind:expr;)*) => {
        static ROWS: &[Row] = &[$(Row { number: $number, name: $name, bytes_max: $bytes, kind: $kind },)*];
    };
}

rows! {
    0  "SQL_ASCII"      1 Ascii;
    1  "EUC_JP"         3 Known(&rs::EUC_JP_INIT, Limits::None);
    2  "EUC_CN"         2 Known(&rs::GBK_INIT, HighBytes);
    3  "EUC_KR"         3 Known(&rs::EUC_KR_INIT, HighBytes);
    4  "EUC_TW"         4 Unknown;
    5  "EUC_JIS_2004"   3 Unknown;
    6  "UTF8"           4 Utf8;
    7  "MULE_INTERNAL"  4 Unknown;
    8  "LATIN1"         1 Latin1;
    9  "LATIN2"         1 Known(&rs::ISO_8859_2_INIT, Limits::None);
    10 "LATIN3"         1 Known(&rs::ISO_8859_3_INIT, Limits::None);
    11 "LATIN4"         1 Known(&rs::ISO_8859_4_INIT, Limits::None);
    12 "LATIN5"         1 Latin5;
    13 "LATIN6"         1 Known(&rs::ISO_8859_10_INIT, Limits::None);
    14 "LATIN7"         1 Known(&rs::ISO_8859_13_INIT, Limits::None);
    15 "LATIN8"         1 Known(&rs::ISO_8859_14_INIT, Limits::None);
    16 "LATIN9"         1 Known(&rs::ISO_8859_15_INIT, Limits::None);
    17 "LATIN10"        1 Known(&rs::ISO_8859_16_INIT, Limits::None);
    18 "WIN1256"        1 Known(&rs::WINDOWS_1256_INIT, NoControls);
    19 "WIN1258"        1 Known(&rs::WINDOWS_1258_INIT, NoControls);
    20 "WIN866"         1 Known(&rs::IBM866_INIT, NoControls);
    21 "WIN874"         1 Known(&rs::WINDOWS_874_INIT, NoControls);
    22 "KOI8R"          1 Known(&rs::KOI8_R_INIT, Limits::None);
    23 "WIN1251"        1 Known(&rs::WINDOWS_1251_INIT, NoControls);
    24 "WIN1252"        1 Known(&rs::WINDOWS_1252_INIT, NoControls);
    25 "ISO_8859_5"     1 Known(&rs::ISO_8859_5_INIT, Limits::None);
    26 "ISO_8859_6"     1 Known(&rs::ISO_8859_6_INIT, Limits::None);
    27 "ISO_8859_7"     1 Known(&rs::ISO_8859_7_INIT, Limits::None);
    28 "ISO_8859_8"     1 Known(&rs::ISO_8859_8_INIT, Limits::None);
    29 "WIN1250"        1 Known(&rs::WINDOWS_1250_INIT, NoControls);
    30 "WIN1253"        1 Known(&rs::WINDOWS_1253_INIT, NoControls);
    31 "WIN1254"        1 Known(&rs::WINDOWS_1254_INIT, NoControls);
    32 "WIN1255"        1 Known(&rs::WINDOWS_1255_INIT, NoControls);
    33 "WIN1257"        1 Known(&rs::WINDOWS_1257_INIT, NoControls);
    34 "KOI8U"          1 Known(&rs::KOI8_U_INIT, Limits::None);
    35 "SJIS"           2 Known(&rs::SHIFT_JIS_INIT, Limits::None);
    36 "BIG5"           2 Known(&rs::BIG5_INIT, Limits::None);
    37 "GBK"            2 Known(&rs::GBK_INIT, Limits::None);
    38 "UHC"            2 Known(&rs::EUC_KR_INIT, Limits::None);
    39 "GB18030"        4 Known(&rs::GB18030_INIT, Limits::None);
    40 "JOHAB"          3 Unknown;
    41 "SHIFT_JIS_2004" 2 Unknown;
}

/// Other names of encodings, without case and punctuation.
const ALIASES: &[(&str, &str)] = &[
    ("abc", "WIN1258"),
    ("alt", "WIN866"),
    ("euccn", "EUC_CN"),
    ("iso88591", "LATIN1"),
    ("iso885910", "LATIN6"),
    ("iso885913", "LATIN7"),
    ("iso885914", "LATIN8"),
    ("iso885915", "LATIN9"),
    ("iso885916", "LATIN10"),
    ("iso88592", "LATIN2"),
    ("iso88593", "LATIN3"),
    ("iso88594", "LATIN4"),
    ("iso88599", "LATIN5"),
    ("koi8", "KOI8R"),
    ("mskanji", "SJIS"),
    ("shiftjis", "SJIS"),
    ("tcvn", "WIN1258"),
    ("tcvn5712", "WIN1258"),
    ("unicode", "UTF8"),
    ("vscii", "WIN1258"),
    ("win", "WIN1251"),
    ("win932", "SJIS"),
    ("win936", "GBK"),
    ("win949", "UHC"),
    ("win950", "BIG5"),
];

/// A handle of one encoding; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Charset(pub(super) &'static Row);

impl PartialEq for Charset {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

/// All of PostgreSQL's, by number.
pub fn charsets() -> impl Iterator<Item = Charset> {
    ROWS.iter().map(Charset)
}

impl Eq for Charset {}

impl Default for Charset {
    fn default() -> Self {
        Charset::utf8()
    }
}

impl Charset {
    /// Names are compared without case and punctuation: `utf-8`, `UTF8`, `iso_8859_1`.
    pub fn named(name: &str) -> Option<Self> {
        let plain = |name: &str| {
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
        };
        let wanted = plain(name);
        let wanted = wanted.strip_prefix("windows").map_or(wanted.clone(), |of| format!("win{of}"));
        let alias = ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, name)| plain(name));
        let wanted = alias.unwrap_or(wanted);
        ROWS.iter().find(|row| plain(row.name) == wanted).map(Charset)
    }

    pub fn utf8() -> Self {
        Charset(&ROWS[6])
    }

    pub fn name(self) -> &'static str {
        self.0.name
    }

    pub fn number(self) -> i32 {
        self.0.number
    }

    pub fn bytes_max(self) -> i32 {
        self.0.bytes_max
    }

    /// Whether text can be translated from and to UTF-8.
    pub fn is_known(self) -> bool {
        !matches!(self.0.kind, Kind::Unknown)
    }

    /// Whether its bytes are those of UTF-8.
    pub fn is_utf8(self) -> bool {
        matches!(self.0.kind, Kind::Utf8 | Kind::Ascii)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_their_numbers_and_names() {
        for (number, row) in ROWS.iter().enumerate() {
            assert_eq!(row.number as usize, number);
            assert_eq!(Charset::named(row.name).map(Charset::number), Some(row.number));
        }
        for (alias, name) in ALIASES {
            assert_eq!(Charset::named(alias).map(Charset::name), Some(*name));
        }
        assert_eq!(Charset::named("windows-1252").map(Charset::name), Some("WIN1252"));
        assert_eq!(Charset::named("nope"), None);
        assert_eq!(Charset::utf8().name(), "UTF8");
    }
}
