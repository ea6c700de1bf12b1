//! `numeric` as text: PostgreSQL's decimal, hexadecimal, octal and binary spellings.

use std::fmt;

use num_bigint::BigInt;
use num_traits::{Num, Signed, ToPrimitive};

use super::{Numeric, SCALE_MAX, overflow};
use crate::{base::Result, pg_error};

impl Numeric {
    /// Errors: 22P02 `invalid input syntax for type numeric: "x"`; 22003 past the format.
    pub fn parse(text: &str) -> Result<Self> {
        match parse(text.trim_matches(is_space)) {
            Some(value) => value,
            None => Err(pg_error!(
                INVALID_TEXT_REPRESENTATION,
                "invalid input syntax for type numeric: \"{text}\""
            )),
        }
    }

    /// Appends the text form.
    pub fn format(&self, out: &mut String) {
        let (coefficient, scale) = match self {
            Numeric::NaN => return out.push_str("NaN"),
            Numeric::Infinity => return out.push_str("Infinity"),
            Numeric::NegativeInfinity => return out.push_str("-Infinity"),
            Numeric::Finite(value) => value.as_bigint_and_scale(),
        };
        if coefficient.is_negative() {
            out.push('-');
        }
        let start = out.len();
        match coefficient.magnitude().to_u64() {
            Some(mut small) => {
                let mut buffer = [0; 20];
                let mut at = buffer.len();
                loop {
                    at -= 1;
                    buffer[at] = b'0' + (small % 10) as u8;
                    small /= 10;
                    if small == 0 {
                        break;
                    }
                }
                out.extend(buffer[at..].iter().map(|digit| char::from(*digit)));
            }
            None => out.push_str(&coefficient.magnitude().to_string()),
        }
        let scale = scale as usize;
        if scale == 0 {
            return;
        }
        let have = out.len() - start;
        if have <= scale {
            let zeros = scale + 1 - have;
            out.insert_str(start, &"0".repeat(zeros));
        }
        out.insert(out.len() - scale, '.');
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.format(&mut text);
        f.pad(&text)
    }
}

/// C's `isspace` in the C locale.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// `None` is a syntax error.
fn parse(text: &str) -> Option<Result<Numeric>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let first = *unsigned.as_bytes().first()?;
    if !first.is_ascii_digit() && first != b'.' {
        return special(text, unsigned, negative).map(Ok);
    }
    let radix = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => return decimal(unsigned, negative),
    };
    let digits = grouped_digits(&unsigned[2..], radix)?;
    let magnitude = BigInt::from_str_radix(&digits, radix).ok()?;
    Some(Numeric::new(if negative { -magnitude } else { magnitude }, 0))
}

fn special(text: &str, unsigned: &str, negative: bool) -> Option<Numeric> {
    // NaN has no sign: the whole text is it.
    if text.eq_ignore_ascii_case("nan") {
        return Some(Numeric::NaN);
    }
    if unsigned.eq_ignore_ascii_case("infinity") || unsigned.eq_ignore_ascii_case("inf") {
        return Some(if negative { Numeric::NegativeInfinity } else { Numeric::Infinity });
    }
    None
}

/// Digits of `radix` with the underscores taken out, each of which a digit must follow.
fn grouped_digits(text: &str, radix: u32) -> Option<String> {
    let mut digits = String::with_capacity(text.len());
    let mut after_underscore = false;
    for c in text.chars() {
        if c == '_' {
            if after_underscore {
                return None;
            }
            after_underscore = true;
        } else if c.is_digit(radix) {
            digits.push(c);
            after_underscore = false;
        } else {
            return None;
        }
    }
    (!after_underscore && !digits.is_empty()).then_some(digits)
}

fn decimal(text: &str, negative: bool) -> Option<Result<Numeric>> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(mantissa.len());
    for part in [whole, fraction] {
        if part.starts_with('_') {
            return None;
        }
        if !part.is_empty() {
            digits.push_str(&grouped_digits(part, 10)?);
        }
    }
    if digits.is_empty() {
        return None;
    }
    let mut scale = fraction.bytes().filter(u8::is_ascii_digit).count() as i64;
    if let Some(exponent) = exponent {
        let (sign, unsigned) = match exponent.as_bytes().first()? {
            b'-' => (-1, &exponent[1..]),
            b'+' => (1, &exponent[1..]),
            _ => (1, exponent),
        };
        if unsigned.starts_with('_') {
            return None;
        }
        let places = grouped_digits(unsigned, 10)?;
        match places.parse::<i64>() {
            Ok(places) if places < i64::from(i32::MAX / 2) => scale -= sign * places,
            _ => return Some(Err(overflow())),
        }
    }
    Some(assemble(&digits, scale, negative))
}

fn assemble(digits: &str, scale: i64, negative: bool) -> Result<Numeric> {
    let significant = digits.trim_start_matches('0');
    // Checked before the coefficient is made: 1e100000000 must not be computed.
    if scale > SCALE_MAX
        || (!significant.is_empty() && significant.len() as i64 - scale > super::INTEGER_DIGITS_MAX)
    {
        return Err(overflow());
    }
    if significant.is_empty() {
        return Numeric::new(BigInt::ZERO, scale.max(0));
    }
    let magnitude = if significant.len() <= 18 {
        BigInt::from(significant.parse::<i64>().expect("18 digits fit"))
    } else {
        BigInt::from_str_radix(significant, 10).expect("only digits were kept")
    };
    Numeric::new(if negative { -magnitude } else { magnitude }, scale)
}
