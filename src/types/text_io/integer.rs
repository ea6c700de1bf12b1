//! Integers and object ids as text.

use crate::{
    base::{PgError, Result},
    pg_error,
};

/// Reads `smallint`, `integer` and `bigint`: decimal, `0x`, `0o`, `0b`, underscores.
/// Errors: 22P02 `invalid input syntax for type integer: "x"`; 22003
/// `value "99999999999" is out of range for type integer`.
pub fn parse(text: &str, type_name: &str, min: i64, max: i64) -> Result<i64> {
    let syntax = || invalid(text, type_name);
    let range = || out_of_range(text, type_name);
    let trimmed = super::trim(text).as_bytes();
    let (negative, unsigned) = match trimmed {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (radix, digits) = match unsigned {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        rest => (10, rest),
    };
    if digits.is_empty() || (radix == 10 && digits[0] == b'_') {
        return Err(syntax());
    }
    // The magnitude of `min`, which is one more than `max`.
    let limit = min.unsigned_abs();
    let (mut magnitude, mut after_underscore) = (0u64, false);
    for byte in digits {
        match char::from(*byte).to_digit(radix) {
            Some(digit) => {
                // An overflow is reported before any junk that follows it.
                if magnitude > limit / u64::from(radix) {
                    return Err(range());
                }
                magnitude = magnitude * u64::from(radix) + u64::from(digit);
                after_underscore = false;
            }
            None if *byte == b'_' && !after_underscore => after_underscore = true,
            None => return Err(syntax()),
        }
    }
    if after_underscore {
        return Err(syntax());
    }
    if magnitude > if negative { limit } else { max as u64 } {
        return Err(range());
    }
    Ok(if negative { (magnitude as i64).wrapping_neg() } else { magnitude as i64 })
}

/// Reads `oid`, `xid` and `cid` as C's `strtoul` with base 0 does; a small negative number wraps.
pub fn parse_u32(text: &str, type_name: &str) -> Result<u32> {
    let trimmed = super::trim(text);
    let (negative, unsigned) = match trimmed.as_bytes() {
        [b'-', ..] => (true, &trimmed[1..]),
        [b'+', ..] => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(invalid(text, type_name));
    }
    let magnitude =
        u64::from_str_radix(digits, radix).map_err(|_| out_of_range(text, type_name))?;
    match u32::try_from(magnitude) {
        Ok(value) if !negative => Ok(value),
        Ok(value) if value <= 1 << 31 => Ok(value.wrapping_neg()),
        _ => Err(out_of_range(text, type_name)),
    }
}

fn invalid(text: &str, type_name: &str) -> PgError {
    pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type {type_name}: \"{text}\"")
}

fn out_of_range(text: &str, type_name: &str) -> PgError {
    pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "value \"{text}\" is out of range for type {type_name}")
}

/// Appends a decimal integer.
pub fn format(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    format_u64(value.unsigned_abs(), out);
}

/// Appends a decimal integer.
pub fn format_u64(mut value: u64, out: &mut String) {
    const DIGITS_MAX: usize = 20;
    let mut digits = [b'0'; DIGITS_MAX];
    let mut at = DIGITS_MAX;
    loop {
        at -= 1;
        digits[at] += (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.push_str(str::from_utf8(&digits[at..]).expect("digits are ASCII"));
}
