//! The best documents for "any of these terms", without reading every list to its end.
//!
//! Source: Turtle & Flood 1995, MaxScore. Terms are taken in the order of what they can add at
//! most. Once the best documents so far beat all that the remaining terms could add together, no
//! new document can be among the best: of the remaining, commonest lists only the places of the
//! candidates are looked at.

use super::{
    lists::{Documents, List},
    part::TextPart,
    score::Ranking,
};
use crate::{
    base::Result,
    fulltext::bm25,
    index::{bitmap::Bitmap, vector::Nearest},
};

/// Bounds are compared with this much room for rounding.
const SLACK: f64 = 1.0 + 1e-9;

pub struct AnyOf<'a> {
    pub part: &'a TextPart,
    /// The scoring terms, in the ranking's order.
    pub terms: Vec<&'a (String, bool)>,
    /// Documents that count; `None`: all.
    pub selected: Option<&'a Bitmap>,
    pub ranking: &'a Ranking,
    pub limit: usize,
    /// Lower scores are of no use.
    pub floor: f64,
}

/// Documents with their scores, best first.
pub struct Top {
    pub best: Vec<(u32, f64)>,
    /// Documents that got a score, complete or not.
    pub candidates: usize,
}

impl AnyOf<'_> {
    pub fn top(&self, len: usize) -> Result<Top> {
        let mut order: Vec<usize> = (0..self.terms.len()).collect();
        order.sort_by(|a, b| self.bound(*b).total_cmp(&self.bound(*a)));
        let mut lists: Vec<Option<List>> = self.terms.iter().map(|_| None).collect();
        let (mut scores, mut touched) = (vec![0.0; len], Vec::new());
        let (mut threshold, mut split) = (self.floor, order.len());
        for (at, term) in order.iter().enumerate() {
            if threshold > self.bounds(&order[at..]) * SLACK {
                split = at;
                break;
            }
            let list = self.part.list(&self.terms[*term].0, self.terms[*term].1)?;
            self.accumulate(*term, &list, &mut scores, &mut touched);
            lists[*term] = Some(list);
            threshold = threshold.max(kth_best(&scores, &touched, self.limit));
        }
        let rest = self.bounds(&order[split..]);
        let candidates = touched.len();
        touched.retain(|doc| (scores[*doc as usize] + rest) * SLACK >= threshold);
        touched.sort_unstable();
        Ok(Top { best: self.rank(&touched, &lists)?, candidates })
    }

    /// What a term can add at most.
    fn bound(&self, term: usize) -> f64 {
        self.ranking.idf(term) * (bm25::K1 + 1.0)
    }

    fn bounds(&self, terms: &[usize]) -> f64 {
        terms.iter().map(|term| self.bound(*term)).sum()
    }

    fn accumulate(&self, term: usize, list: &List, scores: &mut [f64], touched: &mut Vec<u32>) {
        for (doc, occurrences) in list.docs.iter().zip(&list.freqs) {
            if self.selected.is_some_and(|selected| !selected.get(*doc as usize)) {
                continue;
            }
            let score = &mut scores[*doc as usize];
            if *score == 0.0 {
                touched.push(*doc);
            }
            *score += self.ranking.term(term, *occurrences, self.part.length(*doc));
        }
    }

    /// Scores the candidates (ascending) in full.
    fn rank(&self, candidates: &[u32], lists: &[Option<List>]) -> Result<Vec<(u32, f64)>> {
        let terms = self.terms.len();
        let mut occurrences = vec![0; candidates.len() * terms];
        for (term, list) in lists.iter().enumerate() {
            let found = match list {
                Some(list) => at_places(list, candidates),
                None => self.part.occurrences(self.terms[term], candidates)?,
            };
            for (at, count) in found.into_iter().enumerate() {
                occurrences[at * terms + term] = count;
            }
        }
        let mut nearest = Nearest::new(self.limit);
        for (doc, occurrences) in candidates.iter().zip(occurrences.chunks_exact(terms.max(1))) {
            let score = self.ranking.score(occurrences, self.part.length(*doc));
            nearest.push(-(score as f32), *doc);
        }
        Ok(nearest.into_sorted().map(|(distance, doc)| (doc, f64::from(-distance))).collect())
    }
}

/// Occurrences at the given documents (ascending).
pub fn at_places(list: &List, docs: &[u32]) -> Vec<u32> {
    let place = |doc: &u32| list.docs.binary_search(doc).map_or(0, |at| list.freqs[at]);
    docs.iter().map(place).collect()
}

/// The `limit`-th best score; negative if there are fewer.
fn kth_best(scores: &[f64], touched: &[u32], limit: usize) -> f64 {
    if limit == 0 || touched.len() < limit {
        return -1.0;
    }
    let mut found: Vec<f64> = touched.iter().map(|doc| scores[*doc as usize]).collect();
    *found.select_nth_unstable_by(limit - 1, |a, b| b.total_cmp(a)).1
}
