//! `array_send` and `array_recv`.

use super::{ArrayValue, DIMENSIONS_MAX, ELEMENTS_MAX};
use crate::{
    base::{Oid, Result},
    err,
    types::{
        Datum, PgType,
        binary_io::{self, Wire},
        typmod::format_type,
    },
};

impl ArrayValue {
    /// Appends dimensions, a flag for NULLs, the element type, then each element with its length.
    pub fn send(&self, out: &mut Vec<u8>) {
        let nulls = self.elements.iter().any(Datum::is_null);
        out.extend((self.dimensions.len() as i32).to_be_bytes());
        out.extend(i32::from(nulls).to_be_bytes());
        out.extend(self.element.0.to_be_bytes());
        for (length, lower) in &self.dimensions {
            out.extend((*length as i32).to_be_bytes());
            out.extend(lower.to_be_bytes());
        }
        for element in &self.elements {
            binary_io::send_field(element, self.element, out);
        }
    }

    /// Errors: 22P03 for a bad form; 42804 for another element type; 54000; the element's own.
    pub fn receive(bytes: &[u8], element: PgType) -> Result<Self> {
        let mut wire = Wire::new(bytes);
        let (count, flags) = (wire.i32()?, wire.i32()?);
        if count < 0 {
            return err!(INVALID_BINARY_REPRESENTATION, "invalid number of dimensions: {count}");
        }
        if count as usize > DIMENSIONS_MAX {
            return err!(
                PROGRAM_LIMIT_EXCEEDED,
                "number of array dimensions ({count}) exceeds the maximum allowed ({DIMENSIONS_MAX})"
            );
        }
        if !matches!(flags, 0 | 1) {
            return err!(INVALID_BINARY_REPRESENTATION, "invalid array flags");
        }
        let sent = Oid(wire.u32()?);
        if sent != element.oid {
            return err!(
                DATATYPE_MISMATCH,
                "binary data has array element type {sent} ({}) instead of expected {} ({})",
                format_type(PgType::new(sent)),
                element.oid,
                format_type(PgType::new(element.oid))
            );
        }
        let mut dimensions = Vec::with_capacity(count as usize);
        let mut total = 1usize;
        for _ in 0..count {
            let (length, lower) = (wire.i32()?, wire.i32()?);
            total = match usize::try_from(length).ok().and_then(|length| total.checked_mul(length))
            {
                Some(total) if total <= ELEMENTS_MAX => total,
                _ => return Err(super::too_many_elements()),
            };
            if lower.checked_add(length).is_none() {
                return err!(PROGRAM_LIMIT_EXCEEDED, "array lower bound is too large: {lower}");
            }
            dimensions.push((length as usize, lower));
        }
        if count == 0 || total == 0 {
            wire.finish()?;
            return Ok(Self::of(element.oid, Vec::new()));
        }
        // Each element takes at least its length word: a lying header cannot reserve memory.
        let mut elements = Vec::with_capacity(total.min(wire.left() / 4));
        for _ in 0..total {
            elements.push(wire.field(element)?);
        }
        wire.finish()?;
        Ok(Self { element: element.oid, dimensions, elements })
    }
}
