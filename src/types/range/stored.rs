//! The stored bytes of ranges: flags, then the bounds as elements.

use std::sync::Arc;

use super::{Bound, RangeValue};
use crate::{
    base::{Oid, Result},
    types::stored::{corrupt, decode_element, encode_element, take, take_u32},
};

pub(super) const EMPTY: u8 = 0x01;
pub(super) const LOWER_INCLUSIVE: u8 = 0x02;
pub(super) const UPPER_INCLUSIVE: u8 = 0x04;
pub(super) const LOWER_INFINITE: u8 = 0x08;
pub(super) const UPPER_INFINITE: u8 = 0x10;

impl RangeValue {
    /// PostgreSQL's flags, which are those on the wire too.
    pub(super) fn flags(&self) -> u8 {
        if self.empty {
            return EMPTY;
        }
        let side = |bound: &Option<Bound>, inclusive: u8, infinite: u8| match bound {
            None => infinite,
            Some(bound) if bound.inclusive => inclusive,
            Some(_) => 0,
        };
        side(&self.lower, LOWER_INCLUSIVE, LOWER_INFINITE)
            | side(&self.upper, UPPER_INCLUSIVE, UPPER_INFINITE)
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.flags());
        for bound in self.lower.iter().chain(&self.upper) {
            encode_element(&bound.value, out);
        }
    }

    /// Errors: XX001.
    pub fn decode(mut bytes: &[u8], element: Oid) -> Result<Self> {
        let flags = take(&mut bytes, 1)?[0];
        if flags & EMPTY != 0 {
            return Ok(Self::empty());
        }
        let mut side = |infinite: u8, inclusive: u8| -> Result<Option<Bound>> {
            if flags & infinite != 0 {
                return Ok(None);
            }
            let value = decode_element(element, &mut bytes)?;
            Ok(Some(Bound { value, inclusive: flags & inclusive != 0 }))
        };
        let lower = side(LOWER_INFINITE, LOWER_INCLUSIVE)?;
        let upper = side(UPPER_INFINITE, UPPER_INCLUSIVE)?;
        Ok(Self { empty: false, lower, upper })
    }
}

pub fn encode_all(ranges: &[RangeValue], out: &mut Vec<u8>) {
    out.extend((ranges.len() as u32).to_le_bytes());
    for range in ranges {
        let start = out.len();
        out.extend([0; 4]);
        range.encode(out);
        let length = (out.len() - start - 4) as u32;
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

/// Errors: XX001.
pub fn decode_all(mut bytes: &[u8], element: Oid) -> Result<Arc<[RangeValue]>> {
    let count = take_u32(&mut bytes)?;
    let mut ranges = Vec::new();
    for _ in 0..count {
        let length = take_u32(&mut bytes)? as usize;
        ranges.push(RangeValue::decode(take(&mut bytes, length)?, element)?);
    }
    match bytes {
        [] => Ok(ranges.into()),
        _ => Err(corrupt()),
    }
}
