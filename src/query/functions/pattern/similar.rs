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
    let mut separators = 0;
    for (at, c) in pattern.chars().enumerate() {
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
            match c {
                '^' if at == bracket_start + 1 => bracket_start = at,
                ']' if at > bracket_start + 1 => bracket = false,
                _ => {}
            }
        } else {
            match c {
                '[' => {
                    out.push('[');
                    bracket = true;
                    bracket_start = at;
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
    textregexsubstr(context, &[args[0].clone(), pattern.into()])
}
