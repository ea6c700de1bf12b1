//! Table-wide statistics of a text index, counted where the documents lie.

use std::{borrow::Borrow, sync::Arc};

use super::{
    loose,
    source::{Consulted, Source},
};
use crate::{
    base::{PgError, Result, ids::IndexId},
    fulltext::bm25,
    index::{
        bitmap::Bitmap,
        indexes::Indexes,
        keys::IndexedTable,
        text::{ABSENT, Bm25, Cursor, Documents, List, TextPart, document_length},
    },
    storage::{
        Snapshot,
        catalog::{Index, Table},
    },
    types::tsvector::TsVector,
};

impl Indexes {
    /// Documents, lengths and frequencies of terms (`true`: a prefix) in the committed table, for
    /// `bm25_score` of rows that no index search found.
    ///
    /// Blocks: yes.
    pub fn text_statistics(
        &self,
        table: &Table,
        index: &Index,
        terms: &[(String, bool)],
        snapshot: &Snapshot,
    ) -> Result<Bm25> {
        let consulted = self.consult(table, index, snapshot, |state| {
            let source = Source::of(state, table.oid, snapshot, None);
            let Some(source) = source else { return Ok(None) };
            let index = index.oid;
            let key = key_of(&state.keys, index)?;
            let mut statistics = Bm25 { frequencies: vec![0; terms.len()], ..Bm25::default() };
            for chunk in state.tail.chunks() {
                let texts = chunk.texts(key);
                let mut visible = source.visible_in(chunk, true);
                visible.and(&texts.present());
                let lists = lists_of(texts, terms)?;
                count(&mut statistics, texts, &lists, &visible);
            }
            Ok(Some((source, key, statistics)))
        })?;
        let (source, key, mut statistics) = match consulted {
            Consulted::Ready(found) => found,
            Consulted::Scan(keys) => {
                return self.scan_statistics(&keys, index.oid, terms, snapshot);
            }
        };
        for published in &source.segments {
            let Some(part) = published.segment.texts.get(&index.oid) else { continue };
            let cursors = terms.iter().map(|term| part.cursor(term)).collect::<Result<Vec<_>>>()?;
            let visible = source.visible(published, true);
            count_cursors(&mut statistics, part, &cursors, visible.as_ref());
        }
        let keys = source.keys.clone();
        let reading = self.reading(&keys);
        loose::rows_of(snapshot, table.oid, source.patch(), &mut |rows| {
            for text in loose::texts(&reading, key, rows)?.into_iter().flatten() {
                count_document(&mut statistics, &text, terms);
            }
            Ok(())
        })?;
        Ok(statistics)
    }

    fn scan_statistics(
        &self,
        keys: &IndexedTable,
        index: IndexId,
        terms: &[(String, bool)],
        snapshot: &Snapshot,
    ) -> Result<Bm25> {
        let mut statistics = Bm25 { frequencies: vec![0; terms.len()], ..Bm25::default() };
        let (key, reading) = (key_of(keys, index)?, self.reading(keys));
        loose::rows_of_table(snapshot, None, keys.table.oid, &mut |rows| {
            for text in loose::texts(&reading, key, rows)?.into_iter().flatten() {
                count_document(&mut statistics, &text, terms);
            }
            Ok(())
        })?;
        Ok(statistics)
    }
}

pub fn key_of(keys: &IndexedTable, index: IndexId) -> Result<usize> {
    keys.text(index).ok_or_else(|| PgError::internal(format!("index {index} holds no text")))
}

pub fn lists_of(documents: &dyn Documents, terms: &[(String, bool)]) -> Result<Vec<List>> {
    terms.iter().map(|(word, prefix)| documents.list(word, *prefix)).collect()
}

pub fn count<L: Borrow<List>>(
    statistics: &mut Bm25,
    documents: &dyn Documents,
    lists: &[L],
    visible: &Bitmap,
) {
    statistics.documents += visible.count() as u64;
    statistics.tokens += visible.iter().map(|doc| u64::from(documents.length(doc))).sum::<u64>();
    for (frequency, list) in statistics.frequencies.iter_mut().zip(lists) {
        let docs = list.borrow().docs.iter();
        *frequency += docs.filter(|doc| visible.get(**doc as usize)).count() as u64;
    }
}

/// As [`count`] over a segment, most of whose rows are visible.
pub fn count_part<L: Borrow<List>>(
    statistics: &mut Bm25,
    part: &TextPart,
    lists: &[L],
    visible: Option<&Bitmap>,
) {
    count_documents(statistics, part, visible.map(complement).as_ref());
    for (frequency, list) in statistics.frequencies.iter_mut().zip(lists) {
        let docs = &list.borrow().docs;
        *frequency += match visible {
            None => docs.len(),
            Some(visible) => docs.iter().filter(|doc| visible.get(**doc as usize)).count(),
        } as u64;
    }
}

/// As [`count_part`], from lists that nobody has read.
pub fn count_cursors<C: Borrow<Cursor>>(
    statistics: &mut Bm25,
    part: &TextPart,
    cursors: &[C],
    visible: Option<&Bitmap>,
) {
    let hidden = visible.map(complement);
    count_documents(statistics, part, hidden.as_ref());
    for (frequency, cursor) in statistics.frequencies.iter_mut().zip(cursors) {
        let cursor = cursor.borrow();
        let dead = hidden.as_ref().map_or(0, |hidden| cursor.count_among(hidden));
        *frequency += (cursor.len() - dead) as u64;
    }
}

fn count_documents(statistics: &mut Bm25, part: &TextPart, hidden: Option<&Bitmap>) {
    statistics.documents += part.documents;
    statistics.tokens += part.tokens;
    for length in hidden.into_iter().flat_map(Bitmap::iter).map(|local| part.length(local)) {
        if length != ABSENT {
            statistics.documents -= 1;
            statistics.tokens -= u64::from(length);
        }
    }
}

fn complement(bitmap: &Bitmap) -> Bitmap {
    let mut rest = Bitmap::full(bitmap.len());
    rest.and_not(bitmap);
    rest
}

pub fn add(statistics: &mut Bm25, length: u32, frequencies: &[u32]) {
    statistics.documents += 1;
    statistics.tokens += u64::from(length);
    for (total, frequency) in statistics.frequencies.iter_mut().zip(frequencies) {
        *total += u64::from(*frequency > 0);
    }
}

pub fn count_document(statistics: &mut Bm25, text: &Arc<TsVector>, terms: &[(String, bool)]) {
    let frequencies: Vec<u32> =
        terms.iter().map(|(word, prefix)| bm25::occurrences(text, word, *prefix) as u32).collect();
    add(statistics, document_length(text), &frequencies);
}
