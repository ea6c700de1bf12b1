//! What of a table is indexed: its vector and text keys, its scalar columns, and how each is read
//! from a row's bytes.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use datafusion::arrow::{
    array::ArrayRef,
    datatypes::{Field, Schema},
    record_batch::{RecordBatch, RecordBatchOptions},
};

use super::{
    contract::{KeyEvaluator, RowFilter},
    segment::Layout,
    stats::Counters,
    vector::{
        Cells, Item, Kind, Query, faiss,
        faiss::{Measure, Metric},
    },
};
use crate::{
    base::{PgError, Result, TableId, ids::IndexId},
    err,
    storage::{
        Snapshot,
        catalog::{Catalog, Index, IndexMethod, KeyTarget, Table},
    },
    types::{self, ColumnBuilder, Datum, column, oid, row::Row, tsvector::TsVector, vector},
};

/// An operator class's way of comparing vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    L2,
    InnerProduct,
    Cosine,
    L1,
    Hamming,
    Jaccard,
}

impl Space {
    /// By the class's name without the type it is for: `vector_l2_ops`, `bit_hamming_ops`.
    pub fn of_opclass(opclass: &str) -> Option<Self> {
        let (_, space) = opclass.strip_suffix("_ops")?.split_once('_')?;
        Some(match space {
            "l2" => Space::L2,
            "ip" => Space::InnerProduct,
            "cosine" => Space::Cosine,
            "l1" => Space::L1,
            "hamming" => Space::Hamming,
            "jaccard" => Space::Jaccard,
            _ => return None,
        })
    }

    /// A vector of floats as it is indexed and searched with; `None` if it is not indexed: a zero vector
    /// has no direction, and what is not finite has no distance.
    pub fn prepare(self, vector: &[f32]) -> Option<Cow<'_, [f32]>> {
        if !faiss::is_finite(vector) {
            return None;
        }
        if self != Space::Cosine {
            return Some(Cow::Borrowed(vector));
        }
        let square: f64 = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
        if square == 0.0 {
            return None;
        }
        let norm = square.sqrt();
        Some(Cow::Owned(vector.iter().map(|x| (f64::from(*x) / norm) as f32).collect()))
    }
}

#[derive(Clone, Debug)]
pub struct VectorKey {
    pub index: Arc<Index>,
    pub space: Space,
    pub kind: Kind,
    pub dim: usize,
    pub method: Method,
}

/// What a segment holds for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// hnsw
    Graph { m: usize, ef_construction: usize },
    /// ivfflat
    Lists { lists: usize },
}

impl VectorKey {
    /// How FAISS and the kernels compare: cosine of floats is the inner product of normalised
    /// copies. Cells are kept as they are.
    pub fn metric(&self) -> Metric {
        match (self.space, self.kind) {
            (Space::L2, _) => Metric::L2,
            (Space::InnerProduct, _) | (Space::Cosine, Kind::Float) => Metric::InnerProduct,
            (Space::Cosine, _) => Metric::Cosine,
            (Space::L1, _) => Metric::L1,
            (Space::Hamming, _) => Metric::Hamming,
            (Space::Jaccard, _) => Metric::Jaccard,
        }
    }

    /// The operator's value for a distance of [`VectorKey::metric`].
    pub fn score(&self, distance: f32) -> f32 {
        match (self.space, self.kind) {
            (Space::L2, _) => distance.max(0.0).sqrt(),
            (Space::Cosine, Kind::Float) => (1.0 + distance).clamp(0.0, 2.0),
            _ => distance,
        }
    }

    pub fn measure(&self) -> Measure {
        Measure { kind: self.kind, metric: self.metric(), dim: self.dim }
    }

    pub fn layout(&self) -> Layout {
        match (self.method, self.kind) {
            (Method::Graph { .. }, Kind::Float) => Layout::Flat,
            (Method::Graph { .. }, _) => Layout::Net(self.measure()),
            (Method::Lists { .. }, _) => Layout::Lists(self.measure()),
        }
    }

    /// `m` and `ef_construction`
    pub fn graph_options(&self) -> (usize, usize) {
        match self.method {
            Method::Graph { m, ef_construction } => (m, ef_construction),
            Method::Lists { .. } => (16, 64),
        }
    }

    /// The query in the key's form; `None` for one without a direction under cosine.
    ///
    /// Errors: 22000 if it has another dimension.
    pub fn prepare(&self, query: &Datum) -> Result<Option<Query>> {
        if let Datum::Vector(elements) = query {
            vector::check_same(self.dim, elements.len())?;
            let prepared = self.space.prepare(elements);
            return Ok(prepared.map(|elements| Query::Floats(elements.into_owned())));
        }
        let (mut stored, mut cell) = (Vec::new(), Vec::new());
        types::stored::encode(query, &mut stored);
        if !self.kind.append(&stored, self.dim, &mut cell) {
            return err!(
                DATA_EXCEPTION,
                "the query has another dimension than the {} of index \"{}\"",
                self.dim,
                self.index.name
            );
        }
        Ok(self.is_indexed(&cell).then_some(Query::Cell(cell)))
    }

    /// Whether a cell is indexed: under cosine it needs a direction.
    fn is_indexed(&self, cell: &[u8]) -> bool {
        self.space != Space::Cosine || !self.kind.is_zero(cell)
    }
}

#[derive(Clone, Debug)]
pub struct TextKey {
    pub index: Arc<Index>,
}

/// A table with at least one hnsw, ivfflat or gin index, as one catalogue defines it.
#[derive(Clone, Debug)]
pub struct IndexedTable {
    pub table: Arc<Table>,
    pub catalog: Arc<Catalog>,
    pub vectors: Vec<VectorKey>,
    pub texts: Vec<TextKey>,
}

impl IndexedTable {
    /// `None` if the table is gone or has no such index.
    pub fn of(catalog: &Arc<Catalog>, table: TableId) -> Option<Self> {
        let table = catalog.table(table)?.clone();
        let (mut vectors, mut texts) = (Vec::new(), Vec::new());
        for index in catalog.indexes_of(&table) {
            match index.method {
                IndexMethod::Hnsw | IndexMethod::IvfFlat => vectors.extend(vector_key(index)),
                IndexMethod::Gin => texts.extend(text_key(index)),
                IndexMethod::Btree => {}
            }
        }
        (!vectors.is_empty() || !texts.is_empty()).then(|| Self {
            table,
            catalog: catalog.clone(),
            vectors,
            texts,
        })
    }

    /// A table with one index that no committed catalogue has.
    pub fn single(snapshot: &Snapshot, table: &Table, index: &Index) -> Self {
        let index = Arc::new(index.clone());
        Self {
            table: Arc::new(table.clone()),
            catalog: snapshot.catalog().clone(),
            vectors: vector_key(&index).into_iter().collect(),
            texts: text_key(&index)
                .filter(|_| index.method == IndexMethod::Gin)
                .into_iter()
                .collect(),
        }
    }

    /// Whether both index the same things.
    pub fn same_keys(&self, other: &Self) -> bool {
        self.indexes().eq(other.indexes())
    }

    pub fn indexes(&self) -> impl Iterator<Item = IndexId> + '_ {
        let texts = self.texts.iter().map(|key| key.index.oid);
        self.vectors.iter().map(|key| key.index.oid).chain(texts)
    }

    pub fn vector(&self, index: IndexId) -> Option<usize> {
        self.vectors.iter().position(|key| key.index.oid == index)
    }

    pub fn text(&self, index: IndexId) -> Option<usize> {
        self.texts.iter().position(|key| key.index.oid == index)
    }

    /// Columns that filters can look at in a segment.
    pub fn scalars(&self) -> Vec<usize> {
        (0..self.table.columns.len()).filter(|column| self.is_scalar(*column)).collect()
    }

    pub fn is_scalar(&self, column: usize) -> bool {
        is_scalar(&self.table, column)
    }
}

/// Whether segments and tails hold the column: all but the bulky ones.
fn is_scalar(table: &Table, column: usize) -> bool {
    const SHORT_BITS: std::ops::RangeInclusive<i32> = 1..=64;
    let column = &table.columns[column];
    let bulky = match column.ty.oid {
        oid::TSVECTOR | oid::BYTEA => true,
        bits if oid::is_bits(bits) => !SHORT_BITS.contains(&column.ty.typmod),
        other => oid::is_vector(other),
    };
    !column.dropped && !bulky
}

/// Whether a filter looks at nothing but such columns.
pub fn holds_columns(table: &Table, filter: &dyn RowFilter) -> bool {
    filter.columns().iter().all(|column| is_scalar(table, *column))
}

fn vector_key(index: &Arc<Index>) -> Option<VectorKey> {
    let key = index.keys.first()?;
    let option = |name: &str, default| {
        index.options.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let method = match index.method {
        IndexMethod::Hnsw => {
            let (m, ef_construction) = (option("m", 16), option("ef_construction", 64));
            Method::Graph { m, ef_construction }
        }
        IndexMethod::IvfFlat => Method::Lists { lists: option("lists", 100) },
        IndexMethod::Btree | IndexMethod::Gin => return None,
    };
    // A vector's typmod is its dimension; an index without one is refused when it is created.
    let dim = usize::try_from(key.ty.typmod).ok().filter(|dim| *dim > 0)?;
    let space = match key.opclass.as_str() {
        // ivfflat's default
        "" => Space::L2,
        opclass => Space::of_opclass(opclass)?,
    };
    let kind = Kind::of_type(key.ty.oid)?;
    Some(VectorKey { index: index.clone(), space, kind, dim, method })
}

fn text_key(index: &Arc<Index>) -> Option<TextKey> {
    match index.keys.as_slice() {
        [key] if key.ty.oid == oid::TSVECTOR => Some(TextKey { index: index.clone() }),
        _ => None,
    }
}

/// Packed vectors of one key, with a place for every row: what is not indexed is all zeros and
/// absent. Floats lie in `numbers`, other kinds in `cells`.
#[derive(Clone, Debug)]
pub struct Packed {
    measure: Measure,
    numbers: Vec<f32>,
    cells: Cells,
    pub present: super::bitmap::Bitmap,
}

impl Packed {
    pub fn new(key: &VectorKey) -> Self {
        Self {
            measure: key.measure(),
            numbers: Vec::new(),
            cells: Cells::new(key.kind, key.dim),
            present: Default::default(),
        }
    }

    fn push(&mut self, vector: Option<&[f32]>) {
        match vector {
            Some(vector) => self.numbers.extend_from_slice(vector),
            None => self.numbers.resize(self.numbers.len() + self.measure.dim, 0.0),
        }
        self.present.push(vector.is_some());
    }

    /// Takes over the vectors of `other`, which is of the same key.
    pub fn extend(&mut self, other: Packed) {
        self.numbers.extend(other.numbers);
        self.cells.extend(&other.cells);
        self.present.extend(&other.present);
    }

    /// The vector at a place; `None` if it is not indexed.
    pub fn get(&self, at: usize) -> Option<Item<'_>> {
        let dim = self.measure.dim;
        self.present.get(at).then(|| match self.measure.kind {
            Kind::Float => Item::Floats(&self.numbers[at * dim..(at + 1) * dim]),
            _ => Item::Cell(self.cells.view().get(at)),
        })
    }

    /// Exact distances of all places, into `out` (cleared first).
    pub fn distances(&self, query: &Query, out: &mut Vec<f32>) -> Result<()> {
        match query {
            Query::Floats(query) => {
                faiss::distances(self.measure.metric, query, &self.numbers, out);
                Ok(())
            }
            Query::Cell(query) => self.measure.distances(query, self.cells.view(), None, out),
        }
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.numbers.len() * 4 + self.cells.size()
    }
}

/// Reads keys and columns out of rows' bytes.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub table: &'a IndexedTable,
    pub evaluator: &'a dyn KeyEvaluator,
    pub counters: &'a Counters,
}

impl Reading<'_> {
    /// Appends the rows' vectors for one key.
    pub fn vectors(&self, key: &VectorKey, rows: &[&[u8]], out: &mut Packed) -> Result<()> {
        if key.kind != Kind::Float {
            return self.cells(key, rows, out);
        }
        let space = key.space;
        let mut push = |vector: Option<&[f32]>| {
            let vector = vector.filter(|vector| vector.len() == key.dim);
            out.push(vector.and_then(|vector| space.prepare(vector)).as_deref());
        };
        match plain_column(&key.index) {
            Some(column) => {
                for row in rows {
                    match self.stored(row, column)? {
                        Some(bytes) => push(Some(&vector::decode(bytes)?)),
                        None => push(None),
                    }
                }
            }
            None => {
                for value in self.evaluate(&key.index, rows) {
                    match value {
                        Datum::Vector(vector) => push(Some(&vector)),
                        _ => push(None),
                    }
                }
            }
        }
        Ok(())
    }

    /// Appends the rows' vectors of a kind that is not floats.
    fn cells(&self, key: &VectorKey, rows: &[&[u8]], out: &mut Packed) -> Result<()> {
        let mut push = |stored: Option<&[u8]>| {
            let present = out.cells.push_with(|cells| {
                let start = cells.len();
                stored.is_some_and(|stored| {
                    key.kind.append(stored, key.dim, cells) && key.is_indexed(&cells[start..])
                })
            });
            out.present.push(present);
        };
        match plain_column(&key.index) {
            Some(column) => {
                for row in rows {
                    push(self.stored(row, column)?);
                }
            }
            None => {
                let mut stored = Vec::new();
                for value in self.evaluate(&key.index, rows) {
                    stored.clear();
                    types::stored::encode(&value, &mut stored);
                    push((!value.is_null()).then_some(&stored));
                }
            }
        }
        Ok(())
    }

    /// The rows' tsvectors for one key.
    pub fn texts(&self, key: &TextKey, rows: &[&[u8]]) -> Result<Vec<Option<Arc<TsVector>>>> {
        match plain_column(&key.index) {
            Some(column) => rows
                .iter()
                .map(|row| {
                    let bytes = self.stored(row, column)?;
                    bytes.map(|bytes| TsVector::decode(bytes).map(Arc::new)).transpose()
                })
                .collect(),
            None => Ok(self
                .evaluate(&key.index, rows)
                .into_iter()
                .map(|value| match value {
                    Datum::TsVector(text) => Some(text),
                    _ => None,
                })
                .collect()),
        }
    }

    /// The values of an expression key. A row that fails or panics, twice, is left out of the index
    /// and counted: it must not stop the others.
    fn evaluate(&self, index: &Index, rows: &[&[u8]]) -> Vec<Datum> {
        if let Ok(values) = self.attempt(index, rows) {
            return values;
        }
        rows.iter()
            .map(|row| match self.attempt(index, std::slice::from_ref(row)) {
                Ok(mut values) => values.pop().unwrap_or_default(),
                Err(error) => {
                    Counters::add(&self.counters.rows_quarantined, 1);
                    tracing::error!(
                        target: "index", index = %index.name, %error,
                        "a row is left out of an index: its key could not be computed"
                    );
                    Datum::Null
                }
            })
            .collect()
    }

    fn attempt(&self, index: &Index, rows: &[&[u8]]) -> Result<Vec<Datum>> {
        let IndexedTable { table, catalog, .. } = self.table;
        let compute = || self.evaluator.evaluate(catalog, table, index, rows);
        let values = catch_unwind(AssertUnwindSafe(compute))
            .unwrap_or_else(|_| Err(PgError::internal("computing an index key panicked")))?;
        if values.len() != rows.len() {
            return Err(PgError::internal("an index key was not computed for every row"));
        }
        Ok(values)
    }

    /// The stored bytes of one column, also of rows older than the column.
    fn stored<'r>(&'r self, bytes: &'r [u8], column: usize) -> Result<Option<&'r [u8]>> {
        stored(&self.table.table, bytes, column)
    }
}

/// The stored bytes of one column of a row, also if the row is older than the column.
pub fn stored<'r>(table: &'r Table, bytes: &'r [u8], column: usize) -> Result<Option<&'r [u8]>> {
    let row = Row::new(bytes)?;
    if column < row.columns() {
        return row.stored(column);
    }
    Ok(table.columns.get(column).and_then(|column| column.missing.as_deref()))
}

/// One column of the rows.
pub fn column_of(table: &Table, column: usize, rows: &[&[u8]]) -> Result<ArrayRef> {
    let mut builder = ColumnBuilder::new(table.columns[column].ty.oid, rows.len());
    for row in rows {
        match stored(table, row, column)? {
            Some(bytes) => builder.push_stored(bytes)?,
            None => builder.push(&Datum::Null)?,
        }
    }
    Ok(builder.finish())
}

/// A batch of columns, each named by its position in the table.
pub fn batch_of(
    table: &Table,
    columns: &[usize],
    arrays: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(schema_of(table, columns)), arrays, &options)
        .map_err(|error| PgError::internal(format!("could not make a batch: {error}")))
}

pub fn schema_of(table: &Table, columns: &[usize]) -> Schema {
    Schema::new(
        columns
            .iter()
            .map(|at| {
                let arrow = column::arrow_type(table.columns[*at].ty.oid);
                Field::new(at.to_string(), arrow, true)
            })
            .collect::<Vec<_>>(),
    )
}

/// The column that an index without expression and predicate is over.
fn plain_column(index: &Index) -> Option<usize> {
    match &index.keys.first()?.target {
        KeyTarget::Column(column) if index.predicate.is_none() => Some(*column),
        _ => None,
    }
}
