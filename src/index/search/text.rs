//! Full-text search.

use super::{
    loose,
    source::{Consulted, Source, is_current, is_touched},
    statistics::{add, count, count_cursors, count_part, key_of, lists_of},
};
use crate::{
    base::{Csn, Result, RowId},
    fulltext::matching,
    index::{
        bitmap::Bitmap,
        contract::{Effort, Hit, Strategy, TextAnswer, TextSearch, UNCOMMITTED},
        indexes::Indexes,
        keys::{IndexedTable, Reading, holds_columns},
        segment::Segment,
        stats::Counters,
        table::{Published, TableState},
        tail::LiveRow,
        text::{
            Bm25, Contest, Cursor, Documents, List, Ranking, TextPart, TextQuery, document_length,
        },
        vector::Nearest,
    },
    types::tsquery::{QueryNode, TsQuery},
};

impl Indexes {
    /// Returns the rows that match the query and pass the filter: the best `top` by BM25, best
    /// first, or all. The statistics behind the scores are the committed table's, whatever the
    /// filter.
    ///
    /// Blocks: yes, call from the search pool ([`Indexes::pool`]).
    /// Errors: 57014 if cancelled; what the filter raises.
    pub fn text_search<'s>(&self, search: TextSearch<'_, 's>) -> Result<TextAnswer<'s>> {
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

    /// The exact answer, from the table itself.
    fn text_scan<'s>(
        &self,
        search: &TextSearch<'_, 's>,
        query: &TextQuery,
        keys: &IndexedTable,
    ) -> Result<TextAnswer<'s>> {
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
    found: Found,
}

enum Found {
    /// Every list was read, and these documents match.
    Listed { lists: Vec<List>, candidates: Bitmap },
    /// The best of these documents (`None`: all) are yet to be found, by the cursors of the query's
    /// terms.
    Open { cursors: Vec<Cursor>, selected: Option<Bitmap> },
}

impl Gathering {
    fn new(search: &TextSearch<'_, '_>, query: &TextQuery, keys: &IndexedTable) -> Result<Self> {
        Ok(Self {
            key: key_of(keys, search.index.oid)?,
            statistics: Bm25 { frequencies: vec![0; query.scoring.len()], ..Bm25::default() },
            loose: Vec::new(),
            effort: Effort { strategy: Strategy::Postings, ..Effort::default() },
        })
    }

    /// Searches the tail, under the state's lock. `None`: the state does not reach back so far.
    fn of_state(
        search: &TextSearch<'_, '_>,
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
        search: &TextSearch<'_, '_>,
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

    fn finish<'s>(
        mut self,
        indexes: &Indexes,
        search: &TextSearch<'_, 's>,
        query: &TextQuery,
        source: &Source,
    ) -> Result<TextAnswer<'s>> {
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
        let mut answer = self.rank(search, query, &shares, Some(&reading))?;
        for hit in &mut answer.hits {
            if !is_current(search.snapshot, table, hit, indexes.counters())? {
                return indexes.text_scan(search, query, &source.keys);
            }
        }
        Ok(answer)
    }

    /// Reads a segment's lists and decides which of its documents are candidates.
    fn share<'a>(
        &mut self,
        search: &TextSearch<'_, '_>,
        query: &TextQuery,
        source: &Source,
        published: &'a Published,
        reading: &Reading<'_>,
    ) -> Result<Option<Share<'a>>> {
        let segment: &Segment = &published.segment;
        let Some(part) = segment.texts.get(&search.index.oid) else { return Ok(None) };
        let table = search.table;
        let truncated = search.overlay.is_some_and(|overlay| overlay.is_truncated(table.oid));
        self.effort.segments += 1;
        let columns = search.filter.is_none_or(|filter| holds_columns(table, filter));
        if search.top.is_some() && query.exact && columns {
            let cursors =
                self.count_terms(query, part, source.visible(published, true).as_ref())?;
            if truncated {
                return Ok(None);
            }
            let mut among = source.visible(published, false);
            let filter = search.filter;
            if filter.is_some()
                && let Some(mut candidates) = candidates(query, &cursors, segment.len())
            {
                if let Some(visible) = &among {
                    candidates.and(visible);
                }
                among = Some(candidates);
            }
            let mut selected =
                source.filtered(published, among, filter, reading, search.snapshot)?;
            if let (Some(selected), true) = (&selected, filter.is_some()) {
                *self.effort.matching.get_or_insert(0) += selected.count() as u64;
            }
            if part.documents < part.rows() as u64 {
                // A negation holds for every row that has a text at all.
                selected.get_or_insert_with(|| Bitmap::full(segment.len())).and(part.present());
            }
            return Ok(Some(Share { segment, part, found: Found::Open { cursors, selected } }));
        }
        let lists = lists_of(part, &query.terms)?;
        let visible = source.visible(published, true);
        count_part(&mut self.statistics, part, &scoring(query, &lists), visible.as_ref());
        if truncated {
            return Ok(None);
        }
        let phrase = |terms: &[usize], distances: &[u32], among: &Bitmap| {
            let words: Vec<&str> = terms.iter().map(|term| query.terms[*term].0.as_str()).collect();
            part.phrase(&words, distances, among)
        };
        let mut candidates = query.matching(&lists, part.present(), &phrase)?;
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
        Ok(Some(Share { segment, part, found: Found::Listed { lists, candidates } }))
    }

    /// As [`count_part`], without reading the lists where that can be spared. Returns the cursors of
    /// the query's terms.
    fn count_terms(
        &mut self,
        query: &TextQuery,
        part: &TextPart,
        visible: Option<&Bitmap>,
    ) -> Result<Vec<Cursor>> {
        let cursors: Vec<Cursor> =
            query.terms.iter().map(|term| part.cursor(term)).collect::<Result<_>>()?;
        let scoring: Vec<&Cursor> = query.scoring.iter().map(|term| &cursors[*term]).collect();
        count_cursors(&mut self.statistics, part, &scoring, visible);
        Ok(cursors)
    }

    fn rank<'s>(
        mut self,
        search: &TextSearch<'_, 's>,
        query: &TextQuery,
        shares: &[Share<'_>],
        reading: Option<&Reading<'_>>,
    ) -> Result<TextAnswer<'s>> {
        let ranking = Ranking::new(&self.statistics);
        let mut best = Best::new(search.top);
        let scored = search.scored || search.top.is_some();
        for share in shares {
            (search.cancelled)()?;
            let floor = best.threshold();
            let (found, candidates) = share.candidates(search, query, &ranking, scored, floor)?;
            self.effort.candidates += candidates as u64;
            for (doc, score) in found {
                if score < best.threshold() {
                    break;
                }
                let (row, csn) = (share.segment.rows.row(doc), share.segment.rows.csn(doc));
                let matches = match reading {
                    Some(reading) if !query.exact => self.recheck(search, query, reading, row)?,
                    _ => true,
                };
                if matches {
                    best.push(Hit { row, csn, score, bytes: None });
                }
            }
        }
        for loose in &self.loose {
            let score = match scored {
                true => ranking.score(&loose.frequencies, loose.length),
                false => 0.0,
            };
            best.push(Hit { row: loose.row, csn: loose.csn, score, bytes: None });
        }
        Ok(TextAnswer { hits: best.into_hits(), effort: self.effort })
    }

    /// Decides by the row what the lists could not.
    fn recheck(
        &self,
        search: &TextSearch<'_, '_>,
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
enum Best<'s> {
    Top(Nearest<(RowId, Csn), f64>),
    All(Vec<Hit<'s>>),
}

impl<'s> Best<'s> {
    fn new(top: Option<usize>) -> Self {
        top.map_or_else(|| Best::All(Vec::new()), |top| Best::Top(Nearest::new(top)))
    }

    /// A lower score is not among the best.
    fn threshold(&self) -> f64 {
        match self {
            Best::Top(nearest) => -nearest.threshold(),
            Best::All(_) => f64::NEG_INFINITY,
        }
    }

    fn push(&mut self, hit: Hit<'s>) {
        match self {
            Best::Top(nearest) => nearest.push(-hit.score, (hit.row, hit.csn)),
            Best::All(hits) => hits.push(hit),
        }
    }

    fn into_hits(self) -> Vec<Hit<'s>> {
        match self {
            Best::Top(nearest) => nearest
                .into_sorted()
                .map(|(distance, (row, csn))| Hit { row, csn, score: -distance, bytes: None })
                .collect(),
            Best::All(hits) => hits,
        }
    }
}

impl Share<'_> {
    /// The candidates with their scores: best first where the best are asked for, and no more of
    /// them than are needed. Also how many were scored that had not been counted.
    fn candidates(
        &self,
        search: &TextSearch<'_, '_>,
        query: &TextQuery,
        ranking: &Ranking,
        scored: bool,
        floor: f64,
    ) -> Result<(Vec<(u32, f64)>, usize)> {
        let (lists, candidates) = match &self.found {
            Found::Listed { lists, candidates } => (lists, candidates),
            Found::Open { cursors, selected } => {
                let contest = Contest {
                    part: self.part,
                    selected: selected.as_ref(),
                    ranking,
                    limit: search.top.unwrap_or(usize::MAX),
                    floor,
                    cancelled: search.cancelled,
                };
                let top = contest.decide(query, cursors)?;
                return Ok((top.best, top.candidates));
            }
        };
        if !scored {
            return Ok((candidates.iter().map(|doc| (doc, 0.0)).collect(), 0));
        }
        let scores = ranking.accumulate(self.part, &scoring(query, lists), self.segment.len());
        let found = match search.top {
            Some(top) => {
                // What must be rechecked may fall away.
                let limit = if query.exact { top } else { usize::MAX };
                Ranking::best(&scores, candidates, limit)
            }
            None => candidates.iter().map(|doc| (doc, scores[doc as usize])).collect(),
        };
        Ok((found, 0))
    }
}

/// A superset of the matches, if it is small.
fn candidates(query: &TextQuery, cursors: &[Cursor], len: usize) -> Option<Bitmap> {
    let costs: Vec<usize> = cursors.iter().map(Cursor::len).collect();
    let cover = query.cover(&costs)?;
    if cover.iter().map(|term| costs[*term]).sum::<usize>() > len / 8 {
        return None;
    }
    let mut candidates = Bitmap::empty(len);
    cover.iter().for_each(|term| cursors[*term].mark(&mut candidates));
    Some(candidates)
}

/// The lists of the scoring terms.
fn scoring<'a>(query: &TextQuery, lists: &'a [List]) -> Vec<&'a List> {
    query.scoring.iter().map(|term| &lists[*term]).collect()
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
