//! Reading the rows that a btree index leads to, with an inverted index beside it.

use std::ops::Bound;

use super::{RowReader, inverted};
use crate::{
    base::{Oid, Result, RowId},
    query::{
        exec::{
            constants::hoisted,
            execution::Ledger,
            index_key,
            profile::Profile,
            scope::{Row, Scope},
            source::KeyRange,
        },
        ir::{First, IndexScan, Plan},
    },
    types::{Datum, oid},
};

/// The rows that a btree index leads to, each checked again by the scan's filter.
pub fn index_rows(index: &IndexScan, plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    if let Some(first) = &index.first {
        return first_rows(index, first, plan, scope);
    }
    let also = match &index.also {
        Some(also) => inverted::few(also, inverted::share(also, scope)?, scope)?,
        None => None,
    };
    // Where the other index has found few rows, it does not pay to list many.
    let ids_max = also.as_ref().map_or(usize::MAX, |rows| rows.len() * LISTED_FACTOR + LISTED_MIN);
    let mut ids = Vec::new();
    for (lower, upper) in ranges(index, scope)? {
        scope.execution.source.index_range(
            index.scan.table.oid,
            index.index.oid,
            as_slice(&lower),
            as_slice(&upper),
            &mut |id| {
                ids.push(id);
                Ok(ids.len() <= ids_max)
            },
        )?;
    }
    if index.any.is_some() || also.is_some() {
        // Uncommitted rows come with every range.
        ids.sort_unstable();
        ids.dedup();
    }
    if let Some(also) = also {
        if ids.len() > ids_max {
            ids = also;
        } else {
            ids.retain(|id| also.binary_search(id).is_ok());
        }
        inverted::note(Some(&ids), "", plan, scope);
    }
    fetch(index, &ids, plan, scope)
}

/// An index is read for at most so many ids, where another one has found fewer rows.
const LISTED_FACTOR: usize = 8;
const LISTED_MIN: usize = 1000;

/// The rows under these ids that pass the filter.
fn fetch(index: &IndexScan, ids: &[RowId], plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    let (execution, table) = (&scope.execution, index.scan.table.oid);
    let reader = RowReader::new(&index.scan);
    let mut ledger = Ledger::new(execution, "an index scan");
    let mut rows = Vec::new();
    let mut removed = 0;
    for (position, id) in ids.iter().enumerate() {
        if position % 1024 == 1023 {
            execution.cancel.check()?;
        }
        execution.source.row(table, *id, &mut |id, csn, bytes| {
            match reader.read(id, csn, bytes, index.scan.filter.as_ref(), scope)? {
                Some(row) => {
                    ledger.grow(bytes.len())?;
                    rows.push(row);
                }
                None => removed += 1,
            }
            Ok(false)
        })?;
    }
    if let Some(profile) = &execution.profile {
        profile.record(Profile::address(plan), |node| node.filtered += removed);
    }
    Ok(rows)
}

/// Rows in the order of the key until there are as many as are wanted, and those that come out of it.
fn first_rows(index: &IndexScan, first: &First, plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    let wanted = scope.count(&first.wanted)?.map_or(usize::MAX, |wanted| wanted.max(0) as usize);
    if wanted == 0 {
        return Ok(vec![]);
    }
    let whole = |visits_max| walk(index, first, (wanted, visits_max), plan, scope);
    let Some(also) = &index.also else { return Ok(whole(usize::MAX)?.unwrap_or_default()) };
    // With n of N rows, a walk looks at about N / n of them for each that is wanted.
    let all = scope.execution.source.row_count(index.scan.table.oid)?;
    let worth = all.saturating_mul(all.min(wanted as u64)).isqrt().max(1) as usize;
    let mut found = inverted::few(also, worth, scope)?;
    if found.is_none() {
        // What the entries name need not match: a walk that does not come upon enough is given up.
        if let Some(rows) = whole(worth.saturating_mul(WALK_FACTOR))? {
            inverted::note(None, "walk", plan, scope);
            return Ok(rows);
        }
        found = inverted::few(also, inverted::share(also, scope)?, scope)?;
    }
    inverted::note(found.as_deref(), "walk", plan, scope);
    match found {
        Some(ids) => fetch(index, &ids, plan, scope),
        None => Ok(whole(usize::MAX)?.unwrap_or_default()),
    }
}

/// A walk looks at so many times as many rows as it would be worth to fetch.
const WALK_FACTOR: usize = 8;

/// The first `wanted` rows, or `None` if they are not among the first `visits_max`.
fn walk(
    index: &IndexScan,
    first: &First,
    (wanted, visits_max): (usize, usize),
    plan: &Plan,
    scope: &Scope,
) -> Result<Option<Vec<Row>>> {
    let (execution, table) = (&scope.execution, index.scan.table.oid);
    let filter = index.scan.filter.as_ref().map(|filter| hoisted(filter, scope));
    let reader = RowReader::new(&index.scan);
    let mut ledger = Ledger::new(execution, "an index scan");
    let (mut rows, mut visited, mut in_place) = (Vec::new(), 0, 0);
    for (lower, upper) in ranges(index, scope)? {
        let (lower, upper) = (as_slice(&lower), as_slice(&upper));
        let range = KeyRange { index: index.index.oid, lower, upper };
        execution.source.index_order(table, range, first.descending, &mut |id, in_order| {
            visited += 1;
            if visited % 1024 == 0 {
                execution.cancel.check()?;
            }
            execution.source.row(table, id, &mut |id, csn, bytes| {
                if let Some(row) = reader.read(id, csn, bytes, filter.as_deref(), scope)? {
                    ledger.grow(bytes.len())?;
                    rows.push(row);
                    in_place += usize::from(in_order);
                }
                Ok(false)
            })?;
            Ok(in_place < wanted && visited <= visits_max)
        })?;
        if visited > visits_max {
            return Ok(None);
        }
    }
    if let Some(profile) = &execution.profile {
        let removed = (visited - rows.len()) as u64;
        profile.record(Profile::address(plan), |node| node.filtered += removed);
    }
    Ok(Some(rows))
}

type Range = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The key ranges of an index scan; none if a value is NULL, which nothing equals.
fn ranges(index: &IndexScan, scope: &Scope) -> Result<Vec<Range>> {
    let keys = &index.index.keys;
    let mut prefix = Vec::new();
    for (expr, key) in index.equal.iter().zip(keys) {
        let Some(value) = as_key(scope.evaluate(expr, &[])?, key.ty.oid) else {
            return Ok(vec![]);
        };
        index_key::push(&value, key.ty.oid, &mut prefix);
    }
    let next = keys.get(index.equal.len()).map_or(oid::INT8, |key| key.ty.oid);
    let extended = |value: Datum| {
        let value = as_key(value, next)?;
        let mut key = prefix.clone();
        index_key::push(&value, next, &mut key);
        Some(key)
    };
    if let Some(array) = &index.any {
        let Datum::Array(array) = scope.evaluate(array, &[])? else { return Ok(vec![]) };
        let mut prefixes: Vec<_> =
            array.elements.iter().filter_map(|element| extended(element.clone())).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        return Ok(prefixes
            .into_iter()
            .map(|key| (Bound::Included(key.clone()), Bound::Included(key)))
            .collect());
    }
    let mut bounds = [None, None];
    for (bound, key) in [&index.lower, &index.upper].into_iter().zip(&mut bounds) {
        let Some((expr, _)) = bound else { continue };
        let value = scope.evaluate(expr, &[])?;
        if value.is_null() {
            return Ok(vec![]);
        }
        // A bound beyond the key's type bounds nothing, or everything: the filter knows.
        *key = extended(value);
    }
    let [lower, upper] = bounds;
    // Bounds take in every key that begins with them; what an exclusive bound excludes, the filter
    // takes out. NULLs stand last and are not compared.
    let upper = match (&lower, upper) {
        (_, Some(key)) => Bound::Included(key),
        (Some(_), None) => {
            let mut nulls = prefix.clone();
            nulls.push(index_key::NULL);
            Bound::Excluded(nulls)
        }
        (None, None) => Bound::Included(prefix.clone()),
    };
    Ok(vec![(Bound::Included(lower.unwrap_or(prefix)), upper)])
}

/// A value as the index's type has it; `None` for NULL, or an integer out of its range.
pub(super) fn as_key(value: Datum, key_type: Oid) -> Option<Datum> {
    match (&value, key_type) {
        (Datum::Null, _) => None,
        (Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_), oid::INT8) => {
            Some(Datum::Int8(value.as_i64()))
        }
        (Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_), oid::INT4) => {
            i32::try_from(value.as_i64()).ok().map(Datum::Int4)
        }
        (Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_), oid::INT2) => {
            i16::try_from(value.as_i64()).ok().map(Datum::Int2)
        }
        _ => Some(value),
    }
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}
