//! A thousand rows of the tail: packed vectors, a small inverted index, scalar columns on demand.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

use datafusion::arrow::array::ArrayRef;
use parking_lot::Mutex;

use super::LiveRow;
use crate::{
    base::{Csn, Result, RowId},
    index::{
        bitmap::Bitmap,
        contract::RowFilter,
        keys::{IndexedTable, Packed, Reading, batch_of, column_of},
        text::{ABSENT, Documents, List, document_length},
    },
    storage::catalog::Table,
    types::{
        row::{Row, RowWriter},
        tsvector::TsVector,
    },
};

pub const CHUNK_ROWS: usize = 1024;

/// Rows about in commit order; a row's slot is its local id here.
pub struct Chunk {
    rows: Vec<(RowId, Csn)>,
    oldest: Csn,
    newest: Csn,
    alive: Bitmap,
    /// One per vector key.
    vectors: Vec<Packed>,
    /// One per text key.
    texts: Vec<Texts>,
    /// The rows' bytes without the bulky columns.
    scalars: Vec<u8>,
    ends: Vec<usize>,
    /// Columns that filters have asked for.
    columns: Mutex<HashMap<usize, ArrayRef>>,
}

/// The chunk's documents for one text key.
#[derive(Default)]
pub struct Texts {
    documents: Vec<Option<Arc<TsVector>>>,
    lengths: Vec<u32>,
    words: BTreeMap<String, List>,
    bytes: usize,
}

impl Chunk {
    pub fn new(table: &IndexedTable) -> Self {
        Self {
            rows: Vec::new(),
            oldest: Csn(u64::MAX),
            newest: Csn(0),
            alive: Bitmap::default(),
            vectors: table.vectors.iter().map(Packed::new).collect(),
            texts: table.texts.iter().map(|_| Texts::default()).collect(),
            scalars: Vec::new(),
            ends: Vec::new(),
            columns: Mutex::default(),
        }
    }

    /// Keys are computed before anything is kept, so that an error leaves the chunk as it was.
    pub fn push(&mut self, reading: &Reading<'_>, rows: &[LiveRow<'_>]) -> Result<()> {
        let bytes: Vec<&[u8]> = rows.iter().map(|live| live.bytes).collect();
        let keys = reading.table;
        let mut vectors = Vec::with_capacity(keys.vectors.len());
        for key in &keys.vectors {
            let mut packed = Packed::new(key);
            reading.vectors(key, &bytes, &mut packed)?;
            vectors.push(packed);
        }
        let texts =
            keys.texts.iter().map(|key| reading.texts(key, &bytes)).collect::<Result<Vec<_>>>()?;
        let (mut scalars, mut ends) = (Vec::new(), Vec::with_capacity(rows.len()));
        for bytes in &bytes {
            strip(keys, bytes, &mut scalars)?;
            ends.push(self.scalars.len() + scalars.len());
        }
        for (mine, new) in self.vectors.iter_mut().zip(vectors) {
            mine.extend(new);
        }
        for (mine, new) in self.texts.iter_mut().zip(texts) {
            new.into_iter().for_each(|text| mine.push(text));
        }
        self.scalars.extend(scalars);
        self.ends.extend(ends);
        for live in rows {
            self.rows.push((live.row, live.csn));
            self.oldest = self.oldest.min(live.csn);
            self.newest = self.newest.max(live.csn);
            self.alive.push(true);
        }
        self.columns.get_mut().clear();
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn row(&self, slot: u32) -> RowId {
        self.rows[slot as usize].0
    }

    pub fn csn(&self, slot: u32) -> Csn {
        self.rows[slot as usize].1
    }

    /// The greatest csn of its rows.
    pub fn newest(&self) -> Csn {
        self.newest
    }

    pub fn is_alive(&self, slot: u32) -> bool {
        self.alive.get(slot as usize)
    }

    pub fn bury(&mut self, slot: u32) {
        self.alive.clear(slot as usize);
    }

    pub fn bury_up_to(&mut self, watermark: Csn) {
        if self.oldest > watermark {
            return;
        }
        for slot in 0..self.rows.len() {
            if self.rows[slot].1 <= watermark {
                self.alive.clear(slot);
            }
        }
    }

    /// The live rows up to `csn`.
    pub fn visible(&self, csn: Csn) -> Bitmap {
        let mut visible = self.alive.clone();
        if self.newest > csn {
            for (slot, (_, written)) in self.rows.iter().enumerate() {
                if *written > csn {
                    visible.clear(slot);
                }
            }
        }
        visible
    }

    pub fn vectors(&self, key: usize) -> &Packed {
        &self.vectors[key]
    }

    pub fn texts(&self, key: usize) -> &Texts {
        &self.texts[key]
    }

    pub fn bytes(&self) -> usize {
        let vectors: usize = self.vectors.iter().map(Packed::size).sum();
        let texts: usize = self.texts.iter().map(|texts| texts.bytes).sum();
        vectors + texts + self.scalars.len() + self.rows.len() * 64
    }

    /// The rows for which the filter says true, dead ones too.
    pub fn matching(&self, table: &Table, filter: &dyn RowFilter) -> Result<Bitmap> {
        let columns = filter.columns();
        let arrays =
            columns.iter().map(|column| self.column(table, *column)).collect::<Result<Vec<_>>>()?;
        let batch = batch_of(table, columns, arrays, self.rows.len())?;
        Ok(Bitmap::of(&filter.matches(&batch)?))
    }

    fn column(&self, table: &Table, column: usize) -> Result<ArrayRef> {
        let mut columns = self.columns.lock();
        if let Some(array) = columns.get(&column) {
            return Ok(array.clone());
        }
        let mut start = 0;
        let rows: Vec<&[u8]> = self
            .ends
            .iter()
            .map(|end| &self.scalars[std::mem::replace(&mut start, *end)..*end])
            .collect();
        let array = column_of(table, column, &rows)?;
        columns.insert(column, array.clone());
        Ok(array)
    }

    pub fn forget_columns(&self) {
        self.columns.lock().clear();
    }
}

/// Copies a row without its bulky columns.
fn strip(table: &IndexedTable, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let row = Row::new(bytes)?;
    let mut writer = RowWriter::new(row.columns(), out);
    for column in 0..row.columns() {
        match row.stored(column)? {
            Some(bytes) if table.is_scalar(column) => writer.push_stored(bytes),
            _ => writer.push_null(),
        }
    }
    Ok(())
}

impl Texts {
    fn push(&mut self, text: Option<Arc<TsVector>>) {
        let doc = self.documents.len() as u32;
        self.lengths.push(text.as_ref().map_or(ABSENT, |text| document_length(text)));
        for lexeme in text.iter().flat_map(|text| &text.lexemes) {
            self.bytes += lexeme.word.len() + 64 + lexeme.positions.len() * 4;
            let list = match self.words.get_mut(&lexeme.word) {
                Some(list) => list,
                None => self.words.entry(lexeme.word.clone()).or_default(),
            };
            list.docs.push(doc);
            list.freqs.push(lexeme.positions.len().max(1) as u32);
        }
        self.documents.push(text);
    }

    pub fn document(&self, doc: u32) -> Option<&Arc<TsVector>> {
        self.documents[doc as usize].as_ref()
    }

    pub fn present(&self) -> Bitmap {
        let mut present = Bitmap::default();
        self.lengths.iter().for_each(|length| present.push(*length != ABSENT));
        present
    }
}

impl Documents for Texts {
    fn list(&self, word: &str, prefix: bool) -> Result<List> {
        if !prefix {
            return Ok(self.words.get(word).cloned().unwrap_or_default());
        }
        let mut merged = List::default();
        let bounds = (Bound::Included(word), Bound::Unbounded);
        let from = self.words.range::<str, _>(bounds);
        for (_, list) in from.take_while(|(found, _)| found.starts_with(word)) {
            merged.merge(list.clone());
        }
        Ok(merged)
    }

    fn length(&self, doc: u32) -> u32 {
        self.lengths[doc as usize]
    }
}
