//! HNSW graphs over flat vectors, and the exact distance kernels.
//!
//! One of the crate's few files with `unsafe`: every call into `shim.cpp` is here, behind types
//! that check dimension, counts and finiteness first, because FAISS throws inside OpenMP regions
//! where nothing can catch it.

use std::{
    ffi::{CString, c_char, c_int},
    os::unix::ffi::OsStrExt,
    path::Path,
    ptr::{self, NonNull},
};

// Its build links FAISS.
use faiss_sys as _;

use crate::base::{PgError, Result};

/// How two vectors compare; the numbers are the shim's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Metric {
    /// Squared Euclidean distance.
    L2 = 0,
    /// The negative inner product.
    InnerProduct = 1,
    /// Taxicab distance.
    L1 = 2,
    /// 1 - cosine similarity; of cells alone, for plain vectors are brought to unit length.
    Cosine = 3,
    /// Differing bits.
    Hamming = 4,
    /// 1 - shared ones / all ones.
    Jaccard = 5,
}

/// The size of a graph and the effort of its building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphOptions {
    pub dim: usize,
    pub metric: Metric,
    /// Links of a node (twice as many at the lowest level).
    pub m: usize,
    pub ef_construction: usize,
}

/// An HNSW graph and its vectors.
///
/// Source: Malkov & Yashunin 2016; FAISS's `IndexHNSWFlat`.
pub struct Graph {
    raw: NonNull<Raw>,
    dim: usize,
    len: usize,
    metric: Metric,
    access: Access,
}

/// Where a graph's arrays lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// In memory: can be searched and added to.
    Memory,
    /// In a mapped file: can only be searched.
    Mapped,
}

/// A vector found: its number within the graph, and its distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub id: u32,
    pub distance: f32,
}

// SAFETY: FAISS's `search` and the accessors take the index as const and keep their state on the
// stack; `add` needs `&mut Graph`.
unsafe impl Send for Graph {}
unsafe impl Sync for Graph {}

impl Graph {
    /// Errors: XX000 if FAISS refuses the options.
    pub fn new(options: GraphOptions) -> Result<Self> {
        let GraphOptions { dim, metric, m, ef_construction } = options;
        if dim == 0 || dim > i32::MAX as usize / 8 || !(2..=1024).contains(&m) {
            return Err(failed("make a graph", "dimension or m out of range"));
        }
        let mut raw = ptr::null_mut();
        call("make a graph", |error, bytes| unsafe {
            // SAFETY: `raw` and `error` outlive the call.
            let effort = ef_construction.clamp(1, 1 << 20) as c_int;
            fathom_graph_new(dim, metric as c_int, m as c_int, effort, &mut raw, error, bytes)
        })?;
        Self::own(raw, Access::Memory)
    }

    /// Reads a file written by [`Graph::write`], whose checksum the caller has verified.
    pub fn read(path: &Path, access: Access) -> Result<Self> {
        let name = c_path(path)?;
        let mut raw = ptr::null_mut();
        call("read a graph", |error, bytes| unsafe {
            // SAFETY: `name` ends in NUL; `raw` and `error` outlive the call.
            let mapped = c_int::from(access == Access::Mapped);
            fathom_graph_read(name.as_ptr(), mapped, &mut raw, error, bytes)
        })?;
        Self::own(raw, access)
    }

    fn own(raw: *mut Raw, access: Access) -> Result<Self> {
        let raw = NonNull::new(raw).ok_or_else(|| failed("make a graph", "no graph"))?;
        // SAFETY: `raw` is a live graph that the shim has just handed over.
        let (dim, len, metric) = unsafe {
            (
                fathom_graph_dim(raw.as_ptr()),
                fathom_graph_len(raw.as_ptr()),
                fathom_graph_metric(raw.as_ptr()),
            )
        };
        let metric = match metric {
            0 => Metric::L2,
            1 => Metric::InnerProduct,
            _ => Metric::L1,
        };
        Ok(Self { raw, dim, len, metric, access })
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Adds vectors; they get the next numbers.
    ///
    /// Shapes: vectors `[n * dim] f32`. Blocks: yes; uses the calling thread's OpenMP threads.
    /// Errors: XX000 on a wrong length, a number that is not finite, or a mapped graph.
    pub fn add(&mut self, vectors: &[f32]) -> Result<()> {
        if self.access == Access::Mapped {
            return Err(failed("add to a graph", "it is mapped"));
        }
        if !vectors.len().is_multiple_of(self.dim) {
            return Err(failed("add to a graph", "wrong dimension"));
        }
        if !is_finite(vectors) {
            return Err(failed("add to a graph", "a number is not finite"));
        }
        let count = vectors.len() / self.dim;
        if count == 0 {
            return Ok(());
        }
        if self.len + count > i32::MAX as usize {
            return Err(failed("add to a graph", "it is full"));
        }
        call("add to a graph", |error, bytes| unsafe {
            // SAFETY: the graph is live and ours alone; `vectors` holds `count * dim` numbers.
            fathom_graph_add(self.raw.as_ptr(), count, vectors.as_ptr(), error, bytes)
        })?;
        self.len += count;
        Ok(())
    }

    /// Returns about the `k` nearest vectors, closest first; fewer where the walk met no more.
    ///
    /// Shapes: query `[dim] f32`; `selected` has a bit for every vector, lowest bit first.
    /// Blocks: yes, call from the search pool. Time: O(ef * dim).
    /// Errors: XX000 if the query has another dimension or is not finite.
    pub fn search(
        &self,
        query: &[f32],
        k: usize,
        ef: usize,
        selected: Option<&[u64]>,
    ) -> Result<Vec<Found>> {
        self.check(query, selected)?;
        let k = k.min(self.len);
        if k == 0 {
            return Ok(Vec::new());
        }
        let ef = ef.clamp(k, i32::MAX as usize / 4);
        let mut distances = vec![0f32; k];
        let mut labels = vec![-1i64; k];
        call("search a graph", |error, bytes| unsafe {
            let (bits, bits_bytes) = match selected {
                Some(words) => (words.as_ptr().cast::<u8>(), words.len() * 8),
                None => (ptr::null(), 0),
            };
            // SAFETY: the outputs hold `k` places, the query `dim` numbers, the bitmap
            // `bits_bytes` bytes; all outlive the call, which changes nothing in the graph.
            fathom_graph_search(
                self.raw.as_ptr(),
                query.as_ptr(),
                k,
                ef,
                bits,
                bits_bytes,
                distances.as_mut_ptr(),
                labels.as_mut_ptr(),
                error,
                bytes,
            )
        })?;
        Ok(labels
            .iter()
            .zip(distances)
            .filter(|(label, _)| (0..self.len as i64).contains(*label))
            .map(|(label, distance)| Found { id: *label as u32, distance })
            .collect())
    }

    /// Errors: XX000 if the query or the selection is not one of this graph.
    pub(super) fn check(&self, query: &[f32], selected: Option<&[u64]>) -> Result<()> {
        if query.len() != self.dim || !is_finite(query) {
            return Err(failed("search a graph", "wrong dimension, or a number is not finite"));
        }
        if selected.is_some_and(|words| words.len() * 64 < self.len) {
            return Err(failed("search a graph", "the selection is too short"));
        }
        Ok(())
    }

    pub(super) fn raw(&self) -> *const Raw {
        self.raw.as_ptr()
    }

    /// Exact distances of the vectors `ids`, into `out` (cleared first).
    ///
    /// Errors: XX000 if the query has another dimension or an id is not of this graph.
    pub fn distances(&self, query: &[f32], ids: &[u32], out: &mut Vec<f32>) -> Result<()> {
        if query.len() != self.dim || ids.iter().any(|id| *id as usize >= self.len) {
            return Err(failed("measure vectors", "wrong dimension or number"));
        }
        out.clear();
        out.resize(ids.len(), 0.0);
        // SAFETY: every id is below `len`, and `out` holds `ids.len()` places.
        unsafe {
            fathom_graph_distances(
                self.raw.as_ptr(),
                query.as_ptr(),
                ids.as_ptr(),
                ids.len(),
                out.as_mut_ptr(),
            )
        }
        Ok(())
    }

    /// Appends the vectors `first .. first + count` to `out`.
    pub fn copy(&self, first: usize, count: usize, out: &mut Vec<f32>) -> Result<()> {
        if first + count > self.len {
            return Err(failed("copy vectors", "wrong number"));
        }
        let start = out.len();
        out.resize(start + count * self.dim, 0.0);
        // SAFETY: the range is within the graph, and `out` has been grown to hold it.
        unsafe {
            fathom_graph_copy(self.raw.as_ptr(), first, count, out[start..].as_mut_ptr());
        }
        Ok(())
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let name = c_path(path)?;
        call("write a graph", |error, bytes| unsafe {
            // SAFETY: `name` ends in NUL; the graph is live.
            fathom_graph_write(self.raw.as_ptr(), name.as_ptr(), error, bytes)
        })
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        // SAFETY: the graph is ours, and nobody can use it again.
        unsafe { fathom_graph_free(self.raw.as_ptr()) }
    }
}

/// Exact distances from `query` to the packed `vectors`, into `out` (cleared first).
///
/// Shapes: query `[dim] f32`, vectors `[n * dim] f32`, out `[n] f32`. Panics on other shapes.
pub fn distances(metric: Metric, query: &[f32], vectors: &[f32], out: &mut Vec<f32>) {
    assert!(!query.is_empty() && vectors.len().is_multiple_of(query.len()), "packed vectors");
    let count = vectors.len() / query.len();
    out.clear();
    out.resize(count, 0.0);
    // SAFETY: the lengths were just checked and made to fit.
    unsafe {
        fathom_distances(
            metric as c_int,
            query.as_ptr(),
            vectors.as_ptr(),
            query.len(),
            count,
            out.as_mut_ptr(),
        )
    }
}

/// Sets how many OpenMP threads the calling thread's FAISS calls use.
pub fn set_threads(count: usize) {
    // SAFETY: sets a number of this thread's own.
    unsafe { fathom_threads(count.clamp(1, 256) as c_int) }
}

pub fn is_finite(numbers: &[f32]) -> bool {
    numbers.iter().all(|number| number.is_finite())
}

pub(super) fn failed(act: &str, why: &str) -> PgError {
    PgError::internal(format!("could not {act}: {why}"))
}

pub(super) fn c_path(path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| failed("open a graph file", "its name holds a NUL"))
}

const ERROR_BYTES: usize = 512;

/// Runs one verb of the shim and turns its message into an error.
pub(super) fn call(act: &str, verb: impl FnOnce(*mut c_char, usize) -> c_int) -> Result<()> {
    let mut message = [0u8; ERROR_BYTES];
    if verb(message.as_mut_ptr().cast(), ERROR_BYTES) == 0 {
        return Ok(());
    }
    let end = message.iter().position(|byte| *byte == 0).unwrap_or(ERROR_BYTES);
    Err(failed(act, &String::from_utf8_lossy(&message[..end])))
}

#[repr(C)]
pub(super) struct Raw {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn fathom_graph_new(
        dim: usize,
        metric: c_int,
        m: c_int,
        ef_construction: c_int,
        out: *mut *mut Raw,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_graph_add(
        graph: *mut Raw,
        n: usize,
        x: *const f32,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_graph_search(
        graph: *const Raw,
        query: *const f32,
        k: usize,
        ef: usize,
        bitmap: *const u8,
        bitmap_bytes: usize,
        out: *mut f32,
        labels: *mut i64,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_graph_write(
        graph: *const Raw,
        path: *const c_char,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_graph_read(
        path: *const c_char,
        mapped: c_int,
        out: *mut *mut Raw,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_graph_free(graph: *mut Raw);
    fn fathom_graph_len(graph: *const Raw) -> usize;
    fn fathom_graph_dim(graph: *const Raw) -> usize;
    fn fathom_graph_metric(graph: *const Raw) -> c_int;
    fn fathom_graph_distances(
        graph: *const Raw,
        query: *const f32,
        ids: *const u32,
        n: usize,
        out: *mut f32,
    );
    fn fathom_graph_copy(graph: *const Raw, first: usize, n: usize, out: *mut f32);
    fn fathom_distances(
        metric: c_int,
        query: *const f32,
        base: *const f32,
        dim: usize,
        n: usize,
        out: *mut f32,
    );
    fn fathom_threads(n: c_int);
}

#[cfg(test)]
mod tests;
