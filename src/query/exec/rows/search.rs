//! Nearest neighbours and words: asks the indexes, then reads the rows from the snapshot and checks
//! them again.

use datafusion::arrow::{array::BooleanArray, record_batch::RecordBatch};

use super::scan::{RowReader, TableChunk};
use crate::{
    base::Result,
    err,
    query::{
        exec::{
            columnar,
            constants::hoisted,
            eval::EvalContext,
            execution::{Ledger, row_bytes},
            keys::KeyOrder,
            profile::Profile,
            scope::{Row, Scope},
            search::{Answer, Condition, TextRequest, VectorRequest},
        },
        functions::{Body, Context},
        ir::{Expr, Knn, Plan, Scan, TextSearch},
        rules::columns::{columns_of, remap},
    },
    types::{Datum, PgType, halfvec, halfvec::half, vector},
};

/// How often a search is repeated for more hits when some of them turned out to be stale.
const ROUNDS_MAX: usize = 3;

/// The rows nearest to the query, closest first.
pub fn nearest(knn: &Knn, plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    let limit = match scope.count(&knn.limit)? {
        Some(limit) if limit < 0 => {
            return err!(INVALID_ROW_COUNT_IN_LIMIT_CLAUSE, "LIMIT must not be negative");
        }
        limit => limit.map(|limit| limit as usize),
    };
    if limit == Some(0) {
        return Ok(vec![]);
    }
    let query = scope.evaluate(&knn.query, &[])?;
    // A zero vector has no direction: the index cannot order by it.
    let (Some(limit), true) = (limit, has_direction(&query)) else {
        return exact(knn, limit, &query, plan, scope);
    };
    check_dimensions(knn, &query)?;
    let condition = Predicate::new(&knn.scan, scope);
    let reader = match knn.measured {
        true => RowReader::new(&knn.scan),
        false => RowReader::new(&knn.scan).without(&knn.key_only),
    };
    let mut wanted = limit;
    let mut round = 1;
    loop {
        let answer = scope.execution.search.vector(VectorRequest {
            table: &knn.scan.table,
            index: &knn.index,
            query: &query,
            limit: wanted,
            ef_search: scope.execution.settings.ef_search.max(wanted.min(1000)),
            probes: scope.execution.settings.probes,
            condition: condition.as_ref().map(|condition| condition as &dyn Condition),
            cancelled: &|| scope.execution.cancel.check(),
        })?;
        let found = answer.hits.len();
        let mut rows = fetch(&knn.scan, &reader, &answer, false, scope)?;
        let stale = found - rows.len();
        if rows.len() < limit && stale > 0 && found >= wanted && round < ROUNDS_MAX {
            round += 1;
            wanted += stale * 2 + 16;
            continue;
        }
        note(plan, scope, &answer.effort);
        if knn.measured {
            by_distance(&mut rows, knn, &query, scope)?;
        }
        rows.truncate(limit);
        return Ok(rows);
    }
}

/// Whether distances to the vector mean something: it is not NULL, and some element is not zero.
fn has_direction(query: &Datum) -> bool {
    match query {
        Datum::Vector(elements) => elements.iter().any(|element| *element != 0.0),
        Datum::HalfVector(elements) => elements.iter().any(|element| !half::is_zero(*element)),
        Datum::SparseVector(vector) => !vector.values.is_empty(),
        query => !query.is_null(),
    }
}

/// What the distance would demand of every row, also where the index has none.
///
/// Errors: 22000 `different vector dimensions 3 and 2`, and so for the other types.
fn check_dimensions(knn: &Knn, query: &Datum) -> Result<()> {
    let Ok(wanted) = usize::try_from(knn.index.keys[0].ty.typmod) else { return Ok(()) };
    match query {
        Datum::Vector(elements) => vector::check_same(wanted, elements.len()),
        Datum::HalfVector(elements) => halfvec::check_same(wanted, elements.len()),
        Datum::SparseVector(found) if found.dimensions as usize != wanted => {
            err!(DATA_EXCEPTION, "different sparsevec dimensions {wanted} and {}", found.dimensions)
        }
        Datum::Bits(found) if found.len() != wanted => {
            err!(DATA_EXCEPTION, "different bit lengths {wanted} and {}", found.len())
        }
        _ => Ok(()),
    }
}

/// Orders rows by the distance itself where it is shown: the index's scores may be rounded otherwise.
fn by_distance(rows: &mut Vec<Row>, knn: &Knn, query: &Datum, scope: &Scope) -> Result<()> {
    let mut measured = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        measured.push((distance(knn, &row, query, scope)?, row));
    }
    let order = KeyOrder::ascending(knn.distance.result);
    measured.sort_by(|(a, _), (b, _)| order.compare(a, b));
    rows.extend(measured.into_iter().map(|measured| with_distance(knn, measured)));
    Ok(())
}

fn with_distance(knn: &Knn, (distance, mut row): (Datum, Row)) -> Row {
    if knn.measured {
        row.push(distance);
    }
    row
}

fn distance(knn: &Knn, row: &[Datum], query: &Datum, scope: &Scope) -> Result<Datum> {
    let vector = scope.evaluate(&knn.key, row)?;
    if vector.is_null() || query.is_null() {
        return Ok(Datum::Null);
    }
    let (Body::Scalar(body) | Body::Columnar(body, _)) = knn.distance.body else {
        return Ok(Datum::Null);
    };
    let types = [knn.key.ty(), knn.query.ty()];
    let context = Context {
        env: &scope.execution.env,
        arg_types: &types,
        result: PgType::new(knn.distance.result),
    };
    body(&context, &[vector, query.clone()])
}

/// Whether the index holds the row: its key is not NULL, and has a direction if that is compared.
fn is_indexed(knn: &Knn, row: &[Datum], scope: &Scope) -> Result<bool> {
    let vector = scope.evaluate(&knn.key, row)?;
    Ok(!vector.is_null() && (knn.distance.name != "cosine_distance" || has_direction(&vector)))
}

/// Without the index: every row that it holds, in order of distance. For LIMIT NULL and queries that
/// have no direction, where PostgreSQL returns rows too.
fn exact(
    knn: &Knn,
    limit: Option<usize>,
    query: &Datum,
    plan: &Plan,
    scope: &Scope,
) -> Result<Vec<Row>> {
    let reader = RowReader::new(&knn.scan);
    let mut ledger = Ledger::new(&scope.execution, "an exact search");
    let mut chunk = TableChunk::start();
    let order = KeyOrder::ascending(knn.distance.result);
    let mut rows: Vec<(Datum, Row)> = Vec::new();
    let mut candidates = 0;
    while !chunk.done {
        let mut visited = 0;
        chunk.advance(&knn.scan.table, scope, &mut |id, csn, bytes| {
            visited += 1;
            if let Some(row) = reader.read(id, csn, bytes, knn.scan.filter.as_ref(), scope)? {
                if !is_indexed(knn, &row, scope)? {
                    return Ok(visited < 1024);
                }
                if limit.is_none() {
                    ledger.grow(row_bytes(&row))?;
                }
                rows.push((distance(knn, &row, query, scope)?, row));
            }
            Ok(visited < 1024)
        })?;
        candidates += visited;
        if let Some(limit) = limit {
            rows.sort_by(|(a, _), (b, _)| order.compare(a, b));
            rows.truncate(limit);
        }
    }
    rows.sort_by(|(a, _), (b, _)| order.compare(a, b));
    note(plan, scope, &format!("exact scan (candidates={candidates})"));
    Ok(rows.into_iter().map(|measured| with_distance(knn, measured)).collect())
}

/// The rows that match a text query; the best ones first if `top` is given.
pub fn matching(text: &TextSearch, plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    let Datum::TsQuery(query) = scope.evaluate(&text.query, &[])? else { return Ok(vec![]) };
    let top = match &text.top {
        None => None,
        Some(top) => scope.count(top)?.map(|top| top.max(0) as usize),
    };
    let condition = Predicate::new(&text.scan, scope);
    let answer = scope.execution.search.text(TextRequest {
        table: &text.scan.table,
        index: &text.index,
        query: &query,
        top,
        condition: condition.as_ref().map(|condition| condition as &dyn Condition),
        cancelled: &|| scope.execution.cancel.check(),
    })?;
    let rows = fetch(&text.scan, &RowReader::new(&text.scan), &answer, text.scored, scope)?;
    note(plan, scope, &answer.effort);
    Ok(rows)
}

/// The rows of hits, in their order, with their scores if `scored`; stale ones and those that fail
/// the filter are left out.
fn fetch(
    scan: &Scan,
    reader: &RowReader,
    answer: &Answer<'_>,
    scored: bool,
    scope: &Scope,
) -> Result<Vec<Row>> {
    let mut ledger = Ledger::new(&scope.execution, "a search");
    let mut rows = Vec::with_capacity(answer.hits.len());
    for (position, hit) in answer.hits.iter().enumerate() {
        if position % 1024 == 1023 {
            scope.execution.cancel.check()?;
        }
        let mut take = |id, csn, bytes: &[u8]| {
            if hit.csn.is_none_or(|found| found == csn)
                && let Some(mut row) = reader.read(id, csn, bytes, scan.filter.as_ref(), scope)?
            {
                ledger.grow(bytes.len())?;
                if scored {
                    row.push(Datum::Float8(hit.score));
                }
                rows.push(row);
            }
            Ok(false)
        };
        match (hit.bytes, hit.csn) {
            (Some(bytes), Some(csn)) => take(hit.row, csn, bytes).map(drop)?,
            _ => scope.execution.source.row(scan.table.oid, hit.row, &mut take)?,
        }
    }
    Ok(rows)
}

fn note(plan: &Plan, scope: &Scope, effort: &str) {
    if let Some(profile) = &scope.execution.profile {
        profile.record(Profile::address(plan), |node| node.notes.push(format!("Search: {effort}")));
    }
}

/// The scan's filter as the indexes ask it.
struct Predicate<'a> {
    /// Positions in the table.
    columns: Vec<usize>,
    expr: Expr,
    scope: &'a Scope,
}

impl<'a> Predicate<'a> {
    fn new(scan: &Scan, scope: &'a Scope) -> Option<Self> {
        let mut expr = hoisted(scan.filter.as_ref()?, scope).into_owned();
        let used = columns_of([&expr]);
        // Row ids and versions are not the index's to know; the recheck sees to them.
        if used.iter().any(|column| *column >= scan.columns.len()) {
            return None;
        }
        remap(&mut expr, used.len(), &|column| {
            used.binary_search(&column).expect("every column that is read is listed")
        });
        let columns = used.iter().map(|column| scan.columns[*column]).collect();
        Some(Self { columns, expr, scope })
    }

    fn context(&self) -> EvalContext<'_> {
        self.scope.context()
    }
}

impl Condition for Predicate<'_> {
    fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        columnar::filter_mask(&self.expr, batch.columns(), batch.num_rows(), &self.context())
    }
}
