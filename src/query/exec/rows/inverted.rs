//! What inverted indexes lead to: the ids of rows to look at, or the word that reading the whole
//! table is quicker.

use crate::{
    base::{Result, RowId},
    query::{
        exec::{index_key::class, profile::Profile, scope::Scope},
        ir::{Asked, InvertedScan, Plan},
    },
    storage::Lookup,
};

/// Rows found by their ids cost several times as much as rows in a row: past this share of the table,
/// it is read instead.
const TABLE_SHARE: u64 = 4;
/// A small table is not worth the question.
const ROWS_MIN: u64 = 64;

/// The ids of the rows that may meet the conditions, ascending; `None` for all of the table.
pub fn candidates(scan: &InvertedScan, plan: &Plan, scope: &Scope) -> Result<Option<Vec<RowId>>> {
    let rows_max = match scan.forced {
        true => usize::MAX,
        false => share(scan, scope)?,
    };
    let found = few(scan, rows_max, scope)?;
    note(found.as_deref(), "scan", plan, scope);
    Ok(found)
}

/// The share of the table up to which its rows are better found by their ids.
pub fn share(scan: &InvertedScan, scope: &Scope) -> Result<usize> {
    let rows = scope.execution.source.row_count(scan.scan.table.oid)?;
    Ok((rows / TABLE_SHARE).max(ROWS_MIN) as usize)
}

/// Tells EXPLAIN ANALYZE which way was taken.
pub fn note(found: Option<&[RowId]>, otherwise: &str, plan: &Plan, scope: &Scope) {
    let Some(profile) = &scope.execution.profile else { return };
    let note = match found {
        Some(rows) => format!("Search: entries (candidates={})", rows.len()),
        None => format!("Search: {otherwise}"),
    };
    profile.record(Profile::address(plan), |node| node.notes.push(note));
}

/// The same, unless there are more than `rows_max`.
pub fn few(scan: &InvertedScan, rows_max: usize, scope: &Scope) -> Result<Option<Vec<RowId>>> {
    let parts = scan.conditions.iter().map(|(_, asked)| lookup(asked, scope));
    let Some(lookup) = Lookup::all(parts.collect::<Result<_>>()?) else { return Ok(None) };
    let (source, table) = (&scope.execution.source, scan.scan.table.oid);
    let mut rows = Vec::new();
    source.index_rows(table, &lookup, &mut |row| {
        rows.push(row);
        if rows.len() % 4096 == 0 {
            scope.execution.cancel.check()?;
        }
        Ok(rows.len() <= rows_max)
    })?;
    if rows.len() > rows_max {
        return Ok(None);
    }
    // Uncommitted ones come first.
    rows.sort_unstable();
    Ok(Some(rows))
}

fn lookup(asked: &Asked, scope: &Scope) -> Result<Option<Lookup>> {
    let each =
        |parts: &[Asked]| parts.iter().map(|part| lookup(part, scope)).collect::<Result<Vec<_>>>();
    Ok(match asked {
        Asked::All(parts) => Lookup::all(each(parts)?),
        Asked::Any(parts) => Lookup::any(each(parts)?),
        Asked::Key { index, column, strategy, query } => {
            let value = scope.evaluate(query, &[])?;
            class(&index.keys[*column])
                .and_then(|class| class.wanted(*column as u8, *strategy, &value, query.ty().oid))
                .map(|wanted| Lookup::Index(index.oid, wanted))
        }
    })
}
