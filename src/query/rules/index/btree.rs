//! Equalities and ranges from a btree index.

use std::sync::Arc;

use super::{Rules, candidates, conjuncts_of, fixed, inverted, key_expr};
use crate::{
    base::Oid,
    query::{
        exec::{
            comparison::{Comparison, comparison},
            index_key,
        },
        ir::{Expr, First, IndexScan, InvertedScan, Node, Scan},
        rules::volatility::is_volatile,
    },
    storage::catalog::{Index, IndexMethod, KeyTarget},
    types::oid,
};

/// What one condition says of one key.
enum Says {
    Equal(Expr),
    Any(Expr),
    Lower(Expr, bool),
    Upper(Expr, bool),
}

/// The best index scan in place of a scan. `unique`: only one that finds a single row by a unique
/// key, which nothing else beats.
pub fn find(scan: &Scan, unique: bool, rules: &Rules) -> Option<Node> {
    let filter = scan.filter.as_ref()?;
    if is_volatile(filter) {
        return None;
    }
    let mut conditions = Vec::new();
    conjuncts_of(scan, &mut conditions);
    let mut best: Option<(u32, IndexScan)> = None;
    for index in candidates(scan, rules, IndexMethod::Btree) {
        let Some((merit, found)) = serve(scan, index, &conditions, rules) else { continue };
        if unique && merit < MERIT_UNIQUE {
            continue;
        }
        if best.as_ref().is_none_or(|(other, _)| merit > *other) {
            best = Some((merit, found));
        }
    }
    best.map(|(merit, mut found)| {
        found.also = (merit < MERIT_UNIQUE).then(|| also(scan, rules)).flatten();
        Node::IndexScan(Box::new(found))
    })
}

/// An inverted index for other conditions.
fn also(scan: &Scan, rules: &Rules) -> Option<Box<InvertedScan>> {
    inverted::find(scan, rules).map(Box::new)
}

const MERIT_UNIQUE: u32 = 1000;
/// Of an equality on one key.
const MERIT_EQUAL: u32 = 100;

/// The order that a LIMIT asks for.
pub struct Order<'a> {
    pub expr: &'a Expr,
    pub descending: bool,
    pub nulls_first: bool,
    pub wanted: &'a Expr,
}

/// The first rows by a key of an index, after keys that conditions fix; unless another index finds
/// fewer rows by what the conditions say.
pub fn first(scan: &Scan, order: &Order, rules: &Rules) -> Option<Node> {
    if scan.filter.as_ref().is_some_and(is_volatile) || has_search(scan, rules) {
        return None;
    }
    let mut conditions = Vec::new();
    conjuncts_of(scan, &mut conditions);
    let mut best: Option<(u32, IndexScan)> = None;
    let mut rival = 0;
    for index in candidates(scan, rules, IndexMethod::Btree) {
        let Some((merit, mut found)) = ways(scan, index, &conditions, rules) else { continue };
        // A range counts as much as an equality here: it bounds what is read.
        let level = merit.div_ceil(MERIT_EQUAL);
        let looks_up = found.any.is_some();
        if looks_up || !gives_order(scan, index, found.equal.len(), order, rules) {
            rival = rival.max(level);
        } else if best.as_ref().is_none_or(|(other, _)| level > *other) {
            let wanted = order.wanted.clone();
            found.first = Some(First { wanted, descending: order.descending });
            best = Some((level, found));
        }
    }
    let (level, mut found) = best?;
    found.also = also(scan, rules);
    (level >= rival).then(|| Node::IndexScan(Box::new(found)))
}

/// Whether a key of the index is what the order is by. The index has NULLs behind all values.
fn gives_order(scan: &Scan, index: &Index, key: usize, order: &Order, rules: &Rules) -> bool {
    let Some(definition) = index.keys.get(key) else { return false };
    let not_null = match definition.target {
        KeyTarget::Column(column) => scan.table.columns[column].not_null,
        KeyTarget::Expression(_) => false,
    };
    index_key::is_whole(definition.ty.oid)
        && (not_null || order.nulls_first == order.descending)
        && key_expr(scan, index, key, rules).is_some_and(|key| key.same(order.expr))
}

/// Whether words are looked for that a text index finds.
fn has_search(scan: &Scan, rules: &Rules) -> bool {
    super::text::find(scan, rules).is_some()
}

/// How the index serves the conditions, and how well; `None` if a scan does better.
fn serve(
    scan: &Scan,
    index: &Arc<Index>,
    conditions: &[Expr],
    rules: &Rules,
) -> Option<(u32, IndexScan)> {
    ways(scan, index, conditions, rules).filter(|(merit, _)| *merit > 0)
}

fn ways(
    scan: &Scan,
    index: &Arc<Index>,
    conditions: &[Expr],
    rules: &Rules,
) -> Option<(u32, IndexScan)> {
    let mut found = IndexScan {
        scan: scan.clone(),
        index: index.clone(),
        equal: vec![],
        any: None,
        lower: None,
        upper: None,
        first: None,
        also: None,
    };
    for position in 0..index.keys.len() {
        let key = key_expr(scan, index, position, rules)?;
        let said: Vec<Says> = conditions
            .iter()
            .filter_map(|condition| says(condition, &key, index.keys[position].ty.oid))
            .collect();
        if let Some(value) = said.iter().find_map(|says| match says {
            Says::Equal(value) => Some(value.clone()),
            _ => None,
        }) {
            found.equal.push(value);
            continue;
        }
        for says in said {
            match says {
                Says::Any(array) if found.any.is_none() => found.any = Some(array),
                Says::Lower(value, inclusive) if found.lower.is_none() => {
                    found.lower = Some((value, inclusive));
                }
                Says::Upper(value, inclusive) if found.upper.is_none() => {
                    found.upper = Some((value, inclusive));
                }
                _ => {}
            }
        }
        break;
    }
    if found.any.is_some() {
        (found.lower, found.upper) = (None, None);
    }
    let all_equal = found.equal.len() == index.keys.len();
    let ranged = found.lower.is_some() || found.upper.is_some();
    let both = found.lower.is_some() && found.upper.is_some();
    let merit = match found.equal.len() as u32 {
        _ if all_equal && index.unique => MERIT_UNIQUE,
        0 if found.any.is_some() => 50,
        // One open range may be most of the table, which a scan reads faster.
        0 if both => 10,
        0 => 0,
        equal => equal * MERIT_EQUAL + u32::from(ranged || found.any.is_some()) * 20,
    };
    Some((merit, found))
}

fn says(condition: &Expr, key: &Expr, key_type: Oid) -> Option<Says> {
    match condition {
        Expr::Call(call) => {
            let [left, right] = call.args.as_slice() else { return None };
            let mut comparison = comparison(&call.function)?;
            let value = if is_key(left, key) && fixed(right) {
                right
            } else if is_key(right, key) && fixed(left) {
                comparison = comparison.swapped();
                left
            } else {
                return None;
            };
            if !meets(value.ty().oid, key_type) {
                return None;
            }
            let value = value.clone();
            Some(match comparison {
                Comparison::Equal => Says::Equal(value),
                Comparison::Greater => Says::Lower(value, false),
                Comparison::GreaterEqual => Says::Lower(value, true),
                Comparison::Less => Says::Upper(value, false),
                Comparison::LessEqual => Says::Upper(value, true),
                Comparison::NotEqual => return None,
            })
        }
        Expr::AnyArray { call, array, all: false } => {
            let plain = matches!(call.args.get(1), Some(Expr::Column(0, _)));
            let equal = comparison(&call.function) == Some(Comparison::Equal);
            let element = call.args.get(1)?.ty().oid;
            (plain
                && equal
                && is_key(&call.args[0], key)
                && fixed(array)
                && meets(element, key_type))
            .then(|| Says::Any(array.as_ref().clone()))
        }
        // A boolean column stands for itself.
        expr if key_type == oid::BOOL && expr.same(key) => Some(Says::Equal(Expr::Const(
            crate::types::Datum::Bool(true),
            crate::types::PgType::BOOL,
        ))),
        _ => None,
    }
}

/// The key itself, perhaps under another name of its type.
pub fn is_key(expr: &Expr, key: &Expr) -> bool {
    let textual = |type_oid| oid::is_textual(oid::element_of(type_oid).unwrap_or(type_oid));
    match expr {
        Expr::Relabel { input, ty } => {
            textual(ty.oid) && textual(input.ty().oid) && is_key(input, key)
        }
        expr => expr.same(key),
    }
}

/// Whether a value of one type has the same key bytes as the index's type, or can be given them.
pub fn meets(value: Oid, key: Oid) -> bool {
    let integer = |type_oid| matches!(type_oid, oid::INT2 | oid::INT4 | oid::INT8);
    let string = |type_oid| matches!(type_oid, oid::TEXT | oid::VARCHAR | oid::NAME);
    value == key || (integer(value) && integer(key)) || (string(value) && string(key))
}
