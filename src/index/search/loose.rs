//! Rows read from the store or a transaction's overlay, searched one by one.

use std::sync::Arc;

use crate::{
    base::{Csn, Result, RowId, TableId},
    index::{
        bitmap::Bitmap,
        contract::{RowFilter, UNCOMMITTED},
        keys::{Packed, Reading, batch_of, column_of},
        tail::LiveRow,
        vector::{Nearest, Query},
    },
    storage::{Overlay, Snapshot},
    types::tsvector::TsVector,
};

/// Rows looked at together.
pub const BATCH_ROWS: usize = 1024;

/// Calls `visit` with batches of the given rows as the snapshot shows them.
pub fn rows_of<'a>(
    snapshot: &'a Snapshot,
    table: TableId,
    rows: impl Iterator<Item = RowId>,
    visit: &mut dyn FnMut(&[LiveRow<'a>]) -> Result<()>,
) -> Result<()> {
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    for row in rows {
        if let Some(stored) = snapshot.row(table, row)? {
            batch.push(LiveRow { row, csn: stored.csn, bytes: stored.bytes });
        }
        if batch.len() == BATCH_ROWS {
            visit(&batch)?;
            batch.clear();
        }
    }
    visit(&batch)
}

/// Calls `visit` with batches of all the snapshot's rows that the overlay does not hide.
pub fn rows_of_table<'a>(
    snapshot: &'a Snapshot,
    overlay: Option<&Overlay>,
    table: TableId,
    visit: &mut dyn FnMut(&[LiveRow<'a>]) -> Result<()>,
) -> Result<()> {
    if overlay.is_some_and(|overlay| overlay.is_truncated(table)) {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    for row in snapshot.scan(table, None)? {
        let (row, stored) = row?;
        if super::source::is_touched(overlay, table, row) {
            continue;
        }
        batch.push(LiveRow { row, csn: stored.csn, bytes: stored.bytes });
        if batch.len() == BATCH_ROWS {
            visit(&batch)?;
            batch.clear();
        }
    }
    visit(&batch)
}

/// Calls `visit` with batches of the rows that a transaction has written itself.
pub fn rows_of_overlay<'a>(
    overlay: Option<&'a Overlay>,
    table: TableId,
    visit: &mut dyn FnMut(&[LiveRow<'a>]) -> Result<()>,
) -> Result<()> {
    let Some(overlay) = overlay else { return Ok(()) };
    let written = overlay.rows(table, None).filter_map(|(row, bytes)| {
        bytes.map(|bytes| LiveRow { row, csn: UNCOMMITTED, bytes: &bytes[..] })
    });
    let rows: Vec<LiveRow<'a>> = written.collect();
    rows.chunks(BATCH_ROWS).try_for_each(visit)
}

/// The rows that a filter lets through; `None`: all.
pub fn matching(
    reading: &Reading<'_>,
    rows: &[LiveRow<'_>],
    filter: Option<&dyn RowFilter>,
) -> Result<Option<Bitmap>> {
    let Some(filter) = filter else { return Ok(None) };
    let table = &reading.table.table;
    let bytes: Vec<&[u8]> = rows.iter().map(|live| live.bytes).collect();
    let arrays = filter
        .columns()
        .iter()
        .map(|column| column_of(table, *column, &bytes))
        .collect::<Result<Vec<_>>>()?;
    let batch = batch_of(table, filter.columns(), arrays, rows.len())?;
    Ok(Some(Bitmap::of(&filter.matches(&batch)?)))
}

/// Of the `among` places, those whose rows a filter lets through, read from the snapshot: for filters
/// that look at columns which no segment holds.
pub fn matching_places(
    reading: &Reading<'_>,
    snapshot: &Snapshot,
    among: &Bitmap,
    filter: &dyn RowFilter,
    row_of: &dyn Fn(u32) -> RowId,
) -> Result<Bitmap> {
    let table = reading.table.table.oid;
    let mut found = Bitmap::empty(among.len());
    let places: Vec<u32> = among.iter().collect();
    for places in places.chunks(BATCH_ROWS) {
        let (mut rows, mut at) = (Vec::new(), Vec::new());
        for place in places {
            if let Some(stored) = snapshot.row(table, row_of(*place))? {
                let row = row_of(*place);
                rows.push(LiveRow { row, csn: stored.csn, bytes: stored.bytes });
                at.push(*place);
            }
        }
        if let Some(bits) = matching(reading, &rows, Some(filter))? {
            bits.iter().for_each(|bit| found.set(at[bit as usize] as usize));
        }
    }
    Ok(found)
}

/// Measures the rows' vectors of one key. Returns how many were measured.
pub fn measure(
    reading: &Reading<'_>,
    key: usize,
    query: &Query,
    rows: &[LiveRow<'_>],
    filter: Option<&dyn RowFilter>,
    nearest: &mut Nearest<(RowId, Csn)>,
) -> Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    let selected = matching(reading, rows, filter)?;
    let key = &reading.table.vectors[key];
    let bytes: Vec<&[u8]> = rows.iter().map(|live| live.bytes).collect();
    let mut packed = Packed::new(key);
    reading.vectors(key, &bytes, &mut packed)?;
    let mut distances = Vec::new();
    packed.distances(query, &mut distances)?;
    let mut present = packed.present;
    if let Some(selected) = selected {
        present.and(&selected);
    }
    for at in present.iter() {
        let (live, distance) = (&rows[at as usize], distances[at as usize]);
        if distance <= nearest.threshold() {
            nearest.push(distance, (live.row, live.csn));
        }
    }
    Ok(rows.len() as u64)
}

/// The rows' tsvectors of one key; `None` where the filter or NULL rules the row out.
pub fn texts(
    reading: &Reading<'_>,
    key: usize,
    rows: &[LiveRow<'_>],
) -> Result<Vec<Option<Arc<TsVector>>>> {
    let bytes: Vec<&[u8]> = rows.iter().map(|live| live.bytes).collect();
    reading.texts(&reading.table.texts[key], &bytes)
}
