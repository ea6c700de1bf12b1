//! Plain words, integers and blanks: tokens that the next few bytes decide without the machine.

use super::{TokenKind, classes};

/// The kind and length of the token at the start of `text`, where no attempt could make it
/// another. `None` leaves the case to the machine, which gives the same answer more slowly.
pub fn plain_token(text: &str) -> Option<(TokenKind, usize)> {
    let bytes = text.as_bytes();
    match bytes[0] {
        b'a'..=b'z' | b'A'..=b'Z' => {
            let end = run(bytes, 0, u8::is_ascii_alphabetic);
            ends_word(bytes, end).then_some((TokenKind::AsciiWord, end))
        }
        b'0'..=b'9' => {
            let end = run(bytes, 0, u8::is_ascii_digit);
            ends_number(bytes, end).then_some((TokenKind::UInt, end))
        }
        b'<' | b'&' | b'~' | b'/' => None,
        b'-' | b'+' if bytes.get(1).is_some_and(u8::is_ascii_digit) => None,
        b'.' if matches!(bytes.get(1), Some(b'.' | b'/')) => None,
        first if first.is_ascii() => Some((TokenKind::Blank, blank(text))),
        _ => None,
    }
}

fn run(bytes: &[u8], from: usize, holds: fn(&u8) -> bool) -> usize {
    from + bytes[from..].iter().take_while(|byte| holds(byte)).count()
}

fn is_name(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii())
}

/// Whether a word of ASCII letters surely ends at `end`.
fn ends_word(bytes: &[u8], end: usize) -> bool {
    let Some(next) = bytes.get(end) else { return true };
    let after = bytes.get(end + 1);
    match next {
        b'0'..=b'9' | b'_' | b'@' => false,
        b'.' | b'-' => !is_name(after),
        b':' => after != Some(&b'/'),
        b'/' => after.is_none_or(u8::is_ascii_whitespace),
        next => next.is_ascii(),
    }
}

/// Whether an unsigned integer surely ends at `end`.
fn ends_number(bytes: &[u8], end: usize) -> bool {
    let Some(next) = bytes.get(end) else { return true };
    let after = bytes.get(end + 1);
    match next {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'@' => false,
        b'.' | b'-' => !is_name(after),
        b'/' => after.is_none_or(u8::is_ascii_whitespace),
        next => next.is_ascii(),
    }
}

/// The length of the blank that begins here; its first character is part of it whatever it is.
fn blank(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 1;
    while let Some(next) = bytes.get(end) {
        match next {
            b'<' | b'-' | b'+' | b'&' | b'/' => break,
            next if next.is_ascii_alphanumeric() => break,
            next if next.is_ascii() => end += 1,
            _ => {
                let next = text[end..].chars().next().expect("a character begins here");
                if classes::is_alnum(next) {
                    break;
                }
                end += next.len_utf8();
            }
        }
    }
    end
}
