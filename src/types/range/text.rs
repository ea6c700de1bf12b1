//! The text forms of ranges and multiranges: `[1,5)`, `empty`, `{[1,3),[5,7)}`.

use std::sync::Arc;

use super::{Bound, RangeValue, normalised};
use crate::{
    base::{Oid, PgError, Result},
    pg_error,
    types::{
        Datum, PgType, oid,
        text_io::{self, Style, trim},
    },
};

impl RangeValue {
    /// `type_oid` is of the range, or of a multirange of such.
    pub fn format(&self, type_oid: Oid, style: &Style, out: &mut String) {
        if self.empty {
            return out.push_str("empty");
        }
        let element = oid::range_element(type_oid).or_else(|| oid::multirange_element(type_oid));
        let element = element.unwrap_or(oid::UNKNOWN);
        let inclusive = |bound: &Option<Bound>| bound.as_ref().is_some_and(|one| one.inclusive);
        out.push(if inclusive(&self.lower) { '[' } else { '(' });
        format_bound(&self.lower, element, style, out);
        out.push(',');
        format_bound(&self.upper, element, style, out);
        out.push(if inclusive(&self.upper) { ']' } else { ')' });
    }
}

fn format_bound(bound: &Option<Bound>, element: Oid, style: &Style, out: &mut String) {
    let Some(bound) = bound else { return };
    let mut text = String::new();
    text_io::format(&bound.value, element, style, &mut text);
    let special = |c: char| matches!(c, '"' | '\\' | '(' | ')' | '[' | ']' | ',') || is_space(c);
    if !text.is_empty() && !text.contains(special) {
        return out.push_str(&text);
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('"');
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

pub fn format_all(ranges: &[RangeValue], type_oid: Oid, style: &Style, out: &mut String) {
    out.push('{');
    for (at, range) in ranges.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        range.format(type_oid, style, out);
    }
    out.push('}');
}

/// A range or multirange from its text; `None` if the type is neither.
///
/// Errors: 22P02 with what is wrong as DETAIL; those of the bounds.
pub fn parse(text: &str, type_oid: Oid, style: &Style) -> Result<Option<Datum>> {
    if let Some(element) = oid::range_element(type_oid) {
        return Ok(Some(Datum::Range(Arc::new(parse_range(text, element, style)?))));
    }
    match oid::multirange_element(type_oid) {
        Some(element) => Ok(Some(Datum::Multirange(parse_multirange(text, element, style)?))),
        None => Ok(None),
    }
}

fn malformed(kind: &str, text: &str, detail: &str) -> PgError {
    pg_error!(INVALID_TEXT_REPRESENTATION, "malformed {kind} literal: \"{text}\"").detail(detail)
}

fn parse_range(text: &str, element: Oid, style: &Style) -> Result<RangeValue> {
    let fail = |detail: &str| malformed("range", text, detail);
    let rest = trim_start(text);
    if rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
        return match trim(&rest[5..]) {
            "" => Ok(RangeValue::empty()),
            _ => Err(fail("Junk after \"empty\" key word.")),
        };
    }
    let lower_inclusive = match rest.chars().next() {
        Some('[') => true,
        Some('(') => false,
        _ => return Err(fail("Missing left parenthesis or bracket.")),
    };
    let end = || fail("Unexpected end of input.");
    let (lower, rest) = bound_text(&rest[1..]).ok_or_else(end)?;
    let Some(rest) = rest.strip_prefix(',') else {
        return Err(fail("Missing comma after lower bound."));
    };
    let (upper, rest) = bound_text(rest).ok_or_else(end)?;
    let upper_inclusive = match rest.chars().next() {
        Some(']') => true,
        Some(')') => false,
        _ => return Err(fail("Too many commas.")),
    };
    if !trim(&rest[1..]).is_empty() {
        return Err(fail("Junk after right parenthesis or bracket."));
    }
    let bound = |text: Option<String>, inclusive: bool| {
        let value = text.map(|text| text_io::parse(&text, PgType::new(element), style));
        Ok::<_, PgError>(value.transpose()?.map(|value| Bound { value, inclusive }))
    };
    RangeValue::new(bound(lower, lower_inclusive)?, bound(upper, upper_inclusive)?, element)
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// A bound up to the comma or bracket behind it, which begins the rest. `None` as the first value:
/// there is no bound. `None` at all: the text ends.
fn bound_text(text: &str) -> Option<(Option<String>, &str)> {
    if text.starts_with([',', ')', ']']) {
        return Some((None, text));
    }
    let mut out = String::new();
    let mut quoted = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ',' | ')' | ']' if !quoted => return Some((Some(out), &text[at..])),
            '\\' => out.push(chars.next()?.1),
            '"' if !quoted => quoted = true,
            '"' if chars.next_if(|(_, next)| *next == '"').is_some() => out.push('"'),
            '"' => quoted = false,
            c => out.push(c),
        }
    }
    None
}

fn parse_multirange(text: &str, element: Oid, style: &Style) -> Result<Arc<[RangeValue]>> {
    let fail = |detail: &str| malformed("multirange", text, detail);
    let Some(mut rest) = trim_start(text).strip_prefix('{') else {
        return Err(fail("Missing left brace."));
    };
    let mut ranges = Vec::new();
    rest = trim_start(rest);
    if let Some(after) = rest.strip_prefix('}') {
        return closed(after, ranges, fail);
    }
    loop {
        rest = trim_start(rest);
        let length = range_length(rest, &fail)?;
        ranges.push(parse_range(&rest[..length], element, style)?);
        rest = trim_start(&rest[length..]);
        match rest.chars().next() {
            Some(',') => rest = &rest[1..],
            Some('}') => return closed(&rest[1..], ranges, fail),
            Some(_) => return Err(fail("Expected comma or end of multirange.")),
            None => return Err(fail("Unexpected end of input.")),
        }
    }
}

fn closed(
    after: &str,
    ranges: Vec<RangeValue>,
    fail: impl Fn(&str) -> PgError,
) -> Result<Arc<[RangeValue]>> {
    match trim(after) {
        "" => Ok(normalised(ranges)),
        _ => Err(fail("Junk after closing right brace.")),
    }
}

/// How long the range at the beginning is, up to its bracket.
fn range_length(text: &str, fail: &impl Fn(&str) -> PgError) -> Result<usize> {
    if text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
        return Ok(5);
    }
    if !text.starts_with(['[', '(']) {
        return Err(fail(match text {
            "" => "Unexpected end of input.",
            _ => "Expected range start.",
        }));
    }
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '"' => quoted = !quoted,
            ']' | ')' if !quoted => return Ok(at + 1),
            _ => {}
        }
    }
    Err(fail("Unexpected end of input."))
}
