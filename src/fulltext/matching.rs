//! `@@`: whether a tsvector (or another source of positions) satisfies a tsquery.
//!
//! Above phrase operators only presence counts. At and below them the positions of a match are
//! carried up, with a flag for "everywhere but here", so that NOT has a meaning within a phrase.
//! The answer has three values, because a stripped tsvector knows words but not positions.

use crate::types::{
    tsquery::{QueryNode, TsQuery},
    tsvector::{Lexeme, TsVector},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    No,
    Yes,
    Maybe,
}

/// One lexeme of a query.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a> {
    pub word: &'a str,
    pub prefix: bool,
    /// As in [`QueryNode::Lexeme`].
    pub weights: u8,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Operand(usize),
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
    Phrase(usize, usize, u32),
}

/// A query laid flat, its operands numbered in PostgreSQL's order (right before left).
#[derive(Clone, Debug)]
pub struct Expression<'a> {
    nodes: Vec<Node>,
    root: usize,
    pub operands: Vec<Operand<'a>>,
}

/// Where operands are looked up.
pub trait Source {
    /// Whether operand `index` is present. With `places`, also where: ascending, and not empty if
    /// the answer is `Yes`; `Maybe` if that is not known.
    fn find(&self, operand: &Operand, index: usize, places: Option<&mut Vec<u32>>) -> Answer;
}

/// Where a phrase, or part of one, matches.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Ends of matches, ascending.
    pub ends: Vec<u32>,
    /// The match is everywhere except at `ends`.
    pub negated: bool,
    /// Lexemes that a match spans, less one.
    pub width: u32,
}

/// Whether `vector` satisfies `query`; an empty query matches nothing.
pub fn matches(vector: &TsVector, query: &TsQuery) -> bool {
    Expression::new(query).is_some_and(|expression| expression.holds(vector))
}

impl<'a> Expression<'a> {
    /// `None` for the empty query.
    pub fn new(query: &'a TsQuery) -> Option<Self> {
        let root = query.root.as_ref()?;
        let mut expression = Self { nodes: Vec::new(), root: 0, operands: Vec::new() };
        expression.root = expression.add(root);
        Some(expression)
    }

    fn add(&mut self, node: &'a QueryNode) -> usize {
        let node = match node {
            QueryNode::Lexeme { word, prefix, weights } => {
                self.operands.push(Operand { word, prefix: *prefix, weights: *weights });
                Node::Operand(self.operands.len() - 1)
            }
            QueryNode::Not(operand) => Node::Not(self.add(operand)),
            QueryNode::And(left, right) => {
                let right = self.add(right);
                Node::And(self.add(left), right)
            }
            QueryNode::Or(left, right) => {
                let right = self.add(right);
                Node::Or(self.add(left), right)
            }
            QueryNode::Phrase(left, right, distance) => {
                let right = self.add(right);
                Node::Phrase(self.add(left), right, u32::from(*distance))
            }
        };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub fn holds(&self, source: &impl Source) -> bool {
        self.evaluate(self.root, source) != Answer::No
    }

    /// Where each term or phrase that the query demands matches, one list each; terms joined by
    /// OR share theirs. `None` if the query does not hold.
    pub fn locations(&self, source: &impl Source) -> Option<Vec<Places>> {
        self.locate(self.root, source)
    }

    fn find(&self, operand: usize, source: &impl Source, places: Option<&mut Vec<u32>>) -> Answer {
        source.find(&self.operands[operand], operand, places)
    }

    fn evaluate(&self, node: usize, source: &impl Source) -> Answer {
        match self.nodes[node] {
            Node::Operand(operand) => self.find(operand, source, None),
            Node::Not(operand) => match self.evaluate(operand, source) {
                Answer::No => Answer::Yes,
                Answer::Yes => Answer::No,
                Answer::Maybe => Answer::Maybe,
            },
            Node::And(left, right) => match self.evaluate(left, source) {
                Answer::No => Answer::No,
                left => match self.evaluate(right, source) {
                    Answer::Yes => left,
                    right => right,
                },
            },
            Node::Or(left, right) => match self.evaluate(left, source) {
                Answer::Yes => Answer::Yes,
                left => match self.evaluate(right, source) {
                    Answer::No => left,
                    right => right,
                },
            },
            // A phrase that cannot be checked counts as absent.
            Node::Phrase(..) => match self.phrase(node, source, &mut Places::default()) {
                Answer::Yes => Answer::Yes,
                _ => Answer::No,
            },
        }
    }

    /// Evaluates at or below a phrase operator. `places` comes empty, and says where on `Yes`.
    fn phrase(&self, node: usize, source: &impl Source, places: &mut Places) -> Answer {
        let (left, right) = match self.nodes[node] {
            Node::Operand(operand) => return self.find(operand, source, Some(&mut places.ends)),
            Node::Not(operand) => return self.phrase_not(operand, source, places),
            Node::And(left, right) | Node::Or(left, right) | Node::Phrase(left, right, _) => {
                (left, right)
            }
        };
        let either = matches!(self.nodes[node], Node::Or(..));
        let (mut l, mut r) = (Places::default(), Places::default());
        let found_left = self.phrase(left, source, &mut l);
        if found_left == Answer::No && !either {
            return Answer::No;
        }
        let found_right = self.phrase(right, source, &mut r);
        match (found_left, found_right) {
            (_, Answer::No) if !either => return Answer::No,
            (Answer::No, Answer::No) => return Answer::No,
            (Answer::Maybe, _) | (_, Answer::Maybe) => return Answer::Maybe,
            _ => {}
        }
        if found_left == Answer::No {
            l.width = 0;
        }
        if found_right == Answer::No {
            r.width = 0;
        }
        let shifts = if let Node::Phrase(_, _, distance) = self.nodes[node] {
            places.width = distance + l.width + r.width;
            (distance + r.width, 0)
        } else {
            // The narrower match is moved to the right end of the wider one.
            places.width = l.width.max(r.width);
            (places.width - l.width, places.width - r.width)
        };
        let (keep, negated) = match (either, l.negated, r.negated) {
            (false, false, false) => (Keep::BOTH, false),
            (false, false, true) => (Keep::LEFT, false),
            (false, true, false) => (Keep::RIGHT, false),
            // Neither: not (either).
            (false, true, true) => (Keep::ANY, true),
            (true, false, false) => (Keep::ANY, false),
            // Left or not right: not (right without left).
            (true, false, true) => (Keep::RIGHT, true),
            (true, true, false) => (Keep::LEFT, true),
            (true, true, true) => (Keep::BOTH, true),
        };
        merge(&l.ends, &r.ends, shifts, keep, &mut places.ends);
        places.negated = negated;
        if negated || !places.ends.is_empty() { Answer::Yes } else { Answer::No }
    }

    fn phrase_not(&self, operand: usize, source: &impl Source, places: &mut Places) -> Answer {
        match self.phrase(operand, source, places) {
            Answer::No => {
                // Nowhere becomes everywhere.
                places.ends.clear();
                places.negated = true;
                Answer::Yes
            }
            Answer::Yes if places.ends.is_empty() => {
                places.negated = false;
                Answer::No
            }
            Answer::Yes => {
                places.negated = !places.negated;
                Answer::Yes
            }
            Answer::Maybe => Answer::Maybe,
        }
    }

    fn locate(&self, node: usize, source: &impl Source) -> Option<Vec<Places>> {
        match self.nodes[node] {
            Node::Operand(_) => {
                let mut places = Places::default();
                (self.phrase(node, source, &mut places) == Answer::Yes).then(|| vec![places])
            }
            // A NOT that holds has no place.
            Node::Not(operand) => {
                if self.locate(operand, source).is_none() {
                    Some(vec![])
                } else {
                    None
                }
            }
            Node::And(left, right) => {
                let mut places = self.locate(left, source)?;
                places.extend(self.locate(right, source)?);
                Some(places)
            }
            Node::Or(left, right) => {
                let (left, right) = (self.locate(left, source), self.locate(right, source));
                match (left, right) {
                    (None, None) => None,
                    (Some(places), None) | (None, Some(places)) => Some(places),
                    (Some(left), Some(right)) if left.is_empty() => Some(right),
                    (Some(left), Some(right)) if right.is_empty() => Some(left),
                    (Some(left), Some(right)) => Some(distribute(&left, &right)),
                }
            }
            Node::Phrase(..) => {
                let mut places = Places::default();
                match self.phrase(node, source, &mut places) {
                    Answer::Yes if places.negated => Some(vec![]),
                    Answer::Yes => Some(vec![places]),
                    _ => None,
                }
            }
        }
    }
}

/// `(A & B) | (C & D)` is `(A | C) & (A | D) & (B | C) & (B | D)`.
fn distribute(left: &[Places], right: &[Places]) -> Vec<Places> {
    let mut all = Vec::with_capacity(left.len() * right.len());
    for l in left {
        for r in right {
            let mut places = Places { width: l.width.max(r.width), ..Places::default() };
            merge(&l.ends, &r.ends, (0, 0), Keep::ANY, &mut places.ends);
            all.push(places);
        }
    }
    all
}

/// Which positions of two lists to keep.
#[derive(Clone, Copy)]
struct Keep {
    left: bool,
    right: bool,
    both: bool,
}

impl Keep {
    const LEFT: Keep = Keep { left: true, right: false, both: false };
    const RIGHT: Keep = Keep { left: false, right: true, both: false };
    const BOTH: Keep = Keep { left: false, right: false, both: true };
    const ANY: Keep = Keep { left: true, right: true, both: true };
}

/// Merges two ascending lists, each shifted to the right.
fn merge(left: &[u32], right: &[u32], shifts: (u32, u32), keep: Keep, out: &mut Vec<u32>) {
    let (mut l, mut r) = (0, 0);
    loop {
        let (a, b) = (left.get(l).map(|a| a + shifts.0), right.get(r).map(|b| b + shifts.1));
        let (position, kept) = match (a, b) {
            (None, None) => return,
            (Some(a), Some(b)) if a == b => (a, keep.both),
            (Some(a), b) if b.is_none_or(|b| a < b) => (a, keep.left),
            (_, Some(b)) => (b, keep.right),
            (Some(_), None) => unreachable!("an end is after every position"),
        };
        l += usize::from(a == Some(position));
        r += usize::from(b == Some(position));
        if kept && position > 0 {
            out.push(position);
        }
    }
}

impl Source for TsVector {
    fn find(&self, operand: &Operand, _: usize, places: Option<&mut Vec<u32>>) -> Answer {
        let lexemes = self.matching(operand.word, operand.prefix);
        let Some(places) = places else {
            let present = lexemes.iter().any(|lexeme| has_weight(lexeme, operand.weights));
            return if present { Answer::Yes } else { Answer::No };
        };
        for lexeme in lexemes {
            if lexeme.positions.is_empty() {
                places.clear();
                return Answer::Maybe;
            }
            let fitting = lexeme
                .positions
                .iter()
                .filter(|at| operand.weights == 0 || operand.weights & at.weight.bit() != 0);
            places.extend(fitting.map(|position| u32::from(position.at)));
        }
        if lexemes.len() > 1 {
            places.sort_unstable();
            places.dedup();
        }
        if places.is_empty() { Answer::No } else { Answer::Yes }
    }
}

/// A lexeme without positions has every weight.
fn has_weight(lexeme: &Lexeme, weights: u8) -> bool {
    weights == 0
        || lexeme.positions.is_empty()
        || lexeme.positions.iter().any(|position| weights & position.weight.bit() != 0)
}
