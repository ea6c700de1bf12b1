//! A tsquery, prepared for inverted lists.

use std::collections::HashMap;

use super::lists::List;
use crate::{
    base::Result,
    fulltext::bm25,
    index::bitmap::Bitmap,
    types::{
        tsquery::{QueryNode, TsQuery},
        tsvector::TsVector,
    },
};

/// A query over numbered terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Term(usize),
    /// Every document: what says nothing about whole documents.
    Everything,
    Not(Box<Shape>),
    And(Box<Shape>, Box<Shape>),
    Or(Box<Shape>, Box<Shape>),
    /// Terms at fixed distances, as `a <n> b <m> c`.
    Phrase(Vec<usize>, Vec<u32>),
    /// A phrase of something else, found by its parts and decided by a look at the row.
    Recheck(Box<Shape>),
}

/// Terms, shape, and whether the lists alone decide a match.
pub struct TextQuery {
    pub query: TsQuery,
    pub terms: Vec<(String, bool)>,
    /// Terms that score, in the order of `bm25::terms`.
    pub scoring: Vec<usize>,
    pub shape: Option<Shape>,
    /// Otherwise what the lists find is a superset.
    pub exact: bool,
}

impl TextQuery {
    pub fn new(query: &TsQuery) -> Self {
        let mut terms = Terms::default();
        let scoring =
            bm25::terms(query).iter().map(|(word, prefix)| terms.term(word, *prefix)).collect();
        let shape = query.root.as_ref().map(|root| terms.compile(root));
        Self { query: query.clone(), exact: !terms.recheck, terms: terms.words, scoring, shape }
    }

    /// Whether every document that holds a scoring term matches, and no other.
    pub fn is_any_of(&self) -> bool {
        fn any(shape: &Shape) -> bool {
            match shape {
                Shape::Term(_) => true,
                Shape::Or(left, right) => any(left) && any(right),
                _ => false,
            }
        }
        self.exact && self.shape.as_ref().is_some_and(any)
    }

    /// Terms of which every match holds at least one, the rarest choice by `costs` (of each term);
    /// `None` if a match may hold none.
    pub fn cover(&self, costs: &[usize]) -> Option<Vec<usize>> {
        fn cost(cover: &[usize], costs: &[usize]) -> usize {
            cover.iter().map(|term| costs[*term]).sum()
        }
        fn of(shape: &Shape, costs: &[usize]) -> Option<Vec<usize>> {
            match shape {
                Shape::Term(term) => Some(vec![*term]),
                Shape::Not(_) | Shape::Everything => None,
                Shape::Or(left, right) => {
                    let mut both = of(left, costs)?;
                    both.extend(of(right, costs)?);
                    Some(both)
                }
                Shape::And(left, right) => match (of(left, costs), of(right, costs)) {
                    (Some(left), Some(right)) => {
                        Some(if cost(&left, costs) <= cost(&right, costs) { left } else { right })
                    }
                    (left, right) => left.or(right),
                },
                Shape::Phrase(terms, _) => {
                    terms.iter().min_by_key(|term| costs[**term]).map(|term| vec![*term])
                }
                Shape::Recheck(inner) => of(inner, costs),
            }
        }
        of(self.shape.as_ref()?, costs)
    }

    /// The documents among `universe` that the lists cannot rule out.
    ///
    /// `phrase` decides phrases among candidates.
    pub fn matching(
        &self,
        lists: &[List],
        universe: &Bitmap,
        phrase: &dyn Fn(&[usize], &[u32], &Bitmap) -> Result<Bitmap>,
    ) -> Result<Bitmap> {
        let Some(shape) = &self.shape else { return Ok(Bitmap::empty(universe.len())) };
        let mut matching = Evaluation { lists, universe, phrase }.of(shape)?;
        matching.and(universe);
        Ok(matching)
    }

    /// Occurrences of each scoring term in one document.
    pub fn frequencies(&self, text: &TsVector) -> Vec<u32> {
        self.scoring
            .iter()
            .map(|term| {
                let (word, prefix) = &self.terms[*term];
                bm25::occurrences(text, word, *prefix) as u32
            })
            .collect()
    }
}

struct Evaluation<'a> {
    lists: &'a [List],
    universe: &'a Bitmap,
    phrase: &'a dyn Fn(&[usize], &[u32], &Bitmap) -> Result<Bitmap>,
}

impl Evaluation<'_> {
    fn of(&self, shape: &Shape) -> Result<Bitmap> {
        Ok(match shape {
            Shape::Term(term) => self.term(*term),
            Shape::Everything => self.universe.clone(),
            Shape::And(left, right) => {
                let mut both = self.of(left)?;
                both.and(&self.of(right)?);
                both
            }
            Shape::Or(left, right) => {
                let mut either = self.of(left)?;
                either.or(&self.of(right)?);
                either
            }
            // What a superset leaves out may match too.
            Shape::Not(inner) if has_recheck(inner) => self.universe.clone(),
            Shape::Not(inner) => {
                let mut rest = self.universe.clone();
                rest.and_not(&self.of(inner)?);
                rest
            }
            Shape::Phrase(terms, distances) => {
                let mut all = self.universe.clone();
                for term in terms {
                    all.and(&self.term(*term));
                }
                (self.phrase)(terms, distances, &all)?
            }
            Shape::Recheck(inner) => self.of(inner)?,
        })
    }

    fn term(&self, term: usize) -> Bitmap {
        let mut bitmap = Bitmap::empty(self.universe.len());
        for doc in &self.lists[term].docs {
            bitmap.set(*doc as usize);
        }
        bitmap
    }
}

fn has_recheck(shape: &Shape) -> bool {
    match shape {
        Shape::Recheck(_) => true,
        Shape::Term(_) | Shape::Everything | Shape::Phrase(..) => false,
        Shape::Not(inner) => has_recheck(inner),
        Shape::And(left, right) | Shape::Or(left, right) => has_recheck(left) || has_recheck(right),
    }
}

#[derive(Default)]
struct Terms {
    words: Vec<(String, bool)>,
    numbers: HashMap<(String, bool), usize>,
    recheck: bool,
}

impl Terms {
    fn compile(&mut self, node: &QueryNode) -> Shape {
        match node {
            QueryNode::Lexeme { word, prefix, weights } => {
                let term = Shape::Term(self.term(word, *prefix));
                match weights {
                    0 => term,
                    _ => self.recheck(term),
                }
            }
            QueryNode::Not(inner) => Shape::Not(Box::new(self.compile(inner))),
            QueryNode::And(left, right) => {
                let left = self.compile(left);
                Shape::And(Box::new(left), Box::new(self.compile(right)))
            }
            QueryNode::Or(left, right) => {
                let left = self.compile(left);
                Shape::Or(Box::new(left), Box::new(self.compile(right)))
            }
            QueryNode::Phrase(left, right, _) => self.phrase(node, left, right),
        }
    }

    fn phrase(&mut self, node: &QueryNode, left: &QueryNode, right: &QueryNode) -> Shape {
        let (mut words, mut distances) = (Vec::new(), Vec::new());
        if chain(node, &mut words, &mut distances) {
            let terms = words.iter().map(|word| self.term(word, false)).collect();
            return Shape::Phrase(terms, distances);
        }
        let both = both(self.within_phrase(left), self.within_phrase(right));
        self.recheck(both.unwrap_or(Shape::Everything))
    }

    /// What an operand of a phrase demands of a document; `None` if nothing: `!a <-> b` asks for
    /// another word before `b`, not for a document without `a`.
    fn within_phrase(&mut self, node: &QueryNode) -> Option<Shape> {
        match node {
            QueryNode::Lexeme { word, prefix, .. } => Some(Shape::Term(self.term(word, *prefix))),
            QueryNode::Not(_) => None,
            QueryNode::And(left, right) | QueryNode::Phrase(left, right, _) => {
                both(self.within_phrase(left), self.within_phrase(right))
            }
            QueryNode::Or(left, right) => {
                let (left, right) = (self.within_phrase(left)?, self.within_phrase(right)?);
                Some(Shape::Or(Box::new(left), Box::new(right)))
            }
        }
    }

    fn recheck(&mut self, shape: Shape) -> Shape {
        self.recheck = true;
        Shape::Recheck(Box::new(shape))
    }

    fn term(&mut self, word: &str, prefix: bool) -> usize {
        let next = self.words.len();
        let number = *self.numbers.entry((word.to_owned(), prefix)).or_insert(next);
        if number == next {
            self.words.push((word.to_owned(), prefix));
        }
        number
    }
}

fn both(left: Option<Shape>, right: Option<Shape>) -> Option<Shape> {
    match (left, right) {
        (Some(left), Some(right)) => Some(Shape::And(Box::new(left), Box::new(right))),
        (one, other) => one.or(other),
    }
}

/// Flattens `a <n> b <m> c` of plain lexemes, associated to the left.
fn chain<'a>(node: &'a QueryNode, words: &mut Vec<&'a str>, distances: &mut Vec<u32>) -> bool {
    match node {
        QueryNode::Lexeme { word, prefix: false, weights: 0 } => {
            words.push(word);
            true
        }
        QueryNode::Phrase(left, right, distance) => {
            if !chain(left, words, distances) {
                return false;
            }
            distances.push(u32::from(*distance));
            matches!(**right, QueryNode::Lexeme { .. }) && chain(right, words, distances)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str) -> Box<QueryNode> {
        Box::new(QueryNode::Lexeme { word: word.into(), prefix: false, weights: 0 })
    }

    fn lists() -> Vec<List> {
        [vec![0, 1, 2], vec![1, 2, 5]]
            .into_iter()
            .map(|docs| List { freqs: vec![1; docs.len()], docs })
            .collect()
    }

    fn matching(node: QueryNode) -> (Vec<u32>, bool) {
        let query = TextQuery::new(&TsQuery { root: Some(node) });
        let none = |_: &[usize], _: &[u32], among: &Bitmap| Ok(among.clone());
        let found = query.matching(&lists(), &Bitmap::full(6), &none).unwrap();
        (found.iter().collect(), query.exact)
    }

    #[test]
    fn boolean_queries_are_set_algebra() {
        let and = QueryNode::And(word("a"), Box::new(QueryNode::Not(word("b"))));
        assert_eq!(matching(and), (vec![0], true));
        assert_eq!(matching(QueryNode::Or(word("a"), word("b"))), (vec![0, 1, 2, 5], true));
        assert_eq!(matching(QueryNode::Not(word("a"))), (vec![3, 4, 5], true));
    }

    #[test]
    fn what_lists_cannot_decide_is_a_superset() {
        let weighted = QueryNode::Lexeme { word: "a".into(), prefix: false, weights: 8 };
        assert_eq!(matching(weighted.clone()), (vec![0, 1, 2], false));
        let not = QueryNode::Not(Box::new(weighted));
        assert_eq!(matching(not), ((0..6).collect(), false));
        let phrase = QueryNode::Phrase(word("a"), word("b"), 1);
        assert_eq!(matching(phrase), (vec![1, 2], true));
    }

    #[test]
    fn a_negation_in_a_phrase_rules_no_document_out() {
        let not = |a| Box::new(QueryNode::Not(a));
        let phrase = |a, b| QueryNode::Phrase(a, b, 1);
        // The only term is `b`, the first list.
        assert_eq!(matching(phrase(not(word("a")), word("b"))), (vec![0, 1, 2], false));
        assert_eq!(matching(phrase(not(word("a")), not(word("b")))), ((0..6).collect(), false));
        let or = Box::new(QueryNode::Or(not(word("b")), word("b")));
        assert_eq!(matching(phrase(word("a"), or)), (vec![0, 1, 2], false));
    }

    #[test]
    fn a_cover_is_met_by_every_match() {
        let cover = |node: QueryNode, costs: &[usize]| {
            TextQuery::new(&TsQuery { root: Some(node) }).cover(costs)
        };
        let and = |a, b| QueryNode::And(a, b);
        let not = |a| Box::new(QueryNode::Not(a));
        assert_eq!(cover(and(word("a"), word("b")), &[5, 3]), Some(vec![1]));
        assert_eq!(cover(and(not(word("a")), word("b")), &[5, 3]), Some(vec![0]));
        let or = QueryNode::Or(word("a"), word("b"));
        assert_eq!(cover(or.clone(), &[5, 3]), Some(vec![0, 1]));
        assert_eq!(cover(and(Box::new(or), word("c")), &[5, 3, 9]), Some(vec![0, 1]));
        assert_eq!(cover(QueryNode::Or(word("a"), not(word("b"))), &[5, 3]), None);
    }

    #[test]
    fn only_positive_terms_score() {
        let root = QueryNode::And(word("a"), Box::new(QueryNode::Not(word("b"))));
        let query = TextQuery::new(&TsQuery { root: Some(root) });
        assert_eq!((query.terms.len(), query.scoring.as_slice()), (2, &[0][..]));
        assert!(!query.is_any_of());
    }
}
