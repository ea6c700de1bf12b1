//! Equalities and ranges from a btree index.

use std::sync::Arc;

use super::{Rules, candidates, conjuncts_of, fixed, key_expr};
use crate::{
    base::Oid,
    query::{
        exec::comparison::{Comparison, comparison},
        ir::{Expr, IndexScan, Node, Scan},
        rules::volatility::is_volatile,
    },
    storage::catalog::{Index, IndexMethod},
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
    best.map(|(_, found)| Node::IndexScan(Box::new(found)))
}

const MERIT_UNIQUE: u32 = 1000;

/// How the index serves the conditions, and how well.
fn serve(
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
        0 => return None,
        equal => equal * 100 + u32::from(ranged || found.any.is_some()) * 20,
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
fn is_key(expr: &Expr, key: &Expr) -> bool {
    match expr {
        Expr::Relabel { input, ty } => {
            oid::is_textual(ty.oid) && oid::is_textual(input.ty().oid) && is_key(input, key)
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
