//! Reading big-endian wire forms piece by piece.

use super::receive;
use crate::{
    base::Result,
    err, pg_error,
    types::{Datum, PgType},
};

/// What is left of a value's wire form.
pub struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Errors: 08P01 if fewer than `count` bytes are left.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(count) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => err!(PROTOCOL_VIOLATION, "insufficient data left in message"),
        }
    }

    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        self.take(N).map(|bytes| bytes.try_into().expect("N bytes were taken"))
    }

    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub fn i16(&mut self) -> Result<i16> {
        Ok(i16::from_be_bytes(*self.array()?))
    }

    pub fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_be_bytes(*self.array()?))
    }

    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(*self.array()?))
    }

    pub fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(*self.array()?))
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// All that is left, as text. Errors: 22021 if it is not UTF-8 or holds a zero byte.
    pub fn text(&mut self) -> Result<&'a str> {
        let bytes = self.rest();
        let invalid = |at: usize, length: usize| {
            let shown: Vec<String> = bytes[at..(at + length).min(bytes.len())]
                .iter()
                .map(|byte| format!("0x{byte:02x}"))
                .collect();
            pg_error!(
                CHARACTER_NOT_IN_REPERTOIRE,
                "invalid byte sequence for encoding \"UTF8\": {}",
                shown.join(" ")
            )
        };
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(invalid(at, 1));
        }
        str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            // PostgreSQL shows as many bytes as the first one announces.
            let announced = match bytes[at] {
                0xF0..=0xF7 => 4,
                0xE0..=0xEF => 3,
                0xC0..=0xDF => 2,
                _ => 1,
            };
            invalid(at, announced)
        })
    }

    /// An array element or a field: a length (-1 is NULL) and the value's own wire form.
    pub fn field(&mut self, target: PgType) -> Result<Datum> {
        match self.i32()? {
            -1 => Ok(Datum::Null),
            length => match usize::try_from(length) {
                Ok(length) => receive(self.take(length)?, target),
                Err(_) => err!(PROTOCOL_VIOLATION, "insufficient data left in message"),
            },
        }
    }

    /// Errors: 22P03 if bytes are left over.
    pub fn finish(self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format")
    }
}
