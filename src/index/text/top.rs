//! The best documents of a query, document by document, without reading every list to its end.
//!
//! Source: Turtle & Flood 1995, MaxScore. For "any of these terms", terms are taken in the order of
//! what they can add at most. Once the best documents so far beat all that the commonest terms could
//! add together, no document that holds only those can be among the best: their lists are then
//! merely looked up at the documents of the others, and only while it matters.

use tantivy::postings::SegmentPostings;

use super::{
    cursor::{Cursor, END},
    lists::Documents,
    matcher::{Matcher, Words},
    part::TextPart,
    query::TextQuery,
    score::Ranking,
};
use crate::{
    base::Result,
    fulltext::bm25,
    index::{bitmap::Bitmap, vector::Nearest},
};

/// Bounds are compared with this much room for rounding.
const SLACK: f64 = 1.0 + 1e-9;
/// Documents between two looks at whether the statement was cancelled.
const PATIENCE: usize = 16 * 1024;

/// A search for the best of a part's documents.
pub struct Contest<'a> {
    pub part: &'a TextPart,
    /// Documents that count; `None`: all.
    pub selected: Option<&'a Bitmap>,
    pub ranking: &'a Ranking,
    pub limit: usize,
    /// Lower scores are of no use.
    pub floor: f64,
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

/// Documents with their scores, best first.
pub struct Top {
    pub best: Vec<(u32, f64)>,
    /// Documents that got a score, complete or not.
    pub candidates: usize,
}

/// A term's list and the most that it can add.
struct Rival {
    cursor: Cursor,
    bound: f64,
    /// Its place among the scoring terms.
    term: usize,
    /// What it and the rivals before it can add together.
    together: f64,
}

/// The best documents so far.
struct Podium {
    nearest: Nearest<u32, f64>,
    floor: f64,
    candidates: usize,
}

impl Podium {
    fn threshold(&self) -> f64 {
        self.floor.max(-self.nearest.threshold())
    }

    fn finish(self) -> Top {
        let best = self.nearest.into_sorted().map(|(distance, doc)| (doc, -distance)).collect();
        Top { best, candidates: self.candidates }
    }
}

impl Contest<'_> {
    fn podium(&self) -> Podium {
        Podium { nearest: Nearest::new(self.limit), floor: self.floor, candidates: 0 }
    }

    fn counts(&self, doc: u32) -> bool {
        self.selected.is_none_or(|selected| selected.get(doc as usize))
    }

    /// Errors: 57014 if cancelled.
    fn breathe(&self, candidates: usize) -> Result<()> {
        if candidates.is_multiple_of(PATIENCE) { (self.cancelled)() } else { Ok(()) }
    }

    /// The best documents of an exact query, by the cursors of its terms.
    ///
    /// Errors: 57014 if cancelled.
    pub fn decide(&self, query: &TextQuery, cursors: &[Cursor]) -> Result<Top> {
        let scoring = query.scoring.iter().map(|term| cursors[*term].clone()).collect();
        let Some(shape) = &query.shape else { return Ok(self.podium().finish()) };
        if query.is_any_of() {
            return self.any_of(scoring);
        }
        let words = PartWords { part: self.part, query, cursors };
        self.matching(Matcher::new(shape, &words)?, scoring)
    }

    /// The best documents that hold any of the scoring terms.
    fn any_of(&self, cursors: Vec<Cursor>) -> Result<Top> {
        let mut rivals: Vec<Rival> = cursors
            .into_iter()
            .enumerate()
            .map(|(term, cursor)| {
                let bound = self.ranking.idf(term) * (bm25::K1 + 1.0);
                Rival { cursor, bound, term, together: 0.0 }
            })
            .collect();
        rivals.sort_by(|a, b| a.bound.total_cmp(&b.bound));
        let mut together = 0.0;
        for rival in &mut rivals {
            together += rival.bound;
            rival.together = together;
        }
        let mut podium = self.podium();
        let mut occurrences = vec![0; rivals.len()];
        // The rivals from here on lead: a document without any of them cannot win.
        let mut leaders = 0;
        while leaders < rivals.len() {
            if rivals[leaders].together * SLACK < podium.threshold() {
                leaders += 1;
                continue;
            }
            let (helpers, leading) = rivals.split_at_mut(leaders);
            let doc = leading.iter().map(|rival| rival.cursor.doc()).min().unwrap_or(END);
            if doc == END {
                break;
            }
            if self.counts(doc) {
                podium.candidates += 1;
                self.breathe(podium.candidates)?;
                self.enter(doc, helpers, leading, &mut occurrences, &mut podium);
            }
            for rival in leading.iter_mut().filter(|rival| rival.cursor.doc() == doc) {
                rival.cursor.advance();
            }
        }
        Ok(podium.finish())
    }

    /// Scores a document, as long as it can be among the best.
    fn enter(
        &self,
        doc: u32,
        helpers: &mut [Rival],
        leading: &[Rival],
        occurrences: &mut [u32],
        podium: &mut Podium,
    ) {
        occurrences.fill(0);
        let length = self.part.length(doc);
        let mut score = 0.0;
        for rival in leading.iter().filter(|rival| rival.cursor.doc() == doc) {
            occurrences[rival.term] = rival.cursor.occurrences();
            score += self.ranking.term(rival.term, occurrences[rival.term], length);
        }
        let threshold = podium.threshold();
        for rival in helpers.iter_mut().rev() {
            if (score + rival.together) * SLACK < threshold {
                return;
            }
            if rival.cursor.seek(doc) == doc {
                occurrences[rival.term] = rival.cursor.occurrences();
                score += self.ranking.term(rival.term, occurrences[rival.term], length);
            }
        }
        if score * SLACK >= threshold {
            // Summed in the order of the terms, as `bm25_score` does.
            podium.nearest.push(-self.ranking.score(occurrences, length), doc);
        }
    }

    /// The best documents of a matcher; `cursors` are those of the scoring terms.
    fn matching(&self, mut matcher: Matcher, mut cursors: Vec<Cursor>) -> Result<Top> {
        let mut podium = self.podium();
        let mut occurrences = vec![0; cursors.len()];
        let mut visited = 0;
        let mut doc = matcher.doc();
        while doc != END {
            visited += 1;
            self.breathe(visited)?;
            if self.counts(doc) {
                podium.candidates += 1;
                for (count, cursor) in occurrences.iter_mut().zip(&mut cursors) {
                    *count = if cursor.seek(doc) == doc { cursor.occurrences() } else { 0 };
                }
                let score = self.ranking.score(&occurrences, self.part.length(doc));
                // Of equals the first is kept, which came before.
                let wins = score >= podium.floor && -score < podium.nearest.threshold();
                if wins && matcher.holds() {
                    podium.nearest.push(-score, doc);
                }
            }
            doc = matcher.seek(doc + 1);
        }
        Ok(podium.finish())
    }
}

/// A query's words in a part.
struct PartWords<'a> {
    part: &'a TextPart,
    query: &'a TextQuery,
    cursors: &'a [Cursor],
}

impl Words for PartWords<'_> {
    fn term(&self, term: usize) -> Cursor {
        self.cursors[term].clone()
    }

    fn positions(&self, terms: &[usize]) -> Result<Option<Vec<SegmentPostings>>> {
        let words: Vec<&str> =
            terms.iter().map(|term| self.query.terms[*term].0.as_str()).collect();
        self.part.positions(&words)
    }

    fn documents(&self) -> u32 {
        self.part.rows() as u32
    }
}
