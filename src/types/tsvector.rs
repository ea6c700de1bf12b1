//! `tsvector`: lexemes in order, each with its positions and weights.

use crate::base::Result;

/// A position's weight; the order is that of `setweight` (`D` is the default).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    D,
    C,
    B,
    A,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// 1..=16383
    pub at: u16,
    pub weight: Weight,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lexeme {
    pub word: String,
    /// Ascending, at most 256; empty after `strip`.
    pub positions: Vec<Position>,
}

/// Lexemes are unique and in PostgreSQL's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TsVector {
    pub lexemes: Vec<Lexeme>,
}

impl TsVector {
    pub fn encode(&self, _out: &mut Vec<u8>) {
        unimplemented!()
    }
    pub fn decode(_bytes: &[u8]) -> Result<Self> {
        unimplemented!()
    }
}
