//! `tsquery`: a boolean and phrase expression over lexemes.

use crate::base::Result;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryNode {
    Lexeme {
        word: String,
        prefix: bool,
        /// Bit 0 is weight D .. bit 3 is weight A; 0 means any.
        weights: u8,
    },
    Not(Box<QueryNode>),
    And(Box<QueryNode>, Box<QueryNode>),
    Or(Box<QueryNode>, Box<QueryNode>),
    /// `left <distance> right`
    Phrase(Box<QueryNode>, Box<QueryNode>, u16),
}

/// `None` is the empty query, which matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TsQuery {
    pub root: Option<QueryNode>,
}

impl TsQuery {
    pub fn encode(&self, _out: &mut Vec<u8>) {
        unimplemented!()
    }
    pub fn decode(_bytes: &[u8]) -> Result<Self> {
        unimplemented!()
    }
}
