//! `tsquery`: a boolean and phrase expression over lexemes.

mod draft;
mod order;
mod settle;
mod text;
mod wire;

pub use draft::{Draft, Operator, Parsed, Syntax, parse_draft};

use super::stored::{self, corrupt};
use crate::base::{PgError, Result, sqlstate};

/// `<n>` reaches no further; PostgreSQL's MAXENTRYPOS.
pub const DISTANCE_MAX: i64 = 16_384;
/// Nesting of a query: what walks one recurses, on stacks of 2 MB.
pub const DEPTH_MAX: usize = 400;

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

impl QueryNode {
    pub fn word(word: impl Into<String>) -> Self {
        QueryNode::Lexeme { word: word.into(), prefix: false, weights: 0 }
    }

    /// The operands, left before right; none of a lexeme.
    pub fn operands(&self) -> [Option<&QueryNode>; 2] {
        match self {
            QueryNode::Lexeme { .. } => [None, None],
            QueryNode::Not(operand) => [Some(operand), None],
            QueryNode::And(left, right)
            | QueryNode::Or(left, right)
            | QueryNode::Phrase(left, right, _) => [Some(left), Some(right)],
        }
    }

    /// Operators and lexemes, `numnode`.
    pub fn count(&self) -> usize {
        match self.operands() {
            [Some(left), Some(right)] => 1 + left.count() + right.count(),
            [Some(operand), None] => 1 + operand.count(),
            _ => 1,
        }
    }

    pub fn depth(&self) -> usize {
        match self.operands() {
            [Some(left), Some(right)] => 1 + left.depth().max(right.depth()),
            [Some(operand), None] => 1 + operand.depth(),
            _ => 1,
        }
    }

    /// Calls `visit` on each lexeme with its word, prefix flag and weights: right operands first,
    /// the order in which PostgreSQL stores them.
    pub fn each_lexeme<'a>(&'a self, visit: &mut dyn FnMut(&'a str, bool, u8)) {
        if let QueryNode::Lexeme { word, prefix, weights } = self {
            return visit(word, *prefix, *weights);
        }
        let [left, right] = self.operands();
        if let Some(right) = right {
            right.each_lexeme(visit);
        }
        if let Some(left) = left {
            left.each_lexeme(visit);
        }
    }
}

impl TsQuery {
    /// Errors: 54001 if the tree is nested deeper than [`DEPTH_MAX`].
    pub fn new(root: QueryNode) -> Result<Self> {
        if root.depth() > DEPTH_MAX {
            return Err(too_deep());
        }
        Ok(Self { root: Some(root) })
    }

    pub fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// Operators and lexemes, `numnode`.
    pub fn count(&self) -> usize {
        self.root.as_ref().map_or(0, QueryNode::count)
    }

    /// Appends the stored bytes: nothing for the empty query, else the nodes in prefix order.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if let Some(root) = &self.root {
            encode_node(root, out);
        }
    }

    /// Reads what [`TsQuery::encode`] wrote. Errors: XX001.
    pub fn decode(mut bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let root = decode_node(&mut bytes, 1)?;
        if bytes.is_empty() { Ok(Self { root: Some(root) }) } else { Err(corrupt()) }
    }
}

/// 54001 with PostgreSQL's words.
pub fn too_deep() -> PgError {
    PgError::new(sqlstate::STATEMENT_TOO_COMPLEX, "stack depth limit exceeded")
}

const TAG_LEXEME: u8 = 0;
const TAG_NOT: u8 = 1;
const TAG_AND: u8 = 2;
const TAG_OR: u8 = 3;
const TAG_PHRASE: u8 = 4;
const PREFIX_FLAG: u8 = 0x10;

fn encode_node(node: &QueryNode, out: &mut Vec<u8>) {
    match node {
        QueryNode::Lexeme { word, prefix, weights } => {
            out.push(TAG_LEXEME);
            out.push(weights | if *prefix { PREFIX_FLAG } else { 0 });
            out.extend((word.len() as u16).to_le_bytes());
            out.extend(word.as_bytes());
        }
        QueryNode::Not(_) => out.push(TAG_NOT),
        QueryNode::And(..) => out.push(TAG_AND),
        QueryNode::Or(..) => out.push(TAG_OR),
        QueryNode::Phrase(_, _, distance) => {
            out.push(TAG_PHRASE);
            out.extend(distance.to_le_bytes());
        }
    }
    let [left, right] = node.operands();
    if let Some(left) = left {
        encode_node(left, out);
    }
    if let Some(right) = right {
        encode_node(right, out);
    }
}

fn decode_node(bytes: &mut &[u8], depth: usize) -> Result<QueryNode> {
    if depth > DEPTH_MAX {
        return Err(corrupt());
    }
    let operand = |bytes: &mut &[u8]| decode_node(bytes, depth + 1).map(Box::new);
    Ok(match stored::take(bytes, 1)?[0] {
        TAG_LEXEME => {
            let head = stored::take(bytes, 3)?;
            let length = usize::from(u16::from_le_bytes([head[1], head[2]]));
            let word = std::str::from_utf8(stored::take(bytes, length)?).map_err(|_| corrupt())?;
            QueryNode::Lexeme {
                word: word.to_owned(),
                prefix: head[0] & PREFIX_FLAG != 0,
                weights: head[0] & 0xf,
            }
        }
        TAG_NOT => QueryNode::Not(operand(bytes)?),
        TAG_AND => QueryNode::And(operand(bytes)?, operand(bytes)?),
        TAG_OR => QueryNode::Or(operand(bytes)?, operand(bytes)?),
        TAG_PHRASE => {
            let distance = stored::take(bytes, 2)?;
            let distance = u16::from_le_bytes([distance[0], distance[1]]);
            QueryNode::Phrase(operand(bytes)?, operand(bytes)?, distance)
        }
        _ => return Err(corrupt()),
    })
}

#[cfg(test)]
mod tests;
