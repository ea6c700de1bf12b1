//! `ts_rank`: how often, and how near each other, a query's words occur. Single precision where
//! PostgreSQL has single precision, so that the digits agree.

use crate::{
    base::Result,
    err,
    types::{
        tsquery::{QueryNode, TsQuery},
        tsvector::{POSITION_MAX, Position, TsVector, Weight},
    },
};

/// The weights of D, C, B, A.
pub type Weights = [f32; 4];

pub const DEFAULT_WEIGHTS: Weights = [0.1, 0.2, 0.4, 1.0];

/// Bits of a normalisation: what the rank is divided by.
pub mod normalisation {
    /// 1 + the logarithm of the length.
    pub const LOG_LENGTH: i32 = 1;
    pub const LENGTH: i32 = 2;
    /// The mean harmonic distance between extents; `ts_rank_cd` only.
    pub const EXTENT_DISTANCE: i32 = 4;
    pub const UNIQUE: i32 = 8;
    pub const LOG_UNIQUE: i32 = 16;
    /// Itself + 1.
    pub const ITSELF: i32 = 32;
}

/// Checks a weights array; a negative weight stands for the default.
///
/// Errors: 2202E if there are fewer than four, 22004 for NULL, 22023 above 1.
pub fn weights(values: &[Option<f32>]) -> Result<Weights> {
    if values.len() < 4 {
        return err!(ARRAY_SUBSCRIPT_ERROR, "array of weight is too short");
    }
    let mut weights = DEFAULT_WEIGHTS;
    if values.iter().any(Option::is_none) {
        return err!(NULL_VALUE_NOT_ALLOWED, "array of weight must not contain nulls");
    }
    for (weight, value) in weights.iter_mut().zip(values.iter().flatten()) {
        if *value >= 0.0 {
            *weight = *value;
        }
        if *weight > 1.0 {
            return err!(INVALID_PARAMETER_VALUE, "weight out of range");
        }
    }
    Ok(weights)
}

/// `ts_rank(weights, vector, query, normalisation)`.
pub fn ts_rank(weights: &Weights, vector: &TsVector, query: &TsQuery, bits: i32) -> f32 {
    let Some(root) = &query.root else { return 0.0 };
    if vector.lexemes.is_empty() {
        return 0.0;
    }
    let words = unique_words(root);
    let conjunction = matches!(root, QueryNode::And(..) | QueryNode::Phrase(..));
    let mut rank = if conjunction && words.len() > 1 {
        rank_all(weights, vector, &words)
    } else {
        rank_any(weights, vector, &words)
    };
    if rank < 0.0 {
        rank = 1e-20;
    }
    let unique = vector.lexemes.len();
    if bits & normalisation::LOG_LENGTH != 0 {
        rank = (f64::from(rank) / (((length(vector) + 1) as f64).ln() / 2f64.ln())) as f32;
    }
    if bits & normalisation::LENGTH != 0 {
        rank /= length(vector) as f32;
    }
    if bits & normalisation::UNIQUE != 0 {
        rank /= unique as f32;
    }
    if bits & normalisation::LOG_UNIQUE != 0 {
        rank = (f64::from(rank) / (((unique + 1) as f64).ln() / 2f64.ln())) as f32;
    }
    if bits & normalisation::ITSELF != 0 {
        rank /= rank + 1.0;
    }
    rank
}

/// Positions in all; a lexeme without any counts for one.
pub fn length(vector: &TsVector) -> usize {
    vector.lexemes.iter().map(|lexeme| lexeme.positions.len().max(1)).sum()
}

/// The query's words with their prefix flags, sorted, each once.
fn unique_words(root: &QueryNode) -> Vec<(&str, bool)> {
    let mut words = Vec::new();
    root.each_lexeme(&mut |word, prefix, _| words.push((word, prefix)));
    words.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    words.dedup_by(|next, kept| next.0 == kept.0);
    words
}

/// How much two words count together that stand `distance` apart.
fn nearness(distance: i32) -> f32 {
    if distance > 100 {
        return 1e-30;
    }
    (1.0 / (1.005 + 0.05 * (f64::from(distance as f32) / 1.5 - 2.0).exp())) as f32
}

fn weight_of(weights: &Weights, position: Position) -> f32 {
    weights[position.weight as usize]
}

/// Every pair of words counts by its nearness. -1 if no two are present.
fn rank_all(weights: &Weights, vector: &TsVector, words: &[(&str, bool)]) -> f32 {
    // Where there are no positions, words are far apart.
    let nowhere = [Position { at: POSITION_MAX, weight: Weight::D }];
    let mut rank = -1f32;
    let mut seen: Vec<(&[Position], bool)> = Vec::new();
    for (word, prefix) in words {
        let mut last = None;
        for lexeme in vector.matching(word, *prefix) {
            let placed = !lexeme.positions.is_empty();
            let places = if placed { &lexeme.positions[..] } else { &nowhere };
            for (other, other_placed) in &seen {
                for a in places {
                    for b in *other {
                        let mut distance = (i32::from(a.at) - i32::from(b.at)).abs();
                        if distance == 0 {
                            if placed && *other_placed {
                                continue;
                            }
                            distance = i32::from(POSITION_MAX) + 1;
                        }
                        let pair =
                            weight_of(weights, *a) * weight_of(weights, *b) * nearness(distance);
                        let pair = f64::from(pair).sqrt() as f32;
                        rank = if rank < 0.0 {
                            pair
                        } else {
                            (1.0 - (1.0 - f64::from(rank)) * (1.0 - f64::from(pair))) as f32
                        };
                    }
                }
            }
            last = Some((places, placed));
        }
        // Of a prefix, the last lexeme stands for all in later pairs.
        seen.extend(last);
    }
    rank
}

/// Every word counts by its occurrences, falling off with their number.
fn rank_any(weights: &Weights, vector: &TsVector, words: &[(&str, bool)]) -> f32 {
    /// The limit of the sum of `1 / i^2`.
    const BASEL: f64 = 1.64493406685;
    let nowhere = [Position { at: 0, weight: Weight::D }];
    let mut rank = 0f32;
    for (word, prefix) in words {
        for lexeme in vector.matching(word, *prefix) {
            let places = if lexeme.positions.is_empty() { &nowhere } else { &lexeme.positions[..] };
            let (mut sum, mut best, mut best_index) = (0f32, -1f32, 0usize);
            for (index, position) in places.iter().enumerate() {
                let weight = weight_of(weights, *position);
                sum += weight / ((index + 1) * (index + 1)) as f32;
                if weight > best {
                    (best, best_index) = (weight, index);
                }
            }
            let first = best + sum - best / ((best_index + 1) * (best_index + 1)) as f32;
            rank = (f64::from(rank) + f64::from(first) / BASEL) as f32;
        }
    }
    if words.is_empty() { rank } else { rank / words.len() as f32 }
}
