//! A number pattern as a list of places, and what they say together.

use crate::{base::Result, err};

#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Nine,
    Zero,
    /// `.` or `D`
    Point,
    /// `,` or `G`
    Group,
    Currency,
    Minus,
    Plus,
    Sign,
    LocaleSign,
    Bracket,
    Ordinal {
        upper: bool,
    },
    Roman {
        upper: bool,
    },
    /// `V`, `FM`, `B`, `EEEE`: they change the whole pattern and print nothing.
    Silent,
    Literal(char),
}

/// Where an `S` puts the sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocaleSign {
    Before,
    After,
}

#[derive(Debug, Default)]
pub struct Pattern {
    pub places: Vec<Place>,
    /// Digits before and after the point.
    pub before: usize,
    pub after: usize,
    /// Digits behind `V`.
    pub shift: usize,
    pub point: bool,
    pub fill: bool,
    pub bracket: bool,
    pub plus: bool,
    pub minus: bool,
    pub multiply: bool,
    pub roman: bool,
    pub scientific: bool,
    pub zero: bool,
    /// The first digit place that a `0` fills, counted from 1, and the last.
    pub zero_start: usize,
    pub zero_end: usize,
    pub sign: Option<LocaleSign>,
    /// Digit places before the `S`.
    pub before_sign: usize,
}

/// The key words, longer ones before their prefixes; matched without case.
const WORDS: &[(&str, &str)] = &[
    ("EEEE", "EEEE"),
    ("FM", "FM"),
    ("MI", "MI"),
    ("PL", "PL"),
    ("PR", "PR"),
    ("RN", "RN"),
    ("SG", "SG"),
    ("SP", "SP"),
    ("TH", "TH"),
    (",", "G"),
    (".", "D"),
    ("0", "0"),
    ("9", "9"),
    ("B", "B"),
    ("D", "D"),
    ("G", "G"),
    ("L", "L"),
    ("S", "S"),
    ("V", "V"),
];

impl Pattern {
    /// Errors: 42601 where places exclude each other.
    pub fn parse(text: &str) -> Result<Self> {
        let mut pattern = Pattern::default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let word = WORDS.iter().find(|(word, _)| {
                rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
            });
            if let Some((word, place)) = word {
                let upper = rest.starts_with(|c: char| c.is_ascii_uppercase());
                rest = &rest[word.len()..];
                let place = pattern.place(place, upper)?;
                pattern.places.push(place);
            } else if c == '"' {
                rest = pattern.quoted(&rest[1..]);
            } else {
                // A backslash makes a quotation mark a character of the text.
                let skipped = usize::from(rest.starts_with("\\\""));
                let literal = rest[skipped..].chars().next().unwrap_or(c);
                pattern.places.push(Place::Literal(literal));
                rest = &rest[skipped + literal.len_utf8()..];
            }
        }
        let others = pattern.before > 0
            || pattern.after > 0
            || pattern.point
            || pattern.sign.is_some()
            || pattern.bracket
            || pattern.minus
            || pattern.plus
            || pattern.multiply;
        if pattern.roman && others {
            return Err(crate::pg_error!(
                SYNTAX_ERROR,
                "\"RN\" is incompatible with other formats"
            )
            .detail("\"RN\" may only be used together with \"FM\"."));
        }
        Ok(pattern)
    }

    /// Takes quoted text up to its end and returns what follows.
    fn quoted<'a>(&mut self, text: &'a str) -> &'a str {
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => self.places.extend(chars.next().map(Place::Literal)),
                c => self.places.push(Place::Literal(c)),
            }
        }
        chars.as_str()
    }

    fn place(&mut self, word: &str, upper: bool) -> Result<Place> {
        if self.scientific {
            return err!(SYNTAX_ERROR, "\"EEEE\" must be the last pattern used");
        }
        Ok(match word {
            "9" | "0" if self.bracket => {
                return err!(SYNTAX_ERROR, "\"{word}\" must be ahead of \"PR\"");
            }
            "9" => {
                *(if self.multiply {
                    &mut self.shift
                } else if self.point {
                    &mut self.after
                } else {
                    &mut self.before
                }) += 1;
                Place::Nine
            }
            "0" => {
                if !self.zero && !self.point {
                    self.zero = true;
                    self.zero_start = self.before + 1;
                }
                *(if self.point { &mut self.after } else { &mut self.before }) += 1;
                self.zero_end = self.before + self.after;
                Place::Zero
            }
            "D" => {
                if self.point {
                    return err!(SYNTAX_ERROR, "multiple decimal points");
                }
                self.exclude_point_with_shift(self.multiply)?;
                self.point = true;
                Place::Point
            }
            "V" => {
                self.exclude_point_with_shift(self.point)?;
                self.multiply = true;
                Place::Silent
            }
            "FM" => {
                self.fill = true;
                Place::Silent
            }
            "G" => Place::Group,
            "L" => Place::Currency,
            "S" => self.locale_sign()?,
            "MI" | "PL" | "SG" | "PR" => self.explicit_sign(word)?,
            "TH" => Place::Ordinal { upper },
            "RN" => {
                if self.roman {
                    return err!(SYNTAX_ERROR, "cannot use \"RN\" twice");
                }
                self.roman = true;
                Place::Roman { upper }
            }
            "EEEE" => {
                let mixed = self.fill
                    || self.sign.is_some()
                    || self.bracket
                    || self.minus
                    || self.plus
                    || self.roman
                    || self.multiply;
                if mixed {
                    return Err(crate::pg_error!(
                        SYNTAX_ERROR,
                        "\"EEEE\" is incompatible with other formats"
                    )
                    .detail(
                        "\"EEEE\" may only be used together with digit and decimal point patterns.",
                    ));
                }
                self.scientific = true;
                Place::Silent
            }
            _ => Place::Silent,
        })
    }

    fn exclude_point_with_shift(&self, other: bool) -> Result<()> {
        if other {
            return err!(SYNTAX_ERROR, "cannot use \"V\" and decimal point together");
        }
        Ok(())
    }

    fn locale_sign(&mut self) -> Result<Place> {
        if self.sign.is_some() {
            return err!(SYNTAX_ERROR, "cannot use \"S\" twice");
        }
        if self.plus || self.minus || self.bracket {
            return err!(SYNTAX_ERROR, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
        }
        if self.point {
            self.sign = Some(LocaleSign::After);
        } else {
            self.sign = Some(LocaleSign::Before);
            self.before_sign = self.before;
        }
        Ok(Place::LocaleSign)
    }

    fn explicit_sign(&mut self, word: &str) -> Result<Place> {
        if word == "PR" && (self.sign.is_some() || self.plus || self.minus) {
            return err!(SYNTAX_ERROR, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
        }
        if self.sign.is_some() {
            return err!(SYNTAX_ERROR, "cannot use \"S\" and \"{word}\" together");
        }
        Ok(match word {
            "MI" => {
                self.minus = true;
                Place::Minus
            }
            "PL" => {
                self.plus = true;
                Place::Plus
            }
            "SG" => {
                self.minus = true;
                self.plus = true;
                Place::Sign
            }
            _ => {
                self.bracket = true;
                Place::Bracket
            }
        })
    }
}
