//! A store with one table, its indexes, and a plain copy of its rows to compare with.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use datafusion::arrow::{
    array::{AsArray, BooleanArray},
    datatypes::Int32Type,
    record_batch::RecordBatch,
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    base::{Csn, Oid, Result, RowId},
    index::*,
    storage::{
        CatalogChange, ManifestChange, Overlay, Snapshot, Store, StoreOptions,
        catalog::{
            Catalog, Column, Index, IndexKey, IndexMethod, KeyTarget, Object, PUBLIC, SUPERUSER,
            Table,
        },
        writer::Writer,
    },
    types::{
        Datum, PgType,
        bits::BitString,
        halfvec::half,
        oid, row,
        sparsevec::SparseVector,
        tsquery::TsQuery,
        tsvector::{Lexeme, Position, TsVector},
    },
};

pub const TABLE: Oid = Oid(20_100);
pub const HNSW: Oid = Oid(20_101);
pub const GIN: Oid = Oid(20_102);
/// Over an expression: the words of column `body`.
pub const EXPRESSION_GIN: Oid = Oid(20_103);
/// ivfflat over the column that [`HNSW`] is over.
pub const IVFFLAT: Oid = Oid(20_104);
pub const DIM: usize = 8;

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub category: i32,
    pub words: Option<String>,
    pub vector: Option<Vec<f32>>,
}

impl Row {
    pub fn text(&self) -> Option<TsVector> {
        self.words.as_deref().map(text_of)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let text = self.text().map_or(Datum::Null, |text| Datum::TsVector(Arc::new(text)));
        let vector = self.vector.as_deref().map_or(Datum::Null, |v| Datum::Vector(v.into()));
        let words = self.words.as_deref().map_or(Datum::Null, Datum::text);
        let mut bytes = Vec::new();
        row::encode(&[Datum::Int4(self.category), words, vector, text], &mut bytes);
        bytes
    }
}

/// Every word a lexeme, at its place.
pub fn text_of(words: &str) -> TsVector {
    let lexemes = words
        .split_whitespace()
        .enumerate()
        .map(|(at, word)| Lexeme { word: word.into(), positions: vec![Position::new(at + 1)] });
    TsVector::from_lexemes(lexemes.collect()).unwrap()
}

pub fn query(text: &str) -> TsQuery {
    TsQuery::parse(text).unwrap()
}

fn column(name: &str, ty: PgType) -> Column {
    Column {
        name: name.into(),
        ty,
        not_null: false,
        default: None,
        generated: None,
        identity: None,
        sequence: None,
        dropped: false,
        missing: None,
    }
}

pub fn table(dim: usize, indexes: &[Oid]) -> Arc<Table> {
    Arc::new(Table {
        oid: TABLE,
        schema: PUBLIC,
        name: "docs".into(),
        owner: SUPERUSER,
        columns: vec![
            column("category", PgType::INT4),
            column("body", PgType::TEXT),
            column("embedding", PgType::with_typmod(oid::VECTOR, dim as i32)),
            column("tsv", PgType::new(oid::TSVECTOR)),
        ],
        checks: vec![],
        indexes: indexes.to_vec(),
        temporary: false,
        foreign_keys: vec![],
    })
}

pub fn index(oid: Oid, dim: usize, opclass: &str) -> Arc<Index> {
    let (method, target, ty) = match oid {
        HNSW => (IndexMethod::Hnsw, vector_target(opclass), vector_type(opclass, dim)),
        IVFFLAT => (IndexMethod::IvfFlat, vector_target(opclass), vector_type(opclass, dim)),
        GIN => (IndexMethod::Gin, KeyTarget::Column(3), PgType::new(oid::TSVECTOR)),
        _ => (
            IndexMethod::Gin,
            KeyTarget::Expression("words(body)".into()),
            PgType::new(oid::TSVECTOR),
        ),
    };
    let key =
        IndexKey { target, ty, opclass: opclass.into(), descending: false, nulls_first: false };
    Arc::new(Index {
        oid,
        table: TABLE,
        name: format!("docs_{oid}"),
        method,
        keys: vec![key],
        unique: false,
        constraint: None,
        nulls_not_distinct: false,
        predicate: None,
        options: match oid {
            IVFFLAT => BTreeMap::from([("lists".to_owned(), "16".to_owned())]),
            _ => BTreeMap::new(),
        },
        include: vec![],
        unfilled: false,
    })
}

fn vector_type(opclass: &str, dim: usize) -> PgType {
    let type_oid = match opclass.split_once('_') {
        Some(("halfvec", _)) => oid::HALFVEC,
        Some(("sparsevec", _)) => oid::SPARSEVEC,
        Some(("bit", _)) => oid::BIT,
        _ => oid::VECTOR,
    };
    PgType::with_typmod(type_oid, dim as i32)
}

/// The column, or what it becomes in another type.
fn vector_target(opclass: &str) -> KeyTarget {
    match vector_type(opclass, 1).oid {
        oid::VECTOR => KeyTarget::Column(2),
        _ => KeyTarget::Expression("converted(embedding)".into()),
    }
}

/// A vector with the elements that one of another type keeps.
pub fn seen(type_oid: Oid, vector: &[f32]) -> Vec<f32> {
    let element = |x: &f32| match type_oid {
        oid::HALFVEC => half::widen(half::narrow(*x)),
        oid::SPARSEVEC if x.abs() < 0.4 => 0.0,
        oid::BIT => f32::from(u8::from(*x > 0.0)),
        _ => *x,
    };
    vector.iter().map(element).collect()
}

pub fn converted(type_oid: Oid, vector: &[f32]) -> Datum {
    let seen = seen(type_oid, vector);
    match type_oid {
        oid::HALFVEC => Datum::HalfVector(seen.iter().map(|x| half::narrow(*x)).collect()),
        oid::SPARSEVEC => {
            Datum::SparseVector(Arc::new(SparseVector::of_dense(seen.into_iter()).unwrap()))
        }
        oid::BIT => Datum::Bits(Arc::new(BitString::of(seen.len(), |at| seen[at] > 0.0))),
        _ => Datum::Vector(seen.into()),
    }
}

/// `words(body)`, where a body that says so makes it panic, and `converted(embedding)`.
struct Expressions;

impl KeyEvaluator for Expressions {
    fn evaluate(
        &self,
        _: &Arc<Catalog>,
        _: &Table,
        index: &Index,
        rows: &[&[u8]],
    ) -> Result<Vec<Datum>> {
        let ty = index.keys[0].ty.oid;
        rows.iter()
            .map(|bytes| {
                if ty != oid::TSVECTOR {
                    return Ok(match row::Row::new(bytes)?.datum(2, oid::VECTOR)? {
                        Datum::Vector(vector) => converted(ty, &vector),
                        _ => Datum::Null,
                    });
                }
                let body = row::Row::new(bytes)?.datum(1, oid::TEXT)?;
                Ok(match body {
                    Datum::Null => Datum::Null,
                    body if body.as_str().contains("panic") => panic!("on purpose"),
                    body => Datum::TsVector(Arc::new(text_of(body.as_str()))),
                })
            })
            .collect()
    }
}

struct Sink(Store);

#[async_trait::async_trait]
impl ManifestSink for Sink {
    async fn record(&self, changes: Vec<ManifestChange>) -> Result<Csn> {
        Ok(write(&self.0, |writer| {
            for change in &changes {
                writer.change_manifest(change).unwrap();
            }
        }))
    }

    async fn prune(&self, csn: Csn) -> Result<()> {
        write(&self.0, |writer| {
            writer.prune(csn);
            while !writer.prune_changes(1000).unwrap().done {}
        });
        Ok(())
    }
}

fn write(store: &Store, change: impl FnOnce(&mut Writer<'_>)) -> Csn {
    let mut writer = Writer::begin(store).unwrap();
    change(&mut writer);
    let csn = writer.csn();
    writer.commit().unwrap_or_else(|failure| panic!("{}", failure.error));
    csn
}

pub struct Fixture {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub indexes: Indexes,
    pub options: IndexOptions,
    pub dim: usize,
    pub opclass: &'static str,
    pub rows: BTreeMap<RowId, Row>,
    present: BTreeSet<Oid>,
    random: StdRng,
}

/// Thresholds small enough for tests.
pub fn options() -> IndexOptions {
    IndexOptions {
        search_threads: 1,
        build_threads: 1,
        build_threads_urgent: 1,
        seal_rows: 50,
        seal_rows_quiet: 1,
        quiet: std::time::Duration::from_secs(3600),
        load_rows_max: 300,
        ..IndexOptions::default()
    }
}

impl Fixture {
    pub fn new(dim: usize, opclass: &'static str, indexes: &[Oid]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &folder.path().join("store"),
            StoreOptions { map_bytes: 1 << 30, disk_reserve_bytes: 0, ..StoreOptions::default() },
        )
        .unwrap();
        let options = options();
        let indexes_of = open(folder.path(), &store, &options);
        let mut fixture = Self {
            folder,
            store,
            indexes: indexes_of,
            options,
            dim,
            opclass,
            rows: BTreeMap::new(),
            present: BTreeSet::new(),
            random: StdRng::seed_from_u64(7),
        };
        fixture.define(indexes);
        fixture
    }

    /// Makes and drops indexes until there are just these.
    pub fn define(&mut self, indexes: &[Oid]) {
        let mut changes: Vec<CatalogChange> = indexes
            .iter()
            .map(|oid| {
                let vectors = matches!(*oid, HNSW | IVFFLAT);
                let opclass = if vectors { self.opclass } else { "tsvector_ops" };
                CatalogChange::Put(Object::Index(index(*oid, self.dim, opclass)))
            })
            .collect();
        let wanted: BTreeSet<Oid> = indexes.iter().copied().collect();
        changes.extend(self.present.difference(&wanted).map(|oid| CatalogChange::Drop(*oid)));
        changes.push(CatalogChange::Put(Object::Table(table(self.dim, indexes))));
        self.present = wanted;
        self.commit(|writer| writer.change_catalog(&changes).unwrap());
    }

    pub fn commit(&self, change: impl FnOnce(&mut Writer<'_>)) -> Csn {
        write(&self.store, |writer| {
            writer.next_csn();
            change(writer);
        })
    }

    /// One commit that inserts rows.
    pub fn insert(&mut self, rows: Vec<Row>) -> Vec<RowId> {
        let ids: Vec<RowId> = rows.iter().map(|_| self.next_row()).collect();
        self.commit(|writer| {
            for (id, row) in ids.iter().zip(&rows) {
                writer.insert_row(TABLE, *id, &row.bytes()).unwrap();
            }
        });
        self.rows.extend(ids.iter().copied().zip(rows));
        ids
    }

    pub fn next_row(&self) -> RowId {
        self.store.allocate_rows(1)
    }

    pub fn update(&mut self, id: RowId, row: Row) {
        self.commit(|writer| writer.update_row(TABLE, id, &row.bytes()).unwrap());
        self.rows.insert(id, row);
    }

    pub fn delete(&mut self, id: RowId) {
        self.commit(|writer| writer.delete_row(TABLE, id).unwrap());
        self.rows.remove(&id);
    }

    pub fn truncate(&mut self) {
        self.commit(|writer| writer.truncate(TABLE).unwrap());
        self.rows.clear();
    }

    pub fn reopen(&mut self) {
        self.indexes = open(self.folder.path(), &self.store, &self.options);
    }

    pub fn segments(&self) -> std::path::PathBuf {
        self.folder.path().join("segments")
    }

    /// Builds until nothing is left to build.
    pub fn build(&self) {
        for _ in 0..20 {
            self.indexes.inner.urgent.lock().insert(TABLE);
            if self.indexes.maintain().unwrap() == super::super::build::Turn::Idle {
                return;
            }
        }
        panic!("building does not end");
    }

    pub fn vector(&mut self) -> Vec<f32> {
        (0..self.dim).map(|_| self.random.random_range(-1.0..1.0)).collect()
    }

    pub fn number(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    pub fn row(&mut self) -> Row {
        const WORDS: &[&str] = &["ant", "bee", "cat", "dog", "eel", "cow", "antler", "been"];
        let count = self.number(8);
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.number(WORDS.len())]).collect();
        Row {
            category: self.number(4) as i32,
            words: (self.number(10) > 0).then(|| words.join(" ")),
            vector: (self.number(10) > 0).then(|| self.vector()),
        }
    }

    pub fn random_rows(&mut self, count: usize) -> Vec<Row> {
        (0..count).map(|_| self.row()).collect()
    }

    pub fn nearest(&self, ask: Ask<'_>) -> VectorAnswer<'static> {
        let snapshot = self.store.snapshot().unwrap();
        let VectorAnswer { hits, effort } = self.nearest_in(&snapshot, ask);
        VectorAnswer { hits: without_rows(hits), effort }
    }

    pub fn nearest_in<'s>(&self, snapshot: &'s Snapshot, ask: Ask<'_>) -> VectorAnswer<'s> {
        nearest_in(&self.indexes, snapshot, self.opclass, ask)
    }

    pub fn matching(&self, ask: Find<'_>) -> TextAnswer<'static> {
        let snapshot = self.store.snapshot().unwrap();
        let TextAnswer { hits, effort } = self.matching_in(&snapshot, ask);
        TextAnswer { hits: without_rows(hits), effort }
    }

    pub fn matching_in<'s>(&self, snapshot: &'s Snapshot, ask: Find<'_>) -> TextAnswer<'s> {
        matching_in(&self.indexes, snapshot, ask)
    }

    pub fn scans(&self) -> u64 {
        self.indexes.statistics().unwrap().table_scans
    }
}

fn open(folder: &Path, store: &Store, options: &IndexOptions) -> Indexes {
    let sink = Arc::new(Sink(store.clone()));
    let folder = folder.join("segments");
    Indexes::open(&folder, store.clone(), Arc::new(Expressions), sink, options.clone()).unwrap()
}

/// Hits that outlive their snapshot.
fn without_rows(hits: Vec<Hit<'_>>) -> Vec<Hit<'static>> {
    hits.into_iter().map(|hit| Hit { bytes: None, ..hit }).collect()
}

pub fn nearest_in<'s>(
    indexes: &Indexes,
    snapshot: &'s Snapshot,
    opclass: &str,
    ask: Ask<'_>,
) -> VectorAnswer<'s> {
    let filter = ask.category.map(Category);
    let dim = ask.vector.len();
    indexes
        .vector_search(VectorSearch {
            table: &table(dim, &[]),
            index: &index(ask.index, dim, opclass),
            query: &converted(vector_type(opclass, dim).oid, ask.vector),
            limit: ask.limit,
            ef_search: 40,
            probes: ask.probes,
            filter: filter.as_ref().map(|filter| filter as &dyn RowFilter),
            snapshot,
            overlay: ask.overlay,
            cancelled: &|| Ok(()),
        })
        .unwrap()
}

pub fn matching_in<'s>(indexes: &Indexes, snapshot: &'s Snapshot, ask: Find<'_>) -> TextAnswer<'s> {
    let filter = ask.category.map(Category);
    indexes
        .text_search(TextSearch {
            table: &table(DIM, &[]),
            index: &index(ask.index, DIM, ""),
            query: &query(ask.query),
            top: ask.top,
            scored: true,
            filter: filter.as_ref().map(|filter| filter as &dyn RowFilter),
            snapshot,
            overlay: ask.overlay,
            cancelled: &|| Ok(()),
        })
        .unwrap()
}

/// A nearest-neighbour question.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub index: Oid,
    pub probes: usize,
    pub vector: &'a [f32],
    pub limit: usize,
    pub category: Option<i32>,
    pub overlay: Option<&'a Overlay>,
}

impl<'a> Ask<'a> {
    pub fn of(vector: &'a [f32], limit: usize) -> Self {
        Self { index: HNSW, probes: 1, vector, limit, category: None, overlay: None }
    }
}

/// A full-text question.
#[derive(Clone, Copy)]
pub struct Find<'a> {
    pub index: Oid,
    pub query: &'a str,
    pub top: Option<usize>,
    pub category: Option<i32>,
    pub overlay: Option<&'a Overlay>,
}

impl<'a> Find<'a> {
    pub fn of(query: &'a str, top: Option<usize>) -> Self {
        Self { index: GIN, query, top, category: None, overlay: None }
    }
}

/// `category = n`
pub struct Category(pub i32);

impl RowFilter for Category {
    fn columns(&self) -> &[usize] {
        &[0]
    }

    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let column = batch.column(0).as_primitive::<Int32Type>();
        Ok(column.iter().map(|value| value.map(|value| value == self.0)).collect())
    }
}

/// `embedding[1] > 0`: over a column that segments do not hold.
pub struct Positive;

impl RowFilter for Positive {
    fn columns(&self) -> &[usize] {
        &[2]
    }

    fn matches(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let column = batch.column(0).as_binary_view();
        let first = |bytes: &[u8]| f32::from_le_bytes(bytes[..4].try_into().unwrap());
        Ok(column.iter().map(|value| value.map(|bytes| first(bytes) > 0.0)).collect())
    }
}

/// The operator's distance, in plain arithmetic.
pub fn distance(opclass: &str, a: &[f32], b: &[f32]) -> f32 {
    let ty = vector_type(opclass, 1).oid;
    let (a, b) = (&seen(ty, a)[..], &seen(ty, b)[..]);
    let pairs = || a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    let dot: f64 = pairs().map(|(a, b)| a * b).sum();
    let square = |v: &[f32]| v.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
    let (_, space) = opclass.split_once('_').unwrap();
    (match space {
        "l2_ops" => pairs().map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt(),
        "ip_ops" => -dot,
        "l1_ops" | "hamming_ops" => pairs().map(|(a, b)| (a - b).abs()).sum(),
        "jaccard_ops" if dot == 0.0 => 1.0,
        "jaccard_ops" => 1.0 - dot / (square(a) + square(b) - dot),
        _ => 1.0 - dot / (square(a) * square(b)).sqrt(),
    }) as f32
}

/// The exact answer over a copy of the rows.
pub fn oracle(rows: &BTreeMap<RowId, Row>, opclass: &str, ask: Ask<'_>) -> Vec<(RowId, f32)> {
    let mut found: Vec<(RowId, f32)> = rows
        .iter()
        .filter(|(_, row)| ask.category.is_none_or(|category| row.category == category))
        .filter_map(|(id, row)| Some((*id, distance(opclass, ask.vector, row.vector.as_ref()?))))
        .filter(|(_, distance)| !distance.is_nan())
        .collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    found.truncate(ask.limit);
    found
}

/// Asserts that hits are the exact answer, up to the order of equal distances.
pub fn assert_nearest(hits: &[Hit], expected: &[(RowId, f32)]) {
    let scores: Vec<f64> = hits.iter().map(|hit| hit.score).collect();
    assert_eq!(hits.len(), expected.len(), "{scores:?} {expected:?}");
    for (hit, (_, distance)) in hits.iter().zip(expected) {
        assert!((hit.score - f64::from(*distance)).abs() < 1e-4, "{hits:?} {expected:?}");
    }
}
