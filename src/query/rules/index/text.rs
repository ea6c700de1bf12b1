//! `@@` from a full-text index.

use std::sync::Arc;

use super::{Rules, candidates, conjuncts_of, fixed, key_expr};
use crate::{
    query::{
        ir::{Call, Expr, Node, Scan, TextSearch},
        rules::{columns::conjunction, volatility::is_volatile},
    },
    storage::catalog::{Index, IndexMethod},
};

/// A condition `vector @@ query` of the scan that an index serves.
struct Match {
    index: Arc<Index>,
    vector: Expr,
    query: Expr,
    /// The scan's other conditions: what the index finds matches to the letter.
    rest: Option<Expr>,
}

fn matches(scan: &Scan, rules: &Rules) -> Vec<Match> {
    let mut conditions = Vec::new();
    conjuncts_of(scan, &mut conditions);
    let mut found = Vec::new();
    for (position, condition) in conditions.iter().enumerate() {
        let Expr::Call(call) = condition else { continue };
        let (vector, query) = match (call.function.name, call.args.as_slice()) {
            ("ts_match_vq", [vector, query]) | ("ts_match_qv", [query, vector]) => (vector, query),
            _ => continue,
        };
        if !fixed(query) {
            continue;
        }
        let index = candidates(scan, rules, IndexMethod::Gin)
            .find(|index| key_expr(scan, index, 0, rules).is_some_and(|key| key.same(vector)));
        if let Some(index) = index {
            let mut rest = conditions.clone();
            rest.remove(position);
            found.push(Match {
                index: index.clone(),
                vector: vector.clone(),
                query: query.clone(),
                rest: conjunction(rest),
            });
        }
    }
    found
}

/// The search in place of a scan.
pub fn find(scan: &Scan, rules: &Rules) -> Option<Node> {
    if scan.filter.as_ref().is_some_and(is_volatile) {
        return None;
    }
    let found = matches(scan, rules).into_iter().next()?;
    Some(search(scan, found, None))
}

/// The best rows by `bm25_score(vector, query)`, where the same query is asked for by `@@`.
pub fn best(scan: &Scan, score: &Call, wanted: &Expr, rules: &Rules) -> Option<Node> {
    if score.function.name != "bm25_score" || score.args.len() < 2 {
        return None;
    }
    let found = matches(scan, rules)
        .into_iter()
        .find(|found| found.vector.same(&score.args[0]) && found.query.same(&score.args[1]))?;
    Some(search(scan, found, Some(wanted.clone())))
}

fn search(scan: &Scan, found: Match, top: Option<Expr>) -> Node {
    Node::TextSearch(Box::new(TextSearch {
        scan: Scan { filter: found.rest, ..scan.clone() },
        index: found.index,
        query: found.query,
        top,
        scored: false,
    }))
}
