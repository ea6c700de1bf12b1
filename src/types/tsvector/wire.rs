//! The binary form: a count, then each word with a NUL, its number of positions and the positions.

use super::{LEXEME_BYTES_MAX, Lexeme, POSITIONS_MAX, Position, TsVector};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
};

/// Takes big-endian fields off a binary value.
pub struct WireReader<'a> {
    bytes: &'a [u8],
}

impl<'a> WireReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, tail) = self.bytes.split_first_chunk::<N>().ok_or_else(short)?;
        self.bytes = tail;
        Ok(*head)
    }

    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.take::<1>()?[0])
    }

    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.take()?))
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.take()?))
    }

    /// A NUL-terminated UTF-8 string.
    pub fn string(&mut self) -> Result<&'a str> {
        let Some(end) = self.bytes.iter().position(|byte| *byte == 0) else {
            return err!(PROTOCOL_VIOLATION, "invalid string in message");
        };
        let string = std::str::from_utf8(&self.bytes[..end]).map_err(|_| {
            PgError::new(
                sqlstate::CHARACTER_NOT_IN_REPERTOIRE,
                "invalid byte sequence for encoding \"UTF8\"",
            )
        })?;
        self.bytes = &self.bytes[end + 1..];
        Ok(string)
    }

    /// Errors: 22P03 if bytes are left.
    pub fn finish(self) -> Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format")
    }

    pub fn left(&self) -> usize {
        self.bytes.len()
    }
}

fn short() -> PgError {
    PgError::new(sqlstate::PROTOCOL_VIOLATION, "insufficient data left in message")
}

impl TsVector {
    pub fn send(&self, out: &mut Vec<u8>) {
        out.extend((self.lexemes.len() as u32).to_be_bytes());
        for lexeme in &self.lexemes {
            out.extend(lexeme.word.as_bytes());
            out.push(0);
            out.extend((lexeme.positions.len() as u16).to_be_bytes());
            for position in &lexeme.positions {
                out.extend(position.bits().to_be_bytes());
            }
        }
    }

    /// Reads the wire form. Errors: 22P03, 08P01, 54000.
    pub fn receive(bytes: &[u8]) -> Result<Self> {
        let mut reader = WireReader::new(bytes);
        let count = reader.u32()? as usize;
        // Each lexeme takes three bytes at least.
        if count > reader.left() / 3 {
            return err!(INVALID_BINARY_REPRESENTATION, "invalid size of tsvector");
        }
        let mut lexemes = Vec::with_capacity(count);
        for _ in 0..count {
            let word = reader.string()?;
            if word.len() > LEXEME_BYTES_MAX {
                return err!(INVALID_BINARY_REPRESENTATION, "invalid tsvector: lexeme too long");
            }
            let length = usize::from(reader.u16()?);
            if length > POSITIONS_MAX {
                return err!(
                    INVALID_BINARY_REPRESENTATION,
                    "unexpected number of tsvector positions"
                );
            }
            let mut positions: Vec<Position> = Vec::with_capacity(length);
            for _ in 0..length {
                let position = Position::from_bits(reader.u16()?);
                if positions.last().is_some_and(|last| last.at >= position.at) {
                    return err!(
                        INVALID_BINARY_REPRESENTATION,
                        "position information is misordered"
                    );
                }
                positions.push(position);
            }
            lexemes.push(Lexeme { word: word.to_owned(), positions });
        }
        reader.finish()?;
        Self::from_lexemes(lexemes)
    }
}
