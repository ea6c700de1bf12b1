//! Tokens of the path language.

use crate::{
    base::{PgError, Result},
    err, pg_error,
};

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// An unquoted name; keywords are names too.
    Name(String),
    String(String),
    /// `$name`, `$"name"`
    Variable(String),
    Number(String),
    /// Punctuation and operators.
    Sign(&'static str),
    End,
}

/// Longer signs first.
const SIGNS: &[&str] = &[
    "**", "&&", "||", "==", "!=", "<>", "<=", ">=", "$", "@", "?", "(", ")", "[", "]", "{", "}",
    ".", ",", "+", "-", "*", "/", "%", "=", "<", ">", "!",
];

/// A token and the text it was made of.
pub type Spanned<'a> = (Token, &'a str);

pub fn syntax_error(near: &str) -> PgError {
    if near.is_empty() {
        pg_error!(SYNTAX_ERROR, "syntax error at end of jsonpath input")
    } else {
        pg_error!(SYNTAX_ERROR, "syntax error at or near \"{near}\" of jsonpath input")
    }
}

/// All tokens of a path, `End` last. Errors: 42601.
pub fn tokens(text: &str) -> Result<Vec<Spanned<'_>>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = text[at..].trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            tokens.push((Token::End, ""));
            return Ok(tokens);
        };
        if let Some(comment) = rest.strip_prefix("/*") {
            let Some(end) = comment.find("*/") else {
                return err!(SYNTAX_ERROR, "unexpected end of comment at end of jsonpath input");
            };
            at += end + 4;
            continue;
        }
        let (token, length) = match first {
            '"' => string(rest)?,
            '$' if rest[1..].starts_with('"') => {
                let (token, length) = string(&rest[1..])?;
                let Token::String(name) = token else { return Err(syntax_error(rest)) };
                (Token::Variable(name), length + 1)
            }
            '$' if rest[1..].starts_with(|c: char| is_name(c) || c.is_ascii_digit()) => {
                let (name, length) = name(&rest[1..])?;
                (Token::Variable(name), length + 1)
            }
            '0'..='9' => number(rest)?,
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => number(rest)?,
            first if is_name(first) => {
                let (name, length) = name(rest)?;
                (Token::Name(name), length)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => return Err(syntax_error(&rest[..first.len_utf8()])),
            },
        };
        tokens.push((token, &rest[..length]));
        at += length;
    }
}

fn is_name(character: char) -> bool {
    character == '_' || character == '\\' || character.is_alphabetic() || !character.is_ascii()
}

fn name(rest: &str) -> Result<(String, usize)> {
    let mut out = String::new();
    let mut at = 0;
    while let Some(next) = rest[at..].chars().next() {
        if next == '\\' {
            at += escape(&rest[at..], &mut out)?;
        } else if is_name(next) || next.is_ascii_digit() {
            out.push(next);
            at += next.len_utf8();
        } else {
            break;
        }
    }
    Ok((out, at))
}

fn string(rest: &str) -> Result<(Token, usize)> {
    let mut out = String::new();
    let mut at = 1;
    loop {
        match rest[at..].chars().next() {
            None => {
                return err!(SYNTAX_ERROR, "unterminated quoted string at end of jsonpath input");
            }
            Some('"') => return Ok((Token::String(out), at + 1)),
            Some('\\') => at += escape(&rest[at..], &mut out)?,
            Some(other) => {
                out.push(other);
                at += other.len_utf8();
            }
        }
    }
}

/// Reads the escape that `rest` begins with; gives its length.
fn escape(rest: &str, out: &mut String) -> Result<usize> {
    let invalid = || syntax_error(rest);
    let bytes = rest.as_bytes();
    let letter = rest[1..].chars().next().ok_or_else(invalid)?;
    let plain = match letter {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => {
            let code = hex(rest.get(2..4).ok_or_else(invalid)?).ok_or_else(invalid)?;
            out.push(char::from_u32(code).ok_or_else(invalid)?);
            return Ok(4);
        }
        'u' if bytes.get(2) == Some(&b'{') => {
            let end = rest.find('}').ok_or_else(invalid)?;
            let code = hex(&rest[3..end]).ok_or_else(invalid)?;
            out.push(char::from_u32(code).ok_or_else(invalid)?);
            return Ok(end + 1);
        }
        'u' => {
            let code = hex(rest.get(2..6).ok_or_else(invalid)?).ok_or_else(invalid)?;
            if (0xd800..0xdc00).contains(&code) && rest[6..].starts_with("\\u") {
                let low = hex(rest.get(8..12).ok_or_else(invalid)?).ok_or_else(invalid)?;
                let pair = (0xdc00..0xe000)
                    .contains(&low)
                    .then(|| 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
                out.push(pair.and_then(char::from_u32).ok_or_else(invalid)?);
                return Ok(12);
            }
            if code == 0 {
                return Err(pg_error!(
                    UNTRANSLATABLE_CHARACTER,
                    "unsupported Unicode escape sequence"
                )
                .detail("\\u0000 cannot be converted to text."));
            }
            out.push(char::from_u32(code).ok_or_else(invalid)?);
            return Ok(6);
        }
        other => other,
    };
    out.push(plain);
    Ok(1 + letter.len_utf8())
}

fn hex(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok()
}

fn number(rest: &str) -> Result<(Token, usize)> {
    let bytes = rest.as_bytes();
    let radix = match bytes.get(1) {
        Some(b'x' | b'X') if bytes[0] == b'0' => 16,
        Some(b'o' | b'O') if bytes[0] == b'0' => 8,
        Some(b'b' | b'B') if bytes[0] == b'0' => 2,
        _ => 10,
    };
    if radix != 10 {
        let end = rest[2..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(rest.len(), |end| end + 2);
        let digits = rest[2..end].replace('_', "");
        let value = i128::from_str_radix(&digits, radix);
        let value = value.map_err(|_| syntax_error(&rest[..end]))?;
        return Ok((Token::Number(value.to_string()), end));
    }
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'_') {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_none_or(|next| *next != b'*') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    if rest[end..].starts_with(is_name)
        || bytes[0] == b'0' && bytes.get(1).is_some_and(u8::is_ascii_digit)
    {
        return err!(
            SYNTAX_ERROR,
            "trailing junk after numeric literal at or near \"{}\" of jsonpath input",
            &rest[..end + rest[end..].chars().next().map_or(0, char::len_utf8)]
        );
    }
    let text = rest[..end].replace('_', "");
    let text = text.strip_suffix('.').unwrap_or(&text);
    let text = if text.starts_with('.') { format!("0{text}") } else { text.to_owned() };
    let text = text.replace(".e", "e").replace(".E", "E");
    Ok((Token::Number(super::super::number::plain(&text)?.into_owned()), end))
}
