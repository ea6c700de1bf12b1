//! What SQL may do with tsvectors and tsqueries once they are made.

use crate::{
    base::Result,
    err,
    types::{
        tsquery::{DISTANCE_MAX, QueryNode, TsQuery},
        tsvector::{Lexeme, POSITION_MAX, POSITIONS_MAX, Position, TsVector, Weight, check_word},
    },
};

/// `strip`: lexemes without positions.
pub fn strip(vector: &TsVector) -> TsVector {
    let lexemes = vector.lexemes.iter();
    let lexemes = lexemes.map(|lexeme| Lexeme { word: lexeme.word.clone(), positions: vec![] });
    TsVector { lexemes: lexemes.collect() }
}

/// `setweight`: every position, or those of the words given.
pub fn set_weight(vector: &TsVector, weight: Weight, words: Option<&[&str]>) -> TsVector {
    let mut vector = vector.clone();
    let set = |lexeme: &mut Lexeme| {
        lexeme.positions.iter_mut().for_each(|position| position.weight = weight);
    };
    match words {
        None => vector.lexemes.iter_mut().for_each(set),
        Some(words) => {
            for word in words {
                if let Ok(at) = vector.find(word) {
                    set(&mut vector.lexemes[at]);
                }
            }
        }
    }
    vector
}

/// `ts_delete`: the vector without those words.
pub fn delete(vector: &TsVector, words: &[&str]) -> TsVector {
    let kept = vector.lexemes.iter().filter(|lexeme| !words.contains(&lexeme.word.as_str()));
    TsVector { lexemes: kept.cloned().collect() }
}

/// `ts_filter`: the positions with one of the weights (a mask of [`Weight::bit`]), and their words.
pub fn filter(vector: &TsVector, weights: u8) -> TsVector {
    let mut vector = vector.clone();
    for lexeme in &mut vector.lexemes {
        lexeme.positions.retain(|position| weights & position.weight.bit() != 0);
    }
    vector.lexemes.retain(|lexeme| !lexeme.positions.is_empty());
    vector
}

/// `a || b`: the positions of `b` follow the last one of `a`. Errors: 54000.
pub fn concat(a: &TsVector, b: &TsVector) -> Result<TsVector> {
    let positions = a.lexemes.iter().flat_map(|lexeme| &lexeme.positions);
    let shift = positions.map(|position| position.at).max().unwrap_or(0);
    let mut left = a.lexemes.iter().peekable();
    let mut lexemes: Vec<Lexeme> = Vec::with_capacity(a.lexemes.len() + b.lexemes.len());
    for right in &b.lexemes {
        while let Some(lexeme) =
            left.next_if(|lexeme| lexeme.word.as_bytes() < right.word.as_bytes())
        {
            lexemes.push(lexeme.clone());
        }
        let mut lexeme = left
            .next_if(|lexeme| lexeme.word == right.word)
            .cloned()
            .unwrap_or_else(|| Lexeme { word: right.word.clone(), positions: Vec::new() });
        append_shifted(&mut lexeme.positions, &right.positions, shift);
        lexemes.push(lexeme);
    }
    lexemes.extend(left.cloned());
    let vector = TsVector { lexemes };
    vector.check_size()?;
    Ok(vector)
}

fn append_shifted(positions: &mut Vec<Position>, added: &[Position], shift: u16) {
    for position in added {
        let full = positions.last().is_some_and(|last| last.at == POSITION_MAX);
        if full || positions.len() >= POSITIONS_MAX {
            return;
        }
        let at = (position.at + shift).min(POSITION_MAX);
        positions.push(Position { at, weight: position.weight });
    }
}

/// `array_to_tsvector`. Errors: 2200F for an empty word, 54000 for a long one.
pub fn from_words(words: &[&str]) -> Result<TsVector> {
    let mut lexemes = Vec::with_capacity(words.len());
    for word in words {
        if word.is_empty() {
            return err!(
                ZERO_LENGTH_CHARACTER_STRING,
                "lexeme array may not contain empty strings"
            );
        }
        check_word(word.len())?;
        lexemes.push(Lexeme { word: (*word).to_owned(), positions: vec![] });
    }
    TsVector::from_lexemes(lexemes)
}

/// `setweight`'s and `ts_filter`'s letter. Errors: 22023.
pub fn weight_of_letter(letter: &str) -> Result<Weight> {
    match letter.chars().next().and_then(Weight::from_letter) {
        Some(weight) if letter.len() == 1 => Ok(weight),
        _ => err!(INVALID_PARAMETER_VALUE, "unrecognized weight: \"{letter}\""),
    }
}

/// How `&&`, `||` and `<->` join: an empty query is no operand. Errors: 54001.
pub fn join(
    a: &TsQuery,
    b: &TsQuery,
    operator: fn(Box<QueryNode>, Box<QueryNode>) -> QueryNode,
) -> Result<TsQuery> {
    match (&a.root, &b.root) {
        (None, _) => Ok(b.clone()),
        (_, None) => Ok(a.clone()),
        (Some(a), Some(b)) => TsQuery::new(operator(Box::new(a.clone()), Box::new(b.clone()))),
    }
}

/// `tsquery_phrase(a, b, distance)`. Errors: 22023, 54001.
pub fn phrase(a: &TsQuery, b: &TsQuery, distance: i64) -> Result<TsQuery> {
    if !(0..=DISTANCE_MAX).contains(&distance) {
        return err!(
            INVALID_PARAMETER_VALUE,
            "distance in phrase operator must be an integer value between zero and {DISTANCE_MAX} inclusive"
        );
    }
    let mut query = join(a, b, |a, b| QueryNode::Phrase(a, b, 1))?;
    if !a.is_empty()
        && !b.is_empty()
        && let Some(QueryNode::Phrase(.., reach)) = &mut query.root
    {
        *reach = distance as u16;
    }
    Ok(query)
}

/// `!!a`. Errors: 54001.
pub fn not(a: &TsQuery) -> Result<TsQuery> {
    match &a.root {
        None => Ok(TsQuery::default()),
        Some(root) => TsQuery::new(QueryNode::Not(Box::new(root.clone()))),
    }
}

/// `a @> b`: whether every word of `b` is one of `a`'s, whatever the operators.
pub fn contains(a: &TsQuery, b: &TsQuery) -> bool {
    let words = |query: &'_ TsQuery| {
        let mut words = std::collections::BTreeSet::new();
        if let Some(root) = &query.root {
            root.each_lexeme(&mut |word, _, _| {
                words.insert(word.to_owned());
            });
        }
        words
    };
    words(b).is_subset(&words(a))
}

/// `querytree`: what an index can search; `None` where that is everything.
pub fn searchable(query: &TsQuery) -> Option<TsQuery> {
    fn clean(node: &QueryNode) -> Option<QueryNode> {
        match node {
            QueryNode::Lexeme { .. } => Some(node.clone()),
            QueryNode::Not(_) => None,
            QueryNode::Or(a, b) => Some(QueryNode::Or(Box::new(clean(a)?), Box::new(clean(b)?))),
            QueryNode::And(a, b) | QueryNode::Phrase(a, b, _) => match (clean(a), clean(b)) {
                (Some(a), Some(b)) => {
                    let (a, b) = (Box::new(a), Box::new(b));
                    Some(match node {
                        QueryNode::Phrase(.., distance) => QueryNode::Phrase(a, b, *distance),
                        _ => QueryNode::And(a, b),
                    })
                }
                (a, b) => a.or(b),
            },
        }
    }
    match &query.root {
        None => Some(TsQuery::default()),
        Some(root) => clean(root).map(|root| TsQuery { root: Some(root) }),
    }
}
