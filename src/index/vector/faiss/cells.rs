//! HNSW graphs over cells, exact distances of cells, and k-means. One of the crate's few files with
//! `unsafe`: every call into `cells.cpp` is here, behind types that check sizes first.

use std::{
    ffi::{c_char, c_int},
    path::Path,
    ptr::{self, NonNull},
};

use super::graph::{Access, Found, Metric, c_path, call, failed};
use crate::{
    base::Result,
    index::vector::cell::{CellsView, Kind},
};

/// What the cells are and how they compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Measure {
    pub kind: Kind,
    pub metric: Metric,
    /// Elements of a vector.
    pub dim: usize,
}

impl Measure {
    /// Errors: XX000 if the query is no cell of this kind and dimension.
    fn check(&self, query: &[u8], cells: &CellsView<'_>) -> Result<()> {
        let fits = match self.kind.width(self.dim) {
            Some(width) => query.len() == width && cells.width == width,
            None => query.len().is_multiple_of(8) && cells.width == 0,
        };
        if fits { Ok(()) } else { Err(failed("measure cells", "wrong dimension or kind")) }
    }

    /// Exact distances of the cells `ids` (`None`: all), into `out` (cleared first).
    ///
    /// Errors: XX000 if the query has another dimension or an id is not among the cells.
    pub fn distances(
        &self,
        query: &[u8],
        cells: CellsView<'_>,
        ids: Option<&[u32]>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        self.check(query, &cells)?;
        if ids.is_some_and(|ids| ids.iter().any(|id| *id as usize >= cells.len())) {
            return Err(failed("measure cells", "wrong number"));
        }
        let count = ids.map_or(cells.len(), <[u32]>::len);
        out.clear();
        out.resize(count, 0.0);
        // SAFETY: every id is below the number of cells, each of which lies within the view; `out`
        // holds `count` places.
        unsafe {
            fathom_cells_distances(
                self.kind as c_int,
                self.metric as c_int,
                self.dim,
                &RawCells::of(&cells),
                query.as_ptr(),
                query.len(),
                ids.map_or(ptr::null(), <[u32]>::as_ptr),
                count,
                out.as_mut_ptr(),
            )
        }
        Ok(())
    }
}

/// An HNSW graph over cells that lie elsewhere.
///
/// Source: Malkov & Yashunin 2016; FAISS's `IndexHNSW`.
pub struct Net {
    raw: NonNull<Raw>,
    measure: Measure,
    len: usize,
    access: Access,
}

// SAFETY: FAISS's `search` and the accessors take the index as const and keep their state on the
// stack; `add` needs `&mut Net`.
unsafe impl Send for Net {}
unsafe impl Sync for Net {}

impl Net {
    /// Errors: XX000 if FAISS refuses the options.
    pub fn new(measure: Measure, m: usize, ef_construction: usize) -> Result<Self> {
        if measure.dim == 0 || !(2..=1024).contains(&m) {
            return Err(failed("make a graph", "dimension or m out of range"));
        }
        let mut raw = ptr::null_mut();
        call("make a graph", |error, bytes| unsafe {
            // SAFETY: `raw` and `error` outlive the call.
            fathom_net_new(
                measure.kind as c_int,
                measure.metric as c_int,
                measure.dim,
                m as c_int,
                ef_construction.clamp(1, 1 << 20) as c_int,
                &mut raw,
                error,
                bytes,
            )
        })?;
        Self::own(raw, measure, Access::Memory)
    }

    /// Reads a file written by [`Net::write`], whose checksum the caller has verified.
    pub fn read(path: &Path, access: Access, measure: Measure) -> Result<Self> {
        let name = c_path(path)?;
        let mut raw = ptr::null_mut();
        call("read a graph", |error, bytes| unsafe {
            // SAFETY: `name` ends in NUL; `raw` and `error` outlive the call.
            fathom_net_read(
                name.as_ptr(),
                c_int::from(access == Access::Mapped),
                measure.kind as c_int,
                measure.metric as c_int,
                measure.dim,
                &mut raw,
                error,
                bytes,
            )
        })?;
        Self::own(raw, measure, access)
    }

    fn own(raw: *mut Raw, measure: Measure, access: Access) -> Result<Self> {
        let raw = NonNull::new(raw).ok_or_else(|| failed("make a graph", "no graph"))?;
        // SAFETY: `raw` is a live graph that the shim has just handed over.
        let len = unsafe { fathom_net_len(raw.as_ptr()) };
        Ok(Self { raw, measure, len, access })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// Takes in the cells past its length, so that it has all of `cells`.
    ///
    /// Blocks: yes; uses the calling thread's OpenMP threads.
    /// Errors: XX000 on cells of another kind, fewer cells than it has, or a mapped graph.
    pub fn add(&mut self, cells: CellsView<'_>) -> Result<()> {
        if self.access == Access::Mapped {
            return Err(failed("add to a graph", "it is mapped"));
        }
        if cells.width != self.measure.kind.width(self.measure.dim).unwrap_or(0) {
            return Err(failed("add to a graph", "wrong dimension or kind"));
        }
        if cells.len() < self.len || cells.len() > i32::MAX as usize {
            return Err(failed("add to a graph", "wrong number of cells"));
        }
        if cells.len() == self.len {
            return Ok(());
        }
        call("add to a graph", |error, bytes| unsafe {
            // SAFETY: the graph is live and ours alone, and all its cells lie within the view.
            fathom_net_add(self.raw.as_ptr(), &RawCells::of(&cells), cells.len(), error, bytes)
        })?;
        self.len = cells.len();
        Ok(())
    }

    /// Returns about the `k` nearest cells, closest first; fewer where the walk met no more.
    ///
    /// Shapes: `selected` has a bit for every cell, lowest bit first.
    /// Blocks: yes, call from the search pool. Errors: XX000 if the query or the cells do not fit.
    pub fn search(
        &self,
        query: &[u8],
        cells: CellsView<'_>,
        k: usize,
        ef: usize,
        selected: Option<&[u64]>,
    ) -> Result<Vec<Found>> {
        self.measure.check(query, &cells)?;
        if cells.len() != self.len {
            return Err(failed("search a graph", "wrong number of cells"));
        }
        if selected.is_some_and(|words| words.len() * 64 < self.len) {
            return Err(failed("search a graph", "the selection is too short"));
        }
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
            // SAFETY: the outputs hold `k` places; the query, the cells and the bitmap outlive the
            // call, which changes nothing in the graph.
            fathom_net_search(
                self.raw.as_ptr(),
                &RawCells::of(&cells),
                query.as_ptr(),
                query.len(),
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

    pub fn write(&self, path: &Path) -> Result<()> {
        let name = c_path(path)?;
        call("write a graph", |error, bytes| unsafe {
            // SAFETY: `name` ends in NUL; the graph is live.
            fathom_net_write(self.raw.as_ptr(), name.as_ptr(), error, bytes)
        })
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // SAFETY: the graph is ours, and nobody can use it again.
        unsafe { fathom_net_free(self.raw.as_ptr()) }
    }
}

/// `k` centroids of packed vectors, by k-means; of unit length if `spherical`.
///
/// Shapes: vectors `[n * dim] f32`, finite, `n >= k`; result `[k * dim] f32`.
/// Blocks: yes; uses the calling thread's OpenMP threads. Errors: XX000 on other shapes.
/// Source: FAISS's `Clustering`.
pub fn train(dim: usize, vectors: &[f32], k: usize, spherical: bool) -> Result<Vec<f32>> {
    let whole = dim > 0 && vectors.len().is_multiple_of(dim);
    if !whole || k == 0 || vectors.len() / dim < k || !super::is_finite(vectors) {
        return Err(failed("train centroids", "wrong dimension or number"));
    }
    let mut centroids = vec![0f32; k * dim];
    call("train centroids", |error, bytes| unsafe {
        // SAFETY: `vectors` holds `n * dim` numbers, and `centroids` `k * dim` places.
        fathom_train(
            dim,
            vectors.len() / dim,
            vectors.as_ptr(),
            k,
            c_int::from(spherical),
            centroids.as_mut_ptr(),
            error,
            bytes,
        )
    })?;
    Ok(centroids)
}

/// The nearest centroid of each of the packed vectors.
///
/// Shapes: centroids `[k * dim] f32`, vectors `[n * dim] f32`; result `[n]`, each below `k`.
/// Errors: XX000 on other shapes.
pub fn assign(dim: usize, centroids: &[f32], vectors: &[f32]) -> Result<Vec<u32>> {
    let whole = |numbers: &[f32]| dim > 0 && numbers.len().is_multiple_of(dim);
    if !whole(centroids) || !whole(vectors) || centroids.is_empty() {
        return Err(failed("assign vectors", "wrong dimension"));
    }
    let (k, count) = (centroids.len() / dim, vectors.len() / dim);
    let mut labels = vec![0i64; count];
    call("assign vectors", |error, bytes| unsafe {
        // SAFETY: the lengths were just checked; `labels` has a place for each vector.
        fathom_assign(
            dim,
            k,
            centroids.as_ptr(),
            count,
            vectors.as_ptr(),
            labels.as_mut_ptr(),
            error,
            bytes,
        )
    })?;
    // A distance that overflowed has no nearest centroid: any will do.
    Ok(labels.into_iter().map(|label| label.clamp(0, k as i64 - 1) as u32).collect())
}

/// Layout of `Cells` in `cells.cpp`.
#[repr(C)]
struct RawCells {
    bytes: *const u8,
    ends: *const u8,
    width: usize,
}

impl RawCells {
    fn of(cells: &CellsView<'_>) -> Self {
        Self { bytes: cells.bytes.as_ptr(), ends: cells.ends.as_ptr(), width: cells.width }
    }
}

#[repr(C)]
struct Raw {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn fathom_net_new(
        kind: c_int,
        metric: c_int,
        dim: usize,
        m: c_int,
        ef_construction: c_int,
        out: *mut *mut Raw,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_net_add(
        graph: *mut Raw,
        cells: *const RawCells,
        total: usize,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_net_search(
        graph: *const Raw,
        cells: *const RawCells,
        query: *const u8,
        query_size: usize,
        k: usize,
        ef: usize,
        bitmap: *const u8,
        bitmap_bytes: usize,
        out: *mut f32,
        labels: *mut i64,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_net_write(
        graph: *const Raw,
        path: *const c_char,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_net_read(
        path: *const c_char,
        mapped: c_int,
        kind: c_int,
        metric: c_int,
        dim: usize,
        out: *mut *mut Raw,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_net_free(graph: *mut Raw);
    fn fathom_net_len(graph: *const Raw) -> usize;
    fn fathom_cells_distances(
        kind: c_int,
        metric: c_int,
        dim: usize,
        cells: *const RawCells,
        query: *const u8,
        query_size: usize,
        ids: *const u32,
        n: usize,
        out: *mut f32,
    );
    fn fathom_train(
        dim: usize,
        n: usize,
        x: *const f32,
        k: usize,
        spherical: c_int,
        centroids: *mut f32,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
    fn fathom_assign(
        dim: usize,
        k: usize,
        centroids: *const f32,
        n: usize,
        x: *const f32,
        labels: *mut i64,
        error: *mut c_char,
        error_bytes: usize,
    ) -> c_int;
}

#[cfg(test)]
mod tests;
