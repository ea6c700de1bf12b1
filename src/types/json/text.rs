//! JSON strings: escapes out and in.

use std::{borrow::Cow, fmt::Write as _};

/// Appends `text` as a JSON string with its quotes, escaped as PostgreSQL does.
pub fn escape_into(text: &str, out: &mut String) {
    out.push('"');
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            0x0c => "\\f",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[run..at]);
        if short.is_empty() {
            write!(out, "\\u{byte:04x}").expect("a string takes all");
        } else {
            out.push_str(short);
        }
        run = at + 1;
    }
    out.push_str(&text[run..]);
    out.push('"');
}

/// The text of a valid JSON string literal, given with its quotes. An escaped surrogate without
/// its twin, which `json` may hold, becomes U+FFFD.
pub fn unescape(literal: &str) -> Cow<'_, str> {
    let inner = &literal[1..literal.len() - 1];
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let letter = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        match letter {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let mut code = hex(rest);
                rest = &rest[4..];
                if (0xd800..0xdc00).contains(&code) && rest.starts_with("\\u") {
                    let low = hex(&rest[2..]);
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        rest = &rest[6..];
                    }
                }
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => out.push(char::from(other)),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn hex(digits: &str) -> u32 {
    u32::from_str_radix(&digits[..4], 16).expect("a checked escape has four digits")
}
