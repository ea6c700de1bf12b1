//! PostgreSQL arrays: an element type, dimensions with lower bounds, elements in row-major order.

mod assign;
mod text;
mod wire;

#[cfg(test)]
mod tests;

use super::{Datum, stored};
use crate::{
    base::{Oid, PgError, Result},
    pg_error,
};

/// PostgreSQL's MAXDIM.
pub const DIMENSIONS_MAX: usize = 6;
/// PostgreSQL's MaxArraySize.
pub const ELEMENTS_MAX: usize = 134_217_727;

/// 54000 `array size exceeds the maximum allowed (134217727)`
pub fn too_many_elements() -> PgError {
    pg_error!(PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed ({ELEMENTS_MAX})")
}

#[derive(Clone, Debug, PartialEq)]
pub struct ArrayValue {
    pub element: Oid,
    /// `(length, lower bound)` of each dimension; empty for an empty array.
    pub dimensions: Vec<(usize, i32)>,
    pub elements: Vec<Datum>,
}

impl ArrayValue {
    /// A one-dimensional array with lower bound 1.
    pub fn of(element: Oid, elements: Vec<Datum>) -> Self {
        let dimensions = if elements.is_empty() { vec![] } else { vec![(elements.len(), 1)] };
        Self { element, dimensions, elements }
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.element.0.to_le_bytes());
        out.push(self.dimensions.len() as u8);
        for (length, lower) in &self.dimensions {
            out.extend((*length as u32).to_le_bytes());
            out.extend(lower.to_le_bytes());
        }
        for element in &self.elements {
            stored::encode_element(element, out);
        }
    }

    pub fn decode(mut bytes: &[u8]) -> Result<Self> {
        let element = Oid(stored::take_u32(&mut bytes)?);
        let count = stored::take(&mut bytes, 1)?[0];
        let mut dimensions = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let length = stored::take_u32(&mut bytes)? as usize;
            dimensions.push((length, stored::take_u32(&mut bytes)? as i32));
        }
        let mut elements = Vec::new();
        while !bytes.is_empty() {
            elements.push(stored::decode_element(element, &mut bytes)?);
        }
        Ok(Self { element, dimensions, elements })
    }
}
