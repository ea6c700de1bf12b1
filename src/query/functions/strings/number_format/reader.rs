//! A text through a pattern into a number.

use super::pattern::{Pattern, Place};
use crate::{base::Result, types::numeric::Numeric};

struct Reader<'a> {
    rest: &'a str,
    negative: bool,
    whole: String,
    fraction: Option<String>,
}

/// `None` where PostgreSQL reads nothing at all (an empty pattern).
pub fn read(pattern: &Pattern, text: &str) -> Result<Option<Numeric>> {
    if pattern.places.is_empty() {
        return Ok(None);
    }
    let mut reader = Reader { rest: text, negative: false, whole: String::new(), fraction: None };
    for place in &pattern.places {
        if reader.rest.is_empty() {
            break;
        }
        reader.take(place, pattern);
    }
    reader.trailing_sign(pattern);
    let sign = if reader.negative { "-" } else { "" };
    let whole = &reader.whole;
    let number = match &reader.fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    };
    let blank = whole.is_empty() && reader.fraction.as_deref().unwrap_or_default().is_empty();
    let number = Numeric::parse(if blank { " " } else { &number })?.round(pattern.after as i64)?;
    if pattern.shift == 0 {
        return Ok(Some(number));
    }
    let tenths = Numeric::new(1.into(), pattern.shift as i64)?;
    number.mul(&tenths).map(Some)
}

impl Reader<'_> {
    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    fn next_is(&self, test: impl Fn(char) -> bool) -> bool {
        self.rest.starts_with(test)
    }

    fn take(&mut self, place: &Place, pattern: &Pattern) {
        match place {
            Place::Nine | Place::Zero => self.digit(pattern),
            Place::Point => {
                self.sign(pattern);
                if self.next_is(|c| c == '.') {
                    self.skip();
                    self.fraction.get_or_insert_default();
                }
            }
            Place::Group => {
                if self.next_is(|c| c == ',') {
                    self.skip();
                }
            }
            Place::Minus | Place::Plus | Place::Sign | Place::LocaleSign => self.sign(pattern),
            Place::Ordinal { .. } => {
                self.skip();
                self.skip();
            }
            Place::Bracket => {
                if self.next_is(|c| c == '>') {
                    self.skip();
                }
            }
            Place::Currency | Place::Literal(_) => {
                if !self.next_is(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '+' | '-')) {
                    self.skip();
                }
            }
            Place::Roman { .. } | Place::Silent => {}
        }
    }

    /// A sign before the digits, behind any white space.
    fn sign(&mut self, pattern: &Pattern) {
        if !self.whole.is_empty() || self.fraction.is_some() {
            return;
        }
        self.rest = self.rest.trim_start_matches(' ');
        let negative = self.next_is(|c| c == '-' || c == '<' && pattern.bracket);
        if negative || self.next_is(|c| c == '+') {
            self.negative |= negative;
            self.skip();
        }
    }

    fn digit(&mut self, pattern: &Pattern) {
        self.sign(pattern);
        if self.next_is(|c| c.is_ascii_digit()) {
            let digit = self.rest.chars().next().expect("it starts with a digit");
            self.fraction.as_mut().unwrap_or(&mut self.whole).push(digit);
            self.skip();
        } else if self.next_is(|c| c == '.') && self.fraction.is_none() && pattern.point {
            self.skip();
            self.fraction = Some(String::new());
            self.digit(pattern);
        }
    }

    fn trailing_sign(&mut self, pattern: &Pattern) {
        if (pattern.sign.is_some() || pattern.minus) && self.rest.trim_start().starts_with('-') {
            self.negative = true;
        }
    }
}
