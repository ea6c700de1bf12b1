//! One vector index's share of a segment.

use std::{fs, path::Path};

use super::{
    faiss::{Access, Found, Graph, GraphOptions},
    nearest::Nearest,
};
use crate::{
    base::{PgError, Result, ids::IndexId},
    index::{
        bitmap::Bitmap,
        contract::{Effort, Strategy},
        keys::VectorKey,
        segment::{U32s, VectorDescription, map_file},
    },
};

/// Walking a graph with effort 1 costs about as much as measuring so many vectors one after the
/// other: some 20 distances, at random places.
const GRAPH_COST: usize = 30;
/// Vectors measured between two looks at the cancel flag.
const BLOCK: usize = 4096;

/// An HNSW graph, mapped, and the rows its vectors belong to.
pub struct VectorPart {
    graph: Graph,
    /// Local ids in ascending order; `None` if vector `n` is row `n`'s.
    ids: Option<U32s>,
}

/// A query as it reaches a part.
pub struct Probe<'a> {
    /// Prepared by `Space::prepare`.
    pub query: &'a [f32],
    pub limit: usize,
    pub ef_search: usize,
    /// Local ids that may be found; `None`: all.
    pub selected: Option<&'a Bitmap>,
    /// Whether a filter (and not just tombstones) made the selection.
    pub filtered: bool,
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

impl VectorPart {
    pub fn open(folder: &Path, part: &VectorDescription, rows: usize) -> Result<Self> {
        let index = part.index;
        let graph = Graph::read(&folder.join(graph_name(index)), Access::Mapped)?;
        let ids = match part.dense {
            true => None,
            false => U32s::new(map_file(&folder.join(ids_name(index)))?),
        };
        let count = ids.as_ref().map_or(rows, U32s::len);
        if graph.len() != count || part.count != count || part.dense != ids.is_none() {
            return Err(PgError::internal(format!("index {index}: graph and rows differ in size")));
        }
        Ok(Self { graph, ids })
    }

    pub fn len(&self) -> usize {
        self.graph.len()
    }

    pub fn is_empty(&self) -> bool {
        self.graph.is_empty()
    }

    fn local(&self, vector: u32) -> u32 {
        self.ids.as_ref().map_or(vector, |ids| ids.get(vector as usize))
    }

    /// Appends, for each kept row in order, its vector (or none).
    pub fn each_kept(
        &self,
        keep: &Bitmap,
        mut visit: impl FnMut(Option<&[f32]>) -> Result<()>,
    ) -> Result<()> {
        let mut next = 0;
        let mut vector = Vec::with_capacity(self.graph.dim());
        for local in keep.iter() {
            while next < self.len() && self.local(next as u32) < local {
                next += 1;
            }
            if next < self.len() && self.local(next as u32) == local {
                vector.clear();
                self.graph.copy(next, 1, &mut vector)?;
                visit(Some(&vector))?;
            } else {
                visit(None)?;
            }
        }
        Ok(())
    }

    /// The nearest selected rows, closest first: `limit` of them if so many are selected.
    ///
    /// The way is chosen by counting: measure the selected vectors one by one, or walk the graph
    /// inside the selection, whichever costs less. If the walk comes back with fewer than it was
    /// asked for, the selection lies away from where it walked: measure after all.
    pub fn nearest(&self, probe: &Probe<'_>, effort: &mut Effort) -> Result<Vec<Found>> {
        let selected = probe.selected.map(|selected| self.numbers(selected));
        let matching = selected.as_ref().map_or(self.len(), Bitmap::count);
        if probe.filtered {
            *effort.matching.get_or_insert(0) += matching as u64;
        }
        if matching == 0 || probe.limit == 0 {
            return Ok(Vec::new());
        }
        let wanted = probe.limit.max(probe.ef_search);
        // Of what the walk meets, only the selected share counts.
        let ef = wanted.saturating_mul(self.len()).div_ceil(matching);
        if matching <= ef.saturating_mul(GRAPH_COST) || probe.limit * 2 >= matching {
            let strategy = if probe.filtered { Strategy::ExactGather } else { Strategy::ExactScan };
            effort.strategy = effort.strategy.max(strategy);
            return self.measured(probe, selected.as_ref(), matching, effort);
        }
        let asked = if selected.is_some() { wanted } else { probe.limit };
        let words = selected.as_ref().map(Bitmap::words);
        let mut found = self.graph.search(probe.query, asked, ef, words)?;
        effort.strategy = Strategy::Graph;
        effort.ef = effort.ef.max(ef);
        effort.candidates += ef as u64;
        if found.len() < asked.min(matching) {
            effort.refilled = true;
            return self.measured(probe, selected.as_ref(), matching, effort);
        }
        found.truncate(probe.limit);
        for hit in &mut found {
            hit.id = self.local(hit.id);
        }
        Ok(found)
    }

    /// The selection by vector numbers.
    fn numbers(&self, selected: &Bitmap) -> Bitmap {
        match &self.ids {
            None => selected.clone(),
            Some(ids) => {
                let mut numbers = Bitmap::empty(ids.len());
                for (number, local) in ids.iter().enumerate() {
                    if selected.get(local as usize) {
                        numbers.set(number);
                    }
                }
                numbers
            }
        }
    }

    fn measured(
        &self,
        probe: &Probe<'_>,
        selected: Option<&Bitmap>,
        matching: usize,
        effort: &mut Effort,
    ) -> Result<Vec<Found>> {
        let numbers: Vec<u32> = match selected {
            Some(selected) => selected.iter().collect(),
            None => (0..self.len() as u32).collect(),
        };
        effort.candidates += matching as u64;
        let mut nearest = Nearest::new(probe.limit.min(matching));
        let mut distances = Vec::with_capacity(BLOCK);
        for block in numbers.chunks(BLOCK) {
            (probe.cancelled)()?;
            self.graph.distances(probe.query, block, &mut distances)?;
            for (number, distance) in block.iter().zip(&distances) {
                if *distance <= nearest.threshold() {
                    nearest.push(*distance, *number);
                }
            }
        }
        Ok(nearest
            .into_sorted()
            .map(|(distance, number)| Found { id: self.local(number), distance })
            .collect())
    }
}

/// Builds a part row by row, in the order of the local ids.
pub struct VectorPartWriter {
    index: IndexId,
    graph: Graph,
    ids: Vec<u32>,
    rows: u32,
    waiting: Vec<f32>,
    dim: usize,
}

/// Vectors given to FAISS at once: enough to keep its threads busy.
const ADD_ROWS: usize = 4096;

impl VectorPartWriter {
    pub fn new(key: &VectorKey) -> Result<Self> {
        let graph = Graph::new(GraphOptions {
            dim: key.dim,
            metric: key.space.metric(),
            m: key.m,
            ef_construction: key.ef_construction,
        })?;
        Ok(Self::with(key, graph, Vec::new(), 0))
    }

    /// Goes on with a sealed graph, all of whose rows are kept.
    pub fn resume(key: &VectorKey, folder: &Path, part: &VectorPart, rows: usize) -> Result<Self> {
        let graph = Graph::read(&folder.join(graph_name(key.index.oid)), Access::Memory)?;
        let ids = (0..part.len() as u32).map(|number| part.local(number)).collect();
        Ok(Self::with(key, graph, ids, rows as u32))
    }

    fn with(key: &VectorKey, graph: Graph, ids: Vec<u32>, rows: u32) -> Self {
        Self { index: key.index.oid, graph, ids, rows, waiting: Vec::new(), dim: key.dim }
    }

    pub fn push(&mut self, vector: Option<&[f32]>) -> Result<()> {
        if let Some(vector) = vector {
            self.ids.push(self.rows);
            self.waiting.extend_from_slice(vector);
        }
        self.rows += 1;
        if self.waiting.len() >= ADD_ROWS * self.dim {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.graph.add(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }

    pub fn finish(mut self, folder: &Path) -> Result<VectorDescription> {
        self.flush()?;
        self.graph.write(&folder.join(graph_name(self.index)))?;
        let dense = self.ids.len() == self.rows as usize;
        if !dense {
            let bytes: Vec<u8> = self.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
            fs::write(folder.join(ids_name(self.index)), bytes).map_err(|error| {
                PgError::internal(format!("could not write vector ids: {error}"))
            })?;
        }
        Ok(VectorDescription { index: self.index, count: self.ids.len(), dense })
    }
}

fn graph_name(index: IndexId) -> String {
    format!("v{index}.faiss")
}

fn ids_name(index: IndexId) -> String {
    format!("v{index}.ids")
}
