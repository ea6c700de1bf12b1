//! Whole texts from and to UTF-8.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EncoderResult};

use super::table::{Charset, Kind, Limits};
use crate::{
    base::{PgError, Result},
    err, pg_error,
};

/// Where Latin-5 differs from Latin-1.
const TURKISH: &[(u8, char)] =
    &[(0xd0, 'Ğ'), (0xdd, 'İ'), (0xde, 'Ş'), (0xf0, 'ğ'), (0xfd, 'ı'), (0xfe, 'ş')];

impl Charset {
    /// Errors: 22021 for bytes that are no text of this encoding, or hold a zero byte; 22P05 for a
    /// character that Unicode does not have; 0A000 without a table.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>> {
        let zero = bytes.iter().position(|byte| *byte == 0);
        if self.is_utf8() {
            return match (std::str::from_utf8(bytes), zero) {
                (Ok(text), None) => Ok(Cow::Borrowed(text)),
                (Err(error), zero) if zero.is_none_or(|at| at > error.valid_up_to()) => {
                    Err(invalid_utf8(bytes, error))
                }
                _ => Err(self.invalid(&[0])),
            };
        }
        if zero.is_some() {
            return Err(self.invalid(&[0]));
        }
        if bytes.is_ascii() {
            let text = std::str::from_utf8(bytes).expect("ASCII is UTF-8");
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::with_capacity(bytes.len() * 3 / 2);
        match &self.0.kind {
            Kind::Latin1 | Kind::Latin5 => text.extend(bytes.iter().map(|byte| self.latin(*byte))),
            Kind::Known(encoding, limits) => {
                let mut decoder = encoding.new_decoder_without_bom_handling();
                text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0));
                let (result, read) =
                    decoder.decode_to_string_without_replacement(bytes, &mut text, true);
                if result != DecoderResult::InputEmpty {
                    return Err(self.malformed(bytes, read, result));
                }
                self.check(&text, bytes, *limits)?;
            }
            Kind::Utf8 | Kind::Ascii | Kind::Unknown => return Err(self.unsupported()),
        }
        Ok(Cow::Owned(text))
    }

    /// Errors: 22P05 for a character that this encoding does not have; 0A000 without a table.
    pub fn encode(self, text: &str) -> Result<Cow<'_, [u8]>> {
        if self.is_utf8() || text.is_ascii() {
            return Ok(Cow::Owned(text.as_bytes().to_vec()));
        }
        match &self.0.kind {
            Kind::Latin1 | Kind::Latin5 => {
                let byte = |c| self.latin_byte(c).ok_or_else(|| self.no_equivalent(c));
                Ok(Cow::Owned(text.chars().map(byte).collect::<Result<_>>()?))
            }
            Kind::Known(encoding, limits) => {
                let mut encoder = encoding.new_encoder();
                let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
                let mut bytes = Vec::with_capacity(room.unwrap_or(text.len() * 4));
                let (result, _) =
                    encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true);
                if let EncoderResult::Unmappable(c) = result {
                    return Err(self.no_equivalent(c));
                }
                self.check(text, &bytes, *limits)?;
                Ok(Cow::Owned(bytes))
            }
            Kind::Utf8 | Kind::Ascii | Kind::Unknown => Err(self.unsupported()),
        }
    }

    /// The text with a question mark for what this encoding does not have: for messages.
    pub fn encode_lossy(self, text: &str) -> Vec<u8> {
        match self.encode(text) {
            Ok(bytes) => bytes.into_owned(),
            Err(_) => text
                .chars()
                .flat_map(|c| match self.encode(c.encode_utf8(&mut [0; 4])) {
                    Ok(bytes) => bytes.into_owned(),
                    Err(_) => vec![b'?'],
                })
                .collect(),
        }
    }

    pub(super) fn latin(self, byte: u8) -> char {
        let turkish = matches!(self.0.kind, Kind::Latin5);
        let letter = TURKISH.iter().find(|(of, _)| turkish && *of == byte);
        letter.map_or(char::from(byte), |(_, letter)| *letter)
    }

    fn latin_byte(self, c: char) -> Option<u8> {
        let turkish = matches!(self.0.kind, Kind::Latin5);
        if let Some((byte, _)) = TURKISH.iter().find(|(_, letter)| turkish && *letter == c) {
            return Some(*byte);
        }
        u8::try_from(u32::from(c)).ok().filter(|byte| self.latin(*byte) == c)
    }

    /// Refuses what the library has and PostgreSQL has not.
    pub(super) fn check(self, text: &str, bytes: &[u8], limits: Limits) -> Result<()> {
        match limits {
            Limits::None => Ok(()),
            Limits::NoControls => match text.chars().find(|c| ('\u{80}'..'\u{a0}').contains(c)) {
                Some(c) => Err(self.no_equivalent(c)),
                None => Ok(()),
            },
            Limits::HighBytes => {
                let mut rest = bytes;
                while let Some((first, after)) = rest.split_first() {
                    rest = after;
                    if first.is_ascii() {
                        continue;
                    }
                    match after.split_first() {
                        Some((second, after)) if *first > 0xa0 && *second > 0xa0 => rest = after,
                        _ => return Err(self.invalid(&[*first])),
                    }
                }
                Ok(())
            }
        }
    }

    pub(super) fn malformed(self, bytes: &[u8], read: usize, result: DecoderResult) -> PgError {
        let (length, after) = match result {
            DecoderResult::Malformed(length, after) => (usize::from(length), usize::from(after)),
            _ => (1, 0),
        };
        let end = read.saturating_sub(after).min(bytes.len());
        self.invalid(&bytes[end.saturating_sub(length)..end])
    }

    pub(super) fn invalid(self, bytes: &[u8]) -> PgError {
        let name = if self.is_utf8() { "UTF8" } else { self.name() };
        pg_error!(
            CHARACTER_NOT_IN_REPERTOIRE,
            "invalid byte sequence for encoding \"{name}\": {}",
            hex(bytes)
        )
    }

    fn no_equivalent(self, c: char) -> PgError {
        pg_error!(
            UNTRANSLATABLE_CHARACTER,
            "character with byte sequence {} in encoding \"UTF8\" has no equivalent in encoding \"{}\"",
            hex(c.encode_utf8(&mut [0; 4]).as_bytes()),
            self.name()
        )
    }

    pub(super) fn unsupported(self) -> PgError {
        pg_error!(
            FEATURE_NOT_SUPPORTED,
            "conversion between {} and UTF8 is not supported",
            self.name()
        )
    }

    /// Errors: 0A000 for an encoding without a table.
    pub fn known(self) -> Result<Self> {
        match self.is_known() {
            true => Ok(self),
            false => err!(
                FEATURE_NOT_SUPPORTED,
                "conversion between {} and UTF8 is not supported",
                self.name()
            ),
        }
    }
}

/// `0xe2 0x82`
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// 22021, naming the bytes that the lead byte promises.
pub fn invalid_utf8(bytes: &[u8], error: std::str::Utf8Error) -> PgError {
    let rest = &bytes[error.valid_up_to()..];
    let promised = match rest[0] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    Charset::utf8().invalid(&rest[..promised.min(rest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Charset {
        Charset::named(name).unwrap()
    }

    #[test]
    fn texts_are_translated_both_ways() {
        for (name, text, bytes) in [
            ("LATIN1", "é", &b"\xe9"[..]),
            ("LATIN5", "ğé", b"\xf0\xe9"),
            ("LATIN9", "€", b"\xa4"),
            ("WIN1252", "€", b"\x80"),
            ("KOI8R", "Ю", b"\xe0"),
            ("EUC_JP", "日", b"\xc6\xfc"),
            ("SJIS", "日", b"\x93\xfa"),
            ("GB18030", "日", b"\xc8\xd5"),
            ("UTF8", "日", "日".as_bytes()),
        ] {
            assert_eq!(of(name).encode(text).unwrap(), bytes, "{name}");
            assert_eq!(of(name).decode(bytes).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn what_an_encoding_does_not_have_is_named() {
        assert_eq!(
            of("latin1").encode("a€").unwrap_err().message,
            "character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\""
        );
        let message = |name: &str, bytes: &[u8]| of(name).decode(bytes).unwrap_err().message;
        assert_eq!(
            message("EUC_JP", b"a\xff"),
            "invalid byte sequence for encoding \"EUC_JP\": 0xff"
        );
        assert_eq!(
            message("LATIN1", b"a\0"),
            "invalid byte sequence for encoding \"LATIN1\": 0x00"
        );
        assert_eq!(
            of("EUC_TW").encode("é").unwrap_err().code,
            crate::base::sqlstate::FEATURE_NOT_SUPPORTED
        );
        assert_eq!(of("LATIN1").encode_lossy("é€"), b"\xe9?");
    }
}
