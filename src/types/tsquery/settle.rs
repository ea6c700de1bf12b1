//! From a draft to a query: stop words leave, and phrases around them reach further.

use super::{DEPTH_MAX, Draft, Operator, QueryNode, too_deep};
use crate::base::Result;

/// Longer chains of one operator become balanced trees, so that no walk over them goes deep; they
/// print and match the same.
const CHAIN_MAX: usize = 32;

/// The query without its stop words; `None` if nothing is left.
///
/// Errors: 54001 if it is nested too deep, which a phrase of very many words is too.
pub fn without_stops(draft: Draft) -> Result<Option<QueryNode>> {
    Ok(settle(draft)?.close()?.map(|tree| tree.node))
}

struct Tree {
    node: QueryNode,
    depth: usize,
}

/// What is left of a draft.
struct Settled {
    /// Operands of one operator, AND or OR; of one operand, the operator means nothing.
    operands: Vec<Tree>,
    operator: Operator,
    /// Positions lost at the left and at the right edge, by which phrase operators around must
    /// reach further; equal where nothing is left.
    left: u32,
    right: u32,
}

impl Settled {
    fn of(node: Option<Tree>, left: u32, right: u32) -> Self {
        Self { operands: node.into_iter().collect(), operator: Operator::And, left, right }
    }

    /// The operands as one tree.
    fn close(self) -> Result<Option<Tree>> {
        let Self { mut operands, operator, .. } = self;
        if operands.len() <= CHAIN_MAX {
            let mut operands = operands.into_iter();
            let Some(mut tree) = operands.next() else { return Ok(None) };
            for operand in operands {
                tree = join(operator, tree, operand)?;
            }
            return Ok(Some(tree));
        }
        while operands.len() > 1 {
            let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
            let mut left = operands.into_iter();
            while let Some(first) = left.next() {
                pairs.push(match left.next() {
                    Some(second) => join(operator, first, second)?,
                    None => first,
                });
            }
            operands = pairs;
        }
        Ok(operands.pop())
    }
}

fn join(operator: Operator, left: Tree, right: Tree) -> Result<Tree> {
    let depth = 1 + left.depth.max(right.depth);
    if depth > DEPTH_MAX {
        return Err(too_deep());
    }
    let (left, right) = (Box::new(left.node), Box::new(right.node));
    let node = match operator {
        Operator::And => QueryNode::And(left, right),
        Operator::Or => QueryNode::Or(left, right),
        Operator::Phrase(distance) => QueryNode::Phrase(left, right, distance),
    };
    Ok(Tree { node, depth })
}

fn settle(draft: Draft) -> Result<Settled> {
    match draft {
        Draft::Stop => Ok(Settled::of(None, 0, 0)),
        Draft::Word { word, prefix, weights } => {
            let node = QueryNode::Lexeme { word, prefix, weights };
            Ok(Settled::of(Some(Tree { node, depth: 1 }), 0, 0))
        }
        Draft::Not(operand) => {
            let settled = settle(*operand)?;
            let (left, right) = (settled.left, settled.right);
            let tree = settled.close()?.map(|tree| Tree {
                node: QueryNode::Not(Box::new(tree.node)),
                depth: tree.depth + 1,
            });
            if tree.as_ref().is_some_and(|tree| tree.depth > DEPTH_MAX) {
                return Err(too_deep());
            }
            Ok(Settled::of(tree, left, right))
        }
        Draft::Chain(first, rest) => {
            let mut settled = settle(*first)?;
            // What is within parentheses stays together.
            settled = Settled { left: settled.left, right: settled.right, ..closed(settled)? };
            for (operator, operand) in rest {
                let operand = closed(settle(operand)?)?;
                settled = match operator {
                    Operator::Phrase(distance) => phrase(settled, operand, u32::from(distance))?,
                    operator => boolean(operator, settled, operand)?,
                };
            }
            Ok(settled)
        }
    }
}

fn closed(settled: Settled) -> Result<Settled> {
    let (left, right) = (settled.left, settled.right);
    Ok(Settled::of(settled.close()?, left, right))
}

fn boolean(operator: Operator, mut left: Settled, right: Settled) -> Result<Settled> {
    match (left.operands.is_empty(), right.operands.is_empty()) {
        (true, true) => {
            let lost = left.left.max(right.left);
            Ok(Settled::of(None, lost, lost))
        }
        (true, false) => Ok(right),
        (false, true) => Ok(left),
        (false, false) => {
            if left.operands.len() > 1 && left.operator != operator {
                left = closed(left)?;
            }
            left.operator = operator;
            left.operands.extend(right.operands);
            Ok(Settled { left: 0, right: 0, ..left })
        }
    }
}

fn phrase(left: Settled, right: Settled, distance: u32) -> Result<Settled> {
    let (a, b) = (left.left, left.right);
    let (c, d) = (right.left, right.right);
    Ok(match (left.close()?, right.close()?) {
        (None, None) => Settled::of(None, a + distance + c, a + distance + c),
        (None, right) => Settled::of(right, a + distance + c, d),
        (left, None) => Settled::of(left, a, b + distance + d),
        (Some(left), Some(right)) => {
            let reach = (distance + b + c).min(i16::MAX as u32) as u16;
            Settled::of(Some(join(Operator::Phrase(reach), left, right)?), a, d)
        }
    })
}
