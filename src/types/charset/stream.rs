//! A text that comes in pieces, cut anywhere.

use encoding_rs::{Decoder, DecoderResult};

use super::table::{Charset, Kind, Limits};
use crate::base::Result;

/// Translates a stream into UTF-8; what a cut leaves of a character waits for the next piece.
pub struct Translation {
    charset: Charset,
    decoder: Option<(Decoder, Limits)>,
}

impl Translation {
    /// `None` for UTF-8, whose bytes are taken as they are.
    pub fn of(charset: Charset) -> Option<Self> {
        if charset.is_utf8() {
            return None;
        }
        let decoder = match &charset.0.kind {
            Kind::Known(encoding, limits) => {
                Some((encoding.new_decoder_without_bom_handling(), *limits))
            }
            _ => None,
        };
        Some(Self { charset, decoder })
    }

    /// The text of the next piece. Errors: as [`Charset::decode`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<String> {
        let Some((decoder, limits)) = &mut self.decoder else {
            return self
                .charset
                .known()
                .map(|latin| bytes.iter().map(|byte| latin.latin(*byte)).collect());
        };
        let mut text = String::new();
        text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 4));
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, false);
        if result != DecoderResult::InputEmpty {
            return Err(self.charset.malformed(bytes, read, result));
        }
        match limits {
            Limits::NoControls => self.charset.check(&text, &[], Limits::NoControls)?,
            // The bytes of a piece may begin inside a character.
            Limits::HighBytes | Limits::None => {}
        }
        Ok(text)
    }

    /// Errors: 22021 if the last character is not whole.
    pub fn finish(mut self) -> Result<()> {
        let Some((decoder, _)) = &mut self.decoder else { return Ok(()) };
        let mut text = String::with_capacity(16);
        match decoder.decode_to_string_without_replacement(&[], &mut text, true) {
            (DecoderResult::InputEmpty, _) => Ok(()),
            _ => Err(self.charset.invalid(&[])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_may_be_cut() {
        let charset = Charset::named("EUC_JP").unwrap();
        let bytes = charset.encode("日本x").unwrap();
        for cut in 0..bytes.len() {
            let mut stream = Translation::of(charset).unwrap();
            let text = stream.push(&bytes[..cut]).unwrap() + &stream.push(&bytes[cut..]).unwrap();
            assert_eq!(text, "日本x");
            stream.finish().unwrap();
        }
        let mut stream = Translation::of(charset).unwrap();
        stream.push(&bytes[..1]).unwrap();
        assert!(stream.finish().is_err());
        assert!(Translation::of(Charset::utf8()).is_none());
    }
}
