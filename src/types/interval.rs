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
    pub const INFINITY: Interval = Interval { months: i32::MAX, days: i32::MAX, micros: i64::MAX };
    pub const NEGATIVE_INFINITY: Interval =
        Interval { months: i32::MIN, days: i32::MIN, micros: i64::MIN };

    pub fn is_finite(&self) -> bool {
        *self != Self::INFINITY && *self != Self::NEGATIVE_INFINITY
    }

    /// The length in microseconds that comparisons use: months of 30 days, days of 24 hours.
    pub fn length_micros(&self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * 86_400_000_000
            + i128::from(self.micros)
    }

    /// PostgreSQL's order: by length, so that 1 month = 30 days.
    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        self.length_micros().cmp(&other.length_micros())
    }

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
