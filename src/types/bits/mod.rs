//! PostgreSQL's `bit(n)` and `bit varying(n)`: strings of bits.
//!
//! Stored bytes: the length in bits as u32, little-endian, then the bits, the first one highest in
//! its byte; the last byte is filled up with zeros.

mod edit;
mod text;

#[cfg(test)]
mod tests;

use std::{cmp::Ordering, sync::Arc};

use super::stored::corrupt;
use crate::{
    base::{Result, limits::BITS_MAX},
    err,
};

pub use text::{format, parse};

/// A string of bits. Bits past `length` are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitString {
    length: usize,
    bytes: Vec<u8>,
}

impl BitString {
    /// Zeros.
    pub fn zeros(length: usize) -> Self {
        Self { length, bytes: vec![0; length.div_ceil(8)] }
    }

    /// The bits `bit(0) .. bit(length - 1)`.
    pub fn of(length: usize, bit: impl Fn(usize) -> bool) -> Self {
        let mut bits = Self::zeros(length);
        for at in (0..length).filter(|at| bit(*at)) {
            bits.bytes[at / 8] |= 0x80 >> (at % 8);
        }
        bits
    }

    /// What is past `length` in the last byte becomes zero.
    fn new(length: usize, mut bytes: Vec<u8>) -> Self {
        bytes.resize(length.div_ceil(8), 0);
        if !length.is_multiple_of(8)
            && let Some(last) = bytes.last_mut()
        {
            *last &= 0xffu8 << (8 - length % 8);
        }
        Self { length, bytes }
    }

    /// In bits.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bits, eight to a byte, the first one highest.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn bit(&self, at: usize) -> bool {
        self.bytes[at / 8] & 0x80 >> (at % 8) != 0
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend((self.length as u32).to_le_bytes());
        out.extend(&self.bytes);
    }

    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let (length, bits) = bytes.split_first_chunk::<4>().ok_or_else(corrupt)?;
        let length = u32::from_le_bytes(*length) as usize;
        if bits.len() != length.div_ceil(8) {
            return Err(corrupt());
        }
        Ok(Self::new(length, bits.to_vec()))
    }

    /// Appends the wire form: i32 length in bits, then the bits.
    pub fn send(&self, out: &mut Vec<u8>) {
        out.extend((self.length as u32).to_be_bytes());
        out.extend(&self.bytes);
    }

    /// Reads the wire form. Errors: 08P01 if it is too short, 22P03 if too long.
    pub fn receive(bytes: &[u8]) -> Result<Arc<Self>> {
        let Some((length, bits)) = bytes.split_first_chunk::<4>() else {
            return err!(PROTOCOL_VIOLATION, "insufficient data left in message");
        };
        let length = i32::from_be_bytes(*length);
        if length < 0 || length as usize > BITS_MAX {
            return err!(INVALID_BINARY_REPRESENTATION, "invalid length in external bit string");
        }
        let length = length as usize;
        match bits.len().cmp(&length.div_ceil(8)) {
            Ordering::Less => err!(PROTOCOL_VIOLATION, "insufficient data left in message"),
            Ordering::Greater => {
                err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format")
            }
            Ordering::Equal => Ok(Arc::new(Self::new(length, bits.to_vec()))),
        }
    }

    /// By their bytes, then by length.
    pub fn compare(&self, other: &Self) -> Ordering {
        let shared = self.bytes.len().min(other.bytes.len());
        self.bytes[..shared].cmp(&other.bytes[..shared]).then(self.length.cmp(&other.length))
    }

    /// Bits that are set.
    pub fn ones(&self) -> u64 {
        count(self.bytes.iter().copied())
    }

    /// `<~>`: bits that differ. The lengths are equal.
    pub fn hamming(&self, other: &Self) -> u64 {
        count(self.bytes.iter().zip(&other.bytes).map(|(a, b)| a ^ b))
    }

    /// `<%>`: 1 - shared ones / all ones; 1 if none is shared. The lengths are equal.
    pub fn jaccard(&self, other: &Self) -> f64 {
        let shared = count(self.bytes.iter().zip(&other.bytes).map(|(a, b)| a & b));
        if shared == 0 {
            return 1.0;
        }
        1.0 - shared as f64 / (self.ones() + other.ones() - shared) as f64
    }
}

/// What a distance demands. Errors: 22000 `different bit lengths 3 and 2`.
pub fn check_same(a: &BitString, b: &BitString) -> Result<()> {
    if a.length != b.length {
        return err!(DATA_EXCEPTION, "different bit lengths {} and {}", a.length, b.length);
    }
    Ok(())
}

fn count(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.map(|byte| u64::from(byte.count_ones())).sum()
}
