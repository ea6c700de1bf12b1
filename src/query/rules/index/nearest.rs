//! ORDER BY distance LIMIT n, ORDER BY bm25_score DESC LIMIT n and ORDER BY key LIMIT n, from the
//! index.
//!
//! Between the LIMIT and the scan there may be projections and a ranking: `row_number()` over the
//! same order numbers the n nearest rows as it would number all.

use std::sync::Arc;

use super::{Rules, btree, candidates, fixed, key_expr, measure::Measure, text};
use crate::{
    index::Space,
    query::{
        functions::registry,
        ir::{Call, Expr, Knn, Node, Plan, SortKey, WindowCall},
        rules::{columns::substitute, volatility::is_volatile},
    },
    storage::catalog::{Index, IndexKey, IndexMethod},
    types::{Datum, PgType, oid},
};

/// The kind of operator class that serves each distance function.
static SPACES: &[(&str, Space)] = &[
    ("l2_distance", Space::L2),
    ("cosine_distance", Space::Cosine),
    ("vector_negative_inner_product", Space::InnerProduct),
    ("halfvec_negative_inner_product", Space::InnerProduct),
    ("sparsevec_negative_inner_product", Space::InnerProduct),
    ("l1_distance", Space::L1),
    ("hamming_distance", Space::Hamming),
    ("jaccard_distance", Space::Jaccard),
];

/// Of two indexes that serve, the graph finds more for the same effort.
const METHODS: [IndexMethod; 2] = [IndexMethod::Hnsw, IndexMethod::IvfFlat];

/// Functions whose values over the first n rows of an order are those over all rows.
static RANKINGS: &[&str] = &["row_number", "rank", "dense_rank"];

/// How many rows a LIMIT with an OFFSET needs.
pub fn wanted(limit: &Expr, offset: Option<&Expr>) -> Option<Expr> {
    let Some(offset) = offset else { return Some(limit.clone()) };
    if let (Expr::Const(limit, _), Expr::Const(offset, _)) = (limit, offset) {
        if limit.is_null() {
            return None;
        }
        let offset = if offset.is_null() { 0 } else { offset.as_i64().max(0) };
        let sum = limit.as_i64().saturating_add(offset);
        return Some(Expr::Const(Datum::Int8(sum), PgType::INT8));
    }
    let function = registry().exact("int8pl", &[oid::INT8, oid::INT8])?.clone();
    let offset = Expr::Coalesce(
        vec![offset.clone(), Expr::Const(Datum::Int8(0), PgType::INT8)],
        PgType::INT8,
    );
    let args = vec![limit.clone(), offset];
    Some(Expr::Call(Box::new(Call {
        function,
        args,
        ty: PgType::INT8,
        location: -1,
        spread: false,
    })))
}

/// An order of rows: by one expression over them.
#[derive(Clone)]
struct Order {
    expr: Expr,
    descending: bool,
    nulls_first: bool,
}

/// Looks below a LIMIT for a scan that an index can read in the order asked for.
pub fn limit(input: &mut Plan, wanted: &Expr, rules: &Rules) {
    // A LIMIT in parameters of the statement is as good as a number; one in a row is not.
    if fixed(wanted)
        && let Outcome::Ordered(Some(measure)) = descend(input, None, wanted, rules)
    {
        measure.leave(input);
    }
}

/// Looks below a sort without a LIMIT for a scan that a vector index can give whole, in that order.
pub fn all(plan: &mut Plan, rules: &Rules) {
    let Node::Sort { keys, .. } = &plan.node else { return };
    if keys.iter().all(|key| !key.descending) {
        limit(plan, &Expr::Const(Datum::Null, PgType::INT8), rules);
    }
}

/// What became of the plan.
enum Outcome {
    Unchanged,
    /// The plan's rows come in the order asked for, perhaps with one more column: what orders them.
    Ordered(Option<Measure>),
    /// The plan has the right rows, but a sort is still needed.
    Limited,
}

fn descend(plan: &mut Plan, order: Option<Order>, wanted: &Expr, rules: &Rules) -> Outcome {
    match &mut plan.node {
        Node::Sort { input, keys } => {
            let ([key], None) = (keys.as_slice(), &order) else { return Outcome::Unchanged };
            // Ascending distances end with NULL; of a descending score there is none.
            if key.nulls_first && !key.descending {
                return Outcome::Unchanged;
            }
            let order = Order {
                expr: key.expr.clone(),
                descending: key.descending,
                nulls_first: key.nulls_first,
            };
            let outcome = descend(input, Some(order), wanted, rules);
            if matches!(outcome, Outcome::Ordered(_)) {
                let inner = std::mem::replace(input.as_mut(), Plan::new(Node::Empty, vec![]));
                *plan = inner;
            }
            outcome
        }
        Node::Project { input, exprs } => {
            if exprs.iter().any(is_volatile) {
                return Outcome::Unchanged;
            }
            let order = match order {
                None => None,
                Some(order) => match substitute(&order.expr, exprs, input.fields.len()) {
                    Some(expr) => Some(Order { expr, ..order }),
                    None => return Outcome::Unchanged,
                },
            };
            match descend(input, order, wanted, rules) {
                Outcome::Ordered(Some(measure)) => {
                    let width = input.fields.len();
                    exprs.iter_mut().for_each(|expr| measure.rewrite(expr, width));
                    Outcome::Ordered(None)
                }
                outcome => outcome,
            }
        }
        Node::Window { input, calls } => {
            let Some(window) = ranking_order(calls) else { return Outcome::Unchanged };
            if !follows(order.as_ref(), &window, calls, input.fields.len()) {
                return Outcome::Unchanged;
            }
            match descend(input, Some(window), wanted, rules) {
                Outcome::Ordered(Some(measure)) => {
                    measure.rewrite_calls(calls, input.fields.len());
                    let own = &plan.fields[measure.at..];
                    plan.fields = input.fields.iter().chain(own).cloned().collect();
                    Outcome::Ordered(Some(measure))
                }
                outcome => outcome,
            }
        }
        Node::Scan(_) => match order {
            Some(order) => scan(plan, &order, wanted, rules),
            None => Outcome::Unchanged,
        },
        _ => Outcome::Unchanged,
    }
}

/// The one order of calls that only rank.
fn ranking_order(calls: &[WindowCall]) -> Option<Order> {
    let ranks = |call: &WindowCall| {
        RANKINGS.contains(&call.function.name)
            && call.partition.is_empty()
            && call.filter.is_none()
            && call.order.len() == 1
    };
    let first: &SortKey = calls.first()?.order.first()?;
    let alike = |call: &WindowCall| {
        let key = &call.order[0];
        key.descending == first.descending
            && key.nulls_first == first.nulls_first
            && key.expr.same(&first.expr)
    };
    if (first.nulls_first && !first.descending)
        || !calls.iter().all(|call| ranks(call) && alike(call))
    {
        return None;
    }
    let SortKey { expr, descending, nulls_first } = first.clone();
    Some(Order { expr, descending, nulls_first })
}

/// Whether the order above a window is the window's own: none, the same expression, or its rank.
fn follows(above: Option<&Order>, window: &Order, calls: &[WindowCall], width: usize) -> bool {
    let Some(above) = above else { return true };
    match &above.expr {
        Expr::Column(column, _) if *column >= width => {
            !above.descending
                && calls.get(column - width).is_some_and(|call| call.function.name == "row_number")
        }
        expr => expr.same(&window.expr) && above.descending == window.descending,
    }
}

fn scan(plan: &mut Plan, order: &Order, wanted: &Expr, rules: &Rules) -> Outcome {
    let Node::Scan(scan) = &plan.node else { return Outcome::Unchanged };
    if scan.filter.as_ref().is_some_and(is_volatile) {
        return Outcome::Unchanged;
    }
    let by_key = btree::Order {
        expr: &order.expr,
        descending: order.descending,
        nulls_first: order.nulls_first,
        wanted,
    };
    if let Some(node) = btree::first(scan, &by_key, rules) {
        plan.node = node;
        return Outcome::Limited;
    }
    let Expr::Call(call) = &order.expr else { return Outcome::Unchanged };
    if order.descending {
        return match text::best(scan, call, wanted, rules) {
            Some(node) => {
                let measure = order.expr.clone();
                plan.node = node;
                Outcome::Ordered(Measure::add(plan, measure))
            }
            None => Outcome::Unchanged,
        };
    }
    let space = SPACES.iter().find(|(name, _)| *name == call.function.name);
    let Some((_, space)) = space else { return Outcome::Unchanged };
    let [a, b] = call.args.as_slice() else { return Outcome::Unchanged };
    let (key, query) = match (fixed(a), fixed(b)) {
        (false, true) => (a, b),
        (true, false) => (b, a),
        _ => return Outcome::Unchanged,
    };
    let serves = |index: &&Arc<Index>| {
        index.keys.first().is_some_and(|indexed| {
            indexed.ty.oid == key.ty().oid && space_of(indexed) == Some(*space)
        }) && key_expr(scan, index, 0, rules).is_some_and(|indexed| indexed.same(key))
    };
    let index = METHODS.iter().find_map(|method| candidates(scan, rules, *method).find(serves));
    let Some(index) = index else { return Outcome::Unchanged };
    plan.node = Node::Knn(Box::new(Knn {
        scan: scan.clone(),
        index: index.clone(),
        distance: call.function.clone(),
        key: key.clone(),
        query: query.clone(),
        limit: wanted.clone(),
        measured: false,
        key_only: vec![],
    }));
    Outcome::Ordered(Measure::add(plan, order.expr.clone()))
}

fn space_of(key: &IndexKey) -> Option<Space> {
    match key.opclass.as_str() {
        // ivfflat's default
        "" => Some(Space::L2),
        opclass => Space::of_opclass(opclass),
    }
}
