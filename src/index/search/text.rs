//! Full-text search and its table-wide statistics.

use std::sync::Arc;

use super::{
    loose,
    source::{Consulted, Source, is_current, is_touched},
};
use crate::{
    base::{Csn, PgError, Result, RowId, ids::IndexId},
    fulltext::{bm25, matching},
    index::{
        bitmap::Bitmap,
        contract::{Effort, Hit, Strategy, TextAnswer, TextSearch, UNCOMMITTED},
        indexes::Indexes,
        keys::{IndexedTable, Reading},
        segment::Segment,
        stats::Counters,
        table::{Published, TableState},
        tail::LiveRow,
        text::{ABSENT, Bm25, Documents, List, Ranking, TextPart, TextQuery, document_length},
        vector::Nearest,
    },
    storage::{
        Snapshot,
        catalog::{Index, Table},
    },
    types::{
        tsquery::{QueryNode, TsQuery},
        tsvector::TsVector,
    },
};

impl Indexes {
    /// Returns the rows that match the query and pass the filter: the best `top` by BM25, best
    /// first, or all. The statistics behind the scores are the committed table's, whatever the
    /// filter.
    ///
    /// Blocks: yes, call from the search pool ([`Indexes::pool`]).
    /// Errors: 57014 if cancelled; what the filter raises.
    pub fn text_search(&self, search: TextSearch<'_>) -> Result<TextAnswer> {
        let query = TextQuery::new(search.query);
        let consulted = self.consult(search.table, search.index, search.snapshot, |state| {
            Gathering::of_state(&search, &query, state, &self.reading(&state.keys))
        })?;
        match consulted {
            Consulted::Ready((gathering, source)) => {
                gathering.finish(self, &search, &query, &source)
            }
            Consulted::Scan(keys) => self.text_scan(&search, &query, &keys),
        }
    }

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
            let lists = lists_of(part, terms)?;
            count_part(&mut statistics, part, &lists, source.visible(published, true).as_ref());
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

    /// The exact answer, from the table itself.
    fn text_scan(
        &self,
        search: &TextSearch<'_>,
        query: &TextQuery,
        keys: &IndexedTable,
    ) -> Result<TextAnswer> {
        Counters::add(&self.counters().table_scans, 1);
        let reading = self.reading(keys);
        let mut gathering = Gathering::new(search, query, keys)?;
        let table = search.table.oid;
        // The statistics take in what this transaction has overwritten: they are the committed ones.
        loose::rows_of_table(search.snapshot, None, table, &mut |rows| {
            (search.cancelled)()?;
            gathering.loose(search, query, &reading, rows)
        })?;
        loose::rows_of_overlay(search.overlay, table, &mut |rows| {
            gathering.loose(search, query, &reading, rows)
        })?;
        gathering.effort.strategy = Strategy::ExactScan;
        gathering.rank(search, query, &[], None)
    }
}

/// A matching document outside of segments.
struct Loose {
    row: RowId,
    csn: Csn,
    length: u32,
    /// Occurrences of each scoring term.
    frequencies: Vec<u32>,
}

/// What a search has found before it can score.
struct Gathering {
    key: usize,
    statistics: Bm25,
    loose: Vec<Loose>,
    effort: Effort,
}

/// A segment's share of a search.
struct Share<'a> {
    segment: &'a Segment,
    part: &'a TextPart,
    lists: Vec<List>,
    candidates: Bitmap,
}

impl Gathering {
    fn new(search: &TextSearch<'_>, query: &TextQuery, keys: &IndexedTable) -> Result<Self> {
        Ok(Self {
            key: key_of(keys, search.index.oid)?,
            statistics: Bm25 { frequencies: vec![0; query.scoring.len()], ..Bm25::default() },
            loose: Vec::new(),
            effort: Effort { strategy: Strategy::Postings, ..Effort::default() },
        })
    }

    /// Searches the tail, under the state's lock. `None`: the state does not reach back so far.
    fn of_state(
        search: &TextSearch<'_>,
        query: &TextQuery,
        state: &TableState,
        reading: &Reading<'_>,
    ) -> Result<Option<(Self, Source)>> {
        let table = search.table.oid;
        let Some(source) = Source::of(state, table, search.snapshot, search.overlay) else {
            return Ok(None);
        };
        let mut this = Self::new(search, query, &state.keys)?;
        let truncated = search.overlay.is_some_and(|overlay| overlay.is_truncated(table));
        for chunk in state.tail.chunks() {
            (search.cancelled)()?;
            let texts = chunk.texts(this.key);
            let lists = lists_of(texts, &query.terms)?;
            let mut visible = source.visible_in(chunk, true);
            visible.and(&texts.present());
            count(&mut this.statistics, texts, &scoring(query, &lists), &visible);
            if truncated {
                continue;
            }
            visible.and(&source.visible_in(chunk, false));
            let phrase = |terms: &[usize], distances: &[u32], among: &Bitmap| {
                let phrase = phrase_of(query, terms, distances);
                let mut found = Bitmap::empty(among.len());
                for doc in among.iter() {
                    if texts.document(doc).is_some_and(|text| matching::matches(text, &phrase)) {
                        found.set(doc as usize);
                    }
                }
                Ok(found)
            };
            let candidates = query.matching(&lists, &visible, &phrase)?;
            let candidates =
                source.filtered_in(chunk, candidates, search.filter, reading, search.snapshot)?;
            for doc in candidates.iter() {
                let Some(text) = texts.document(doc) else { continue };
                if query.exact || matching::matches(text, &query.query) {
                    this.loose.push(Loose {
                        row: chunk.row(doc),
                        csn: chunk.csn(doc),
                        length: texts.length(doc),
                        frequencies: query.frequencies(text),
                    });
                }
            }
            this.effort.tail += visible.count() as u64;
        }
        Ok(Some((this, source)))
    }

    /// Looks at rows read from the store or the overlay.
    fn loose(
        &mut self,
        search: &TextSearch<'_>,
        query: &TextQuery,
        reading: &Reading<'_>,
        rows: &[LiveRow<'_>],
    ) -> Result<()> {
        let table = search.table.oid;
        let truncated = search.overlay.is_some_and(|overlay| overlay.is_truncated(table));
        let texts = loose::texts(reading, self.key, rows)?;
        let mut matching_rows = Vec::new();
        for (live, text) in rows.iter().zip(&texts) {
            let Some(text) = text else { continue };
            let length = document_length(text);
            let frequencies = query.frequencies(text);
            let own = live.csn == UNCOMMITTED;
            if !own {
                add(&mut self.statistics, length, &frequencies);
            }
            let hidden = !own && (truncated || is_touched(search.overlay, table, live.row));
            if !hidden && matching::matches(text, &query.query) {
                let found = Loose { row: live.row, csn: live.csn, length, frequencies };
                matching_rows.push((*live, found));
            }
        }
        let (lives, found): (Vec<_>, Vec<_>) = matching_rows.into_iter().unzip();
        let selected = match lives.is_empty() {
            true => None,
            false => loose::matching(reading, &lives, search.filter)?,
        };
        self.effort.candidates += rows.len() as u64;
        let kept = found.into_iter().enumerate();
        self.loose.extend(
            kept.filter(|(at, _)| selected.as_ref().is_none_or(|bits| bits.get(*at)))
                .map(|(_, found)| found),
        );
        Ok(())
    }

    fn finish(
        mut self,
        indexes: &Indexes,
        search: &TextSearch<'_>,
        query: &TextQuery,
        source: &Source,
    ) -> Result<TextAnswer> {
        let reading = indexes.reading(&source.keys);
        let table = search.table.oid;
        let mut shares = Vec::new();
        for published in &source.segments {
            (search.cancelled)()?;
            shares.extend(self.share(search, query, source, published, &reading)?);
        }
        loose::rows_of(search.snapshot, table, source.patch(), &mut |rows| {
            self.loose(search, query, &reading, rows)
        })?;
        loose::rows_of_overlay(search.overlay, table, &mut |rows| {
            self.loose(search, query, &reading, rows)
        })?;
        let answer = self.rank(search, query, &shares, Some(&reading))?;
        for hit in &answer.hits {
            if !is_current(search.snapshot, table, hit, indexes.counters())? {
                return indexes.text_scan(search, query, &source.keys);
            }
        }
        Ok(answer)
    }

    /// Reads a segment's lists and decides which of its documents are candidates.
    fn share<'a>(
        &mut self,
        search: &TextSearch<'_>,
        query: &TextQuery,
        source: &Source,
        published: &'a Published,
        reading: &Reading<'_>,
    ) -> Result<Option<Share<'a>>> {
        let segment: &Segment = &published.segment;
        let Some(part) = segment.texts.get(&search.index.oid) else { return Ok(None) };
        let lists = lists_of(part, &query.terms)?;
        let visible = source.visible(published, true);
        count_part(&mut self.statistics, part, &scoring(query, &lists), visible.as_ref());
        self.effort.segments += 1;
        let table = search.table.oid;
        if search.overlay.is_some_and(|overlay| overlay.is_truncated(table)) {
            return Ok(None);
        }
        let mut candidates = if query.is_any_of() {
            let mut any = Bitmap::empty(segment.len());
            for list in &lists {
                list.docs.iter().for_each(|doc| any.set(*doc as usize));
            }
            any
        } else {
            let phrase = |terms: &[usize], distances: &[u32], among: &Bitmap| {
                let words: Vec<&str> =
                    terms.iter().map(|term| query.terms[*term].0.as_str()).collect();
                part.phrase(&words, distances, among)
            };
            query.matching(&lists, part.present(), &phrase)?
        };
        if let Some(visible) = source.visible(published, false) {
            candidates.and(&visible);
        }
        let filter = search.filter.filter(|_| candidates.count() > 0);
        let narrowed =
            source.filtered(published, Some(candidates), filter, reading, search.snapshot)?;
        let candidates = narrowed.unwrap_or_default();
        if filter.is_some() {
            *self.effort.matching.get_or_insert(0) += candidates.count() as u64;
        }
        self.effort.candidates += candidates.count() as u64;
        Ok(Some(Share { segment, part, lists, candidates }))
    }

    fn rank(
        self,
        search: &TextSearch<'_>,
        query: &TextQuery,
        shares: &[Share<'_>],
        reading: Option<&Reading<'_>>,
    ) -> Result<TextAnswer> {
        let ranking = Ranking::new(&self.statistics);
        let mut best = Best::new(search.top);
        let scored = search.scored || search.top.is_some();
        for share in shares {
            (search.cancelled)()?;
            for (doc, score) in share.candidates(search, query, &ranking, scored) {
                if score < best.threshold() {
                    break;
                }
                let (row, csn) = (share.segment.rows.row(doc), share.segment.rows.csn(doc));
                let matches = match reading {
                    Some(reading) if !query.exact => self.recheck(search, query, reading, row)?,
                    _ => true,
                };
                if matches {
                    best.push(Hit { row, csn, score });
                }
            }
        }
        for loose in &self.loose {
            let score = match scored {
                true => ranking.score(&loose.frequencies, loose.length) as f32,
                false => 0.0,
            };
            best.push(Hit { row: loose.row, csn: loose.csn, score });
        }
        Ok(TextAnswer { hits: best.into_hits(), effort: self.effort })
    }

    /// Decides by the row what the lists could not.
    fn recheck(
        &self,
        search: &TextSearch<'_>,
        query: &TextQuery,
        reading: &Reading<'_>,
        row: RowId,
    ) -> Result<bool> {
        let Some(stored) = search.snapshot.row(search.table.oid, row)? else { return Ok(false) };
        let live = LiveRow { row, csn: stored.csn, bytes: stored.bytes };
        let text = loose::texts(reading, self.key, &[live])?.pop().flatten();
        Ok(text.is_some_and(|text| matching::matches(&text, &query.query)))
    }
}

/// The best so many hits, or all.
enum Best {
    Top(Nearest<(RowId, Csn)>),
    All(Vec<Hit>),
}

impl Best {
    fn new(top: Option<usize>) -> Self {
        top.map_or_else(|| Best::All(Vec::new()), |top| Best::Top(Nearest::new(top)))
    }

    /// A lower score is not among the best.
    fn threshold(&self) -> f32 {
        match self {
            Best::Top(nearest) => -nearest.threshold(),
            Best::All(_) => f32::NEG_INFINITY,
        }
    }

    fn push(&mut self, hit: Hit) {
        match self {
            Best::Top(nearest) => nearest.push(-hit.score, (hit.row, hit.csn)),
            Best::All(hits) => hits.push(hit),
        }
    }

    fn into_hits(self) -> Vec<Hit> {
        match self {
            Best::Top(nearest) => nearest
                .into_sorted()
                .map(|(distance, (row, csn))| Hit { row, csn, score: -distance })
                .collect(),
            Best::All(hits) => hits,
        }
    }
}

impl Share<'_> {
    /// The candidates with their scores: best first where the best are asked for, and no more of
    /// them than are needed.
    fn candidates(
        &self,
        search: &TextSearch<'_>,
        query: &TextQuery,
        ranking: &Ranking,
        scored: bool,
    ) -> Vec<(u32, f32)> {
        if !scored {
            return self.candidates.iter().map(|doc| (doc, 0.0)).collect();
        }
        let lists = scoring(query, &self.lists);
        let scores = ranking.accumulate(self.part, &lists, self.segment.len());
        match search.top {
            Some(top) => {
                // What must be rechecked may fall away.
                let limit = if query.exact { top } else { usize::MAX };
                let best = Ranking::best(&scores, &self.candidates, limit);
                best.into_iter().map(|(doc, score)| (doc, score as f32)).collect()
            }
            None => self.candidates.iter().map(|doc| (doc, scores[doc as usize] as f32)).collect(),
        }
    }
}

fn key_of(keys: &IndexedTable, index: IndexId) -> Result<usize> {
    keys.text(index).ok_or_else(|| PgError::internal(format!("index {index} holds no text")))
}

fn lists_of(documents: &dyn Documents, terms: &[(String, bool)]) -> Result<Vec<List>> {
    terms.iter().map(|(word, prefix)| documents.list(word, *prefix)).collect()
}

/// The lists of the scoring terms.
fn scoring<'a>(query: &TextQuery, lists: &'a [List]) -> Vec<&'a List> {
    query.scoring.iter().map(|term| &lists[*term]).collect()
}

fn count<L: std::borrow::Borrow<List>>(
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
fn count_part<L: std::borrow::Borrow<List>>(
    statistics: &mut Bm25,
    part: &TextPart,
    lists: &[L],
    visible: Option<&Bitmap>,
) {
    let Some(visible) = visible else {
        statistics.documents += part.documents;
        statistics.tokens += part.tokens;
        for (frequency, list) in statistics.frequencies.iter_mut().zip(lists) {
            *frequency += list.borrow().docs.len() as u64;
        }
        return;
    };
    let (mut documents, mut tokens) = (part.documents, part.tokens);
    let mut hidden = Bitmap::full(visible.len());
    hidden.and_not(visible);
    for local in hidden.iter() {
        let length = part.length(local);
        if length != ABSENT {
            documents -= 1;
            tokens -= u64::from(length);
        }
    }
    statistics.documents += documents;
    statistics.tokens += tokens;
    for (frequency, list) in statistics.frequencies.iter_mut().zip(lists) {
        let docs = list.borrow().docs.iter();
        *frequency += docs.filter(|doc| visible.get(**doc as usize)).count() as u64;
    }
}

fn add(statistics: &mut Bm25, length: u32, frequencies: &[u32]) {
    statistics.documents += 1;
    statistics.tokens += u64::from(length);
    for (total, frequency) in statistics.frequencies.iter_mut().zip(frequencies) {
        *total += u64::from(*frequency > 0);
    }
}

fn count_document(statistics: &mut Bm25, text: &Arc<TsVector>, terms: &[(String, bool)]) {
    let frequencies: Vec<u32> =
        terms.iter().map(|(word, prefix)| bm25::occurrences(text, word, *prefix) as u32).collect();
    add(statistics, document_length(text), &frequencies);
}

/// `a <n> b <m> c` as a query of its own.
fn phrase_of(query: &TextQuery, terms: &[usize], distances: &[u32]) -> TsQuery {
    let word = |term: usize| QueryNode::Lexeme {
        word: query.terms[term].0.clone(),
        prefix: false,
        weights: 0,
    };
    let mut root = word(terms[0]);
    for (term, distance) in terms[1..].iter().zip(distances) {
        root = QueryNode::Phrase(Box::new(root), Box::new(word(*term)), *distance as u16);
    }
    TsQuery { root: Some(root) }
}
