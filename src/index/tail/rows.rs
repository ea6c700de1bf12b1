//! The rows of a tail, in chunks, and where the live one of each is.

use std::collections::{HashMap, VecDeque};

use super::chunk::{CHUNK_ROWS, Chunk};
use crate::{
    base::{Csn, Result, RowId},
    index::keys::Reading,
};

/// A row as it is in a snapshot.
#[derive(Clone, Copy, Debug)]
pub struct LiveRow<'a> {
    pub row: RowId,
    pub csn: Csn,
    pub bytes: &'a [u8],
}

/// Rows in commit order, in chunks.
#[derive(Default)]
pub struct Tail {
    chunks: VecDeque<Chunk>,
    /// Number of the first chunk: numbers are never used again.
    first: u64,
    /// Where each live row is.
    latest: HashMap<RowId, (u64, u32)>,
}

impl Tail {
    /// Appends versions of rows; older ones of the same rows die.
    pub fn push(&mut self, reading: &Reading<'_>, rows: &[LiveRow<'_>]) -> Result<()> {
        let mut rest = rows;
        while !rest.is_empty() {
            if self.chunks.back().is_none_or(|chunk| chunk.len() >= CHUNK_ROWS) {
                self.chunks.push_back(Chunk::new(reading.table));
            }
            let number = self.first + self.chunks.len() as u64 - 1;
            let chunk = self.chunks.back_mut().expect("just made");
            let start = chunk.len();
            let (now, later) = rest.split_at(rest.len().min(CHUNK_ROWS - start));
            chunk.push(reading, now)?;
            for (at, live) in now.iter().enumerate() {
                let slot = (start + at) as u32;
                if let Some(old) = self.latest.insert(live.row, (number, slot)) {
                    self.bury_at(old);
                }
            }
            rest = later;
        }
        Ok(())
    }

    /// The row is gone.
    pub fn bury(&mut self, row: RowId) {
        if let Some(place) = self.latest.remove(&row) {
            self.bury_at(place);
        }
    }

    fn bury_at(&mut self, (number, slot): (u64, u32)) {
        if let Some(chunk) = self.chunks.get_mut((number - self.first) as usize) {
            chunk.bury(slot);
        }
    }

    /// Forgets the versions up to `watermark`: a segment holds them now.
    pub fn trim(&mut self, watermark: Csn) {
        while self.chunks.front().is_some_and(|chunk| chunk.newest() <= watermark) {
            self.chunks.pop_front();
            self.first += 1;
        }
        for chunk in &mut self.chunks {
            chunk.bury_up_to(watermark);
        }
        let (first, chunks) = (self.first, &self.chunks);
        self.latest.retain(|_, (number, slot)| {
            *number >= first && chunks[(*number - first) as usize].is_alive(*slot)
        });
    }

    pub fn clear(&mut self) {
        self.first += self.chunks.len() as u64;
        self.chunks.clear();
        self.latest.clear();
    }

    pub fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter()
    }

    /// Rows alive.
    pub fn len(&self) -> usize {
        self.latest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.latest.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Chunk::bytes).sum()
    }

    /// The live rows, in order of row id.
    pub fn rows(&self) -> Vec<(RowId, Csn)> {
        let mut rows: Vec<(RowId, Csn)> = self
            .latest
            .iter()
            .map(|(row, (number, slot))| {
                (*row, self.chunks[(*number - self.first) as usize].csn(*slot))
            })
            .collect();
        rows.sort();
        rows
    }

    /// Definitions changed: columns read with the old ones may have another type.
    pub fn forget_columns(&self) {
        self.chunks.iter().for_each(Chunk::forget_columns);
    }
}
