//! The order of `tsvector` and `tsquery`. It means nothing to a reader, but it is total, and equal
//! values are equal.
//!
//! Source: PostgreSQL's `silly_cmp_tsvector` and `QTNodeCompare`. One difference: among queries of
//! one shape PostgreSQL compares the words' checksums first, and we their bytes.

use super::text_key;
use crate::types::{
    tsquery::{QueryNode, TsQuery},
    tsvector::TsVector,
};

/// PostgreSQL puts the larger of most parts first; a complement does that in a key.
pub fn vector_key(vector: &TsVector, out: &mut Vec<u8>) {
    out.extend(vector_bytes(vector).to_be_bytes());
    out.extend((vector.lexemes.len() as u32).to_be_bytes());
    for lexeme in &vector.lexemes {
        out.push(u8::from(lexeme.positions.is_empty()));
        text_key(&lexeme.word, out);
        if lexeme.positions.is_empty() {
            continue;
        }
        out.extend((!(lexeme.positions.len() as u16)).to_be_bytes());
        for position in &lexeme.positions {
            out.extend((!position.at).to_be_bytes());
            out.push(!(position.weight as u8));
        }
    }
}

/// The size of the value in PostgreSQL's own layout, which its order looks at first.
fn vector_bytes(vector: &TsVector) -> u32 {
    let mut data = 0;
    for lexeme in &vector.lexemes {
        data += lexeme.word.len();
        if !lexeme.positions.is_empty() {
            data = data.next_multiple_of(2) + 2 + 2 * lexeme.positions.len();
        }
    }
    (8 + 4 * vector.lexemes.len() + data) as u32
}

pub fn query_key(query: &TsQuery, out: &mut Vec<u8>) {
    let (nodes, words) = query.root.as_ref().map_or((0, 0), sizes);
    out.extend(nodes.to_be_bytes());
    out.extend(words.to_be_bytes());
    if let Some(root) = &query.root {
        node_key(root, out);
    }
}

/// The number of nodes, and the bytes of the words with their ends.
fn sizes(node: &QueryNode) -> (u32, u32) {
    match node {
        QueryNode::Lexeme { word, .. } => (1, word.len() as u32 + 1),
        QueryNode::Not(inner) => {
            let (nodes, words) = sizes(inner);
            (nodes + 1, words)
        }
        QueryNode::And(left, right)
        | QueryNode::Or(left, right)
        | QueryNode::Phrase(left, right, _) => {
            let (left, right) = (sizes(left), sizes(right));
            (left.0 + right.0 + 1, left.1 + right.1)
        }
    }
}

/// Prefix and weights take no part: PostgreSQL calls `a` and `a:*` equal.
fn node_key(node: &QueryNode, out: &mut Vec<u8>) {
    match node {
        QueryNode::Phrase(left, right, distance) => {
            out.push(0);
            node_key(right, out);
            node_key(left, out);
            out.extend((!distance).to_be_bytes());
        }
        QueryNode::Or(left, right) => {
            out.push(1);
            node_key(right, out);
            node_key(left, out);
        }
        QueryNode::And(left, right) => {
            out.push(2);
            node_key(right, out);
            node_key(left, out);
        }
        QueryNode::Not(inner) => {
            out.push(3);
            node_key(inner, out);
        }
        QueryNode::Lexeme { word, .. } => {
            out.push(4);
            text_key(word, out);
        }
    }
}
