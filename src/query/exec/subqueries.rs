//! Subqueries in expressions: run once if they see no outer row, else once for each distinct set of
//! the outer values they see.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;

use super::{
    comparison,
    eval::{self, Subqueries, from_truth},
    keys::row_key,
    run,
    scope::{Row, Scope},
};
use crate::{
    base::{Oid, Result},
    err,
    query::ir::{Expr, Subquery, SubqueryKind},
    types::{Datum, PgType, array::ArrayValue, oid, stored},
};

/// Results kept of one correlated subquery; beyond, they are forgotten and made anew.
const RESULTS_MAX: usize = 65_536;

/// What a scope keeps of the subqueries run in it.
#[derive(Default)]
pub struct SubqueryCache {
    entries: Mutex<HashMap<usize, Arc<Entry>>>,
}

/// One subquery, held so that its address stays its own.
struct Entry {
    _subquery: Arc<Subquery>,
    /// The outer values it sees: how many queries up, and which column.
    sees: Vec<(usize, usize, Oid)>,
    /// By the key of these values.
    results: Mutex<HashMap<Vec<u8>, Arc<Outcome>>>,
}

enum Outcome {
    Value(Datum),
    /// Rows for ANY and ALL, with a set of keys if the test is plain equality.
    Rows(Rows),
}

struct Rows {
    rows: Vec<Row>,
    set: Option<KeySet>,
}

struct KeySet {
    keys: HashSet<Vec<u8>>,
    has_null: bool,
}

impl SubqueryCache {
    fn entry(&self, subquery: &Arc<Subquery>) -> Arc<Entry> {
        let address = Arc::as_ptr(subquery) as usize;
        self.entries
            .lock()
            .entry(address)
            .or_insert_with(|| {
                Arc::new(Entry {
                    _subquery: subquery.clone(),
                    sees: if subquery.correlated { seen(subquery) } else { vec![] },
                    results: Mutex::default(),
                })
            })
            .clone()
    }
}

/// The outer values that a subquery's plan refers to; level 1 is the row it is written over.
fn seen(subquery: &Subquery) -> Vec<(usize, usize, Oid)> {
    let mut plan = subquery.plan.clone();
    let mut sees = Vec::new();
    plan.walk_mut(0, &mut |expr, level| {
        if let Expr::Outer { levels, column, ty } = expr
            && *levels > level
        {
            let value = (*levels - level, *column, ty.oid);
            if !sees.contains(&value) {
                sees.push(value);
            }
        }
    });
    sees
}

impl Subqueries for Scope {
    fn evaluate(&self, subquery: &Arc<Subquery>, row: &[Datum]) -> Result<Datum> {
        let outcome = self.outcome(subquery, row)?;
        match (&*outcome, &subquery.kind) {
            (Outcome::Value(value), _) => Ok(value.clone()),
            (Outcome::Rows(rows), SubqueryKind::Any { test, outer_width }) => {
                self.quantified(rows, test, *outer_width, row, false)
            }
            (Outcome::Rows(rows), SubqueryKind::All { test, outer_width }) => {
                self.quantified(rows, test, *outer_width, row, true)
            }
            (Outcome::Rows(_), _) => unreachable!("only ANY and ALL keep rows"),
        }
    }
}

impl Scope {
    fn outcome(&self, subquery: &Arc<Subquery>, row: &[Datum]) -> Result<Arc<Outcome>> {
        if volatile(subquery) && subquery.correlated {
            return self.run_subquery(subquery, row).map(Arc::new);
        }
        let entry = self.cache.entry(subquery);
        let mut key = Vec::new();
        for (level, column, type_oid) in &entry.sees {
            let value = if *level == 1 {
                row.get(*column).cloned().unwrap_or_default()
            } else {
                let expr =
                    Expr::Outer { levels: level - 1, column: *column, ty: PgType::new(*type_oid) };
                self.evaluate(&expr, row)?
            };
            // Types without an order still have stored bytes, which are equal only for equal values.
            stored::encode_element(&value, &mut key);
        }
        if let Some(found) = entry.results.lock().get(&key) {
            return Ok(found.clone());
        }
        let outcome = Arc::new(self.run_subquery(subquery, row)?);
        let mut results = entry.results.lock();
        if results.len() >= RESULTS_MAX {
            results.clear();
        }
        results.insert(key, outcome.clone());
        Ok(outcome)
    }

    fn run_subquery(&self, subquery: &Arc<Subquery>, row: &[Datum]) -> Result<Outcome> {
        self.execution.cancel.check()?;
        let inside = self.inside(row.to_vec());
        let plan = &subquery.plan;
        Ok(match &subquery.kind {
            SubqueryKind::Exists => {
                Outcome::Value(Datum::Bool(!run::first(plan, &inside, 1)?.is_empty()))
            }
            SubqueryKind::Scalar => {
                let mut rows = run::first(plan, &inside, 2)?;
                if rows.len() > 1 {
                    return err!(
                        CARDINALITY_VIOLATION,
                        "more than one row returned by a subquery used as an expression"
                    );
                }
                let value = rows.pop().and_then(|row| row.into_iter().next());
                Outcome::Value(value.unwrap_or_default())
            }
            SubqueryKind::Array => {
                let elements: Vec<Datum> = run::all(plan, &inside)?
                    .into_iter()
                    .filter_map(|row| row.into_iter().next())
                    .collect();
                let element = oid::element_of(subquery.ty.oid).unwrap_or(oid::TEXT);
                if elements.iter().any(|value| matches!(value, Datum::Array(_)))
                    && !oid::is_array(element)
                {
                    return Ok(Outcome::Value(eval::arrays::nest(element, &elements)?));
                }
                Outcome::Value(array_of(element, elements))
            }
            SubqueryKind::Any { test, outer_width } | SubqueryKind::All { test, outer_width } => {
                let rows = run::all(plan, &inside)?;
                let set = equality_of(test, *outer_width).map(|(_, type_oid)| {
                    let mut set = KeySet { keys: HashSet::new(), has_null: false };
                    for row in &rows {
                        if row[0].is_null() {
                            set.has_null = true;
                        } else {
                            set.keys.insert(row_key(&row[..1], &[type_oid]));
                        }
                    }
                    set
                });
                Outcome::Rows(Rows { rows, set })
            }
        })
    }

    fn quantified(
        &self,
        rows: &Rows,
        test: &Expr,
        outer_width: usize,
        row: &[Datum],
        all: bool,
    ) -> Result<Datum> {
        if rows.rows.is_empty() {
            return Ok(Datum::Bool(all));
        }
        if let (false, Some(set), Some((outer, type_oid))) =
            (all, &rows.set, equality_of(test, outer_width))
        {
            let value = eval::evaluate(outer, row, &self.context())?;
            if value.is_null() {
                return Ok(Datum::Null);
            }
            let found = set.keys.contains(&row_key(&[value], &[type_oid]));
            return Ok(match (found, set.has_null) {
                (true, _) => Datum::Bool(true),
                (false, true) => Datum::Null,
                (false, false) => Datum::Bool(false),
            });
        }
        let mut joined = row[..outer_width.min(row.len())].to_vec();
        joined.resize(outer_width, Datum::Null);
        let mut unknown = false;
        for inner in &rows.rows {
            joined.truncate(outer_width);
            joined.extend(inner.iter().cloned());
            match eval::truth(test, &joined, &self.context())? {
                Some(holds) if holds != all => return Ok(Datum::Bool(holds)),
                Some(_) => {}
                None => unknown = true,
            }
        }
        Ok(from_truth(if unknown { None } else { Some(all) }))
    }
}

/// `outer = column` of one type: the outer expression and that type.
fn equality_of(test: &Expr, outer_width: usize) -> Option<(&Expr, Oid)> {
    let Expr::Call(call) = test else { return None };
    let type_oid = comparison::equality(call)?;
    let inner = |expr: &Expr| matches!(expr, Expr::Column(at, _) if *at == outer_width);
    let outer = |expr: &Expr| {
        !expr.any(&mut |expr| {
            matches!(expr, Expr::Column(at, _) if *at >= outer_width)
                || matches!(expr, Expr::Subquery(_))
        })
    };
    match call.args.as_slice() {
        [a, b] if inner(b) && outer(a) => Some((a, type_oid)),
        [a, b] if inner(a) && outer(b) => Some((b, type_oid)),
        _ => None,
    }
}

/// ARRAY(SELECT ...): arrays as elements make one more dimension.
fn array_of(element: Oid, elements: Vec<Datum>) -> Datum {
    let Some(Datum::Array(first)) = elements.first().cloned() else {
        return Datum::Array(Arc::new(ArrayValue::of(element, elements)));
    };
    let mut dimensions = vec![(elements.len(), 1)];
    dimensions.extend(first.dimensions.iter().copied());
    let mut flat = Vec::new();
    for value in elements {
        if let Datum::Array(array) = value {
            flat.extend(array.elements.iter().cloned());
        }
    }
    Datum::Array(Arc::new(ArrayValue { element: first.element, dimensions, elements: flat }))
}

fn volatile(subquery: &Subquery) -> bool {
    crate::query::rules::volatility::plan_is_volatile(&subquery.plan)
}
