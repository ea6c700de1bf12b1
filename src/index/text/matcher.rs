//! The documents that match a query, one after the other, ascending.
//!
//! A matcher stands on documents that hold the words asked for; whether phrases and negations hold
//! too is only found out by [`Matcher::holds`], for the few documents that are worth it.

use tantivy::{
    DocSet,
    postings::{Postings, SegmentPostings},
};

use super::{
    cursor::{Cursor, END},
    query::Shape,
};
use crate::base::Result;

pub enum Matcher {
    Term(Cursor),
    /// Every document below `len`.
    All {
        doc: u32,
        len: u32,
    },
    /// All of `required` (never empty; the rarest first) and none of `excluded`.
    Every {
        required: Vec<Matcher>,
        excluded: Vec<Matcher>,
        doc: u32,
    },
    Any {
        of: Vec<Matcher>,
        doc: u32,
    },
    Phrase(Phrase),
}

/// Words at fixed distances: `words[0] <distances[0]> words[1] ...`.
pub struct Phrase {
    words: Vec<SegmentPostings>,
    distances: Vec<u32>,
    doc: u32,
    ends: Vec<u32>,
    next: Vec<u32>,
}

/// Where a matcher's words are read.
pub trait Words {
    /// A term by its number in the query.
    fn term(&self, term: usize) -> Cursor;
    /// Words with their positions; `None` if one of them is nowhere.
    fn positions(&self, terms: &[usize]) -> Result<Option<Vec<SegmentPostings>>>;
    /// The number of documents.
    fn documents(&self) -> u32;
}

impl Matcher {
    /// A matcher of what the lists alone decide: call it for exact queries only.
    pub fn new(shape: &Shape, words: &dyn Words) -> Result<Self> {
        Ok(match shape {
            Shape::Term(term) => Self::Term(words.term(*term)),
            Shape::Everything => Self::All { doc: 0, len: words.documents() },
            Shape::Recheck(inner) => Self::new(inner, words)?,
            Shape::Phrase(terms, distances) => match words.positions(terms)? {
                Some(found) => Self::Phrase(Phrase::new(found, distances.clone())),
                None => Self::Any { of: Vec::new(), doc: END },
            },
            Shape::Or(..) => {
                let mut of = Vec::new();
                alternatives(shape, words, &mut of)?;
                let mut any = Self::Any { of, doc: 0 };
                any.seek(0);
                any
            }
            Shape::And(..) | Shape::Not(_) => {
                let (mut required, mut excluded) = (Vec::new(), Vec::new());
                conditions(shape, words, &mut required, &mut excluded)?;
                if required.is_empty() {
                    required.push(Self::All { doc: 0, len: words.documents() });
                }
                required.sort_by_key(Matcher::cost);
                let mut every = Self::Every { required, excluded, doc: 0 };
                every.seek(0);
                every
            }
        })
    }

    /// About how many documents it stands on.
    fn cost(&self) -> usize {
        match self {
            Self::Term(cursor) => cursor.len(),
            Self::All { len, .. } => *len as usize,
            Self::Every { required, .. } => required.first().map_or(0, Matcher::cost),
            Self::Any { of, .. } => of.iter().map(Matcher::cost).sum(),
            Self::Phrase(phrase) => phrase.words.first().map_or(0, |word| word.doc_freq() as usize),
        }
    }

    /// The document it stands on, or [`END`].
    pub fn doc(&self) -> u32 {
        match self {
            Self::Term(cursor) => cursor.doc(),
            Self::All { doc, .. } | Self::Every { doc, .. } | Self::Any { doc, .. } => *doc,
            Self::Phrase(phrase) => phrase.doc,
        }
    }

    /// Goes to the first document from `target` on that may match; never back.
    pub fn seek(&mut self, target: u32) -> u32 {
        match self {
            Self::Term(cursor) => cursor.seek(target),
            Self::All { doc, len } => {
                *doc = target.max(*doc);
                if *doc >= *len {
                    *doc = END;
                }
                *doc
            }
            Self::Every { required, doc, .. } => {
                *doc = meet(required, target, |matcher, target| matcher.seek(target));
                *doc
            }
            Self::Any { of, doc } => {
                *doc = of.iter_mut().map(|matcher| matcher.seek(target)).min().unwrap_or(END);
                *doc
            }
            Self::Phrase(phrase) => phrase.seek(target),
        }
    }

    /// Whether the document it stands on matches indeed.
    pub fn holds(&mut self) -> bool {
        match self {
            Self::Term(_) | Self::All { .. } => true,
            Self::Every { required, excluded, doc } => {
                let doc = *doc;
                required.iter_mut().all(Matcher::holds)
                    && !excluded
                        .iter_mut()
                        .any(|matcher| matcher.seek(doc) == doc && matcher.holds())
            }
            Self::Any { of, doc } => {
                let doc = *doc;
                of.iter_mut().any(|matcher| matcher.doc() == doc && matcher.holds())
            }
            Self::Phrase(phrase) => phrase.holds(),
        }
    }
}

/// The first document from `target` on that all stand on.
fn meet<T>(all: &mut [T], target: u32, mut seek: impl FnMut(&mut T, u32) -> u32) -> u32 {
    let Some((first, others)) = all.split_first_mut() else { return END };
    let mut doc = seek(first, target);
    'next: while doc != END {
        for other in others.iter_mut() {
            let found = seek(other, doc);
            if found != doc {
                doc = seek(first, found);
                continue 'next;
            }
        }
        break;
    }
    doc
}

fn alternatives(shape: &Shape, words: &dyn Words, of: &mut Vec<Matcher>) -> Result<()> {
    match shape {
        Shape::Or(left, right) => {
            alternatives(left, words, of)?;
            alternatives(right, words, of)
        }
        shape => {
            of.push(Matcher::new(shape, words)?);
            Ok(())
        }
    }
}

fn conditions(
    shape: &Shape,
    words: &dyn Words,
    required: &mut Vec<Matcher>,
    excluded: &mut Vec<Matcher>,
) -> Result<()> {
    match shape {
        Shape::And(left, right) => {
            conditions(left, words, required, excluded)?;
            conditions(right, words, required, excluded)
        }
        Shape::Not(inner) => {
            excluded.push(Matcher::new(inner, words)?);
            Ok(())
        }
        shape => {
            required.push(Matcher::new(shape, words)?);
            Ok(())
        }
    }
}

impl Phrase {
    pub fn new(words: Vec<SegmentPostings>, distances: Vec<u32>) -> Self {
        let mut phrase = Self { words, distances, doc: 0, ends: Vec::new(), next: Vec::new() };
        phrase.seek(0);
        phrase
    }

    /// Goes to the first document from `target` on that holds all the words; never back.
    pub fn seek(&mut self, target: u32) -> u32 {
        self.doc = meet(&mut self.words, target, |word, target| {
            if word.doc() >= target { word.doc() } else { word.seek(target) }
        });
        self.doc
    }

    /// Whether the words stand as asked in the document it stands on.
    pub fn holds(&mut self) -> bool {
        let Self { words, distances, ends, next, .. } = self;
        let Some((first, others)) = words.split_first_mut() else { return false };
        first.positions(ends);
        for (word, distance) in others.iter_mut().zip(distances.iter()) {
            word.positions(next);
            next.retain(|at| {
                at.checked_sub(*distance).is_some_and(|start| ends.binary_search(&start).is_ok())
            });
            std::mem::swap(ends, next);
        }
        !ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::text::List;

    struct Lists(Vec<Vec<u32>>);

    impl Words for Lists {
        fn term(&self, term: usize) -> Cursor {
            let docs = self.0[term].clone();
            Cursor::of_list(List { freqs: vec![1; docs.len()], docs })
        }

        fn positions(&self, _: &[usize]) -> Result<Option<Vec<SegmentPostings>>> {
            Ok(None)
        }

        fn documents(&self) -> u32 {
            12
        }
    }

    fn found(shape: &Shape) -> Vec<u32> {
        let lists = Lists(vec![vec![0, 1, 2, 7, 11], vec![1, 2, 5, 7], vec![2, 3, 7]]);
        let mut matcher = Matcher::new(shape, &lists).unwrap();
        let mut found = Vec::new();
        while matcher.doc() != END {
            let doc = matcher.doc();
            if matcher.holds() {
                found.push(doc);
            }
            matcher.seek(doc + 1);
        }
        found
    }

    #[test]
    fn documents_come_in_order_and_as_the_query_says() {
        let term = |term| Box::new(Shape::Term(term));
        let not = |shape| Box::new(Shape::Not(shape));
        let (a, b, c) = (|| term(0), || term(1), || term(2));
        assert_eq!(found(&Shape::And(a(), b())), [1, 2, 7]);
        assert_eq!(found(&Shape::And(Box::new(Shape::And(a(), b())), not(c()))), [1]);
        assert_eq!(found(&Shape::Or(b(), c())), [1, 2, 3, 5, 7]);
        assert_eq!(found(&Shape::And(a(), Box::new(Shape::Or(b(), c())))), [1, 2, 7]);
        assert_eq!(found(&Shape::Not(a())), [3, 4, 5, 6, 8, 9, 10]);
        assert_eq!(found(&Shape::Or(c(), not(a()))), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(found(&Shape::Not(not(c()))), [2, 3, 7]);
        assert!(found(&Shape::And(a(), Box::new(Shape::Phrase(vec![0, 1], vec![1])))).is_empty());
    }
}
