//! Floats as text: PostgreSQL's shortest exact output, its `extra_float_digits`, and C's `strtod`.

use crate::{base::Result, err};

/// Digits that every decimal survives a round trip with (C's FLT_DIG and DBL_DIG).
const F32_DIGITS: i32 = 6;
const F64_DIGITS: i32 = 15;

/// Appends `real`; above 0 extra digits is the shortest exact form, otherwise `%.*g`.
pub fn format_f32(value: f32, extra_digits: i32, out: &mut String) {
    if extra_digits > 0 {
        format_shortest_f32(value, out);
    } else {
        format_general(f64::from(value), F32_DIGITS + extra_digits, out);
    }
}

/// Appends `double precision`; as [`format_f32`].
pub fn format_f64(value: f64, extra_digits: i32, out: &mut String) {
    if extra_digits > 0 {
        format_shortest_f64(value, out);
    } else {
        format_general(value, F64_DIGITS + extra_digits, out);
    }
}

/// Appends the shortest decimal that reads back as the same `real`.
pub fn format_shortest_f32(value: f32, out: &mut String) {
    if !value.is_finite() {
        return out.push_str(special(f64::from(value)));
    }
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value);
    if value == 0.0 || (1e-4..1e6).contains(&value.abs()) {
        return out.push_str(text.strip_suffix(".0").unwrap_or(text));
    }
    let mut decimal = Decimal::read(text);
    let magnitude = value.abs();
    if (16_777_216.0..1e38).contains(&magnitude) {
        let below = f32::from_bits(magnitude.to_bits() - 1);
        let above = f32::from_bits(magnitude.to_bits() + 1);
        decimal.leave_border(f64::from(magnitude), [below as u128, above as u128]);
    }
    decimal.write_scientific(out);
}

/// Appends the shortest decimal that reads back as the same `double precision`.
pub fn format_shortest_f64(value: f64, out: &mut String) {
    if !value.is_finite() {
        return out.push_str(special(value));
    }
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value);
    if value == 0.0 || (1e-4..1e15).contains(&value.abs()) {
        return out.push_str(text.strip_suffix(".0").unwrap_or(text));
    }
    let mut decimal = Decimal::read(text);
    let magnitude = value.abs();
    if (9_007_199_254_740_992.0..1e38).contains(&magnitude) {
        let below = f64::from_bits(magnitude.to_bits() - 1);
        let above = f64::from_bits(magnitude.to_bits() + 1);
        decimal.leave_border(magnitude, [below as u128, above as u128]);
    }
    decimal.write_scientific(out);
}

fn special(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// `d.ddd * 10^exponent`
struct Decimal {
    negative: bool,
    /// Without leading or trailing zeros.
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// Reads `-12.5`, `0.00012` or `1.25e-7`; not zero.
    fn read(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, written) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let significant = all.trim_start_matches('0');
        let zeros = all.len() - significant.len();
        let exponent = written.parse::<i32>().expect("an exponent is a number")
            + whole.len() as i32
            - 1
            - zeros as i32;
        Self { negative, digits: significant.trim_end_matches('0').to_owned(), exponent }
    }

    /// PostgreSQL takes no decimal on the border between two floats, though it would be read back
    /// rightly: one digit more then. Only large whole numbers have borders so short.
    fn leave_border(&mut self, magnitude: f64, neighbours: [u128; 2]) {
        let places = self.exponent - (self.digits.len() as i32 - 1);
        let (Ok(places), Ok(digits)) = (u32::try_from(places), self.digits.parse::<u128>()) else {
            return;
        };
        let Some(found) = 10u128.checked_pow(places).and_then(|unit| digits.checked_mul(unit))
        else {
            return;
        };
        let exact = magnitude as u128;
        let on_border = neighbours.into_iter().any(|neighbour| found * 2 == exact + neighbour);
        if on_border {
            let longer = Decimal::read(&format!("{magnitude:.*e}", self.digits.len()));
            (self.digits, self.exponent) = (longer.digits, longer.exponent);
        }
    }

    fn write_scientific(&self, out: &mut String) {
        if self.negative {
            out.push('-');
        }
        out.push_str(&self.digits[..1]);
        if self.digits.len() > 1 {
            out.push('.');
            out.push_str(&self.digits[1..]);
        }
        out.push('e');
        out.push(if self.exponent < 0 { '-' } else { '+' });
        if self.exponent.abs() < 10 {
            out.push('0');
        }
        super::integer::format(i64::from(self.exponent.abs()), out);
    }
}

/// C's `%.*g`.
fn format_general(value: f64, precision: i32, out: &mut String) {
    if !value.is_finite() {
        return out.push_str(special(value));
    }
    if value == 0.0 {
        return out.push_str(if value.is_sign_negative() { "-0" } else { "0" });
    }
    let precision = precision.max(1);
    let decimal = Decimal::read(&format!("{value:.*e}", precision as usize - 1));
    if decimal.exponent < -4 || decimal.exponent >= precision {
        return decimal.write_scientific(out);
    }
    if decimal.negative {
        out.push('-');
    }
    if decimal.exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', -decimal.exponent as usize - 1));
        return out.push_str(&decimal.digits);
    }
    let whole = decimal.exponent as usize + 1;
    let (head, tail) = decimal.digits.split_at(whole.min(decimal.digits.len()));
    out.push_str(head);
    out.extend(std::iter::repeat_n('0', whole - head.len()));
    if !tail.is_empty() {
        out.push('.');
        out.push_str(tail);
    }
}

/// Errors: 22P02 `invalid input syntax for type real: "x"`; 22003 on overflow and underflow.
pub fn parse_f32(text: &str) -> Result<f32> {
    whole(text, "real", prefix_f32, f64::from)
}

/// Errors: 22P02 `invalid input syntax for type double precision: "x"`; 22003 on overflow and
/// underflow.
pub fn parse_f64(text: &str) -> Result<f64> {
    whole(text, "double precision", prefix_f64, |value| value)
}

fn whole<T: Copy>(
    text: &str,
    name: &str,
    prefix: impl Fn(&str) -> Option<(T, usize)>,
    widen: impl Fn(T) -> f64,
) -> Result<T> {
    let trimmed = super::trim(text);
    let found = prefix(trimmed);
    // A number out of range is reported before any junk that follows it.
    if let Some((value, length)) = found
        && is_out_of_range(widen(value), &trimmed[..length])
    {
        let number = &trimmed[..length];
        return err!(NUMERIC_VALUE_OUT_OF_RANGE, "\"{number}\" is out of range for type {name}");
    }
    match found {
        Some((value, length)) if length == trimmed.len() => Ok(value),
        _ => err!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type {name}: \"{text}\""),
    }
}

/// Whether C would say ERANGE and PostgreSQL an error: infinite or zero, though not written so.
pub fn is_out_of_range(value: f64, number: &str) -> bool {
    let mantissa = match numeral(number) {
        Some(Numeral::Decimal { mantissa, .. }) => &number[..mantissa],
        Some(Numeral::Hexadecimal { length }) => {
            let mantissa = number[..length].split(['p', 'P']).next().unwrap_or_default();
            mantissa.split_once(['x', 'X']).map_or("", |(_, digits)| digits)
        }
        _ => return false,
    };
    value.is_infinite()
        || (value == 0.0 && mantissa.bytes().any(|byte| byte.is_ascii_hexdigit() && byte != b'0'))
}

/// What `strtof` reads at the start of `text` (which has no leading blanks), and its length.
pub fn prefix_f32(text: &str) -> Option<(f32, usize)> {
    Some(match numeral(text)? {
        Numeral::Special { value, length } => (value as f32, length),
        Numeral::Decimal { length, .. } => (text[..length].parse().ok()?, length),
        Numeral::Hexadecimal { length } => {
            let (negative, mantissa, exponent) = hexadecimal(&text[..length]);
            // The mantissa is rounded once, as it becomes a float; the scaling is exact.
            let value = (f64::from(mantissa as f32) * 2f64.powi(exponent)) as f32;
            (if negative { -value } else { value }, length)
        }
    })
}

/// What `strtod` reads at the start of `text` (which has no leading blanks), and its length.
pub fn prefix_f64(text: &str) -> Option<(f64, usize)> {
    Some(match numeral(text)? {
        Numeral::Special { value, length } => (value, length),
        Numeral::Decimal { length, .. } => (text[..length].parse().ok()?, length),
        Numeral::Hexadecimal { length } => {
            let (negative, mantissa, exponent) = hexadecimal(&text[..length]);
            // In two steps: the power alone may be out of range where the product is not.
            let half = exponent / 2;
            let value = mantissa as f64 * 2f64.powi(half) * 2f64.powi(exponent - half);
            (if negative { -value } else { value }, length)
        }
    })
}

enum Numeral {
    /// `mantissa` and `length` are ends within the text.
    Decimal {
        mantissa: usize,
        length: usize,
    },
    Hexadecimal {
        length: usize,
    },
    Special {
        value: f64,
        length: usize,
    },
}

/// The longest numeral that starts `text`.
fn numeral(text: &str) -> Option<Numeral> {
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let rest = &bytes[sign..];
    let starts = |word: &str| {
        rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let signed = |value: f64| if bytes[0] == b'-' { -value } else { value };
    if starts("inf") {
        let length = sign + if starts("infinity") { 8 } else { 3 };
        return Some(Numeral::Special { value: signed(f64::INFINITY), length });
    }
    if starts("nan") {
        let tail = &rest[3..];
        let close = tail
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'(')));
        let tagged = match close {
            Some(close) if tail[0] == b'(' && tail[close] == b')' => close + 1,
            _ => 0,
        };
        return Some(Numeral::Special { value: f64::NAN, length: sign + 3 + tagged });
    }
    if starts("0x") {
        let (digits, end) = digits(bytes, sign + 2, u8::is_ascii_hexdigit);
        if digits > 0 {
            return Some(Numeral::Hexadecimal { length: exponent(bytes, end, b'p') });
        }
    }
    let (digits, end) = digits(bytes, sign, u8::is_ascii_digit);
    (digits > 0).then(|| Numeral::Decimal { mantissa: end, length: exponent(bytes, end, b'e') })
}

/// Counts the digits from `at`, with at most one point among them, and tells where they end.
fn digits(bytes: &[u8], mut at: usize, is_digit: impl Fn(&u8) -> bool) -> (usize, usize) {
    let (mut count, mut point) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'.' if !point => point = true,
            byte if is_digit(byte) => count += 1,
            _ => break,
        }
        at += 1;
    }
    (count, at)
}

/// Where the exponent that may stand at `at` ends; an incomplete one does not count.
fn exponent(bytes: &[u8], at: usize, letter: u8) -> usize {
    if bytes.get(at).is_none_or(|byte| byte.to_ascii_lowercase() != letter) {
        return at;
    }
    let first = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
    let end =
        first + bytes[first.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    if end > first { end } else { at }
}

/// Sign, mantissa and binary exponent of a C hexadecimal float.
fn hexadecimal(text: &str) -> (bool, u64, i32) {
    let negative = text.starts_with('-');
    let body = text.trim_start_matches(['-', '+']);
    let (mantissa_text, written) = body[2..].split_once(['p', 'P']).unwrap_or((&body[2..], "0"));
    let (mut mantissa, mut exponent, mut fraction) = (0u64, 0i32, false);
    for c in mantissa_text.chars() {
        let Some(digit) = c.to_digit(16) else {
            fraction = true;
            continue;
        };
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            exponent -= if fraction { 4 } else { 0 };
        } else {
            // Past 60 bits a digit matters only for whether there is one.
            mantissa |= u64::from(digit != 0);
            exponent += if fraction { 0 } else { 4 };
        }
    }
    (negative, mantissa, exponent.saturating_add(written.parse().unwrap_or(i32::MAX / 2)))
}
