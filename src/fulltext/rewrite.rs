//! `ts_rewrite`: put one query in the place of another wherever that occurs.
//!
//! The tree is first made flat (`a & b & c` is one AND of three) and sorted, so that a part is
//! found in whatever order it was written.

use std::cmp::Ordering;

use crate::{
    base::Result,
    types::tsquery::{QueryNode, TsQuery},
};

/// `ts_rewrite(query, target, substitute)`. Errors: 54001.
pub fn ts_rewrite(query: &TsQuery, target: &TsQuery, substitute: &TsQuery) -> Result<TsQuery> {
    let (Some(root), Some(target)) = (&query.root, &target.root) else {
        return Ok(query.clone());
    };
    let target = Tree::new(target).flat().sorted();
    let substitute = substitute.root.as_ref().map(Tree::new);
    let tree = Tree::new(root).flat().sorted();
    match tree.replaced(&target, substitute.as_ref()) {
        None => Ok(TsQuery::default()),
        Some(tree) => TsQuery::new(tree.binary()),
    }
}

/// The query as a rewrite that finds nothing would leave it. Errors: 54001.
pub fn sorted(query: &TsQuery) -> Result<TsQuery> {
    match &query.root {
        Some(root) => TsQuery::new(Tree::new(root).flat().sorted().binary()),
        None => Ok(TsQuery::default()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Not,
    And,
    Or,
    Phrase(u16),
}

impl Operator {
    /// The greater number sorts first.
    fn number(self) -> u8 {
        match self {
            Operator::Not => 1,
            Operator::And => 2,
            Operator::Or => 3,
            Operator::Phrase(_) => 4,
        }
    }
}

/// A query tree with any number of children a node; the rightmost operand comes first.
#[derive(Clone, Debug)]
enum Tree {
    Lexeme(QueryNode),
    Node(Operator, Vec<Tree>),
    /// What was put in, and is not to be searched again.
    Settled(Box<Tree>),
}

impl Tree {
    fn new(node: &QueryNode) -> Self {
        let operator = match node {
            QueryNode::Lexeme { .. } => return Tree::Lexeme(node.clone()),
            QueryNode::Not(_) => Operator::Not,
            QueryNode::And(..) => Operator::And,
            QueryNode::Or(..) => Operator::Or,
            QueryNode::Phrase(.., distance) => Operator::Phrase(*distance),
        };
        let children = node.operands().into_iter().rev().flatten().map(Tree::new).collect();
        Tree::Node(operator, children)
    }

    fn plain(&self) -> &Tree {
        match self {
            Tree::Settled(tree) => tree.plain(),
            tree => tree,
        }
    }

    fn flat(self) -> Self {
        let Tree::Node(operator, children) = self else { return self };
        let mut flat = Vec::with_capacity(children.len());
        for child in children {
            match child.flat() {
                Tree::Node(inner, grandchildren)
                    if inner == operator && matches!(operator, Operator::And | Operator::Or) =>
                {
                    flat.extend(grandchildren);
                }
                child => flat.push(child),
            }
        }
        Tree::Node(operator, flat)
    }

    fn sorted(self) -> Self {
        match self {
            Tree::Node(operator, children) => {
                let mut children: Vec<_> = children.into_iter().map(Tree::sorted).collect();
                if !matches!(operator, Operator::Phrase(_)) {
                    children.sort_by(Tree::compare);
                }
                Tree::Node(operator, children)
            }
            Tree::Settled(tree) => Tree::Settled(Box::new(tree.sorted())),
            tree => tree,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.plain(), other.plain()) {
            (Tree::Lexeme(a), Tree::Lexeme(b)) => a.compare(b),
            (Tree::Node(a, ours), Tree::Node(b, theirs)) => {
                let order = b.number().cmp(&a.number());
                let order = order.then_with(|| theirs.len().cmp(&ours.len()));
                let order = order.then_with(|| {
                    let pairs = ours.iter().zip(theirs);
                    pairs
                        .map(|(a, b)| a.compare(b))
                        .find(|order| order.is_ne())
                        .unwrap_or(Ordering::Equal)
                });
                order.then_with(|| match (a, b) {
                    (Operator::Phrase(a), Operator::Phrase(b)) => b.cmp(a),
                    _ => Ordering::Equal,
                })
            }
            (Tree::Node(..), _) => Ordering::Less,
            (_, _) => Ordering::Greater,
        }
    }

    /// The tree with `substitute` for every `target`; `None` if nothing is left.
    fn replaced(self, target: &Tree, substitute: Option<&Tree>) -> Option<Tree> {
        let settled = || substitute.map(|tree| Tree::Settled(Box::new(tree.clone())));
        if self.compare(target).is_eq() {
            return settled();
        }
        let Tree::Node(operator, mut children) = self else { return Some(self) };
        if let Tree::Node(wanted, parts) = target
            && operator.number() == wanted.number()
            && children.len() > parts.len()
            && let Some(rest) = without(&children, parts)
        {
            children = rest;
            children.extend(settled());
            let Tree::Node(_, sorted) = Tree::Node(operator, children).sorted() else {
                unreachable!("sorting keeps a node a node");
            };
            children = sorted;
        }
        let mut left: Vec<_> =
            children.into_iter().filter_map(|child| child.descend(target, substitute)).collect();
        match left.len() {
            0 => None,
            1 if operator != Operator::Not => left.pop(),
            _ => Some(Tree::Node(operator, left)),
        }
    }

    fn descend(self, target: &Tree, substitute: Option<&Tree>) -> Option<Tree> {
        match self {
            Tree::Settled(_) => Some(self),
            tree => tree.replaced(target, substitute),
        }
    }

    fn binary(self) -> QueryNode {
        match self {
            Tree::Lexeme(node) => node,
            Tree::Settled(tree) => tree.binary(),
            Tree::Node(operator, children) => {
                let mut nodes: std::collections::VecDeque<_> =
                    children.into_iter().map(Tree::binary).collect();
                while nodes.len() > 2 {
                    let right = nodes.pop_front().expect("more than two");
                    let left = nodes.pop_front().expect("more than one");
                    let last = nodes.pop_back().expect("more than none");
                    nodes.push_front(last);
                    nodes.push_front(operator.of(left, right));
                }
                let right = nodes.pop_front().expect("a node has children");
                match nodes.pop_front() {
                    None => QueryNode::Not(Box::new(right)),
                    Some(left) => operator.of(left, right),
                }
            }
        }
    }
}

impl Operator {
    fn of(self, left: QueryNode, right: QueryNode) -> QueryNode {
        let (left, right) = (Box::new(left), Box::new(right));
        match self {
            Operator::And => QueryNode::And(left, right),
            Operator::Or => QueryNode::Or(left, right),
            Operator::Phrase(distance) => QueryNode::Phrase(left, right, distance),
            Operator::Not => QueryNode::Not(right),
        }
    }
}

/// The children that are not in `parts`, if all parts are among them; both are sorted.
fn without(children: &[Tree], parts: &[Tree]) -> Option<Vec<Tree>> {
    let mut wanted = parts.iter().peekable();
    let mut rest = Vec::new();
    for child in children {
        let found = wanted.peek().is_some_and(|part| child.compare(part).is_eq());
        if found {
            wanted.next();
        } else {
            rest.push(child.clone());
        }
    }
    wanted.peek().is_none().then_some(rest)
}
