//! pgvector's `vector`: packed f32.

use std::sync::Arc;

use super::stored::corrupt;
use crate::base::Result;

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
    Ok(elements.iter().map(|element| f32::from_le_bytes(*element)).collect())
}
