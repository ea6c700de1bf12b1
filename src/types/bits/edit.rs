//! Operations on bit strings, by PostgreSQL's rules.

use super::BitString;
use crate::{base::Result, err};

impl BitString {
    /// Cut, or filled up with zeros.
    pub fn resized(&self, length: usize) -> Self {
        Self::new(length, self.bytes.clone())
    }

    /// `&`, `|`, `#`. Errors: 22026 `cannot AND bit strings of different sizes`.
    pub fn combine(&self, other: &Self, verb: &str, op: fn(u8, u8) -> u8) -> Result<Self> {
        if self.length != other.length {
            return err!(
                STRING_DATA_LENGTH_MISMATCH,
                "cannot {verb} bit strings of different sizes"
            );
        }
        let bytes = self.bytes.iter().zip(&other.bytes).map(|(a, b)| op(*a, *b)).collect();
        Ok(Self::new(self.length, bytes))
    }

    /// `~`
    pub fn complement(&self) -> Self {
        Self::new(self.length, self.bytes.iter().map(|byte| !byte).collect())
    }

    /// `<<` for a positive count, `>>` for a negative one; zeros come in.
    pub fn shifted(&self, count: i64) -> Self {
        let length = self.length as i64;
        Self::of(self.length, |at| {
            let from = at as i64 + count;
            (0..length).contains(&from) && self.bit(from as usize)
        })
    }

    /// `||`
    pub fn concat(&self, other: &Self) -> Self {
        if self.length.is_multiple_of(8) {
            let bytes = [self.bytes(), other.bytes()].concat();
            return Self::new(self.length + other.length, bytes);
        }
        Self::of(self.length + other.length, |at| match at.checked_sub(self.length) {
            Some(at) => other.bit(at),
            None => self.bit(at),
        })
    }

    /// The bits from `start` (from 1) on, at most `count`; what lies outside is left out.
    /// Errors: 22011 for a negative count.
    pub fn substring(&self, start: i64, count: Option<i64>) -> Result<Self> {
        if count.is_some_and(|count| count < 0) {
            return err!(SUBSTRING_ERROR, "negative substring length not allowed");
        }
        let length = self.length as i64;
        let from = start.max(1) - 1;
        let to = count.map_or(length, |count| (start - 1).saturating_add(count)).min(length);
        if from >= to {
            return Ok(Self::default());
        }
        Ok(Self::of((to - from) as usize, |at| self.bit(from as usize + at)))
    }

    /// `overlay(self placing other from start for count)`.
    /// Errors: 22011 for a start below 1, or a negative count; 22003.
    pub fn overlay(&self, other: &Self, start: i64, count: i64) -> Result<Self> {
        if start <= 0 {
            return err!(SUBSTRING_ERROR, "negative substring length not allowed");
        }
        let Ok(after) = i32::try_from(start + count) else {
            return err!(NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
        };
        let head = self.substring(1, Some(start - 1))?;
        let tail = self.substring(i64::from(after), None)?;
        Ok(head.concat(other).concat(&tail))
    }

    /// Where `other` first begins, from 1; 0: nowhere.
    pub fn position(&self, other: &Self) -> usize {
        if other.length > self.length || self.length == 0 {
            return 0;
        }
        let begins =
            |start: usize| (0..other.length).all(|at| self.bit(start + at) == other.bit(at));
        (0..=self.length - other.length).find(|start| begins(*start)).map_or(0, |start| start + 1)
    }

    /// Bit `at`, from 0. Errors: 2202E past the end.
    pub fn get(&self, at: i32) -> Result<bool> {
        self.check_index(at)?;
        Ok(self.bit(at as usize))
    }

    /// With bit `at` set to `bit`. Errors: 2202E past the end; 22023 for anything but a bit.
    pub fn set(&self, at: i32, bit: i32) -> Result<Self> {
        self.check_index(at)?;
        if !matches!(bit, 0 | 1) {
            return err!(INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
        }
        let mut changed = self.clone();
        let mask = 0x80 >> (at % 8);
        let byte = &mut changed.bytes[at as usize / 8];
        *byte = if bit == 1 { *byte | mask } else { *byte & !mask };
        Ok(changed)
    }

    fn check_index(&self, at: i32) -> Result<()> {
        if at < 0 || at as usize >= self.length {
            return err!(
                ARRAY_SUBSCRIPT_ERROR,
                "bit index {at} out of valid range (0..{})",
                self.length as i64 - 1
            );
        }
        Ok(())
    }

    /// The lowest `length` bits of a two's complement number, its sign in front of it.
    pub fn of_integer(value: i64, length: usize) -> Self {
        Self::of(length, |at| value >> (length - 1 - at).min(63) & 1 == 1)
    }

    /// The number whose lowest bits these are. Errors: 22003 if it has more than `width` bits.
    pub fn to_integer(&self, width: usize, name: &str) -> Result<u64> {
        if self.length > width {
            return err!(NUMERIC_VALUE_OUT_OF_RANGE, "{name} out of range");
        }
        Ok((0..self.length).fold(0, |value, at| value << 1 | u64::from(self.bit(at))))
    }
}
