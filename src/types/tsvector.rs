//! `tsvector`: lexemes in order, each with its positions and weights.

mod order;
mod scan;
mod text;
mod wire;

pub use scan::{Scanner, ScannerKind};
pub use text::quote;
pub use wire::WireReader;

use super::stored::{self, corrupt};
use crate::base::{PgError, Result, sqlstate};

/// A lexeme is shorter than this, bytes. Source: PostgreSQL documentation, "Text Search Limitations".
pub const LEXEME_BYTES_MAX: usize = 2_046;
/// All lexemes and positions of one tsvector, bytes.
pub const VECTOR_BYTES_MAX: usize = 1_048_575;
/// Positions above this are stored as this.
pub const POSITION_MAX: u16 = 16_383;
/// Positions kept for one lexeme.
pub const POSITIONS_MAX: usize = 256;

/// A position's weight; the order is that of `setweight` (`D` is the default).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    D,
    C,
    B,
    A,
}

impl Weight {
    pub const ALL: [Weight; 4] = [Weight::D, Weight::C, Weight::B, Weight::A];

    /// `A`..`D` in either case.
    pub fn from_letter(letter: char) -> Option<Self> {
        match letter {
            'A' | 'a' => Some(Weight::A),
            'B' | 'b' => Some(Weight::B),
            'C' | 'c' => Some(Weight::C),
            'D' | 'd' => Some(Weight::D),
            _ => None,
        }
    }

    pub fn letter(self) -> &'static str {
        match self {
            Weight::A => "A",
            Weight::B => "B",
            Weight::C => "C",
            Weight::D => "D",
        }
    }

    /// The weight's bit in a tsquery operand's mask.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// 1..=16383
    pub at: u16,
    pub weight: Weight,
}

impl Position {
    /// A position with the default weight; larger ones are cut to the greatest there is.
    pub fn new(at: usize) -> Self {
        Self { at: at.min(usize::from(POSITION_MAX)) as u16, weight: Weight::D }
    }

    /// PostgreSQL's 16 bits: two of weight, fourteen of position.
    pub fn bits(self) -> u16 {
        (self.weight as u16) << 14 | self.at
    }

    pub fn from_bits(bits: u16) -> Self {
        Self { at: bits & POSITION_MAX, weight: Weight::ALL[usize::from(bits >> 14)] }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    pub word: String,
    /// Ascending, at most 256; empty after `strip`.
    pub positions: Vec<Position>,
}

/// Lexemes are unique and in PostgreSQL's order: by bytes, a prefix first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TsVector {
    pub lexemes: Vec<Lexeme>,
}

impl TsVector {
    /// Sorts, and joins the positions of equal words: of two weights at one position the higher
    /// stays. Errors: 54000 if a word or the whole is too long.
    pub fn from_lexemes(mut lexemes: Vec<Lexeme>) -> Result<Self> {
        lexemes.sort_by(|a, b| a.word.as_bytes().cmp(b.word.as_bytes()));
        lexemes.dedup_by(|next, kept| {
            let same = next.word == kept.word;
            if same {
                kept.positions.append(&mut next.positions);
            }
            same
        });
        for lexeme in &mut lexemes {
            check_word(lexeme.word.len())?;
            settle_positions(&mut lexeme.positions);
        }
        let vector = Self { lexemes };
        vector.check_size()?;
        Ok(vector)
    }

    /// The place of `word`, or where it would stand.
    pub fn find(&self, word: &str) -> Result<usize, usize> {
        self.lexemes.binary_search_by(|lexeme| lexeme.word.as_bytes().cmp(word.as_bytes()))
    }

    /// The lexemes that `word` names: itself, or with `prefix` all that begin with it.
    pub fn matching(&self, word: &str, prefix: bool) -> &[Lexeme] {
        let found = self.find(word);
        if !prefix {
            return found.map_or(&[], |at| &self.lexemes[at..=at]);
        }
        let start = found.unwrap_or_else(|at| at);
        let rest = &self.lexemes[start..];
        let count =
            rest.partition_point(|lexeme| lexeme.word.as_bytes().starts_with(word.as_bytes()));
        &rest[..count]
    }

    /// Appends the stored bytes: a count, then each word and its positions.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend((self.lexemes.len() as u32).to_le_bytes());
        for lexeme in &self.lexemes {
            out.extend((lexeme.word.len() as u16).to_le_bytes());
            out.extend((lexeme.positions.len() as u16).to_le_bytes());
            out.extend(lexeme.word.as_bytes());
            for position in &lexeme.positions {
                out.extend(position.bits().to_le_bytes());
            }
        }
    }

    /// Reads what [`TsVector::encode`] wrote. Errors: XX001.
    pub fn decode(mut bytes: &[u8]) -> Result<Self> {
        let count = stored::take_u32(&mut bytes)? as usize;
        let mut lexemes = Vec::with_capacity(count.min(bytes.len() / 4));
        for _ in 0..count {
            let word_bytes = usize::from(take_u16(&mut bytes)?);
            let positions = usize::from(take_u16(&mut bytes)?);
            let word = std::str::from_utf8(stored::take(&mut bytes, word_bytes)?)
                .map_err(|_| corrupt())?
                .to_owned();
            let (pairs, _) = stored::take(&mut bytes, positions * 2)?.as_chunks::<2>();
            let positions =
                pairs.iter().map(|pair| Position::from_bits(u16::from_le_bytes(*pair))).collect();
            lexemes.push(Lexeme { word, positions });
        }
        Ok(Self { lexemes })
    }

    /// The size PostgreSQL's form of this value has, bytes, header included: its comparison
    /// operators look at it first.
    fn postgres_bytes(&self) -> usize {
        8 + 4 * self.lexemes.len() + self.data_bytes()
    }

    fn data_bytes(&self) -> usize {
        self.lexemes.iter().fold(0, |bytes, lexeme| {
            let bytes = bytes + lexeme.word.len();
            match lexeme.positions.len() {
                0 => bytes,
                // Positions lie at even offsets behind their count.
                positions => bytes.next_multiple_of(2) + 2 + 2 * positions,
            }
        })
    }

    /// Errors: 54000 if lexemes and positions together are too long.
    pub fn check_size(&self) -> Result<()> {
        let bytes = self.data_bytes();
        if bytes > VECTOR_BYTES_MAX {
            return Err(PgError::new(
                sqlstate::PROGRAM_LIMIT_EXCEEDED,
                format!(
                    "string is too long for tsvector ({bytes} bytes, max {VECTOR_BYTES_MAX} bytes)"
                ),
            ));
        }
        Ok(())
    }
}

/// Errors: 54000 if a lexeme of that many bytes is too long.
pub fn check_word(bytes: usize) -> Result<()> {
    if bytes > LEXEME_BYTES_MAX {
        return Err(PgError::new(
            sqlstate::PROGRAM_LIMIT_EXCEEDED,
            format!("word is too long ({bytes} bytes, max {LEXEME_BYTES_MAX} bytes)"),
        ));
    }
    Ok(())
}

/// Sorts positions, keeps the highest weight of each, and cuts the list where PostgreSQL does.
pub fn settle_positions(positions: &mut Vec<Position>) {
    if positions.len() < 2 {
        return;
    }
    positions.sort_by_key(|position| position.at);
    positions.dedup_by(|next, kept| {
        let same = next.at == kept.at;
        if same {
            kept.weight = kept.weight.max(next.weight);
        }
        same
    });
    positions.truncate(POSITIONS_MAX);
}

fn take_u16(bytes: &mut &[u8]) -> Result<u16> {
    Ok(u16::from_le_bytes(stored::take(bytes, 2)?.try_into().map_err(|_| corrupt())?))
}

#[cfg(test)]
mod tests;
