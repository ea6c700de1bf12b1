//! JSON numbers as `numeric` prints them: no exponent, the written scale, no negative zero.

use std::{borrow::Cow, cmp::Ordering};

use crate::{base::Result, err};

/// `numeric`'s digits before and after the point, at most.
const INTEGER_DIGITS_MAX: i64 = 131_072;
const SCALE_MAX: i64 = 16_383;

/// The plain decimal form of a JSON number. Errors: 22003 if `numeric` cannot hold it.
pub fn plain(text: &str) -> Result<Cow<'_, str>> {
    let Some(mark) = text.find(['e', 'E']) else {
        let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
        if integer.len() as i64 > INTEGER_DIGITS_MAX || fraction.len() as i64 > SCALE_MAX {
            return overflow();
        }
        let negative_zero = text.starts_with('-') && text.bytes().all(|b| b"-0.".contains(&b));
        return Ok(Cow::Borrowed(if negative_zero { &text[1..] } else { text }));
    };
    let Ok(exponent) = text[mark + 1..].parse::<i64>() else { return overflow() };
    if exponent.abs() > INTEGER_DIGITS_MAX + SCALE_MAX {
        return overflow();
    }
    let mantissa = &text[..mark];
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integer}{fraction}");
    let scale = (fraction.len() as i64 - exponent).max(0);
    // The place of the point within `digits`.
    let point = integer.len() as i64 + exponent;
    let zero = digits.bytes().all(|digit| digit == b'0');
    if scale > SCALE_MAX || !zero && point > INTEGER_DIGITS_MAX {
        return overflow();
    }
    let mut out = String::with_capacity(digits.len() + scale as usize + 3);
    if !zero {
        out.push_str(sign);
    }
    let whole = if point <= 0 { "" } else { &digits[..digits.len().min(point as usize)] };
    let whole_zeros = (point - digits.len() as i64).max(0) as usize;
    let significant = whole.trim_start_matches('0');
    if significant.is_empty() {
        out.push('0');
    } else {
        out.push_str(significant);
        out.extend(std::iter::repeat_n('0', whole_zeros));
    }
    if scale > 0 {
        out.push('.');
        out.extend(std::iter::repeat_n('0', (-point).max(0) as usize));
        out.push_str(&digits[(point.max(0) as usize).min(digits.len())..]);
    }
    Ok(Cow::Owned(out))
}

fn overflow<T>() -> Result<T> {
    err!(NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format")
}

/// A plain decimal taken apart: sign (0 for zero), the point's place counted from the first digit
/// that is not zero, and the digits from there without zeros at the end.
struct Parts<'a> {
    sign: i32,
    point: i32,
    head: &'a str,
    tail: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let sign = if negative { -1 } else { 1 };
        if !integer.is_empty() {
            let head = if fraction.is_empty() { integer.trim_end_matches('0') } else { integer };
            return Self { sign, point: integer.len() as i32, head, tail: fraction };
        }
        let digits = fraction.trim_start_matches('0');
        if digits.is_empty() {
            return Self { sign: 0, point: 0, head: "", tail: "" };
        }
        let point = -((fraction.len() - digits.len()) as i32);
        Self { sign, point, head: digits, tail: "" }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.head.bytes().chain(self.tail.bytes())
    }
}

/// Compares two plain decimals by value.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a), Parts::of(b));
    a.sign.cmp(&b.sign).then_with(|| {
        let magnitude = a.point.cmp(&b.point).then_with(|| a.digits().cmp(b.digits()));
        if a.sign < 0 { magnitude.reverse() } else { magnitude }
    })
}

/// Appends bytes that compare as the numbers do and are equal exactly when they are.
pub fn key(text: &str, out: &mut Vec<u8>) {
    let parts = Parts::of(text);
    if parts.sign == 0 {
        return out.push(0x80);
    }
    out.push(if parts.sign > 0 { 0x81 } else { 0x7f });
    let flip = if parts.sign > 0 { 0 } else { 0xff };
    let point = (parts.point as u32) ^ 0x8000_0000;
    out.extend(point.to_be_bytes().map(|byte| byte ^ flip));
    out.extend(parts.digits().map(|digit| digit ^ flip));
    out.push(flip);
}
