//! The wire forms of ranges and multiranges.

use std::sync::Arc;

use super::{
    Bound, RangeValue, normalised,
    stored::{EMPTY, LOWER_INCLUSIVE, LOWER_INFINITE, UPPER_INCLUSIVE, UPPER_INFINITE},
};
use crate::{
    base::{Oid, Result},
    types::{
        Datum, PgType,
        binary_io::{self, Wire},
        oid,
    },
};

impl RangeValue {
    /// `type_oid` is of the range, or of a multirange of such.
    pub fn send(&self, type_oid: Oid, out: &mut Vec<u8>) {
        let element = oid::range_element(type_oid).or_else(|| oid::multirange_element(type_oid));
        out.push(self.flags());
        for bound in self.lower.iter().chain(&self.upper) {
            binary_io::send_field(&bound.value, element.unwrap_or(oid::UNKNOWN), out);
        }
    }

    fn receive(wire: &mut Wire<'_>, element: Oid) -> Result<Self> {
        let flags = wire.u8()?;
        if flags & EMPTY != 0 {
            return Ok(Self::empty());
        }
        let mut side = |infinite: u8, inclusive: u8| -> Result<Option<Bound>> {
            if flags & infinite != 0 {
                return Ok(None);
            }
            let length = wire.u32()? as usize;
            let value = binary_io::receive(wire.take(length)?, PgType::new(element))?;
            Ok(Some(Bound { value, inclusive: flags & inclusive != 0 }))
        };
        let lower = side(LOWER_INFINITE, LOWER_INCLUSIVE)?;
        let upper = side(UPPER_INFINITE, UPPER_INCLUSIVE)?;
        Self::new(lower, upper, element)
    }
}

pub fn send_all(ranges: &[RangeValue], type_oid: Oid, out: &mut Vec<u8>) {
    out.extend((ranges.len() as u32).to_be_bytes());
    for range in ranges {
        let start = out.len();
        out.extend([0; 4]);
        range.send(type_oid, out);
        let length = (out.len() - start - 4) as u32;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// A range or multirange from its wire form; `None` if the type is neither.
///
/// Errors: 08P01, and those of the bounds.
pub fn receive(wire: &mut Wire<'_>, type_oid: Oid) -> Result<Option<Datum>> {
    if let Some(element) = oid::range_element(type_oid) {
        return Ok(Some(Datum::Range(Arc::new(RangeValue::receive(wire, element)?))));
    }
    let Some(element) = oid::multirange_element(type_oid) else { return Ok(None) };
    let count = wire.u32()?;
    let mut ranges = Vec::new();
    for _ in 0..count {
        let length = wire.u32()? as usize;
        let mut inside = Wire::new(wire.take(length)?);
        ranges.push(RangeValue::receive(&mut inside, element)?);
        inside.finish()?;
    }
    Ok(Some(Datum::Multirange(normalised(ranges))))
}
