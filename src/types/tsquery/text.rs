//! The text form: `'fat' & ( 'cat':*A | !'rat' )`.

use super::{Draft, Parsed, QueryNode, Syntax, TsQuery, parse_draft};
use crate::{base::Result, types::tsvector::quote};

impl TsQuery {
    /// Reads operands as they stand, without a dictionary. Errors: 42601, 22023, 54000, 54001.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self::parse_noting(text)?.query)
    }

    /// [`TsQuery::parse`] with the NOTICE that an empty query gives.
    pub fn parse_noting(text: &str) -> Result<Parsed> {
        parse_draft(text, Syntax::Standard, &mut |word, weights, prefix| {
            Draft::word(word, prefix, weights, text)
        })
    }

    pub fn format(&self, out: &mut String) {
        if let Some(root) = &self.root {
            format_node(root, 0, false, out);
        }
    }
}

fn priority(node: &QueryNode) -> u8 {
    match node {
        QueryNode::Or(..) => 1,
        QueryNode::And(..) => 2,
        QueryNode::Phrase(..) => 3,
        QueryNode::Not(_) => 4,
        QueryNode::Lexeme { .. } => 5,
    }
}

fn format_node(node: &QueryNode, parent: u8, right_of_phrase: bool, out: &mut String) {
    let own = priority(node);
    let phrase = matches!(node, QueryNode::Phrase(..));
    // A phrase binds to the left: one at the right of another needs its parentheses.
    let parentheses = own < parent || phrase && right_of_phrase;
    if parentheses {
        out.push_str("( ");
    }
    match node {
        QueryNode::Lexeme { word, prefix, weights } => format_lexeme(word, *prefix, *weights, out),
        QueryNode::Not(operand) => {
            out.push('!');
            format_node(operand, own, false, out);
        }
        QueryNode::And(left, right) => {
            format_node(left, own, false, out);
            out.push_str(" & ");
            format_node(right, own, false, out);
        }
        QueryNode::Or(left, right) => {
            format_node(left, own, false, out);
            out.push_str(" | ");
            format_node(right, own, false, out);
        }
        QueryNode::Phrase(left, right, distance) => {
            format_node(left, own, false, out);
            match distance {
                1 => out.push_str(" <-> "),
                distance => out.push_str(&format!(" <{distance}> ")),
            }
            format_node(right, own, true, out);
        }
    }
    if parentheses {
        out.push_str(" )");
    }
}

fn format_lexeme(word: &str, prefix: bool, weights: u8, out: &mut String) {
    quote(word, out);
    if prefix || weights != 0 {
        out.push(':');
    }
    if prefix {
        out.push('*');
    }
    for (bit, letter) in [(8, 'A'), (4, 'B'), (2, 'C'), (1, 'D')] {
        if weights & bit != 0 {
            out.push(letter);
        }
    }
}
