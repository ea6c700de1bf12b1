//! Arrays as text: `{1,NULL,"a b"}`, `[2:4]={1,2,3}`, `{{1,2},{3,4}}`; and the blank-separated
//! form of `int2vector` and `oidvector`.
//!
//! Source: PostgreSQL documentation, "Array Input and Output Syntax"; the DETAILs are PostgreSQL 18's.

use super::{ArrayValue, DIMENSIONS_MAX, ELEMENTS_MAX};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    types::{
        Datum, PgType,
        text_io::{self, Style},
    },
};

impl ArrayValue {
    /// Errors: 22P02 `malformed array literal: "..."` with a DETAIL; 2202E; 54000; the element's own.
    pub fn parse(text: &str, element: PgType, style: &Style) -> Result<Self> {
        let mut reader = Reader { text, at: 0 };
        let declared = reader.dimensions()?;
        let explicit = !declared.is_empty();
        if explicit {
            if reader.peek() != Some('=') {
                return reader.malformed("Missing \"=\" after array dimensions.");
            }
            reader.advance();
            reader.skip_space();
        }
        if reader.peek() != Some('{') {
            return reader.malformed(if explicit {
                "Array contents must start with \"{\"."
            } else {
                "Array value must start with \"{\" or dimension information."
            });
        }
        let (lengths, elements) = reader.contents(&declared, element, style)?;
        reader.skip_space();
        if reader.peek().is_some() {
            return reader.malformed("Junk after closing right brace.");
        }
        if elements.is_empty() {
            return Ok(Self::of(element.oid, elements));
        }
        let lower = |index: usize| declared.get(index).map_or(1, |(_, lower)| *lower);
        let dimensions =
            lengths.iter().enumerate().map(|(index, length)| (*length, lower(index))).collect();
        Ok(Self { element: element.oid, dimensions, elements })
    }

    /// Appends the text form.
    pub fn format(&self, style: &Style, out: &mut String) {
        if self.elements.is_empty() {
            return out.push_str("{}");
        }
        if self.dimensions.iter().any(|(_, lower)| *lower != 1) {
            for (length, lower) in &self.dimensions {
                let upper = i64::from(*lower) + *length as i64 - 1;
                out.push_str(&format!("[{lower}:{upper}]"));
            }
            out.push('=');
        }
        let mut element_text = String::new();
        let mut rest = self.elements.iter();
        self.format_level(0, &mut rest, style, &mut element_text, out);
    }

    fn format_level<'a>(
        &self,
        level: usize,
        rest: &mut impl Iterator<Item = &'a Datum>,
        style: &Style,
        scratch: &mut String,
        out: &mut String,
    ) {
        out.push('{');
        for index in 0..self.dimensions[level].0 {
            if index > 0 {
                out.push(',');
            }
            if level + 1 < self.dimensions.len() {
                self.format_level(level + 1, rest, style, scratch, out);
                continue;
            }
            match rest.next() {
                None | Some(Datum::Null) => out.push_str("NULL"),
                Some(element) => {
                    scratch.clear();
                    text_io::format(element, self.element, style, scratch);
                    push_element(scratch, out);
                }
            }
        }
        out.push('}');
    }

    /// `1 2 3`: `int2vector` and `oidvector`, whose lower bound is 0.
    pub fn parse_blank_separated(text: &str, element: PgType, style: &Style) -> Result<Self> {
        let mut elements = Vec::new();
        let mut rest = text.trim_start_matches(is_space);
        while !rest.is_empty() {
            let (word, tail) = rest.split_at(rest.find(is_space).unwrap_or(rest.len()));
            let parsed = text_io::parse(word, element, style);
            // PostgreSQL's report quotes all that follows, too.
            elements.push(parsed.or_else(|_| text_io::parse(rest, element, style))?);
            rest = tail.trim_start_matches(is_space);
        }
        let dimensions = if elements.is_empty() { vec![] } else { vec![(elements.len(), 0)] };
        Ok(Self { element: element.oid, dimensions, elements })
    }

    pub fn format_blank_separated(&self, style: &Style, out: &mut String) {
        for (index, element) in self.elements.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            text_io::format(element, self.element, style, out);
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

fn push_element(text: &str, out: &mut String) {
    let special = |c: char| matches!(c, '"' | '\\' | '{' | '}' | ',') || is_space(c);
    if !text.is_empty() && !text.contains(special) && !text.eq_ignore_ascii_case("null") {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

enum Token {
    Open,
    Close,
    Comma,
    Null,
    Element(String),
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.advance();
        }
    }

    fn malformed<T>(&self, detail: impl Into<String>) -> Result<T> {
        Err(pg_error!(INVALID_TEXT_REPRESENTATION, "malformed array literal: \"{}\"", self.text)
            .detail(detail))
    }

    /// `[2:4][3]`: each length with its lower bound.
    fn dimensions(&mut self) -> Result<Vec<(usize, i32)>> {
        let mut found = Vec::new();
        loop {
            self.skip_space();
            if self.peek() != Some('[') {
                return Ok(found);
            }
            self.advance();
            if found.len() >= DIMENSIONS_MAX {
                return Err(too_many_dimensions());
            }
            let Some(first) = self.bound()? else {
                return self
                    .malformed("\"[\" must introduce explicitly-specified array dimensions.");
            };
            let (lower, upper) = if self.peek() == Some(':') {
                self.advance();
                match self.bound()? {
                    Some(upper) => (first, upper),
                    None => return self.malformed("Missing array dimension value."),
                }
            } else {
                (1, first)
            };
            if self.advance() != Some(']') {
                return self.malformed("Missing \"]\" after array dimensions.");
            }
            if upper < lower {
                return err!(ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
            }
            if upper == i32::MAX {
                return err!(PROGRAM_LIMIT_EXCEEDED, "array upper bound is too large: {upper}");
            }
            let length = i64::from(upper) - i64::from(lower) + 1;
            if length > ELEMENTS_MAX as i64 {
                return Err(super::too_many_elements());
            }
            found.push((length as usize, lower));
        }
    }

    fn bound(&mut self) -> Result<Option<i32>> {
        let rest = &self.text[self.at..];
        let sign = usize::from(rest.starts_with(['-', '+']));
        let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Ok(None);
        }
        self.at += sign + digits;
        match rest[..sign + digits].parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => err!(PROGRAM_LIMIT_EXCEEDED, "array bound is out of integer range"),
        }
    }

    /// Everything from the first brace to the one that closes it: lengths and elements.
    fn contents(
        &mut self,
        declared: &[(usize, i32)],
        element: PgType,
        style: &Style,
    ) -> Result<(Vec<usize>, Vec<Datum>)> {
        let explicit = !declared.is_empty();
        let mismatch = if explicit {
            "Specified array dimensions do not match array contents."
        } else {
            "Multidimensional arrays must have sub-arrays with matching dimensions."
        };
        let mut lengths: Vec<Option<usize>> =
            declared.iter().map(|(length, _)| Some(*length)).collect();
        // The depth is settled by the declaration, or by the first element.
        let mut settled = explicit;
        let mut counts: Vec<usize> = Vec::new();
        let mut expect_comma = false;
        let mut elements = Vec::new();
        loop {
            match self.token()? {
                Token::Open => {
                    if expect_comma {
                        return self.malformed("Unexpected \"{\" character.");
                    }
                    if counts.len() >= DIMENSIONS_MAX {
                        return Err(too_many_dimensions());
                    }
                    counts.push(0);
                    if counts.len() > lengths.len() {
                        if settled {
                            return self.malformed(mismatch);
                        }
                        lengths.push(None);
                    }
                }
                Token::Close => {
                    let count = counts.pop().expect("the first token opens a level");
                    if count > 0 && !expect_comma {
                        return self.malformed("Unexpected \"}\" character.");
                    }
                    let level = counts.len();
                    if let Some(outer) = counts.last_mut() {
                        *outer += 1;
                    }
                    match lengths[level] {
                        None => lengths[level] = Some(count),
                        Some(length) if length != count => return self.malformed(mismatch),
                        Some(_) => {}
                    }
                    if level == 0 {
                        break;
                    }
                    expect_comma = true;
                }
                Token::Comma => {
                    if !expect_comma {
                        return self.malformed("Unexpected \",\" character.");
                    }
                    expect_comma = false;
                }
                token => {
                    if expect_comma {
                        return self.malformed("Unexpected array element.");
                    }
                    let value = match token {
                        Token::Element(text) => text_io::parse(&text, element, style)?,
                        _ => Datum::Null,
                    };
                    settled = true;
                    if counts.len() != lengths.len() {
                        return self.malformed(mismatch);
                    }
                    if elements.len() >= ELEMENTS_MAX {
                        return Err(super::too_many_elements());
                    }
                    elements.push(value);
                    *counts.last_mut().expect("an element stands in a level") += 1;
                    expect_comma = true;
                }
            }
        }
        Ok((lengths.into_iter().map(Option::unwrap_or_default).collect(), elements))
    }

    fn token(&mut self) -> Result<Token> {
        self.skip_space();
        let Some(first) = self.peek() else { return self.malformed(UNEXPECTED_END) };
        match first {
            '{' | '}' | ',' | '"' => {
                self.advance();
            }
            _ => return self.bare_element(),
        }
        match first {
            '{' => Ok(Token::Open),
            '}' => Ok(Token::Close),
            ',' => Ok(Token::Comma),
            _ => self.quoted_element(),
        }
    }

    fn quoted_element(&mut self) -> Result<Token> {
        let mut element = String::new();
        loop {
            match self.advance() {
                None => return self.malformed(UNEXPECTED_END),
                Some('\\') => match self.advance() {
                    None => return self.malformed(UNEXPECTED_END),
                    Some(escaped) => element.push(escaped),
                },
                Some('"') => break,
                Some(other) => element.push(other),
            }
        }
        self.skip_space();
        match self.peek() {
            Some(',' | '{' | '}') => Ok(Token::Element(element)),
            None => self.malformed(UNEXPECTED_END),
            Some(_) => self.malformed("Incorrectly quoted array element."),
        }
    }

    fn bare_element(&mut self) -> Result<Token> {
        let mut element = String::new();
        // Trailing blanks do not belong to the element, unless escaped.
        let mut kept = 0;
        let mut escaped_any = false;
        loop {
            match self.peek() {
                None => return self.malformed(UNEXPECTED_END),
                Some('{') => return self.malformed("Unexpected \"{\" character."),
                Some('"') => return self.malformed("Incorrectly quoted array element."),
                Some(',' | '}') => break,
                Some('\\') => {
                    self.advance();
                    let Some(escaped) = self.advance() else {
                        return self.malformed(UNEXPECTED_END);
                    };
                    element.push(escaped);
                    kept = element.len();
                    escaped_any = true;
                }
                Some(other) => {
                    self.advance();
                    element.push(other);
                    if !is_space(other) {
                        kept = element.len();
                    }
                }
            }
        }
        element.truncate(kept);
        if !escaped_any && element.eq_ignore_ascii_case("null") {
            return Ok(Token::Null);
        }
        Ok(Token::Element(element))
    }
}

const UNEXPECTED_END: &str = "Unexpected end of input.";

fn too_many_dimensions() -> PgError {
    pg_error!(
        PROGRAM_LIMIT_EXCEEDED,
        "number of array dimensions exceeds the maximum allowed ({DIMENSIONS_MAX})"
    )
}
