//! pgvector's `sparsevec`: the elements that are not zero, by index, of up to 1e9 dimensions.
//!
//! Stored bytes, little-endian: the dimension as u32, then all indices (u32, from 0, ascending),
//! then all values (f32, finite, none zero). Their count follows from the length.

pub mod distance;
mod text;

#[cfg(test)]
mod tests;

use std::{cmp::Ordering, sync::Arc};

use super::stored::corrupt;
use crate::{
    base::{
        Result,
        limits::{SPARSE_DIMENSIONS_MAX, SPARSE_ELEMENTS_MAX},
    },
    err,
    types::order::ordered_f32,
};

pub use text::{format, parse};

/// A sparse vector: index `n` of `indices` belongs to value `n`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseVector {
    pub dimensions: u32,
    /// From 0, ascending, each below `dimensions`.
    pub indices: Vec<u32>,
    /// Finite, none zero.
    pub values: Vec<f32>,
}

impl SparseVector {
    /// Takes the elements that are not zero. Errors: 54000 for more than 16,000 of them.
    pub fn of_dense(elements: impl ExactSizeIterator<Item = f32>) -> Result<Self> {
        let mut vector = Self { dimensions: elements.len() as u32, ..Self::default() };
        for (index, value) in elements.enumerate() {
            if value != 0.0 {
                vector.indices.push(index as u32);
                vector.values.push(value);
            }
        }
        check_count(vector.values.len())?;
        Ok(vector)
    }

    /// All elements, zeros included; the caller has checked that they are few.
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.dimensions as usize];
        for (index, value) in self.elements() {
            dense[index as usize] = value;
        }
        dense
    }

    /// Indices with their values.
    pub fn elements(&self) -> impl Iterator<Item = (u32, f32)> + '_ {
        self.indices.iter().copied().zip(self.values.iter().copied())
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(4 + self.values.len() * 8);
        out.extend(self.dimensions.to_le_bytes());
        out.extend(self.indices.iter().flat_map(|index| index.to_le_bytes()));
        out.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let (dimensions, elements) = bytes.split_first_chunk::<4>().ok_or_else(corrupt)?;
        if !elements.len().is_multiple_of(8) {
            return Err(corrupt());
        }
        let (indices, values) = elements.split_at(elements.len() / 2);
        let words = |bytes: &[u8]| bytes.as_chunks::<4>().0.to_vec();
        Ok(Self {
            dimensions: u32::from_le_bytes(*dimensions),
            indices: words(indices).into_iter().map(u32::from_le_bytes).collect(),
            values: words(values).into_iter().map(f32::from_le_bytes).collect(),
        })
    }

    /// Appends the wire form: i32 dimension, count and zero, indices from 0, values; big-endian.
    pub fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.dimensions.to_be_bytes());
        out.extend((self.values.len() as u32).to_be_bytes());
        out.extend([0; 4]);
        out.extend(self.indices.iter().flat_map(|index| index.to_be_bytes()));
        out.extend(self.values.iter().flat_map(|value| value.to_be_bytes()));
    }

    /// Reads the wire form. Errors: 08P01 if it is too short, 22P03 if too long, 22000, 54000.
    pub fn receive(bytes: &[u8], typmod: i32) -> Result<Arc<Self>> {
        let (words, rest) = bytes.as_chunks::<4>();
        let [dimensions, count, unused, elements @ ..] = words else {
            return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
        };
        let dimensions = i32::from_be_bytes(*dimensions);
        let count = i32::from_be_bytes(*count);
        check_dimensions(i64::from(dimensions))?;
        if count < 0 {
            return err!(DATA_EXCEPTION, "sparsevec cannot have negative number of elements");
        }
        check_count(count as usize)?;
        if count > dimensions {
            return err!(
                PROGRAM_LIMIT_EXCEEDED,
                "sparsevec cannot have more elements than dimensions"
            );
        }
        super::vector::check_typmod(typmod, dimensions as usize)?;
        let unused = i32::from_be_bytes(*unused);
        if unused != 0 {
            return err!(DATA_EXCEPTION, "expected unused to be 0, not {unused}");
        }
        let count = count as usize;
        if elements.len() < count * 2 {
            return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
        }
        if elements.len() > count * 2 || !rest.is_empty() {
            return err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
        }
        let (indices, values) = elements.split_at(count);
        let indices: Vec<i64> =
            indices.iter().map(|index| i64::from(i32::from_be_bytes(*index))).collect();
        let values: Vec<f32> = values.iter().map(|value| f32::from_be_bytes(*value)).collect();
        check_indices(&indices, dimensions as u32)?;
        for value in &values {
            check_element(*value)?;
            if *value == 0.0 {
                return err!(
                    DATA_EXCEPTION,
                    "binary representation of sparsevec cannot contain zero values"
                );
            }
        }
        let indices = indices.into_iter().map(|index| index as u32).collect();
        Ok(Arc::new(Self { dimensions: dimensions as u32, indices, values }))
    }

    /// As the vectors with all their zeros compare: element by element, then by length.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        self.order_key(&mut a);
        other.order_key(&mut b);
        a.cmp(&b)
    }

    /// Appends bytes that compare as the vectors do.
    ///
    /// After a common beginning one of three follows: zeros up to the end, zeros up to a negative
    /// element, or zeros up to a positive one. The first two are the lower the sooner they come (and
    /// an end comes before an element in its place); the third is the higher the sooner.
    pub fn order_key(&self, out: &mut Vec<u8>) {
        for (index, value) in self.elements() {
            if value < 0.0 {
                out.push(FALL_OR_END);
                out.extend(index.to_be_bytes());
                out.push(FALL);
            } else {
                out.push(RISE);
                out.extend((!index).to_be_bytes());
            }
            out.extend(ordered_f32(value).to_be_bytes());
        }
        out.push(FALL_OR_END);
        out.extend(self.dimensions.to_be_bytes());
        out.push(END);
    }
}

const FALL_OR_END: u8 = 0;
const RISE: u8 = 1;
const END: u8 = 0;
const FALL: u8 = 1;

/// Errors: 22000 for no dimension; 54000 for more than 1,000,000,000.
pub fn check_dimensions(dimensions: i64) -> Result<()> {
    if dimensions < 1 {
        return err!(DATA_EXCEPTION, "sparsevec must have at least 1 dimension");
    }
    if dimensions > i64::from(SPARSE_DIMENSIONS_MAX) {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "sparsevec cannot have more than {SPARSE_DIMENSIONS_MAX} dimensions"
        );
    }
    Ok(())
}

/// Errors: 54000 for more than 16,000 elements.
pub fn check_count(count: usize) -> Result<()> {
    if count > SPARSE_ELEMENTS_MAX {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "sparsevec cannot have more than {SPARSE_ELEMENTS_MAX} non-zero elements"
        );
    }
    Ok(())
}

/// What a distance demands. Errors: 22000 `different sparsevec dimensions 3 and 2`.
pub fn check_same(a: &SparseVector, b: &SparseVector) -> Result<()> {
    if a.dimensions != b.dimensions {
        return err!(
            DATA_EXCEPTION,
            "different sparsevec dimensions {} and {}",
            a.dimensions,
            b.dimensions
        );
    }
    Ok(())
}

/// Errors: 22000 for NaN and the infinities.
pub fn check_element(element: f32) -> Result<()> {
    if element.is_nan() {
        return err!(DATA_EXCEPTION, "NaN not allowed in sparsevec");
    }
    if element.is_infinite() {
        return err!(DATA_EXCEPTION, "infinite value not allowed in sparsevec");
    }
    Ok(())
}

/// Errors: 22000 if an index is out of bounds, out of order or there twice.
fn check_indices(indices: &[i64], dimensions: u32) -> Result<()> {
    for (at, index) in indices.iter().enumerate() {
        if !(0..i64::from(dimensions)).contains(index) {
            return err!(DATA_EXCEPTION, "sparsevec index out of bounds");
        }
        match at.checked_sub(1).map(|before| index.cmp(&indices[before])) {
            Some(Ordering::Less) => {
                return err!(DATA_EXCEPTION, "sparsevec indices must be in ascending order");
            }
            Some(Ordering::Equal) => {
                return err!(DATA_EXCEPTION, "sparsevec indices must not contain duplicates");
            }
            _ => {}
        }
    }
    Ok(())
}
