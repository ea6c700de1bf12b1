//! A text through a pattern into a number.
//!
//! Each digit place takes one character, whatever it is, and keeps it if it is a digit or the
//! point; the first one also takes a sign.

use super::{
    pattern::{LocaleSign, Pattern, Place},
    roman::value,
};
use crate::{base::Result, err, types::numeric::Numeric};

struct Reader<'a> {
    pattern: &'a Pattern,
    rest: &'a str,
    sign: Option<char>,
    digits: String,
    before: usize,
    after: usize,
    has_point: bool,
}

/// `None` where PostgreSQL reads nothing at all (an empty pattern).
pub fn read(pattern: &Pattern, text: &str) -> Result<Option<Numeric>> {
    if pattern.places.is_empty() {
        return Ok(None);
    }
    let roman_wanted = pattern.places.iter().any(|place| matches!(place, Place::Roman { .. }));
    if roman_wanted && !text.is_empty() {
        return roman(text).map(Some);
    }
    let mut reader = Reader {
        pattern,
        rest: text,
        sign: None,
        digits: String::new(),
        before: 0,
        after: 0,
        has_point: false,
    };
    for place in &pattern.places {
        if reader.rest.is_empty() {
            break;
        }
        reader.take(place);
    }
    let sign = if reader.sign == Some('-') { "-" } else { " " };
    let number = Numeric::parse(&format!("{sign}{}", reader.digits))?;
    let precision = pattern.before + pattern.shift + reader.after;
    let number = number.apply_typmod(precision as i32, reader.after as i32)?;
    if pattern.shift == 0 {
        return Ok(Some(number));
    }
    let unit = Numeric::new(num_bigint::BigInt::from(10).pow(pattern.shift as u32), 0)?;
    number.div(&unit).map(Some)
}

/// Errors: 22P02 `invalid Roman numeral`.
fn roman(text: &str) -> Result<Numeric> {
    let text = text.trim_start_matches(' ');
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    match value(&text[..end].to_ascii_uppercase()) {
        Some(value) => Ok(Numeric::from_i64(value)),
        None => err!(INVALID_TEXT_REPRESENTATION, "invalid Roman numeral"),
    }
}

impl Reader<'_> {
    fn next(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    /// Skips up to `count` characters that are no part of a number.
    fn skip_others(&mut self, count: usize) {
        for _ in 0..count {
            match self.next() {
                Some(c) if !c.is_ascii_digit() && !matches!(c, '.' | ',' | '+' | '-') => {
                    self.skip();
                }
                _ => break,
            }
        }
    }

    fn take(&mut self, place: &Place) {
        match place {
            Place::Nine | Place::Zero => self.digit(true),
            Place::Point => self.digit(false),
            Place::Group => {
                if !self.pattern.fill && self.next() == Some(',') {
                    self.skip();
                }
            }
            Place::Minus => self.marked(&['-']),
            Place::Plus => self.marked(&['+']),
            Place::Sign => self.marked(&['-', '+']),
            Place::Ordinal { .. } => self.skip_others(2),
            Place::Currency => self.skip_others(1),
            Place::Literal(_) => self.skip(),
            Place::LocaleSign | Place::Bracket | Place::Roman { .. } | Place::Silent => {}
        }
    }

    /// A sign of its own place, or a character that stands for its absence.
    fn marked(&mut self, signs: &[char]) {
        match self.next() {
            Some(c) if signs.contains(&c) => {
                self.sign = Some(c);
                self.skip();
            }
            _ => self.skip_others(1),
        }
    }

    fn digit(&mut self, may_sign: bool) {
        if self.next() == Some(' ') {
            self.skip();
        }
        if may_sign && self.sign.is_none() && self.digits.is_empty() {
            self.leading_sign();
        }
        let Some(c) = self.next() else { return };
        let mut kept = false;
        if c.is_ascii_digit() {
            if self.has_point && self.after == self.pattern.after {
                // The place is not used up, and neither is the character.
                return;
            }
            self.digits.push(c);
            *(if self.has_point { &mut self.after } else { &mut self.before }) += 1;
            kept = true;
        } else if c == '.' && self.pattern.point && !self.has_point {
            self.digits.push('.');
            self.has_point = true;
            kept = true;
        }
        if kept && self.sign.is_none() && self.before + self.after > 0 {
            self.trailing_sign();
        }
        self.skip();
    }

    fn leading_sign(&mut self) {
        let sign = match (self.next(), self.pattern.sign) {
            (Some('-'), _) => '-',
            (Some('+'), _) => '+',
            (Some('<'), None) if self.pattern.bracket => '-',
            _ => return,
        };
        if self.pattern.sign == Some(LocaleSign::After) {
            return;
        }
        self.sign = Some(sign);
        self.skip();
    }

    /// `S` wants its sign right behind the last digit.
    fn trailing_sign(&mut self) {
        let behind = self.rest.chars().nth(1);
        if let Some(sign @ ('-' | '+')) = behind.filter(|_| self.pattern.sign.is_some()) {
            self.sign = Some(sign);
            self.skip();
        }
    }
}
