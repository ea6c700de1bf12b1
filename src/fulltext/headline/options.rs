//! The options of a headline: `MaxWords=10, StartSel="<em>"`.

use crate::{base::Result, err};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadlineOptions {
    pub start: String,
    pub stop: String,
    pub delimiter: String,
    pub max_words: i32,
    pub min_words: i32,
    /// Words of that many bytes or fewer are dropped at the ends.
    pub short_word: i32,
    /// 0 is one headline without fragments.
    pub max_fragments: i32,
    /// The whole document.
    pub highlight_all: bool,
}

impl Default for HeadlineOptions {
    fn default() -> Self {
        Self {
            start: "<b>".into(),
            stop: "</b>".into(),
            delimiter: " ... ".into(),
            max_words: 35,
            min_words: 15,
            short_word: 3,
            max_fragments: 0,
            highlight_all: false,
        }
    }
}

impl HeadlineOptions {
    /// Reads a list of `name = value`. Errors: 42601, 22023 and 22P02.
    pub fn parse(text: &str) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in pairs(text)? {
            options.set(&name, value)?;
        }
        options.check()?;
        Ok(options)
    }

    fn set(&mut self, name: &str, value: String) -> Result<()> {
        match name.to_ascii_lowercase().as_str() {
            "maxwords" => self.max_words = integer(&value)?,
            "minwords" => self.min_words = integer(&value)?,
            "shortword" => self.short_word = integer(&value)?,
            "maxfragments" => self.max_fragments = integer(&value)?,
            "startsel" => self.start = value,
            "stopsel" => self.stop = value,
            "fragmentdelimiter" => self.delimiter = value,
            "highlightall" => {
                let yes = ["1", "on", "true", "t", "y", "yes"];
                self.highlight_all = yes.iter().any(|yes| value.eq_ignore_ascii_case(yes));
            }
            _ => {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "unrecognized headline parameter: \"{name}\""
                );
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if self.highlight_all {
            return Ok(());
        }
        if self.min_words >= self.max_words {
            return err!(INVALID_PARAMETER_VALUE, "MinWords must be less than MaxWords");
        }
        if self.min_words <= 0 {
            return err!(INVALID_PARAMETER_VALUE, "MinWords must be positive");
        }
        if self.short_word < 0 {
            return err!(INVALID_PARAMETER_VALUE, "ShortWord must be >= 0");
        }
        if self.max_fragments < 0 {
            return err!(INVALID_PARAMETER_VALUE, "MaxFragments must be >= 0");
        }
        Ok(())
    }
}

fn integer(text: &str) -> Result<i32> {
    match text.trim().parse::<i64>().map(i32::try_from) {
        Ok(Ok(number)) => Ok(number),
        Ok(Err(_)) => {
            err!(NUMERIC_VALUE_OUT_OF_RANGE, "value \"{text}\" is out of range for type integer")
        }
        Err(_) => {
            err!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type integer: \"{text}\"")
        }
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

fn pairs(text: &str) -> Result<Vec<(String, String)>> {
    let malformed = || err!(SYNTAX_ERROR, "invalid parameter list format: \"{text}\"");
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|next| is_space(next) || next == ',');
        if rest.is_empty() {
            return Ok(pairs);
        }
        let Some((name, after)) = key(rest) else { return malformed() };
        let Some(after) = after.trim_start_matches(is_space).strip_prefix('=') else {
            return malformed();
        };
        let Some((value, after)) = value(after.trim_start_matches(is_space)) else {
            return malformed();
        };
        pairs.push((name, value));
        rest = after;
    }
}

fn key(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return until_quote(quoted, '"');
    }
    // The first character belongs to the name whatever it is.
    let first = text.chars().next()?.len_utf8();
    let end = text[first..].find(|next| is_space(next) || next == '=')? + first;
    Some((text[..end].to_owned(), &text[end..]))
}

fn value(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('\'').or_else(|| text.strip_prefix("E'")) {
        return until_quote(quoted, '\'');
    }
    if let Some(quoted) = text.strip_prefix('"') {
        return until_quote(quoted, '"');
    }
    if text.is_empty() {
        return None;
    }
    let first = text.chars().next()?.len_utf8();
    let rest = &text[first..];
    let end = rest.find(|next| is_space(next) || next == ',').unwrap_or(rest.len()) + first;
    Some((text[..end].to_owned(), &text[end..]))
}

/// The text up to the closing quote; doubled quotes, and within `'` doubled backslashes, are one.
fn until_quote(text: &str, quote: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, next)) = characters.next() {
        let doubled = characters.peek().is_some_and(|(_, second)| *second == next);
        if next == quote {
            if !doubled {
                return Some((out, &text[at + next.len_utf8()..]));
            }
            characters.next();
        } else if next == '\\' && quote == '\'' && doubled {
            characters.next();
        }
        out.push(next);
    }
    None
}
