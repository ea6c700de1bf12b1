//! pgvector's `halfvec`: packed half-precision floats, 1 to 16,000 finite elements.
//!
//! The stored bytes are the elements alone, little-endian; the dimension is their count. An element
//! is the `u16` of its bits.

pub mod half;
mod text;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{
    stored::corrupt,
    vector::distance::{Elements, LANES},
};
use crate::{
    base::{Result, limits::VECTOR_DIMENSIONS_MAX},
    err,
};

pub use text::{format, format_stored, parse, parse_into};

pub fn encode(value: &[u16], out: &mut Vec<u8>) {
    out.extend(value.iter().flat_map(|element| element.to_le_bytes()));
}

pub fn decode(bytes: &[u8]) -> Result<Arc<[u16]>> {
    let (elements, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(corrupt());
    }
    Ok(elements.iter().map(|element| u16::from_le_bytes(*element)).collect())
}

/// Errors: 22000 for no dimension; 54000 for more than 16,000.
pub fn check_dimensions(dimensions: usize) -> Result<()> {
    if dimensions == 0 {
        return err!(DATA_EXCEPTION, "halfvec must have at least 1 dimension");
    }
    if dimensions > VECTOR_DIMENSIONS_MAX {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "halfvec cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions"
        );
    }
    Ok(())
}

/// What a distance demands. Errors: 22000 `different halfvec dimensions 3 and 2`.
pub fn check_same(a: usize, b: usize) -> Result<()> {
    if a != b {
        return err!(DATA_EXCEPTION, "different halfvec dimensions {a} and {b}");
    }
    Ok(())
}

/// Errors: 22000 for NaN and the infinities.
pub fn check_element(element: u16) -> Result<()> {
    if half::is_nan(element) {
        return err!(DATA_EXCEPTION, "NaN not allowed in halfvec");
    }
    if half::is_infinite(element) {
        return err!(DATA_EXCEPTION, "infinite value not allowed in halfvec");
    }
    Ok(())
}

/// The nearest half. Errors: 22003 `"70000" is out of range for type halfvec`.
pub fn narrow(value: f32) -> Result<u16> {
    let narrowed = half::narrow(value);
    if half::is_infinite(narrowed) && value.is_finite() {
        let mut shown = String::new();
        super::text_io::float::format_shortest_f32(value, &mut shown);
        return err!(NUMERIC_VALUE_OUT_OF_RANGE, "\"{shown}\" is out of range for type halfvec");
    }
    Ok(narrowed)
}

/// Appends the wire form: i16 dimension, i16 zero, elements; big-endian.
pub fn send(value: &[u16], out: &mut Vec<u8>) {
    out.reserve(4 + value.len() * 2);
    out.extend((value.len() as u16).to_be_bytes());
    out.extend([0, 0]);
    out.extend(value.iter().flat_map(|element| element.to_be_bytes()));
}

/// Appends the stored bytes of a wire form; nothing is appended if it is refused.
/// Errors: 08P01 if it is too short, 22P03 if too long, 22000 and 54000 as for text.
pub fn receive_into(bytes: &[u8], typmod: i32, out: &mut Vec<u8>) -> Result<()> {
    let Some(([high, low, unused @ ..], rest)) = bytes.split_first_chunk::<4>() else {
        return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
    };
    let dimensions = usize::from(u16::from_be_bytes([*high, *low]));
    check_dimensions(dimensions)?;
    super::vector::check_typmod(typmod, dimensions)?;
    let unused = i16::from_be_bytes(*unused);
    if unused != 0 {
        return err!(DATA_EXCEPTION, "expected unused to be 0, not {unused}");
    }
    if rest.len() < dimensions * 2 {
        return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
    }
    if rest.len() > dimensions * 2 {
        return err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
    }
    let (elements, _) = rest.as_chunks::<2>();
    for element in elements {
        check_element(u16::from_be_bytes(*element))?;
    }
    out.extend(elements.iter().flat_map(|[high, low]| [*low, *high]));
    Ok(())
}

/// Reads the wire form; errors as [`receive_into`].
pub fn receive(bytes: &[u8], typmod: i32) -> Result<Arc<[u16]>> {
    let mut stored = Vec::new();
    receive_into(bytes, typmod, &mut stored)?;
    decode(&stored)
}

/// The elements as the kernels of [`super::vector::distance`] read them.
#[derive(Clone, Copy, Debug)]
pub struct Halves<'a>(pub &'a [u16]);

/// Stored bytes: little-endian halves, of any alignment.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a>(pub &'a [u8]);

impl Elements for Halves<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn lanes(self, index: usize) -> [f32; LANES] {
        self.0.as_chunks::<LANES>().0[index].map(half::widen)
    }

    #[inline(always)]
    fn at(self, index: usize) -> f32 {
        half::widen(self.0[index])
    }
}

impl Elements for Stored<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len() / 2
    }

    #[inline(always)]
    fn lanes(self, index: usize) -> [f32; LANES] {
        let elements = self.0.as_chunks::<{ LANES * 2 }>().0[index].as_chunks::<2>().0;
        std::array::from_fn(|lane| half::widen(u16::from_le_bytes(elements[lane])))
    }

    #[inline(always)]
    fn at(self, index: usize) -> f32 {
        half::widen(u16::from_le_bytes(self.0.as_chunks::<2>().0[index]))
    }
}

/// The elements as f32.
pub fn widened(value: &[u16]) -> Vec<f32> {
    value.iter().map(|element| half::widen(*element)).collect()
}
