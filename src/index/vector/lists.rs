//! Inverted lists: each vector belongs to the nearest of some centroids, and a search looks into the
//! lists whose centroids are nearest to the query.
//!
//! Centroids are trained on the part's own vectors, so a part has fewer lists than the index asks
//! for where it has few vectors. Under inner product and cosine they are directions.

use std::{fs, path::Path};

use super::{
    cell::{CellsView, Kind},
    faiss::{self, Measure, Metric},
};
use crate::base::{PgError, Result};

/// Vectors of a list, on average, at least: with fewer, more is spent on centroids than on vectors.
const LIST_VECTORS_MIN: usize = 32;
/// Vectors that k-means sees for each centroid, and at least.
const SAMPLE_PER_LIST: usize = 50;
const SAMPLE_MIN: usize = 10_000;
/// What the sample and the centroids may take each.
const SAMPLE_BYTES_MAX: usize = 256 << 20;
const CENTROID_BYTES_MAX: usize = 64 << 20;
/// Vectors assigned at once.
const BLOCK: usize = 4096;

#[derive(Clone, Debug, PartialEq)]
pub struct Lists {
    measure: Measure,
    /// `[k * dim] f32`
    centroids: Vec<f32>,
    /// Where each list begins among the members, and where the last one ends.
    starts: Vec<u32>,
    /// Numbers of vectors, list by list, ascending in each.
    members: Vec<u32>,
    /// How many vectors the part had when the centroids were trained.
    trained: u32,
}

impl Lists {
    /// Trains `wanted` centroids, or as many as the vectors are worth, and assigns all vectors.
    ///
    /// Blocks: yes; uses the calling thread's OpenMP threads.
    pub fn train(measure: Measure, wanted: usize, cells: CellsView<'_>) -> Result<Self> {
        let most = CENTROID_BYTES_MAX / (measure.dim * 4);
        let count = wanted.min(cells.len() / LIST_VECTORS_MIN).min(most);
        let mut lists = Self {
            measure,
            centroids: Vec::new(),
            starts: Vec::new(),
            members: Vec::new(),
            trained: cells.len() as u32,
        };
        if count > 1 {
            let room = SAMPLE_BYTES_MAX / (measure.dim * 4);
            let size = (count * SAMPLE_PER_LIST).max(SAMPLE_MIN).min(room).max(count);
            let size = size.min(cells.len());
            let mut sample = Vec::with_capacity(size * measure.dim);
            for at in 0..size {
                // Spread over all rows: neighbours were often written together and are alike.
                lists.place(cells.get(at * cells.len() / size), &mut sample);
            }
            lists.centroids = faiss::train(measure.dim, &sample, count, lists.is_spherical())?;
        }
        lists.assign(cells)?;
        Ok(lists)
    }

    /// The same for a part that has grown: centroids are kept until it has twice as many vectors.
    pub fn grow(mut self, wanted: usize, cells: CellsView<'_>) -> Result<Self> {
        if cells.len() >= 2 * self.trained as usize {
            return Self::train(self.measure, wanted, cells);
        }
        self.assign(cells)?;
        Ok(self)
    }

    fn is_spherical(&self) -> bool {
        matches!(self.measure.metric, Metric::InnerProduct | Metric::Cosine)
    }

    /// Appends the vector as centroids see it: in floats, of unit length if they are directions.
    fn place(&self, cell: &[u8], out: &mut Vec<f32>) {
        let (start, dim) = (out.len(), self.measure.dim);
        match self.measure.kind {
            Kind::Half => {
                let halves = cell.as_chunks::<2>().0.iter();
                out.extend(
                    halves
                        .map(|half| crate::types::halfvec::half::widen(u16::from_le_bytes(*half))),
                );
            }
            Kind::Bits => {
                let bit = |at: usize| cell[at / 8] & 0x80 >> (at % 8) != 0;
                out.extend((0..dim).map(|at| f32::from(u8::from(bit(at)))));
            }
            Kind::Float | Kind::Sparse => {
                out.extend(cell.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            }
        }
        if self.is_spherical() {
            let square: f64 = out[start..].iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
            if square > 0.0 {
                out[start..].iter_mut().for_each(|x| *x = (f64::from(*x) / square.sqrt()) as f32);
            }
        }
    }

    fn assign(&mut self, cells: CellsView<'_>) -> Result<()> {
        let mut owners = vec![0u32; cells.len()];
        if !self.centroids.is_empty() {
            let mut block = Vec::new();
            for first in (0..cells.len()).step_by(BLOCK) {
                let last = (first + BLOCK).min(cells.len());
                block.clear();
                (first..last).for_each(|at| self.place(cells.get(at), &mut block));
                let found = faiss::assign(self.measure.dim, &self.centroids, &block)?;
                owners[first..last].copy_from_slice(&found);
            }
        }
        let mut starts = vec![0u32; self.len() + 1];
        owners.iter().for_each(|owner| starts[*owner as usize + 1] += 1);
        for list in 1..starts.len() {
            starts[list] += starts[list - 1];
        }
        let mut next = starts.clone();
        self.members = vec![0; owners.len()];
        for (number, owner) in owners.into_iter().enumerate() {
            let place = &mut next[owner as usize];
            self.members[*place as usize] = number as u32;
            *place += 1;
        }
        self.starts = starts;
        Ok(())
    }

    /// How many lists there are; one, if there were too few vectors for more.
    pub fn len(&self) -> usize {
        (self.centroids.len() / self.measure.dim).max(1)
    }

    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// The vectors of a list.
    pub fn members(&self, list: u32) -> &[u32] {
        let list = list as usize;
        &self.members[self.starts[list] as usize..self.starts[list + 1] as usize]
    }

    /// All lists, those nearest to the query first.
    pub fn nearest(&self, query: &[u8]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        if !self.centroids.is_empty() {
            let (mut place, mut distances) = (Vec::new(), Vec::new());
            self.place(query, &mut place);
            faiss::distances(Metric::L2, &place, &self.centroids, &mut distances);
            order.sort_by(|a, b| distances[*a as usize].total_cmp(&distances[*b as usize]));
        }
        order
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let head = [self.len() as u32, self.centroids.len() as u32, self.members.len() as u32];
        let mut bytes: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(self.trained.to_le_bytes());
        bytes.extend(self.centroids.iter().flat_map(|x| x.to_le_bytes()));
        bytes.extend(self.starts.iter().chain(&self.members).flat_map(|x| x.to_le_bytes()));
        fs::write(path, bytes)
            .map_err(|error| PgError::internal(format!("could not write inverted lists: {error}")))
    }

    /// Reads a file written by [`Lists::write`], whose checksum the caller has verified.
    ///
    /// Errors: XX000 if it does not hold the lists of `count` vectors.
    pub fn read(path: &Path, measure: Measure, count: usize) -> Result<Self> {
        let broken = |why: &str| PgError::internal(format!("broken inverted lists: {why}"));
        let bytes = fs::read(path).map_err(|error| broken(&error.to_string()))?;
        let words: Vec<u32> =
            bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let [lists, numbers, members, trained, rest @ ..] = words.as_slice() else {
            return Err(broken("no head"));
        };
        let (lists, numbers, members) = (*lists as usize, *numbers as usize, *members as usize);
        if rest.len() != numbers + lists + 1 + members || members != count {
            return Err(broken("wrong size"));
        }
        let (centroids, rest) = rest.split_at(numbers);
        let (starts, members) = rest.split_at(lists + 1);
        let read = Self {
            measure,
            centroids: centroids.iter().map(|bits| f32::from_bits(*bits)).collect(),
            starts: starts.to_vec(),
            members: members.to_vec(),
            trained: *trained,
        };
        let ordered = read.starts.is_sorted() && read.starts.last() == Some(&(count as u32));
        if !numbers.is_multiple_of(measure.dim) || read.len() != lists || !ordered {
            return Err(broken("wrong dimension"));
        }
        if read.members.iter().any(|number| *number as usize >= count) {
            return Err(broken("wrong numbers"));
        }
        Ok(read)
    }
}
