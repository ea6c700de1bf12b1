//! `ts_rank_cd`: rank by cover density. A cover is a shortest stretch of the text that satisfies
//! the query; the shorter and the more, the better.
//!
//! Source: Clarke, Cormack, Tudhope: "Relevance Ranking for One to Three Term Queries", 1999.

use super::{
    matching::{Answer, Expression, Operand, Source},
    rank::{Weights, length, normalisation},
};
use crate::types::{
    tsquery::TsQuery,
    tsvector::{Position, TsVector},
};

/// `ts_rank_cd(weights, vector, query, normalisation)`.
pub fn ts_rank_cd(weights: &Weights, vector: &TsVector, query: &TsQuery, bits: i32) -> f32 {
    let Some(expression) = Expression::new(query) else { return 0.0 };
    let occurrences = occurrences(vector, &expression);
    if occurrences.is_empty() {
        return 0.0;
    }
    let inverse = weights.map(|weight| 1.0 / f64::from(weight));
    let mut search = CoverSearch::new(&occurrences, &expression);
    let (mut rank, mut distances, mut last_middle, mut count) = (0.0, 0.0, 0.0, 0usize);
    while let Some(cover) = search.next() {
        let within = &occurrences[cover.begin..=cover.end];
        let weight_sum: f64 =
            within.iter().map(|entry| inverse[entry.position.weight as usize]).sum();
        let density = within.len() as f64 / weight_sum;
        let gaps = (cover.end - cover.begin) as i64;
        let (first, last) =
            (i64::from(within[0].position.at), i64::from(within[within.len() - 1].position.at));
        // Positions end at 16383, behind which all seem to be one: half of them count as noise.
        let noise = match last - first - gaps {
            noise if noise < 0 => gaps / 2,
            noise => noise,
        };
        rank += density / (1 + noise) as f64;
        let middle = (last + first) as f64 / 2.0;
        if count > 0 && middle > last_middle {
            distances += 1.0 / (middle - last_middle);
        }
        last_middle = middle;
        count += 1;
    }
    normalise(rank, vector, bits, count, distances) as f32
}

fn normalise(mut rank: f64, vector: &TsVector, bits: i32, count: usize, distances: f64) -> f64 {
    let unique = vector.lexemes.len();
    if bits & normalisation::LOG_LENGTH != 0 {
        rank /= ((length(vector) + 1) as f64).ln();
    }
    if bits & normalisation::LENGTH != 0 {
        rank /= length(vector) as f64;
    }
    if bits & normalisation::EXTENT_DISTANCE != 0 && count > 0 && distances > 0.0 {
        rank /= count as f64 / distances;
    }
    if bits & normalisation::UNIQUE != 0 {
        rank /= unique as f64;
    }
    if bits & normalisation::LOG_UNIQUE != 0 {
        rank /= ((unique + 1) as f64).ln() / 2f64.ln();
    }
    if bits & normalisation::ITSELF != 0 {
        rank /= rank + 1.0;
    }
    rank
}

/// A lexeme at a position, with the operands of the query that it satisfies there.
struct Occurrence {
    position: Position,
    lexeme: usize,
    operands: Vec<usize>,
}

fn occurrences(vector: &TsVector, expression: &Expression) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for (index, operand) in expression.operands.iter().enumerate() {
        let start = vector.find(operand.word).unwrap_or_else(|at| at);
        let lexemes = vector.matching(operand.word, operand.prefix);
        for (offset, lexeme) in lexemes.iter().enumerate() {
            for position in &lexeme.positions {
                if operand.weights == 0 || operand.weights & position.weight.bit() != 0 {
                    let lexeme = start + offset;
                    found.push(Occurrence { position: *position, lexeme, operands: vec![index] });
                }
            }
        }
    }
    found.sort_by_key(|entry| (entry.position.at, entry.position.weight, entry.lexeme));
    found.dedup_by(|next, kept| {
        let same = next.position == kept.position && next.lexeme == kept.lexeme;
        if same {
            kept.operands.append(&mut next.operands);
        }
        same
    });
    found
}

/// Indexes of a cover's first and last occurrence.
struct Cover {
    begin: usize,
    end: usize,
}

struct CoverSearch<'a> {
    occurrences: &'a [Occurrence],
    expression: &'a Expression<'a>,
    /// Where the next cover may begin.
    from: usize,
    window: Window,
}

impl<'a> CoverSearch<'a> {
    fn new(occurrences: &'a [Occurrence], expression: &'a Expression<'a>) -> Self {
        let window = Window { ends: vec![vec![]; expression.operands.len()], descending: false };
        Self { occurrences, expression, from: 0, window }
    }

    /// The next cover: forward to where the query first holds, then back to where it still does.
    fn next(&mut self) -> Option<Cover> {
        loop {
            self.window.reset(false);
            let end = (self.from..self.occurrences.len()).find(|index| {
                self.window.add(&self.occurrences[*index]);
                self.expression.holds(&self.window)
            })?;
            self.window.reset(true);
            let begin = (self.from..=end).rev().find(|index| {
                self.window.add(&self.occurrences[*index]);
                self.expression.holds(&self.window)
            });
            if let Some(begin) = begin {
                self.from = begin + 1;
                return Some(Cover { begin, end });
            }
            self.from += 1;
        }
    }
}

/// The positions of each operand within the stretch looked at.
struct Window {
    ends: Vec<Vec<u32>>,
    /// Positions were added from the right.
    descending: bool,
}

impl Window {
    fn reset(&mut self, descending: bool) {
        self.ends.iter_mut().for_each(Vec::clear);
        self.descending = descending;
    }

    fn add(&mut self, occurrence: &Occurrence) {
        let at = u32::from(occurrence.position.at);
        for operand in &occurrence.operands {
            let ends = &mut self.ends[*operand];
            if ends.last() != Some(&at) {
                ends.push(at);
            }
        }
    }
}

impl Source for Window {
    fn find(&self, _: &Operand, index: usize, places: Option<&mut Vec<u32>>) -> Answer {
        let ends = &self.ends[index];
        if ends.is_empty() {
            return Answer::No;
        }
        if let Some(places) = places {
            places.extend(ends);
            if self.descending {
                places.reverse();
            }
        }
        Answer::Yes
    }
}
