//! pgvector's `vector`: packed f32, 1 to 16,000 finite elements.
//!
//! The stored bytes are the elements alone, little-endian; the dimension is their count.

pub mod distance;
mod text;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::stored::corrupt;
use crate::{
    base::{Result, limits::VECTOR_DIMENSIONS_MAX},
    err,
};

pub use text::{format, format_stored, parse, parse_into};
pub(in crate::types) use text::{format_elements, short_decimal, skip_space};

pub fn encode(value: &[f32], out: &mut Vec<u8>) {
    out.reserve(value.len() * 4);
    for element in value {
        out.extend(element.to_le_bytes());
    }
}

pub fn decode(bytes: &[u8]) -> Result<Arc<[f32]>> {
    let (elements, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(corrupt());
    }
    // By way of a Vec, which is filled in one go; an Arc's iterator goes element by element.
    let elements: Vec<f32> = elements.iter().map(|element| f32::from_le_bytes(*element)).collect();
    Ok(elements.into())
}

/// The dimension of stored bytes.
pub fn dimensions(stored: &[u8]) -> usize {
    stored.len() / 4
}

/// Errors: 22000 for no dimension; 54000 for more than 16,000.
pub fn check_dimensions(dimensions: usize) -> Result<()> {
    if dimensions == 0 {
        return err!(DATA_EXCEPTION, "vector must have at least 1 dimension");
    }
    if dimensions > VECTOR_DIMENSIONS_MAX {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "vector cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions"
        );
    }
    Ok(())
}

/// What a typmod demands (-1: nothing). Errors: 22000 `expected 3 dimensions, not 2`.
pub fn check_typmod(typmod: i32, dimensions: usize) -> Result<()> {
    if typmod >= 0 && typmod as usize != dimensions {
        return err!(DATA_EXCEPTION, "expected {typmod} dimensions, not {dimensions}");
    }
    Ok(())
}

/// What a distance demands. Errors: 22000 `different vector dimensions 3 and 2`.
pub fn check_same(a: usize, b: usize) -> Result<()> {
    if a != b {
        return err!(DATA_EXCEPTION, "different vector dimensions {a} and {b}");
    }
    Ok(())
}

/// Errors: 22000 for NaN and the infinities.
pub fn check_element(element: f32) -> Result<()> {
    if element.is_nan() {
        return err!(DATA_EXCEPTION, "NaN not allowed in vector");
    }
    if element.is_infinite() {
        return err!(DATA_EXCEPTION, "infinite value not allowed in vector");
    }
    Ok(())
}

/// Appends the wire form of stored bytes: i16 dimension, i16 zero, elements; big-endian.
pub fn send_stored(stored: &[u8], out: &mut Vec<u8>) {
    let (elements, _) = stored.as_chunks::<4>();
    out.reserve(4 + stored.len());
    out.extend((elements.len() as u16).to_be_bytes());
    out.extend([0, 0]);
    out.extend(elements.iter().flat_map(|[a, b, c, d]| [*d, *c, *b, *a]));
}

/// Appends the wire form.
pub fn send(value: &[f32], out: &mut Vec<u8>) {
    out.reserve(4 + value.len() * 4);
    out.extend((value.len() as u16).to_be_bytes());
    out.extend([0, 0]);
    for element in value {
        out.extend(element.to_be_bytes());
    }
}

/// Appends the stored bytes of a wire form; nothing is appended if it is refused.
/// Errors: 08P01 if it is too short, 22P03 if too long, 22000 and 54000 as for text.
pub fn receive_into(bytes: &[u8], typmod: i32, out: &mut Vec<u8>) -> Result<()> {
    let Some(([high, low, unused @ ..], rest)) = bytes.split_first_chunk::<4>() else {
        return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
    };
    let dimensions = usize::from(u16::from_be_bytes([*high, *low]));
    check_dimensions(dimensions)?;
    check_typmod(typmod, dimensions)?;
    let unused = i16::from_be_bytes(*unused);
    if unused != 0 {
        return err!(DATA_EXCEPTION, "expected unused to be 0, not {unused}");
    }
    if rest.len() < dimensions * 4 {
        return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
    }
    if rest.len() > dimensions * 4 {
        return err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
    }
    let (elements, _) = rest.as_chunks::<4>();
    // Without a branch for each, so that it is done for several at once; the error is found after.
    const EXPONENT: u32 = 0x7F80_0000;
    let strange = |element: &[u8; 4]| u32::from_be_bytes(*element) & EXPONENT == EXPONENT;
    if elements.iter().fold(false, |found, element| found | strange(element)) {
        elements.iter().try_for_each(|element| check_element(f32::from_be_bytes(*element)))?;
    }
    let start = out.len();
    out.resize(start + rest.len(), 0);
    let (stored, _) = out[start..].as_chunks_mut::<4>();
    for (stored, element) in stored.iter_mut().zip(elements) {
        *stored = u32::from_be_bytes(*element).to_le_bytes();
    }
    Ok(())
}

/// Reads the wire form; errors as [`receive_into`].
pub fn receive(bytes: &[u8], typmod: i32) -> Result<Arc<[f32]>> {
    let mut stored = Vec::new();
    receive_into(bytes, typmod, &mut stored)?;
    decode(&stored)
}
