//! Keys and values as bytes. Keys sort as their fields do.

use std::ops::Bound;

use sha2::{Digest, Sha256};

use super::{change::ChangeKind, sequence::SequenceState};
use crate::base::{Csn, Oid, PgError, Result, RowId, TableId, ids::IndexId, sqlstate};

/// Bit 63 of a row's csn field: the rest is a stage id.
pub(crate) const STAGED: u64 = 1 << 63;
/// Index keys up to this length are stored whole.
pub const KEY_BYTES_MAX: usize = 440;
/// Longer ones keep this many bytes and 16 bytes of their SHA-256.
pub const KEY_BYTES_KEPT: usize = 424;

pub(crate) const ROW_KEY_BYTES: usize = 12;
pub(crate) const ROW_HEADER_BYTES: usize = 8;

fn corrupt(what: &str) -> PgError {
    PgError::new(sqlstate::DATA_CORRUPTED, format!("the store holds a malformed {what}"))
}

fn take<const N: usize>(bytes: &[u8], at: usize, what: &str) -> Result<[u8; N]> {
    bytes.get(at..at + N).and_then(|slice| slice.try_into().ok()).ok_or_else(|| corrupt(what))
}

pub(crate) fn be_u32(bytes: &[u8], at: usize, what: &str) -> Result<u32> {
    take(bytes, at, what).map(u32::from_be_bytes)
}

pub(crate) fn be_u64(bytes: &[u8], at: usize, what: &str) -> Result<u64> {
    take(bytes, at, what).map(u64::from_be_bytes)
}

pub(crate) fn le_u32(bytes: &[u8], at: usize, what: &str) -> Result<u32> {
    take(bytes, at, what).map(u32::from_le_bytes)
}

pub(crate) fn le_u64(bytes: &[u8], at: usize, what: &str) -> Result<u64> {
    take(bytes, at, what).map(u64::from_le_bytes)
}

/// `rows`: (table, row).
pub(crate) fn row_key(table: TableId, row: RowId) -> [u8; ROW_KEY_BYTES] {
    let mut key = [0; ROW_KEY_BYTES];
    key[..4].copy_from_slice(&table.0.to_be_bytes());
    key[4..].copy_from_slice(&row.0.to_be_bytes());
    key
}

/// The row id of a key of `rows` or `versions`.
#[inline]
pub(crate) fn row_of(key: &[u8]) -> Result<RowId> {
    be_u64(key, 4, "row key").map(RowId)
}

/// Splits a value of `rows`: the csn field and the row's bytes.
#[inline]
pub(crate) fn split_row(value: &[u8]) -> Result<(u64, &[u8])> {
    match value.split_first_chunk::<ROW_HEADER_BYTES>() {
        Some((header, bytes)) => Ok((u64::from_le_bytes(*header), bytes)),
        None => Err(corrupt("row")),
    }
}

/// `versions`: (table, row, superseding csn).
pub(crate) fn version_key(table: TableId, row: RowId, superseding: Csn) -> [u8; 20] {
    let mut key = [0; 20];
    key[..ROW_KEY_BYTES].copy_from_slice(&row_key(table, row));
    key[ROW_KEY_BYTES..].copy_from_slice(&superseding.0.to_be_bytes());
    key
}

/// `changelog`: (csn, seq).
pub(crate) fn change_key(csn: Csn, seq: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&csn.0.to_be_bytes());
    key[8..].copy_from_slice(&seq.to_be_bytes());
    key
}

pub(crate) fn change_value(table: TableId, kind: ChangeKind) -> [u8; 21] {
    let (op, row, count) = match kind {
        ChangeKind::Put(row) => (1, row.0, 1),
        ChangeKind::PutRange { first, count } => (2, first.0, count),
        ChangeKind::Delete(row) => (3, row.0, 1),
        ChangeKind::Truncate => (4, 0, 0),
    };
    let mut value = [0; 21];
    value[0] = op;
    value[1..5].copy_from_slice(&table.0.to_le_bytes());
    value[5..13].copy_from_slice(&row.to_le_bytes());
    value[13..].copy_from_slice(&count.to_le_bytes());
    value
}

pub(crate) fn split_change(value: &[u8]) -> Result<(TableId, ChangeKind)> {
    let table = Oid(le_u32(value, 1, "change")?);
    let row = RowId(le_u64(value, 5, "change")?);
    let count = le_u64(value, 13, "change")?;
    let kind = match value[0] {
        1 => ChangeKind::Put(row),
        2 => ChangeKind::PutRange { first: row, count },
        3 => ChangeKind::Delete(row),
        4 => ChangeKind::Truncate,
        _ => return Err(corrupt("change")),
    };
    Ok((table, kind))
}

/// The key as `entries` holds it: whole, or cut and hashed. Equal keys stay equal; different ones
/// stay different (but for a collision of 128 bits).
pub(crate) fn push_stored_key(key: &[u8], out: &mut Vec<u8>) {
    if key.len() <= KEY_BYTES_MAX {
        out.extend_from_slice(key);
    } else {
        out.extend_from_slice(&key[..KEY_BYTES_KEPT]);
        out.extend_from_slice(&Sha256::digest(key)[..KEY_BYTES_MAX - KEY_BYTES_KEPT]);
    }
}

/// `entries`: (index, stored key, row), into `out`, which is cleared first.
pub(crate) fn entry_key(index: IndexId, key: &[u8], row: RowId, out: &mut Vec<u8>) {
    entry_prefix(index, key, out);
    out.extend_from_slice(&row.0.to_be_bytes());
}

/// All entries of exactly this key begin with it.
pub(crate) fn entry_prefix(index: IndexId, key: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&index.0.to_be_bytes());
    push_stored_key(key, out);
}

/// The row id at the end of a key of `entries`.
#[inline]
pub(crate) fn entry_row(key: &[u8]) -> Result<RowId> {
    match key.last_chunk::<8>() {
        Some(row) => Ok(RowId(u64::from_be_bytes(*row))),
        None => Err(corrupt("index entry")),
    }
}

/// The smallest key above every key that begins with `prefix`.
pub(crate) fn successor(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut key = prefix.to_vec();
    while let Some(last) = key.pop() {
        if last < u8::MAX {
            key.push(last + 1);
            return Bound::Excluded(key);
        }
    }
    Bound::Unbounded
}

/// LMDB's bounds of a range of index keys. Bounds are prefixes: an inclusive bound takes in every
/// key that begins with it, an exclusive one leaves all of them out. Bounds longer than
/// [`KEY_BYTES_KEPT`] are cut there and become inclusive: callers recheck.
pub(crate) fn entry_bounds(
    index: IndexId,
    lower: Bound<&[u8]>,
    upper: Bound<&[u8]>,
) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let with_index =
        |key: &[u8]| [&index.0.to_be_bytes()[..], &key[..key.len().min(KEY_BYTES_KEPT)]].concat();
    let start = match lower {
        Bound::Excluded(key) if key.len() <= KEY_BYTES_KEPT => match successor(&with_index(key)) {
            Bound::Excluded(key) => Bound::Included(key),
            other => other,
        },
        Bound::Included(key) | Bound::Excluded(key) => Bound::Included(with_index(key)),
        Bound::Unbounded => Bound::Included(with_index(&[])),
    };
    let end = match upper {
        Bound::Excluded(key) if key.len() <= KEY_BYTES_KEPT => Bound::Excluded(with_index(key)),
        Bound::Included(key) | Bound::Excluded(key) => successor(&with_index(key)),
        Bound::Unbounded => successor(&with_index(&[])),
    };
    (start, end)
}

/// `tables`: row count and csn of the last change.
pub(crate) fn table_value(rows: u64, changed: Csn) -> [u8; 16] {
    let mut value = [0; 16];
    value[..8].copy_from_slice(&rows.to_le_bytes());
    value[8..].copy_from_slice(&changed.0.to_le_bytes());
    value
}

pub(crate) fn split_table(value: &[u8]) -> Result<(u64, Csn)> {
    Ok((le_u64(value, 0, "table record")?, Csn(le_u64(value, 8, "table record")?)))
}

pub(crate) fn sequence_value(state: SequenceState) -> [u8; 9] {
    let mut value = [0; 9];
    value[..8].copy_from_slice(&state.last_value.to_le_bytes());
    value[8] = u8::from(state.is_called);
    value
}

pub(crate) fn split_sequence(value: &[u8]) -> Result<SequenceState> {
    let last_value = le_u64(value, 0, "sequence")? as i64;
    let is_called = *value.get(8).ok_or_else(|| corrupt("sequence"))? != 0;
    Ok(SequenceState { last_value, is_called })
}

/// `stages`: (stage, slice).
pub(crate) fn stage_key(stage: u64, slice: u32) -> [u8; 12] {
    change_key(Csn(stage), slice)
}

/// What every transaction reads first and every commit writes last.
///
/// As bytes: the fields in order, u64 little-endian each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub csn: Csn,
    /// Counts the changes of catalogue, stages and horizons.
    pub state_version: u64,
    pub catalog_version: u64,
    /// The change log holds only commits above this one.
    pub pruned: Csn,
    /// Row ids below this one may have been given out.
    pub row_ceiling: u64,
    pub oid_ceiling: u32,
}

impl Head {
    pub const NAME: &'static [u8] = b"head";
    const FIELDS: usize = 6;

    pub fn encode(&self) -> [u8; 8 * Self::FIELDS] {
        let mut bytes = [0; 8 * Self::FIELDS];
        let fields = [
            self.csn.0,
            self.state_version,
            self.catalog_version,
            self.pruned.0,
            self.row_ceiling,
            u64::from(self.oid_ceiling),
        ];
        for (slot, field) in bytes.chunks_exact_mut(8).zip(fields) {
            slot.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let field = |n: usize| le_u64(bytes, n * 8, "head record");
        Ok(Self {
            csn: Csn(field(0)?),
            state_version: field(1)?,
            catalog_version: field(2)?,
            pruned: Csn(field(3)?),
            row_ceiling: field(4)?,
            oid_ceiling: field(5)? as u32,
        })
    }
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|error| PgError::internal(format!("could not encode a stored record: {error}")))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| corrupt(what).detail(error.to_string()))
}

#[cfg(test)]
mod tests;
