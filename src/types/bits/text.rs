//! Bit strings as text: `1010`, on input also `b1010` and `x1F`.

use std::sync::Arc;

use super::BitString;
use crate::{
    base::{Result, limits::BITS_MAX},
    err,
};

/// Errors: 22P02 for anything but digits; 54000 past the longest.
pub fn parse(text: &str) -> Result<Arc<BitString>> {
    let (digits, hexadecimal) = match text.as_bytes().first() {
        Some(b'b' | b'B') => (&text[1..], false),
        Some(b'x' | b'X') => (&text[1..], true),
        _ => (text, false),
    };
    let length = digits.len() * if hexadecimal { 4 } else { 1 };
    if length > BITS_MAX {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "bit string length exceeds the maximum allowed ({BITS_MAX})"
        );
    }
    let mut bits = BitString::zeros(length);
    for (at, digit) in digits.chars().enumerate() {
        if hexadecimal {
            let Some(value) = digit.to_digit(16) else {
                return err!(
                    INVALID_TEXT_REPRESENTATION,
                    "\"{digit}\" is not a valid hexadecimal digit"
                );
            };
            bits.bytes[at / 2] |= (value as u8) << (4 * (1 - at % 2));
            continue;
        }
        match digit {
            '0' => {}
            '1' => bits.bytes[at / 8] |= 0x80 >> (at % 8),
            digit => {
                return err!(
                    INVALID_TEXT_REPRESENTATION,
                    "\"{digit}\" is not a valid binary digit"
                );
            }
        }
    }
    Ok(Arc::new(bits))
}

/// Appends the text form.
pub fn format(value: &BitString, out: &mut String) {
    out.extend((0..value.len()).map(|at| if value.bit(at) { '1' } else { '0' }));
}
