//! SIMILAR TO: SQL's regular expressions, rewritten to PostgreSQL's.

use super::regexp::textregexsubstr;
use crate::{base::Result, err, pg_error, query::functions::Context, types::Datum};

/// Rewrites a pattern. An escaped `"` twice marks the part that `substring` returns.
fn rewrite(pattern: &str, escape: Option<char>) -> Result<String> {
    let mut out = String::from("^(?:");
    let mut escaped = false;
    let mut bracket = false;
    // A `]` right behind the opening of a bracket is an ordinary character.
    let mut bracket_start = 0;
    let mut negated = false;
    // `[:alpha:]` within a bracket: the character that closes it together with `]`.
    let mut class: Option<char> = None;
    let mut separators = 0;
    let mut characters = pattern.chars().enumerate().peekable();
    while let Some((at, c)) = characters.next() {
        if escaped {
            escaped = false;
            if c == '"' && !bracket {
                separators += 1;
                out.push_str(match separators {
                    1 => "){1,1}?(",
                    2 => "){1,1}(?:",
                    _ => {
                        return err!(
                            INVALID_ESCAPE_SEQUENCE,
                            "SQL regular expression may not contain more than two escape-double-quote separators"
                        );
                    }
                });
            } else {
                out.push('\\');
                out.push(c);
            }
        } else if Some(c) == escape {
            escaped = true;
        } else if bracket {
            if c == '\\' {
                out.push('\\');
            }
            out.push(c);
            let next = characters.peek().map(|(_, next)| *next);
            match (c, class) {
                (c, Some(end)) if c == end && next == Some(']') => {
                    characters.next();
                    out.push(']');
                    class = None;
                }
                (_, Some(_)) => {}
                ('[', _) if matches!(next, Some(':' | '.' | '=')) => {
                    class = next;
                    characters.next();
                    out.extend(next);
                }
                ('^', _) if at == bracket_start + 1 && !negated => {
                    (negated, bracket_start) = (true, at);
                }
                (']', _) if at > bracket_start + 1 => bracket = false,
                _ => {}
            }
        } else {
            match c {
                '[' => {
                    out.push('[');
                    (bracket, negated, bracket_start) = (true, false, at);
                }
                '%' => out.push_str(".*"),
                '_' => out.push('.'),
                '(' => out.push_str("(?:"),
                '\\' | '.' | '^' | '$' => {
                    out.push('\\');
                    out.push(c);
                }
                c => out.push(c),
            }
        }
    }
    out.push_str(")$");
    Ok(out)
}

/// The escape character of an argument; the empty string switches escapes off.
fn escape_of(value: &Datum) -> Result<Option<char>> {
    let mut chars = value.as_str().chars();
    let escape = chars.next();
    if chars.next().is_some() {
        return Err(pg_error!(INVALID_ESCAPE_SEQUENCE, "invalid escape string")
            .hint("Escape string must be empty or one character."));
    }
    Ok(escape)
}

pub fn similar_to_escape_1(_: &Context, args: &[Datum]) -> Result<Datum> {
    rewrite(args[0].as_str(), Some('\\')).map(Datum::from)
}

pub fn similar_to_escape_2(_: &Context, args: &[Datum]) -> Result<Datum> {
    rewrite(args[0].as_str(), escape_of(&args[1])?).map(Datum::from)
}

/// A NULL escape is the default one.
pub fn similar_escape(_: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    let escape = if args[1].is_null() { Some('\\') } else { escape_of(&args[1])? };
    rewrite(args[0].as_str(), escape).map(Datum::from)
}

pub fn similar_substring(context: &Context, args: &[Datum]) -> Result<Datum> {
    let pattern = rewrite(args[1].as_str(), escape_of(&args[2])?)?;
    textregexsubstr(context, &[args[0].clone(), in_parts(&pattern).into()])
}

/// The same for an engine where each quantifier has its own preference: what stands before the part
/// that is returned takes as little as it can.
fn in_parts(pattern: &str) -> String {
    let Some((before, rest)) = pattern.split_once("){1,1}?(") else { return pattern.to_owned() };
    let rest = rest.replacen("){1,1}(?:", ")(?:", 1);
    let mut out = String::new();
    let (mut bracket, mut last) = (false, ' ');
    let mut characters = before.chars();
    while let Some(c) = characters.next() {
        out.push(c);
        match c {
            '\\' => out.extend(characters.next()),
            '[' => bracket = true,
            ']' => bracket = false,
            '*' | '+' | '}' if !bracket => out.push('?'),
            '?' if !bracket && last != '(' => out.push('?'),
            _ => {}
        }
        last = c;
    }
    format!("{out})({rest}")
}
