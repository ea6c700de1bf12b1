//! Nearest-neighbour search.

use super::{
    loose,
    source::{Consulted, Source, is_current},
};
use crate::{
    base::{Csn, PgError, Result, RowId},
    index::{
        bitmap::Bitmap,
        contract::{Effort, Hit, RowFilter, Strategy, VectorAnswer, VectorSearch},
        indexes::Indexes,
        keys::{IndexedTable, Reading, VectorKey, holds_columns},
        stats::Counters,
        table::TableState,
        tail::LiveRow,
        vector::{Nearest, Probe, Query, faiss},
    },
};

/// Four times the limit, then 32 and 256 times.
const OVERSAMPLING_ROUNDS: usize = 3;

type Best = Nearest<(RowId, Csn)>;

impl Indexes {
    /// Returns the `limit` nearest rows that pass the filter, closest first: that many, if so many
    /// have a vector. Hits are the rows' versions in the snapshot, or `UNCOMMITTED` ones.
    ///
    /// Scores are the operator's distances.
    /// Blocks: yes, call from the search pool ([`Indexes::pool`]).
    /// Errors: 22000 if the query has another dimension; 57014 if cancelled; what the filter raises.
    pub fn vector_search<'s>(&self, search: VectorSearch<'_, 's>) -> Result<VectorAnswer<'s>> {
        // OpenMP's count is per thread, and a thread may have built a graph before.
        faiss::set_threads(1);
        match search.filter {
            Some(filter) => self.filtered_search(&search, filter),
            None => self.indexed_search(&search),
        }
    }

    fn indexed_search<'s>(&self, search: &VectorSearch<'_, 's>) -> Result<VectorAnswer<'s>> {
        let consulted = self.consult(search.table, search.index, search.snapshot, |state| {
            let reading = self.reading(&state.keys);
            Prepared::new(search, &state.keys)?.look(search, state, &reading)
        })?;
        match consulted {
            Consulted::Ready(sealed) => sealed.finish(self, search),
            Consulted::Scan(keys) => self.vector_scan(search, &keys),
        }
    }

    /// A filter over columns that segments do not hold (vectors, tsvectors, bytea) would have every
    /// row read. So the nearest rows of all are tried first, more of them each time.
    fn filtered_search<'s>(
        &self,
        search: &VectorSearch<'_, 's>,
        filter: &dyn RowFilter,
    ) -> Result<VectorAnswer<'s>> {
        if holds_columns(search.table, filter) {
            return self.indexed_search(search);
        }
        let keys = IndexedTable::single(search.snapshot, search.table, search.index);
        let reading = self.reading(&keys);
        let mut tried = search.limit.saturating_mul(4).max(64);
        for _ in 0..OVERSAMPLING_ROUNDS {
            let all = VectorSearch { filter: None, limit: tried, ..*search };
            let mut answer = self.indexed_search(&all)?;
            let exhausted = answer.hits.len() < tried;
            answer.hits = self.passing(search, &reading, filter, &answer.hits)?;
            if exhausted || answer.hits.len() >= search.limit {
                answer.hits.truncate(search.limit);
                return Ok(answer);
            }
            tried = tried.saturating_mul(8);
        }
        self.indexed_search(search)
    }

    fn passing<'s>(
        &self,
        search: &VectorSearch<'_, '_>,
        reading: &Reading<'_>,
        filter: &dyn RowFilter,
        hits: &[Hit<'s>],
    ) -> Result<Vec<Hit<'s>>> {
        let table = search.table.oid;
        let (mut rows, mut kept) = (Vec::new(), Vec::new());
        for hit in hits {
            let own = search.overlay.and_then(|overlay| overlay.get(table, hit.row)).flatten();
            let bytes = match own {
                Some(bytes) => Some(&bytes[..]),
                None => search.snapshot.row(table, hit.row)?.map(|stored| stored.bytes),
            };
            if let Some(bytes) = bytes {
                rows.push(LiveRow { row: hit.row, csn: hit.csn, bytes });
                kept.push(*hit);
            }
        }
        let passing = loose::matching(reading, &rows, Some(filter))?;
        Ok(passing.iter().flat_map(Bitmap::iter).map(|at| kept[at as usize]).collect())
    }

    /// The exact answer, from the table itself.
    fn vector_scan<'s>(
        &self,
        search: &VectorSearch<'_, 's>,
        keys: &IndexedTable,
    ) -> Result<VectorAnswer<'s>> {
        Counters::add(&self.counters().table_scans, 1);
        let prepared = Prepared::new(search, keys)?;
        let reading = self.reading(keys);
        let Some(query) = &prepared.query else {
            return self.any_rows(search, &reading, &prepared);
        };
        let mut nearest = Best::new(search.limit);
        let mut effort = Effort::default();
        loose::rows_of_table(search.snapshot, search.overlay, search.table.oid, &mut |rows| {
            (search.cancelled)()?;
            effort.candidates +=
                loose::measure(&reading, prepared.key, query, rows, search.filter, &mut nearest)?;
            Ok(())
        })?;
        loose::rows_of_overlay(search.overlay, search.table.oid, &mut |rows| {
            effort.candidates +=
                loose::measure(&reading, prepared.key, query, rows, search.filter, &mut nearest)?;
            Ok(())
        })?;
        Ok(VectorAnswer { hits: hits(&keys.vectors[prepared.key], nearest), effort })
    }
}

/// A query against one key.
pub(super) struct Prepared {
    pub key: usize,
    /// `None`: a zero vector under cosine, whose distance to anything is NaN.
    pub query: Option<Query>,
}

/// What is left to do once the state's lock is released.
struct Sealed {
    source: Source,
    prepared: Prepared,
    nearest: Best,
    effort: Effort,
}

impl Prepared {
    fn new(search: &VectorSearch<'_, '_>, keys: &IndexedTable) -> Result<Self> {
        let key = keys.vector(search.index.oid).ok_or_else(|| {
            PgError::internal(format!("index {} holds no vectors", search.index.name))
        })?;
        Ok(Self { key, query: keys.vectors[key].prepare(search.query)? })
    }

    /// Searches the tail, under the state's lock. `None`: the state does not reach back so far.
    fn look(
        self,
        search: &VectorSearch<'_, '_>,
        state: &TableState,
        reading: &Reading<'_>,
    ) -> Result<Option<Sealed>> {
        let table = search.table.oid;
        let mut nearest = Best::new(search.limit);
        let mut effort = Effort::default();
        let Some(source) = Source::of(state, table, search.snapshot, search.overlay) else {
            return Ok(None);
        };
        let truncated = search.overlay.is_some_and(|overlay| overlay.is_truncated(table));
        if let Some(query) = self.query.as_ref().filter(|_| !truncated) {
            let mut distances = Vec::new();
            for chunk in state.tail.chunks() {
                (search.cancelled)()?;
                let packed = chunk.vectors(self.key);
                let mut selected = source.visible_in(chunk, false);
                selected.and(&packed.present);
                let selected =
                    source.filtered_in(chunk, selected, search.filter, reading, search.snapshot)?;
                packed.distances(query, &mut distances)?;
                for slot in selected.iter() {
                    let distance = distances[slot as usize];
                    if distance <= nearest.threshold() {
                        nearest.push(distance, (chunk.row(slot), chunk.csn(slot)));
                    }
                }
                effort.tail += selected.count() as u64;
            }
            effort.candidates += effort.tail;
        }
        Ok(Some(Sealed { source, prepared: self, nearest, effort }))
    }
}

impl Sealed {
    fn finish<'s>(
        mut self,
        indexes: &Indexes,
        search: &VectorSearch<'_, 's>,
    ) -> Result<VectorAnswer<'s>> {
        let keys = self.source.keys.clone();
        let reading = indexes.reading(&keys);
        let table = search.table.oid;
        let Some(query) = self.prepared.query.clone() else {
            return indexes.any_rows(search, &reading, &self.prepared);
        };
        if search.overlay.is_none_or(|overlay| !overlay.is_truncated(table)) {
            self.segments(search, &query, &reading)?;
            let patch = self.source.patch_rows(search.overlay);
            loose::rows_of(search.snapshot, table, patch, &mut |rows| {
                self.effort.candidates += loose::measure(
                    &reading,
                    self.prepared.key,
                    &query,
                    rows,
                    search.filter,
                    &mut self.nearest,
                )?;
                Ok(())
            })?;
        }
        let (nearest, effort) = (&mut self.nearest, &mut self.effort);
        loose::rows_of_overlay(search.overlay, table, &mut |rows| {
            effort.candidates +=
                loose::measure(&reading, self.prepared.key, &query, rows, search.filter, nearest)?;
            Ok(())
        })?;
        let mut hits = hits(&keys.vectors[self.prepared.key], self.nearest);
        for hit in &mut hits {
            if !is_current(search.snapshot, table, hit, indexes.counters())? {
                return indexes.vector_scan(search, &keys);
            }
        }
        Ok(VectorAnswer { hits, effort: self.effort })
    }

    fn segments(
        &mut self,
        search: &VectorSearch<'_, '_>,
        query: &Query,
        reading: &Reading<'_>,
    ) -> Result<()> {
        for published in &self.source.segments {
            (search.cancelled)()?;
            let segment = &published.segment;
            let Some(part) = segment.vectors.get(&search.index.oid) else { continue };
            let visible = self.source.visible(published, false);
            let (filter, snapshot) = (search.filter, search.snapshot);
            let selected = self.source.filtered(published, visible, filter, reading, snapshot)?;
            let probe = Probe {
                query,
                limit: search.limit,
                ef_search: search.ef_search,
                probes: search.probes,
                selected: selected.as_ref(),
                filtered: search.filter.is_some(),
                cancelled: search.cancelled,
            };
            self.effort.segments += 1;
            for found in part.nearest(&probe, &mut self.effort)? {
                let key = (segment.rows.row(found.id), segment.rows.csn(found.id));
                self.nearest.push(found.distance, key);
            }
        }
        if self.effort.segments == 0 {
            self.effort.strategy = Strategy::ExactScan;
        }
        Ok(())
    }
}

fn hits<'s>(key: &VectorKey, nearest: Best) -> Vec<Hit<'s>> {
    let score = |distance| f64::from(key.score(distance));
    let hit = |(distance, (row, csn))| Hit { row, csn, score: score(distance), bytes: None };
    nearest.into_sorted().map(hit).collect()
}
