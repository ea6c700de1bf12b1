//! `regexp_replace`

use super::{
    compiled::{Compiled, Match, after},
    flags::Flags,
    regexp::{byte_at, letters, number},
};
use crate::{base::Result, pg_error, query::functions::Context, types::Datum};

/// Appends the replacement: `\1` is a group, `\&` the match, `\\` a backslash.
fn expand(replacement: &str, text: &str, found: &Match, out: &mut String) {
    let mut chars = replacement.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut ahead = chars.clone();
        match ahead.next() {
            Some('&') => out.push_str(found.group(text, 0).unwrap_or_default()),
            Some(digit @ '1'..='9') => {
                let group = digit as usize - '0' as usize;
                out.push_str(found.group(text, group).unwrap_or_default());
            }
            Some('\\') => out.push('\\'),
            _ => {
                out.push('\\');
                continue;
            }
        }
        chars = ahead;
    }
}

/// Replaces the `n`-th match from character `start` on; all of them if `n` is 0.
fn replace(args: &[Datum], flags: Flags, start: i32, n: i32) -> Result<Datum> {
    let (text, replacement) = (args[0].as_str(), args[2].as_str());
    let compiled = Compiled::get(args[1].as_str(), flags)?;
    let Some(mut from) = byte_at(text, start) else { return Ok(args[0].clone()) };
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut count = 0;
    while let Some(found) = compiled.find(text, from)? {
        count += 1;
        if n == 0 || count == n {
            out.push_str(&text[copied..found.start()]);
            expand(replacement, text, &found, &mut out);
            copied = found.end();
        }
        match after(text, &found) {
            Some(next) if n == 0 || count < n => from = next,
            _ => break,
        }
    }
    out.push_str(&text[copied..]);
    Ok(out.into())
}

pub fn textregexreplace_noopt(_: &Context, args: &[Datum]) -> Result<Datum> {
    replace(args, Flags::default(), 1, 1)
}

pub fn textregexreplace(_: &Context, args: &[Datum]) -> Result<Datum> {
    let options = args[3].as_str();
    if options.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(pg_error!(
            INVALID_PARAMETER_VALUE,
            "invalid regular expression option: \"{}\"",
            &options[..1]
        )
        .hint(
            "If you meant to use regexp_replace() with a start parameter, cast the fourth \
             argument to integer explicitly.",
        ));
    }
    let flags = Flags::parse(options)?;
    replace(args, flags, 1, if flags.global { 0 } else { 1 })
}

pub fn textregexreplace_extended(_: &Context, args: &[Datum]) -> Result<Datum> {
    let start = number(args, 3, "start", 1, 1)?;
    let n = number(args, 4, "n", 0, 1)?;
    replace(args, Flags::parse(letters(args, 5))?, start, n)
}

pub fn textregexreplace_extended_no_flags(context: &Context, args: &[Datum]) -> Result<Datum> {
    textregexreplace_extended(context, args)
}

pub fn textregexreplace_extended_no_n(context: &Context, args: &[Datum]) -> Result<Datum> {
    textregexreplace_extended(context, args)
}
