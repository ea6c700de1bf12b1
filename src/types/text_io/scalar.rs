//! The small types as text: bool, bytea, uuid, `"char"`, name, tid, pg_lsn.

use crate::{
    base::{PgError, Result, limits::IDENTIFIER_BYTES_MAX},
    err, pg_error,
};

fn invalid(text: &str, type_name: &str) -> PgError {
    pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type {type_name}: \"{text}\"")
}

/// Any unique beginning of true, false, yes, no, on, off; 1 and 0. Errors: 22P02.
pub fn parse_bool(text: &str) -> Result<bool> {
    let word = super::trim(text).to_ascii_lowercase();
    let begins = |full: &str, least: usize| word.len() >= least && full.starts_with(&word);
    if word == "1" || begins("true", 1) || begins("yes", 1) || word == "on" {
        Ok(true)
    } else if word == "0" || begins("false", 1) || begins("no", 1) || begins("off", 2) {
        Ok(false)
    } else {
        Err(invalid(text, "boolean"))
    }
}

/// `\x` hexadecimal, or the escape format. Errors: 22023 and 22P02.
pub fn parse_bytea(text: &str) -> Result<Vec<u8>> {
    match text.strip_prefix("\\x") {
        Some(digits) => parse_hexadecimal(digits),
        None => parse_escaped(text.as_bytes()),
    }
}

/// Pairs of hexadecimal digits, with blanks between pairs. Errors: 22023.
pub fn parse_hexadecimal(digits: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut high = None;
    for c in digits.chars() {
        if high.is_none() && matches!(c, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let Some(digit) = c.to_digit(16) else {
            return err!(INVALID_PARAMETER_VALUE, "invalid hexadecimal digit: \"{c}\"");
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push((high << 4 | digit) as u8),
        }
    }
    if high.is_some() {
        return err!(INVALID_PARAMETER_VALUE, "invalid hexadecimal data: odd number of digits");
    }
    Ok(bytes)
}

fn parse_escaped(mut text: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    loop {
        text = match text {
            [] => return Ok(bytes),
            [b'\\', b'\\', rest @ ..] => {
                bytes.push(b'\\');
                rest
            }
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest
            }
            [b'\\', ..] => {
                return err!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type bytea");
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
}

/// Appends `\x` and hexadecimal digits, or the escape format.
pub fn format_bytea(bytes: &[u8], escape: bool, out: &mut String) {
    if !escape {
        out.reserve(2 + bytes.len() * 2);
        out.push_str("\\x");
        return format_hexadecimal(bytes, out);
    }
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' => out.push(char::from(*byte)),
            byte => {
                out.push('\\');
                out.extend([byte >> 6, byte >> 3 & 7, byte & 7].map(|d| char::from(b'0' + d)));
            }
        }
    }
}

/// Appends two digits a byte.
pub fn format_hexadecimal(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// 32 hexadecimal digits; a hyphen may follow each group of four, braces may surround. Errors: 22P02.
pub fn parse_uuid(text: &str) -> Result<[u8; 16]> {
    let bare = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').ok_or_else(|| invalid(text, "uuid"))?,
        None => text,
    };
    let mut bytes = [0; 16];
    let mut rest = bare.as_bytes();
    for (index, byte) in bytes.iter_mut().enumerate() {
        let pair = rest.split_first_chunk::<2>();
        let digits = pair.and_then(|([high, low], tail)| {
            rest = tail;
            Some((char::from(*high).to_digit(16)?, char::from(*low).to_digit(16)?))
        });
        let (high, low) = digits.ok_or_else(|| invalid(text, "uuid"))?;
        *byte = (high << 4 | low) as u8;
        if index % 2 == 1 && index < 15 && rest.first() == Some(&b'-') {
            rest = &rest[1..];
        }
    }
    if rest.is_empty() { Ok(bytes) } else { Err(invalid(text, "uuid")) }
}

/// Appends the form with hyphens.
pub fn format_uuid(bytes: &[u8], out: &mut String) {
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        format_hexadecimal(&[*byte], out);
    }
}

/// `"char"`: one byte. A byte that is no ASCII character is kept as it prints, `\ooo`.
pub fn parse_char(text: &str) -> String {
    if let [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] = text.as_bytes() {
        return char_of_byte((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
    }
    text.bytes().next().map(char_of_byte).unwrap_or_default()
}

/// The text of a `"char"`; the zero byte is the empty text.
pub fn char_of_byte(byte: u8) -> String {
    match byte {
        0 => String::new(),
        1..=127 => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    }
}

/// The byte of a `"char"`'s text.
pub fn byte_of_char(text: &str) -> u8 {
    match text.as_bytes() {
        [b'\\', a, b, c] => (a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'),
        bytes => bytes.first().copied().unwrap_or_default(),
    }
}

/// `name`: cut to 63 bytes, at a character's border.
pub fn truncate_name(text: &str) -> &str {
    &text[..text.floor_char_boundary(IDENTIFIER_BYTES_MAX)]
}

/// `(block,offset)`. Errors: 22P02.
pub fn parse_tid(text: &str) -> Result<String> {
    let numbers = text
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .and_then(|(inside, _)| inside.split_once(','))
        .and_then(|(block, offset)| {
            // C's strtoul skips blanks before a number.
            let block = block.trim_start().parse::<u32>().ok()?;
            Some((block, offset.trim_start().parse::<u16>().ok()?))
        });
    match numbers {
        Some((block, offset)) => Ok(format!("({block},{offset})")),
        None => Err(invalid(text, "tid")),
    }
}

/// `X/Y`, up to eight hexadecimal digits each. Errors: 22P02.
pub fn parse_pg_lsn(text: &str) -> Result<String> {
    let half = |digits: &str| {
        let fits = (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    };
    match text.split_once('/').and_then(|(high, low)| Some((half(high)?, half(low)?))) {
        Some((high, low)) => Ok(format!("{high:X}/{low:X}")),
        None => Err(invalid(text, "pg_lsn")),
    }
}
