//! Codes of a graph's vectors, and walks of the graph over them. One of the crate's few files with
//! `unsafe`: every call into `walk.cpp` is here, behind types that check sizes first.

use std::ffi::{c_char, c_int};

use bytes::Bytes;

use super::graph::{Found, Graph, Metric, Raw, call, failed};
use crate::base::Result;

/// A graph's vectors rounded to bytes: a quarter of their size. A walk measures these, because it is
/// memory that bounds it, and the vectors themselves only of what it has found.
///
/// Source: scalar quantisation as in FAISS's `ScalarQuantizer`, with a scale for each vector.
#[derive(Clone, Debug)]
pub struct Codes {
    bytes: Bytes,
    dim: usize,
    len: usize,
}

/// An entry of a walk's list costs a step through it, where FAISS's heap costs its logarithm.
const LIST_MAX: usize = 1024;

impl Codes {
    /// Whether distances of such vectors can be told from codes.
    pub fn serve(metric: Metric) -> bool {
        matches!(metric, Metric::L2 | Metric::InnerProduct)
    }

    /// Blocks: yes. Time: O(len * dim).
    pub fn of(graph: &Graph) -> Self {
        let (dim, len) = (graph.dim(), graph.len());
        let mut bytes = vec![0; Self::size(dim, len)];
        // SAFETY: `bytes` has the size that the encoding of the graph's vectors asks for.
        unsafe { fathom_graph_encode(graph.raw(), bytes.as_mut_ptr()) }
        Self { bytes: bytes.into(), dim, len }
    }

    /// What [`Codes::bytes`] gave, for a graph of such a size.
    ///
    /// Errors: XX000 if the length is not that of such codes.
    pub fn new(bytes: Bytes, dim: usize, len: usize) -> Result<Self> {
        match bytes.len() == Self::size(dim, len) {
            true => Ok(Self { bytes, dim, len }),
            false => Err(failed("read codes", "they are not the graph's")),
        }
    }

    fn size(dim: usize, len: usize) -> usize {
        // SAFETY: computes with the two numbers alone.
        unsafe { fathom_codes_size(dim, len) }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As [`Graph::search`], which it falls back to where a list would be too long.
    pub fn search(
        &self,
        graph: &Graph,
        query: &[f32],
        k: usize,
        ef: usize,
        selected: Option<&[u64]>,
    ) -> Result<Vec<Found>> {
        let k = k.min(graph.len());
        let ef = ef.max(k);
        // Codes order a little differently: some more than `k` are measured.
        let keep = 2 * k + 16;
        if ef > LIST_MAX || keep > LIST_MAX || !Self::serve(graph.metric()) {
            return graph.search(query, k, ef, selected);
        }
        graph.check(query, selected)?;
        if (self.dim, self.len) != (graph.dim(), graph.len()) {
            return Err(failed("walk a graph", "the codes are not its own"));
        }
        if k == 0 {
            return Ok(Vec::new());
        }
        let mut ids = vec![0; keep];
        let mut count = 0;
        call("walk a graph", |error, bytes| unsafe {
            // SAFETY: the codes are those of the graph's size, the query has its dimension, the
            // selection a bit for each of its vectors; `ids` holds `keep` places. Nothing changes
            // in the graph.
            fathom_graph_walk(
                graph.raw(),
                self.bytes.as_ptr(),
                query.as_ptr(),
                ef,
                keep,
                selected.map_or(std::ptr::null(), |words| words.as_ptr().cast()),
                ids.as_mut_ptr(),
                &mut count,
                error,
                bytes,
            )
        })?;
        ids.truncate(count);
        nearest(graph, query, &ids, k)
    }
}

fn nearest(graph: &Graph, query: &[f32], ids: &[u32], k: usize) -> Result<Vec<Found>> {
    let mut distances = Vec::new();
    graph.distances(query, ids, &mut distances)?;
    let mut found: Vec<Found> =
        ids.iter().zip(distances).map(|(id, distance)| Found { id: *id, distance }).collect();
    found.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance).then(a.id.cmp(&b.id)));
    found.truncate(k);
    Ok(found)
}

unsafe extern "C" {
    fn fathom_codes_size(dim: usize, n: usize) -> usize;
    fn fathom_graph_encode(graph: *const Raw, bytes: *mut u8);
    fn fathom_graph_walk(
        graph: *const Raw,
        bytes: *const u8,
        query: *const f32,
        ef: usize,
        keep: usize,
        bitmap: *const u8,
        ids: *mut u32,
        found: *mut usize,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
}

#[cfg(test)]
mod tests;
