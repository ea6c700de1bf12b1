//! `interval`: months, days and microseconds, kept apart as PostgreSQL keeps them.

use super::stored::corrupt;
use crate::base::Result;

/// All fields at their minimum or maximum are -infinity and infinity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub months: i32,
    pub days: i32,
    pub micros: i64,
}

impl Interval {
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.micros.to_le_bytes());
        out.extend(self.days.to_le_bytes());
        out.extend(self.months.to_le_bytes());
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let bytes: &[u8; 16] = bytes.try_into().map_err(|_| corrupt())?;
        let (micros, rest) = bytes.split_first_chunk::<8>().ok_or_else(corrupt)?;
        let (days, months) = rest.split_first_chunk::<4>().ok_or_else(corrupt)?;
        Ok(Self {
            micros: i64::from_le_bytes(*micros),
            days: i32::from_le_bytes(*days),
            months: i32::from_le_bytes(months.try_into().map_err(|_| corrupt())?),
        })
    }
}
