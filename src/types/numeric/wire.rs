//! `numeric_send` and `numeric_recv`: base-10000 digits, big-endian.

use num_bigint::{BigInt, Sign};
use num_traits::Zero;

use super::{Numeric, overflow, power_of_ten};
use crate::{base::Result, err};

const SIGN_POSITIVE: u16 = 0x0000;
const SIGN_NEGATIVE: u16 = 0x4000;
const SIGN_NAN: u16 = 0xC000;
const SIGN_INFINITY: u16 = 0xD000;
const SIGN_NEGATIVE_INFINITY: u16 = 0xF000;
/// What PostgreSQL sends as the scale of an infinity; nobody reads it.
const INFINITY_SCALE: u16 = 0x20;
/// The bits of the wire's scale field that count.
const SCALE_MASK: u16 = 0x3FFF;

impl Numeric {
    /// Appends the wire form: digit count, weight, sign, display scale, digits; 16 bits each.
    pub fn send(&self, out: &mut Vec<u8>) {
        let Some((coefficient, scale)) = self.parts() else {
            return put(
                out,
                &match self {
                    Numeric::Infinity => [0, 0, SIGN_INFINITY, INFINITY_SCALE],
                    Numeric::NegativeInfinity => [0, 0, SIGN_NEGATIVE_INFINITY, INFINITY_SCALE],
                    _ => [0, 0, SIGN_NAN, 0],
                },
            );
        };
        if coefficient.is_zero() {
            return put(out, &[0, 0, SIGN_POSITIVE, scale as u16]);
        }
        // The decimal point falls between two base-10000 digits once the scale is a multiple of 4.
        let padding = (4 - scale % 4) % 4;
        let aligned = coefficient.magnitude() * power_of_ten(padding).magnitude();
        let text = aligned.to_string();
        let head = (text.len() + 3) % 4 + 1;
        let mut digits: Vec<u16> = Vec::with_capacity(text.len() / 4 + 1);
        digits.push(text[..head].parse().expect("decimal digits"));
        let (groups, _) = text.as_bytes()[head..].as_chunks::<4>();
        digits.extend(groups.iter().map(|group| {
            group.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'))
        }));
        let weight = digits.len() as i64 - 1 - (scale + padding) / 4;
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let sign = if coefficient.sign() == Sign::Minus { SIGN_NEGATIVE } else { SIGN_POSITIVE };
        put(out, &[digits.len() as u16, weight as i16 as u16, sign, scale as u16]);
        put(out, &digits);
    }

    /// Reads the wire form. Errors: 22P03 for a bad sign, scale or digit; 08P01 if it is short.
    pub fn receive(mut bytes: &[u8]) -> Result<Self> {
        let [count, weight, sign, scale] =
            [take(&mut bytes)?, take(&mut bytes)?, take(&mut bytes)?, take(&mut bytes)?];
        let negative = match sign {
            SIGN_POSITIVE => false,
            SIGN_NEGATIVE => true,
            SIGN_NAN => return Ok(Numeric::NaN),
            SIGN_INFINITY => return Ok(Numeric::Infinity),
            SIGN_NEGATIVE_INFINITY => return Ok(Numeric::NegativeInfinity),
            _ => {
                return err!(
                    INVALID_BINARY_REPRESENTATION,
                    "invalid sign in external \"numeric\" value"
                );
            }
        };
        if scale & SCALE_MASK != scale {
            return err!(
                INVALID_BINARY_REPRESENTATION,
                "invalid scale in external \"numeric\" value"
            );
        }
        let mut text = String::with_capacity(usize::from(count) * 4);
        for _ in 0..count {
            let digit = take(&mut bytes)?;
            if digit > 9999 {
                return err!(
                    INVALID_BINARY_REPRESENTATION,
                    "invalid digit in external \"numeric\" value"
                );
            }
            text.push_str(&format!("{digit:04}"));
        }
        if !bytes.is_empty() {
            return err!(INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
        }
        let magnitude = BigInt::parse_bytes(text.as_bytes(), 10).unwrap_or_default();
        let coefficient = if negative { -magnitude } else { magnitude };
        // The last base-10000 digit stands `point` decimal places right of the point.
        let point = (i64::from(count) - 1 - i64::from(weight as i16)) * 4;
        let scale = i64::from(scale);
        if coefficient.is_zero() {
            return Numeric::new(coefficient, scale);
        }
        if point < -super::INTEGER_DIGITS_MAX {
            return Err(overflow());
        }
        // Digits past the display scale are hidden ones: they are cut off, as PostgreSQL does.
        let coefficient = if point > scale {
            coefficient / power_of_ten(point - scale)
        } else {
            coefficient * power_of_ten(scale - point)
        };
        Numeric::new(coefficient, scale)
    }
}

fn put(out: &mut Vec<u8>, words: &[u16]) {
    for word in words {
        out.extend(word.to_be_bytes());
    }
}

fn take(bytes: &mut &[u8]) -> Result<u16> {
    match bytes.split_first_chunk::<2>() {
        Some((word, rest)) => {
            *bytes = rest;
            Ok(u16::from_be_bytes(*word))
        }
        None => err!(PROTOCOL_VIOLATION, "insufficient data left in message"),
    }
}
