//! `@>`, `&&`, `?` and their kin from an inverted index.

use std::sync::Arc;

use super::{Rules, btree::is_key, candidates, conjuncts_of, fixed, key_expr};
use crate::{
    query::{
        exec::{
            comparison::{Comparison, comparison},
            index_key::class,
        },
        ir::{Asked, Call, Expr, InvertedScan, Scan},
        rules::volatility::is_volatile,
    },
    storage::catalog::{Index, IndexMethod},
    types::{
        inverted::{
            Class,
            Strategy::{self, *},
        },
        oid,
    },
};

/// Functions of the operators: what they say of a key on their left, and of one on their right.
static OPERATORS: &[(&str, Option<Strategy>, Option<Strategy>)] = &[
    ("array_eq", Some(Equals), Some(Equals)),
    ("arraycontained", Some(ContainedBy), Some(Contains)),
    ("arraycontains", Some(Contains), Some(ContainedBy)),
    ("arrayoverlap", Some(Overlaps), Some(Overlaps)),
    ("jsonb_contained", None, Some(Contains)),
    ("jsonb_contains", Some(Contains), None),
    ("jsonb_exists", Some(Exists), None),
    ("jsonb_exists_all", Some(ExistsAll), None),
    ("jsonb_exists_any", Some(ExistsAny), None),
    ("jsonb_path_exists_opr", Some(PathExists), None),
    ("jsonb_path_match_opr", Some(PathMatches), None),
];

/// The index scan in place of a scan: every condition by an index that serves it.
pub fn find(scan: &Scan, rules: &Rules) -> Option<InvertedScan> {
    let filter = scan.filter.as_ref()?;
    if !rules.scans.bitmap || is_volatile(filter) {
        return None;
    }
    let indexes = candidates(scan, rules, IndexMethod::Gin);
    let mut keys: Vec<Key> = indexes.flat_map(|index| keys_of(scan, index, rules)).collect();
    if keys.is_empty() {
        return None;
    }
    // A path's keys are rarer than those of its parts.
    keys.sort_by_key(|key| key.class != Class::JsonbPath);
    let mut conditions = Vec::new();
    conjuncts_of(scan, &mut conditions);
    let served = conditions.iter().enumerate();
    let conditions: Vec<(usize, Asked)> =
        served.filter_map(|(at, condition)| Some((at, asked(condition, &keys)?))).collect();
    let forced = !rules.scans.sequential;
    (!conditions.is_empty()).then(|| InvertedScan { scan: scan.clone(), conditions, forced })
}

/// A key of an index as the scan's output has it.
struct Key {
    index: Arc<Index>,
    column: usize,
    class: Class,
    expr: Expr,
}

/// The keys that serve; those whose columns the scan does not read do not.
fn keys_of(scan: &Scan, index: &Arc<Index>, rules: &Rules) -> Vec<Key> {
    if !index.is_inverted() || index.unfilled {
        return vec![];
    }
    let keys = index.keys.iter().enumerate().filter_map(|(column, key)| {
        let expr = key_expr(scan, index, column, rules)?;
        Some(Key { index: index.clone(), column, class: class(key)?, expr })
    });
    keys.collect()
}

/// What a condition asks of the indexes; `None` if none knows.
fn asked(condition: &Expr, keys: &[Key]) -> Option<Asked> {
    match condition {
        Expr::Or(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(|part| asked(part, keys)).collect();
            Some(Asked::Any(parts?))
        }
        Expr::And(parts) => {
            let parts: Vec<_> = parts.iter().filter_map(|part| asked(part, keys)).collect();
            (!parts.is_empty()).then_some(Asked::All(parts))
        }
        Expr::Call(call) => keys.iter().find_map(|key| operator(call, key)),
        Expr::AnyArray { call, array, all: false } => {
            let [query, element] = call.args.as_slice() else { return None };
            let key =
                keys.iter().find(|key| key.class == Class::Array && is_key(array, &key.expr))?;
            let same = oid::element_of(key.expr.ty().oid) == Some(query.ty().oid);
            let plain = matches!(element, Expr::Column(0, _));
            let equal = comparison(&call.function) == Some(Comparison::Equal);
            (same && plain && equal && fixed(query)).then(|| key.asks(Holds, query)).flatten()
        }
        _ => None,
    }
}

fn operator(call: &Call, key: &Key) -> Option<Asked> {
    let [left, right] = call.args.as_slice() else { return None };
    let (_, by_left, by_right) = OPERATORS.iter().find(|(name, ..)| *name == call.function.name)?;
    let (strategy, query) = if is_key(left, &key.expr) && fixed(right) {
        ((*by_left)?, right)
    } else if is_key(right, &key.expr) && fixed(left) {
        ((*by_right)?, left)
    } else {
        return None;
    };
    key.asks(strategy, query)
}

impl Key {
    /// `None` if the class has no such operator, or any row may meet the condition.
    fn asks(&self, strategy: Strategy, query: &Expr) -> Option<Asked> {
        let says_nothing = |query: &Expr| match query {
            Expr::Const(value, ty) => {
                self.class.wanted(self.column as u8, strategy, value, ty.oid).is_none()
            }
            _ => false,
        };
        if !self.class.serves(strategy) || says_nothing(query) {
            return None;
        }
        let (index, query) = (self.index.clone(), query.clone());
        Some(Asked::Key { index, column: self.column, strategy, query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::functions::registry;

    #[test]
    fn operators_are_functions_of_the_catalogue_in_order() {
        assert!(OPERATORS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, ..) in OPERATORS {
            assert!(!registry().functions(name).is_empty(), "{name}");
        }
    }
}
