//! The binary form: a count, then the nodes in prefix order, right operands first.

use super::{DEPTH_MAX, QueryNode, TsQuery, too_deep};
use crate::{
    base::Result,
    err,
    types::tsvector::{LEXEME_BYTES_MAX, WireReader},
};

const TYPE_VALUE: u8 = 1;
const TYPE_OPERATOR: u8 = 2;
const NOT: u8 = 1;
const AND: u8 = 2;
const OR: u8 = 3;
const PHRASE: u8 = 4;

impl TsQuery {
    pub fn send(&self, out: &mut Vec<u8>) {
        out.extend((self.count() as u32).to_be_bytes());
        if let Some(root) = &self.root {
            send_node(root, out);
        }
    }

    /// Reads the wire form. Errors: 22P03, 08P01, 54001.
    pub fn receive(bytes: &[u8]) -> Result<Self> {
        let mut reader = WireReader::new(bytes);
        let count = reader.u32()? as usize;
        if count == 0 {
            reader.finish()?;
            return Ok(Self::default());
        }
        let root = receive_node(&mut reader, 1)?;
        reader.finish()?;
        if root.count() != count {
            return err!(INVALID_BINARY_REPRESENTATION, "malformed tsquery: extra nodes");
        }
        Ok(Self { root: Some(root) })
    }
}

fn send_node(node: &QueryNode, out: &mut Vec<u8>) {
    match node {
        QueryNode::Lexeme { word, prefix, weights } => {
            out.extend([TYPE_VALUE, *weights, u8::from(*prefix)]);
            out.extend(word.as_bytes());
            out.push(0);
        }
        QueryNode::Not(_) => out.extend([TYPE_OPERATOR, NOT]),
        QueryNode::And(..) => out.extend([TYPE_OPERATOR, AND]),
        QueryNode::Or(..) => out.extend([TYPE_OPERATOR, OR]),
        QueryNode::Phrase(_, _, distance) => {
            out.extend([TYPE_OPERATOR, PHRASE]);
            out.extend(distance.to_be_bytes());
        }
    }
    let [left, right] = node.operands();
    if let Some(right) = right {
        send_node(right, out);
    }
    if let Some(left) = left {
        send_node(left, out);
    }
}

fn receive_node(reader: &mut WireReader, depth: usize) -> Result<QueryNode> {
    if depth > DEPTH_MAX {
        return Err(too_deep());
    }
    match reader.u8()? {
        TYPE_VALUE => {
            let (weights, prefix, word) = (reader.u8()?, reader.u8()? != 0, reader.string()?);
            if weights > 0xf {
                return err!(
                    INVALID_BINARY_REPRESENTATION,
                    "invalid tsquery: invalid weight bitmap"
                );
            }
            if word.len() > LEXEME_BYTES_MAX {
                return err!(INVALID_BINARY_REPRESENTATION, "invalid tsquery: operand too long");
            }
            Ok(QueryNode::Lexeme { word: word.to_owned(), prefix, weights })
        }
        TYPE_OPERATOR => {
            let operator = reader.u8()?;
            if !(NOT..=PHRASE).contains(&operator) {
                return err!(
                    INVALID_BINARY_REPRESENTATION,
                    "invalid tsquery: unrecognized operator type {operator}"
                );
            }
            let distance = if operator == PHRASE { reader.u16()? } else { 0 };
            let right = Box::new(receive_node(reader, depth + 1)?);
            if operator == NOT {
                return Ok(QueryNode::Not(right));
            }
            let left = Box::new(receive_node(reader, depth + 1)?);
            Ok(match operator {
                AND => QueryNode::And(left, right),
                OR => QueryNode::Or(left, right),
                _ => QueryNode::Phrase(left, right, distance),
            })
        }
        other => err!(INVALID_BINARY_REPRESENTATION, "unrecognized tsquery node type: {other}"),
    }
}
