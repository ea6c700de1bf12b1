//! BM25 with table-wide statistics: a row's score does not depend on where it lies, and equals
//! `fulltext::bm25::score` to the last bit, because the terms are summed in the same order.

use super::lists::List;
use crate::{
    fulltext::bm25,
    index::{bitmap::Bitmap, text::Documents, vector::Nearest},
};

/// What the scores of one query rest on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bm25 {
    pub documents: u64,
    pub tokens: u64,
    /// Documents that hold each scoring term.
    pub frequencies: Vec<u64>,
}

impl Bm25 {
    pub fn mean_length(&self) -> f64 {
        if self.documents == 0 { 0.0 } else { self.tokens as f64 / self.documents as f64 }
    }
}

/// The scorer of one query.
pub struct Ranking {
    idfs: Vec<f64>,
    mean_length: f64,
}

impl Ranking {
    pub fn new(statistics: &Bm25) -> Self {
        let idfs = statistics
            .frequencies
            .iter()
            .map(|frequency| bm25::inverse_frequency(statistics.documents, *frequency))
            .collect();
        Self { idfs, mean_length: statistics.mean_length() }
    }

    pub fn idf(&self, term: usize) -> f64 {
        self.idfs[term]
    }

    #[inline]
    pub fn term(&self, term: usize, occurrences: u32, length: u32) -> f64 {
        let gain = bm25::saturation(occurrences.into(), length.into(), self.mean_length);
        self.idfs[term] * gain
    }

    /// One document's score from its terms' occurrences.
    pub fn score(&self, frequencies: &[u32], length: u32) -> f64 {
        frequencies
            .iter()
            .enumerate()
            .filter(|(_, frequency)| **frequency > 0)
            .map(|(term, frequency)| self.term(term, *frequency, length))
            .sum()
    }

    /// Scores of all documents of `lists` (those of the scoring terms, in order).
    pub fn accumulate(&self, documents: &dyn Documents, lists: &[&List], len: usize) -> Vec<f64> {
        let mut scores = vec![0.0; len];
        for (term, list) in lists.iter().enumerate() {
            for (doc, frequency) in list.docs.iter().zip(&list.freqs) {
                scores[*doc as usize] += self.term(term, *frequency, documents.length(*doc));
            }
        }
        scores
    }

    /// The best `limit` of the candidates, best first.
    pub fn best(scores: &[f64], candidates: &Bitmap, limit: usize) -> Vec<(u32, f64)> {
        let mut nearest = Nearest::new(limit);
        for doc in candidates.iter() {
            let distance = -scores[doc as usize];
            if distance <= nearest.threshold() {
                nearest.push(distance, doc);
            }
        }
        nearest.into_sorted().map(|(distance, doc)| (doc, -distance)).collect()
    }
}
