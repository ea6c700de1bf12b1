//! Vectors as cells: packed bytes in the layout that the kernels of `cells.cpp` read.
//!
//! | kind | a cell |
//! |---|---|
//! | float | f32, little-endian |
//! | half | halves, little-endian: the stored bytes of a `halfvec` |
//! | bits | the bits, filled up with zeros to whole 8-byte words |
//! | sparse | u32 indices, ascending, then f32 values |

use bytes::Bytes;

use crate::{
    base::{Oid, PgError, Result},
    types::oid,
};

/// What a vector index is over; the numbers are the shim's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    Float = 0,
    Half = 1,
    Bits = 2,
    Sparse = 3,
}

impl Kind {
    pub fn of_type(type_oid: Oid) -> Option<Self> {
        Some(match type_oid {
            oid::VECTOR => Kind::Float,
            oid::HALFVEC => Kind::Half,
            oid::BIT => Kind::Bits,
            oid::SPARSEVEC => Kind::Sparse,
            _ => return None,
        })
    }

    /// Bytes of a cell; `None` if each has its own length.
    pub fn width(self, dim: usize) -> Option<usize> {
        Some(match self {
            Kind::Float => dim * 4,
            Kind::Half => dim * 2,
            Kind::Bits => dim.div_ceil(64) * 8,
            Kind::Sparse => return None,
        })
    }

    /// Appends the cell of a stored value (see [`crate::types::stored`]). `false`, and nothing is
    /// appended, if it has another dimension.
    pub fn append(self, stored: &[u8], dim: usize, out: &mut Vec<u8>) -> bool {
        let body = match self {
            Kind::Float | Kind::Half if Some(stored.len()) == self.width(dim) => stored,
            Kind::Bits | Kind::Sparse => match stored.split_first_chunk::<4>() {
                Some((length, body)) if u32::from_le_bytes(*length) as usize == dim => body,
                _ => return false,
            },
            _ => return false,
        };
        out.extend_from_slice(body);
        let filling = self.width(dim).map_or(0, |width| width - body.len());
        out.resize(out.len() + filling, 0);
        true
    }

    /// Whether all elements are zero: such a vector has no direction.
    pub fn is_zero(self, cell: &[u8]) -> bool {
        match self {
            Kind::Half => {
                cell.as_chunks::<2>().0.iter().all(|[low, high]| *low == 0 && high & 0x7f == 0)
            }
            Kind::Float => {
                cell.as_chunks::<4>().0.iter().all(|bytes| f32::from_le_bytes(*bytes) == 0.0)
            }
            Kind::Bits => cell.iter().all(|byte| *byte == 0),
            Kind::Sparse => cell.is_empty(),
        }
    }
}

/// Cells in memory, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    bytes: Vec<u8>,
    /// Where each cell ends, as little-endian u64, if they have no common width.
    ends: Vec<u8>,
    width: usize,
    count: usize,
}

impl Cells {
    pub fn new(kind: Kind, dim: usize) -> Self {
        Self { width: kind.width(dim).unwrap_or(0), ..Self::default() }
    }

    pub fn push(&mut self, cell: &[u8]) {
        debug_assert!(self.width == 0 || cell.len() == self.width);
        self.bytes.extend_from_slice(cell);
        self.close();
    }

    /// Appends what `fill` appends; nothing counts as a cell of zeros.
    pub fn push_with(&mut self, fill: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let start = self.bytes.len();
        let filled = fill(&mut self.bytes);
        if !filled {
            self.bytes.truncate(start);
            self.bytes.resize(start + self.width, 0);
        }
        self.close();
        filled
    }

    fn close(&mut self) {
        self.count += 1;
        if self.width == 0 {
            self.ends.extend((self.bytes.len() as u64).to_le_bytes());
        }
    }

    /// Takes over the cells of `other`, which has the same layout.
    pub fn extend(&mut self, other: &Cells) {
        (self.width, self.count) = (other.width, self.count + other.count);
        let shift = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&other.bytes);
        let ends = other.ends.as_chunks::<8>().0.iter();
        self.ends.extend(ends.flat_map(|end| (u64::from_le_bytes(*end) + shift).to_le_bytes()));
    }

    pub fn len(&self) -> usize {
        self.count
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.ends.len()
    }

    pub fn view(&self) -> CellsView<'_> {
        CellsView { bytes: &self.bytes, ends: &self.ends, width: self.width, count: self.count }
    }
}

/// Cells in a sealed file, mapped.
#[derive(Clone, Debug)]
pub struct MappedCells {
    bytes: Bytes,
    ends: Bytes,
    width: usize,
    count: usize,
}

impl MappedCells {
    /// Errors: XX000 if the files do not hold `count` cells.
    pub fn new(kind: Kind, dim: usize, bytes: Bytes, ends: Bytes, count: usize) -> Result<Self> {
        let width = kind.width(dim).unwrap_or(0);
        let whole = match width {
            0 => are_ends(&ends, bytes.len() as u64, count),
            width => bytes.len() == width * count,
        };
        if !whole {
            return Err(PgError::internal("cells of a vector index are not whole"));
        }
        Ok(Self { bytes, ends, width, count })
    }

    pub fn view(&self) -> CellsView<'_> {
        CellsView { bytes: &self.bytes, ends: &self.ends, width: self.width, count: self.count }
    }
}

/// Whether there are `count` ends, none before the one in front of it, up to the last byte.
fn are_ends(ends: &[u8], bytes: u64, count: usize) -> bool {
    let (ends, rest) = ends.as_chunks::<8>();
    let mut numbers = ends.iter().map(|end| u64::from_le_bytes(*end));
    rest.is_empty()
        && ends.len() == count
        && numbers.clone().is_sorted()
        && numbers.next_back().unwrap_or(0) == bytes
}

/// Cells wherever they lie. Made by [`Cells`] and [`MappedCells`] alone, which keep it true: each of
/// the `count` cells lies within `bytes`.
#[derive(Clone, Copy, Debug)]
pub struct CellsView<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) ends: &'a [u8],
    /// 0: each has its own length.
    pub(super) width: usize,
    count: usize,
}

impl<'a> CellsView<'a> {
    pub fn len(&self) -> usize {
        self.count
    }

    /// Panics past the end, as a slice does.
    pub fn get(&self, at: usize) -> &'a [u8] {
        if self.width > 0 {
            return &self.bytes[at * self.width..(at + 1) * self.width];
        }
        let end = |at: usize| {
            let bytes = self.ends[at * 8..].first_chunk::<8>().expect("the slice is longer");
            u64::from_le_bytes(*bytes) as usize
        };
        &self.bytes[at.checked_sub(1).map_or(0, end)..end(at)]
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Empty for cells of one width.
    pub fn ends(&self) -> &'a [u8] {
        self.ends
    }

    /// A copy in memory, to be added to.
    pub fn to_cells(&self) -> Cells {
        Cells {
            bytes: self.bytes.to_vec(),
            ends: self.ends.to_vec(),
            width: self.width,
            count: self.count,
        }
    }
}

/// A vector as it is indexed or searched with.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// Packed floats, of unit length under cosine.
    Floats(&'a [f32]),
    /// A cell of the index's kind.
    Cell(&'a [u8]),
}

impl Item<'_> {
    /// As a cell.
    pub fn append_to(self, out: &mut Vec<u8>) {
        match self {
            Item::Floats(elements) => out.extend(elements.iter().flat_map(|x| x.to_le_bytes())),
            Item::Cell(cell) => out.extend_from_slice(cell),
        }
    }
}

/// A query that outlives the statement's datum.
#[derive(Clone, Debug)]
pub enum Query {
    Floats(Vec<f32>),
    Cell(Vec<u8>),
}

impl Query {
    pub fn item(&self) -> Item<'_> {
        match self {
            Query::Floats(elements) => Item::Floats(elements),
            Query::Cell(cell) => Item::Cell(cell),
        }
    }

    /// The query as a cell.
    pub fn cell(&self) -> std::borrow::Cow<'_, [u8]> {
        match self {
            Query::Floats(_) => {
                let mut cell = Vec::new();
                self.item().append_to(&mut cell);
                cell.into()
            }
            Query::Cell(cell) => cell.into(),
        }
    }
}
