//! BM25 over a tsvector and the lexemes that a tsquery asks for.
//!
//! Source: Robertson, Zaragoza: "The Probabilistic Relevance Framework: BM25 and Beyond", 2009;
//! the idf is Lucene's, which is never negative.

use crate::types::{
    tsquery::{QueryNode, TsQuery},
    tsvector::TsVector,
};

/// How fast further occurrences of a word lose weight.
pub const K1: f64 = 1.2;
/// How much of a document's length counts.
pub const B: f64 = 0.75;

/// The table's side of the formula.
#[derive(Clone, Debug)]
pub struct Collection<'a> {
    pub documents: u64,
    pub mean_length: f64,
    /// Documents that hold each of the query's terms, in the order of [`terms`].
    pub frequencies: &'a [u64],
}

/// The lexemes that make a match better: those not under NOT, sorted, each once, with their
/// prefix flags.
pub fn terms(query: &TsQuery) -> Vec<(String, bool)> {
    fn collect(node: &QueryNode, terms: &mut Vec<(String, bool)>) {
        match node {
            QueryNode::Lexeme { word, prefix, .. } => terms.push((word.clone(), *prefix)),
            QueryNode::Not(_) => {}
            node => {
                for operand in node.operands().into_iter().flatten() {
                    collect(operand, terms);
                }
            }
        }
    }
    let mut terms = Vec::new();
    if let Some(root) = &query.root {
        collect(root, &mut terms);
    }
    terms.sort();
    terms.dedup();
    terms
}

/// The weight of a term that `frequency` of `documents` hold.
pub fn inverse_frequency(documents: u64, frequency: u64) -> f64 {
    // Statistics may be a commit older than the row in hand.
    let (documents, frequency) = (documents.max(frequency) as f64, frequency as f64);
    (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln()
}

/// The gain of `occurrences` of a term in a document of `length`, without the idf.
pub fn saturation(occurrences: u64, length: u64, mean_length: f64) -> f64 {
    let relative = if mean_length > 0.0 { length as f64 / mean_length } else { 1.0 };
    let occurrences = occurrences as f64;
    occurrences * (K1 + 1.0) / (occurrences + K1 * (1.0 - B + B * relative))
}

/// A document's length: its positions, of a lexeme without any one.
pub fn document_length(vector: &TsVector) -> u64 {
    super::rank::length(vector) as u64
}

/// How often a term occurs: of a prefix, all lexemes together.
pub fn occurrences(vector: &TsVector, word: &str, prefix: bool) -> u64 {
    vector.matching(word, prefix).iter().map(|lexeme| lexeme.positions.len().max(1) as u64).sum()
}

/// The score of one document; 0 if it holds none of the terms.
pub fn score(vector: &TsVector, terms: &[(String, bool)], collection: &Collection) -> f64 {
    let length = document_length(vector);
    let pairs = terms.iter().zip(collection.frequencies);
    pairs
        .map(|((word, prefix), frequency)| match occurrences(vector, word, *prefix) {
            0 => 0.0,
            count => {
                inverse_frequency(collection.documents, *frequency)
                    * saturation(count, length, collection.mean_length)
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_leave_out_what_is_negated() {
        let query = TsQuery::parse("b & !a & (c:* | b) & !!d").unwrap();
        assert_eq!(terms(&query), [("b".to_owned(), false), ("c".to_owned(), true)]);
        assert!(terms(&TsQuery::default()).is_empty());
    }

    #[test]
    fn score_is_the_formula() {
        // Worked by hand: idf = ln(1 + 8.5 / 2.5), tf part = 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 5)).
        let vector = TsVector::parse("cat:1,3 dog:2 eel:4").unwrap();
        let collection = Collection { documents: 10, mean_length: 5.0, frequencies: &[2] };
        let expected = (1.0f64 + 8.5 / 2.5).ln() * (2.0 * 2.2 / (2.0 + 1.2 * 0.85));
        let got = score(&vector, &[("cat".to_owned(), false)], &collection);
        assert!((got - expected).abs() < 1e-12, "{got} {expected}");
        assert_eq!(score(&vector, &[("cow".to_owned(), false)], &collection), 0.0);
    }

    #[test]
    fn stripped_lexemes_count_once() {
        let vector = TsVector::parse("cat dog").unwrap();
        assert_eq!(document_length(&vector), 2);
        assert_eq!(occurrences(&vector, "c", true), 1);
    }
}
