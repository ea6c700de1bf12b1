//! Building one vector index's share of a segment.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    cell::{Cells, Item},
    faiss::{Access, Codes, Graph, GraphOptions, Measure, Net},
    lists::Lists,
    part::{VectorPart, cells_name, codes_name, ends_name, graph_name, ids_name, lists_name},
};
use crate::{
    base::{PgError, Result, ids::IndexId},
    index::{
        keys::{Method, VectorKey},
        segment::{Layout, VectorDescription},
    },
};

/// Builds a part row by row, in the order of the local ids.
pub struct VectorPartWriter {
    index: IndexId,
    body: Body,
    ids: Vec<u32>,
    rows: u32,
}

enum Body {
    Flat { base: Base, waiting: Vec<f32> },
    Net { net: Net, cells: Cells },
    Lists { measure: Measure, wanted: usize, cells: Cells, base: Option<Lists> },
}

/// A graph under construction.
enum Base {
    /// A sealed graph that nothing was added to: its file serves again.
    Sealed {
        path: PathBuf,
        codes: Option<PathBuf>,
        dim: usize,
    },
    Open(Graph),
}

/// Vectors given to FAISS at once: enough to keep its threads busy.
const ADD_ROWS: usize = 4096;

impl VectorPartWriter {
    pub fn new(key: &VectorKey) -> Result<Self> {
        let body = match key.layout() {
            Layout::Flat => {
                let (m, ef_construction) = key.graph_options();
                let metric = key.metric();
                let options = GraphOptions { dim: key.dim, metric, m, ef_construction };
                Body::Flat { base: Base::Open(Graph::new(options)?), waiting: Vec::new() }
            }
            Layout::Net(measure) => {
                let (m, ef_construction) = key.graph_options();
                Body::Net {
                    net: Net::new(measure, m, ef_construction)?,
                    cells: Cells::new(measure.kind, measure.dim),
                }
            }
            Layout::Lists(measure) => Body::Lists {
                measure,
                wanted: wanted_lists(key),
                cells: Cells::new(measure.kind, measure.dim),
                base: None,
            },
        };
        Ok(Self { index: key.index.oid, body, ids: Vec::new(), rows: 0 })
    }

    /// Goes on with a sealed part, all of whose rows are kept.
    pub fn resume(key: &VectorKey, folder: &Path, part: &VectorPart, rows: usize) -> Result<Self> {
        let graph = folder.join(graph_name(key.index.oid));
        let cells = part.cells().map(|cells| cells.view().to_cells()).unwrap_or_default();
        let body = match key.layout() {
            Layout::Flat => {
                let codes = part.is_coded().then(|| folder.join(codes_name(key.index.oid)));
                let base = Base::Sealed { path: graph, codes, dim: key.dim };
                Body::Flat { base, waiting: Vec::new() }
            }
            Layout::Net(measure) => {
                Body::Net { net: Net::read(&graph, Access::Memory, measure)?, cells }
            }
            Layout::Lists(measure) => Body::Lists {
                measure,
                wanted: wanted_lists(key),
                cells,
                base: part.lists().cloned(),
            },
        };
        let ids = (0..part.len() as u32).map(|number| part.local(number)).collect();
        Ok(Self { index: key.index.oid, body, ids, rows: rows as u32 })
    }

    pub fn push(&mut self, vector: Option<Item<'_>>) -> Result<()> {
        if let Some(vector) = vector {
            self.ids.push(self.rows);
            match (&mut self.body, vector) {
                (Body::Flat { waiting, .. }, Item::Floats(elements)) => {
                    waiting.extend_from_slice(elements);
                }
                (Body::Flat { .. }, Item::Cell(_)) => {
                    return Err(PgError::internal("a graph over floats is given a cell"));
                }
                (Body::Net { cells, .. } | Body::Lists { cells, .. }, item) => {
                    cells.push_with(|out| {
                        item.append_to(out);
                        true
                    });
                }
            }
        }
        self.rows += 1;
        self.flush(ADD_ROWS)
    }

    /// Gives FAISS the vectors that wait, if there are so many.
    fn flush(&mut self, least: usize) -> Result<()> {
        match &mut self.body {
            Body::Flat { base, waiting } => {
                if !waiting.is_empty() && waiting.len() >= least * base.dim() {
                    base.open()?.add(waiting)?;
                    waiting.clear();
                }
            }
            Body::Net { net, cells } => {
                if cells.len() - net.len() >= least {
                    net.add(cells.view())?;
                }
            }
            Body::Lists { .. } => {}
        }
        Ok(())
    }

    pub fn finish(mut self, folder: &Path) -> Result<VectorDescription> {
        self.flush(0)?;
        let graph = folder.join(graph_name(self.index));
        let mut coded = false;
        let layout = match self.body {
            Body::Flat { base, .. } => {
                coded = base.write(&graph, &folder.join(codes_name(self.index)))?;
                Layout::Flat
            }
            Body::Net { net, cells } => {
                net.write(&graph)?;
                write_cells(folder, self.index, &cells)?;
                Layout::Net(net.measure())
            }
            Body::Lists { measure, wanted, cells, base } => {
                let lists = match base {
                    Some(base) => base.grow(wanted, cells.view())?,
                    None => Lists::train(measure, wanted, cells.view())?,
                };
                lists.write(&folder.join(lists_name(self.index)))?;
                write_cells(folder, self.index, &cells)?;
                Layout::Lists(measure)
            }
        };
        let dense = self.ids.len() == self.rows as usize;
        if !dense {
            let bytes: Vec<u8> = self.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
            write(&folder.join(ids_name(self.index)), &bytes)?;
        }
        Ok(VectorDescription { index: self.index, count: self.ids.len(), dense, layout, coded })
    }
}

impl Base {
    fn dim(&self) -> usize {
        match self {
            Base::Sealed { dim, .. } => *dim,
            Base::Open(graph) => graph.dim(),
        }
    }

    fn open(&mut self) -> Result<&mut Graph> {
        if let Base::Sealed { path, .. } = self {
            *self = Base::Open(Graph::read(path, Access::Memory)?);
        }
        match self {
            Base::Open(graph) => Ok(graph),
            Base::Sealed { .. } => unreachable!("it was just opened"),
        }
    }

    /// Whether there are codes too.
    fn write(&self, graph_file: &Path, codes_file: &Path) -> Result<bool> {
        match self {
            Base::Open(graph) => {
                graph.write(graph_file)?;
                let coded = Codes::serve(graph.metric());
                if coded {
                    write(codes_file, Codes::of(graph).bytes())?;
                }
                Ok(coded)
            }
            Base::Sealed { path, codes, .. } => {
                take(path, graph_file)?;
                codes.as_ref().map(|codes| take(codes, codes_file)).transpose()?;
                Ok(codes.is_some())
            }
        }
    }
}

/// Sealed files never change, so that several segments may have one.
fn take(file: &Path, target: &Path) -> Result<()> {
    fs::hard_link(file, target)
        .or_else(|_| fs::copy(file, target).map(drop))
        .map_err(|error| PgError::internal(format!("could not take a sealed file: {error}")))
}

fn wanted_lists(key: &VectorKey) -> usize {
    match key.method {
        Method::Lists { lists } => lists,
        Method::Graph { .. } => 1,
    }
}

fn write_cells(folder: &Path, index: IndexId, cells: &Cells) -> Result<()> {
    let view = cells.view();
    write(&folder.join(cells_name(index)), view.bytes())?;
    if !view.ends().is_empty() {
        write(&folder.join(ends_name(index)), view.ends())?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes)
        .map_err(|error| PgError::internal(format!("could not write {}: {error}", path.display())))
}
