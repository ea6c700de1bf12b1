//! One vector index's share of a segment.

use std::{borrow::Cow, path::Path};

use super::{
    cell::{Item, MappedCells, Query},
    faiss::{Access, Codes, Found, Graph, Net},
    lists::Lists,
    nearest::Nearest,
};
use crate::{
    base::{PgError, Result, ids::IndexId},
    index::{
        bitmap::Bitmap,
        contract::{Effort, Strategy},
        segment::{Layout, U32s, VectorDescription, map_file},
    },
};

/// Walking a graph with effort 1 costs about as much as measuring so many vectors one after the
/// other: some 20 distances, at random places.
const GRAPH_COST: usize = 30;
/// Measuring the vectors of lists jumps about; going through all of them one after the other does
/// not, and finds all.
const LISTS_COST: usize = 2;
/// Vectors measured between two looks at the cancel flag.
const BLOCK: usize = 4096;

/// A mapped index, and the rows its vectors belong to.
pub struct VectorPart {
    body: Body,
    /// Local ids in ascending order; `None` if vector `n` is row `n`'s.
    ids: Option<U32s>,
    len: usize,
}

enum Body {
    /// FAISS's graph with its plain vectors, and codes of them where these can serve.
    Flat(Graph, Option<Codes>),
    /// A graph over cells.
    Net(Net, MappedCells),
    /// Inverted lists over cells.
    Lists(Lists, MappedCells),
}

/// A query as it reaches a part.
pub struct Probe<'a> {
    /// Prepared by `VectorKey::prepare`.
    pub query: &'a Query,
    pub limit: usize,
    pub ef_search: usize,
    /// Lists to look into, at least.
    pub probes: usize,
    /// Local ids that may be found; `None`: all.
    pub selected: Option<&'a Bitmap>,
    /// Whether a filter (and not just tombstones) made the selection.
    pub filtered: bool,
    pub cancelled: &'a (dyn Fn() -> Result<()> + Sync),
}

impl VectorPart {
    pub fn open(folder: &Path, part: &VectorDescription, rows: usize) -> Result<Self> {
        let (index, count) = (part.index, part.count);
        let graph = folder.join(graph_name(index));
        let body = match part.layout {
            Layout::Flat => {
                let graph = Graph::read(&graph, Access::Mapped)?;
                let codes = match part.coded {
                    true => {
                        let bytes = map_file(&folder.join(codes_name(index)))?;
                        Some(Codes::new(bytes, graph.dim(), graph.len())?)
                    }
                    false => None,
                };
                Body::Flat(graph, codes)
            }
            Layout::Net(measure) => Body::Net(
                Net::read(&graph, Access::Mapped, measure)?,
                map_cells(folder, part, measure)?,
            ),
            Layout::Lists(measure) => Body::Lists(
                Lists::read(&folder.join(lists_name(index)), measure, count)?,
                map_cells(folder, part, measure)?,
            ),
        };
        let ids = match part.dense {
            true => None,
            false => U32s::new(map_file(&folder.join(ids_name(index)))?),
        };
        let len = match &body {
            Body::Flat(graph, _) => graph.len(),
            Body::Net(net, _) => net.len(),
            Body::Lists(..) => count,
        };
        if len != ids.as_ref().map_or(rows, U32s::len)
            || len != count
            || part.dense != ids.is_none()
        {
            return Err(PgError::internal(format!("index {index}: graph and rows differ in size")));
        }
        Ok(Self { body, ids, len })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn local(&self, vector: u32) -> u32 {
        self.ids.as_ref().map_or(vector, |ids| ids.get(vector as usize))
    }

    pub(super) fn cells(&self) -> Option<&MappedCells> {
        match &self.body {
            Body::Flat(..) => None,
            Body::Net(_, cells) | Body::Lists(_, cells) => Some(cells),
        }
    }

    pub(super) fn is_coded(&self) -> bool {
        matches!(self.body, Body::Flat(_, Some(_)))
    }

    pub(super) fn lists(&self) -> Option<&Lists> {
        match &self.body {
            Body::Lists(lists, _) => Some(lists),
            Body::Flat(..) | Body::Net(..) => None,
        }
    }

    /// Appends, for each kept row in order, its vector (or none).
    pub fn each_kept(
        &self,
        keep: &Bitmap,
        mut visit: impl FnMut(Option<Item<'_>>) -> Result<()>,
    ) -> Result<()> {
        let mut next = 0;
        let mut copy = Vec::new();
        for local in keep.iter() {
            while next < self.len() && self.local(next as u32) < local {
                next += 1;
            }
            if next < self.len() && self.local(next as u32) == local {
                match &self.body {
                    Body::Flat(graph, _) => {
                        copy.clear();
                        graph.copy(next, 1, &mut copy)?;
                        visit(Some(Item::Floats(&copy)))?;
                    }
                    Body::Net(_, cells) | Body::Lists(_, cells) => {
                        visit(Some(Item::Cell(cells.view().get(next))))?;
                    }
                }
            } else {
                visit(None)?;
            }
        }
        Ok(())
    }

    /// The nearest selected rows, closest first: `limit` of them if so many are selected.
    ///
    /// The way is chosen by counting: measure the selected vectors one by one, or walk the graph (or
    /// look into lists) inside the selection, whichever costs less. If that comes back with fewer
    /// than it was asked for, the selection lies away from where it looked: measure after all.
    pub fn nearest(&self, probe: &Probe<'_>, effort: &mut Effort) -> Result<Vec<Found>> {
        let selected = probe.selected.map(|selected| self.numbers(selected));
        let matching = selected.as_ref().map_or(self.len(), Bitmap::count);
        if probe.filtered {
            *effort.matching.get_or_insert(0) += matching as u64;
        }
        if matching == 0 || probe.limit == 0 {
            return Ok(Vec::new());
        }
        let looked = match &self.body {
            Body::Lists(lists, _) => {
                self.in_lists(lists, probe, selected.as_ref(), matching, effort)?
            }
            _ => self.walked(probe, selected.as_ref(), matching, effort)?,
        };
        let mut found = match looked {
            Some(found) => found,
            None => {
                let strategy =
                    if probe.filtered { Strategy::ExactGather } else { Strategy::ExactScan };
                effort.strategy = effort.strategy.max(strategy);
                let numbers: Vec<u32> = match &selected {
                    Some(selected) => selected.iter().collect(),
                    None => (0..self.len() as u32).collect(),
                };
                let mut nearest = Nearest::new(probe.limit.min(matching));
                self.measure(probe, &numbers, &mut nearest, effort)?;
                sorted(nearest)
            }
        };
        found.truncate(probe.limit);
        for hit in &mut found {
            hit.id = self.local(hit.id);
        }
        Ok(found)
    }

    /// Walks the graph; `None` if to measure all costs less, or if the walk met too few.
    fn walked(
        &self,
        probe: &Probe<'_>,
        selected: Option<&Bitmap>,
        matching: usize,
        effort: &mut Effort,
    ) -> Result<Option<Vec<Found>>> {
        let wanted = probe.limit.max(probe.ef_search);
        // Of what the walk meets, only the selected share counts.
        let ef = wanted.saturating_mul(self.len()).div_ceil(matching);
        if matching <= ef.saturating_mul(GRAPH_COST) || probe.limit * 2 >= matching {
            return Ok(None);
        }
        let asked = if selected.is_some() { wanted } else { probe.limit };
        let words = selected.map(Bitmap::words);
        let found = match &self.body {
            Body::Flat(graph, Some(codes)) => {
                codes.search(graph, floats(probe.query)?, asked, ef, words)?
            }
            Body::Flat(graph, None) => graph.search(floats(probe.query)?, asked, ef, words)?,
            Body::Net(net, cells) => {
                net.search(&probe.query.cell(), cells.view(), asked, ef, words)?
            }
            Body::Lists(..) => return Ok(None),
        };
        effort.strategy = effort.strategy.max(Strategy::Graph);
        effort.ef = effort.ef.max(ef);
        effort.candidates += ef as u64;
        if found.len() < asked.min(matching) {
            effort.refilled = true;
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// Looks into the nearest lists, and on into farther ones until there are enough; `None` if to
    /// measure all costs less.
    fn in_lists(
        &self,
        lists: &Lists,
        probe: &Probe<'_>,
        selected: Option<&Bitmap>,
        matching: usize,
        effort: &mut Effort,
    ) -> Result<Option<Vec<Found>>> {
        let average = self.len().div_ceil(lists.len());
        let cost = lists.len().saturating_add(average.saturating_mul(probe.probes));
        if matching <= cost.saturating_mul(LISTS_COST) || probe.limit * 2 >= matching {
            return Ok(None);
        }
        let mut nearest = Nearest::new(probe.limit);
        for (at, list) in lists.nearest(&probe.query.cell()).into_iter().enumerate() {
            if at >= probe.probes && nearest.len() >= probe.limit {
                break;
            }
            effort.refilled |= at >= probe.probes;
            effort.probes += 1;
            let members = lists.members(list);
            let inside: Cow<'_, [u32]> = match selected {
                None => members.into(),
                Some(selected) => {
                    members.iter().copied().filter(|at| selected.get(*at as usize)).collect()
                }
            };
            self.measure(probe, &inside, &mut nearest, effort)?;
        }
        effort.strategy = effort.strategy.max(Strategy::Lists);
        Ok(Some(sorted(nearest)))
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

    fn measure(
        &self,
        probe: &Probe<'_>,
        numbers: &[u32],
        nearest: &mut Nearest<u32>,
        effort: &mut Effort,
    ) -> Result<()> {
        effort.candidates += numbers.len() as u64;
        let query = self.cells().map(|_| probe.query.cell());
        let mut distances = Vec::with_capacity(BLOCK.min(numbers.len()));
        for block in numbers.chunks(BLOCK) {
            (probe.cancelled)()?;
            let (measure, cells) = match &self.body {
                Body::Flat(graph, _) => {
                    graph.distances(floats(probe.query)?, block, &mut distances)?;
                    keep(block, &distances, nearest);
                    continue;
                }
                Body::Net(net, cells) => (net.measure(), cells),
                Body::Lists(lists, cells) => (lists.measure(), cells),
            };
            let query = query.as_deref().unwrap_or_default();
            measure.distances(query, cells.view(), Some(block), &mut distances)?;
            keep(block, &distances, nearest);
        }
        Ok(())
    }
}

fn keep(numbers: &[u32], distances: &[f32], nearest: &mut Nearest<u32>) {
    for (number, distance) in numbers.iter().zip(distances) {
        if *distance <= nearest.threshold() {
            nearest.push(*distance, *number);
        }
    }
}

fn sorted(nearest: Nearest<u32>) -> Vec<Found> {
    nearest.into_sorted().map(|(distance, id)| Found { id, distance }).collect()
}

fn floats(query: &Query) -> Result<&[f32]> {
    match query {
        Query::Floats(elements) => Ok(elements),
        Query::Cell(_) => Err(PgError::internal("a graph over floats is asked for a cell")),
    }
}

fn map_cells(
    folder: &Path,
    part: &VectorDescription,
    measure: super::faiss::Measure,
) -> Result<MappedCells> {
    let bytes = map_file(&folder.join(cells_name(part.index)))?;
    let ends = match measure.kind.width(measure.dim) {
        Some(_) => Default::default(),
        None => map_file(&folder.join(ends_name(part.index)))?,
    };
    MappedCells::new(measure.kind, measure.dim, bytes, ends, part.count)
}

pub(super) fn graph_name(index: IndexId) -> String {
    format!("v{index}.faiss")
}

pub(super) fn codes_name(index: IndexId) -> String {
    format!("v{index}.codes")
}

pub(super) fn ids_name(index: IndexId) -> String {
    format!("v{index}.ids")
}

pub(super) fn cells_name(index: IndexId) -> String {
    format!("v{index}.cells")
}

pub(super) fn ends_name(index: IndexId) -> String {
    format!("v{index}.ends")
}

pub(super) fn lists_name(index: IndexId) -> String {
    format!("v{index}.lists")
}
