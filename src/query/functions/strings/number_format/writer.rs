//! A number through a pattern, place by place.

use super::{
    pattern::{LocaleSign, Pattern, Place},
    roman,
};

/// The number to write: plain digits with a point, without a sign.
pub struct Digits<'a> {
    pub number: &'a str,
    pub negative: bool,
    /// Digit places of the pattern that the number does not reach.
    pub blanks: usize,
}

struct Writer<'a> {
    pattern: &'a Pattern,
    number: &'a [u8],
    negative: bool,
    blanks: usize,
    out: String,
    /// The next character of the number.
    at: usize,
    /// Digit places and points passed.
    place: usize,
    sign_written: bool,
    sign: Option<LocaleSign>,
    bracket: bool,
    /// Under `FM`, the last character that matters; 0-based.
    last: Option<usize>,
    /// Whether the last place wrote a digit: group separators show only then.
    inside: bool,
    /// How many places there are in all.
    end: usize,
}

pub fn write(pattern: &Pattern, digits: Digits) -> String {
    if pattern.scientific {
        return digits.number.to_owned();
    }
    let negative = digits.negative;
    let mut sign = pattern.sign;
    let sign_written = if pattern.plus || pattern.minus {
        pattern.minus
    } else {
        if sign == Some(LocaleSign::Before) && pattern.before == pattern.before_sign {
            sign = Some(LocaleSign::After);
        }
        !negative && pattern.fill && pattern.sign.is_none()
    };
    let mut end = (pattern.after + pattern.before) as isize - 1;
    if !sign_written && digits.blanks == 0 {
        end += 1;
    }
    end += isize::from(digits.blanks > 0) + isize::from(pattern.point);
    let number = digits.number.as_bytes();
    let mut writer = Writer {
        pattern,
        number,
        negative,
        blanks: digits.blanks,
        out: String::new(),
        at: 0,
        place: 0,
        sign_written,
        sign,
        bracket: pattern.bracket && (negative || !pattern.fill),
        last: last_relevant(pattern, number, digits.blanks),
        inside: false,
        end: end.max(0) as usize,
    };
    for place in &pattern.places {
        writer.write(place);
    }
    writer.out
}

/// Under `FM` with a point: the last character that is not a trailing zero, or the point.
fn last_relevant(pattern: &Pattern, number: &[u8], blanks: usize) -> Option<usize> {
    if !(pattern.fill && pattern.point) {
        return None;
    }
    let point = number.iter().position(|byte| *byte == b'.')?;
    let last = number.iter().rposition(|byte| *byte != b'0').unwrap_or(point).max(point);
    if pattern.zero_end == 0 || pattern.zero_end < blanks {
        return Some(last);
    }
    let zero = (pattern.zero_end - blanks).min(number.len() - 1);
    Some(last.max(zero))
}

impl Writer<'_> {
    fn write(&mut self, place: &Place) {
        match place {
            Place::Nine | Place::Zero | Place::Point => self.digit(*place == Place::Zero),
            Place::Group if self.inside => self.out.push(','),
            Place::Group if self.pattern.fill => {}
            Place::Group => self.out.push(' '),
            Place::Currency => self.out.push(' '),
            Place::Minus => self.mark(self.negative, '-'),
            Place::Plus => self.mark(!self.negative, '+'),
            Place::Sign => self.out.push(if self.negative { '-' } else { '+' }),
            Place::Ordinal { upper } => self.ordinal(*upper),
            Place::Roman { upper } => self.roman(*upper),
            Place::Literal(c) => self.out.push(*c),
            Place::LocaleSign | Place::Bracket | Place::Silent => {}
        }
    }

    /// A sign of its own place: shown, or a blank unless `FM`.
    fn mark(&mut self, shown: bool, sign: char) {
        if shown {
            self.out.push(sign);
        } else if !self.pattern.fill {
            self.out.push(' ');
        }
    }

    fn ordinal(&mut self, upper: bool) {
        let unfit = self.pattern.roman || self.negative || self.pattern.point;
        if unfit || self.number.first() == Some(&b'#') {
            return;
        }
        let tens = self.number.len() >= 2 && self.number[self.number.len() - 2] == b'1';
        let ending = match self.number.last() {
            _ if tens => "th",
            Some(b'1') => "st",
            Some(b'2') => "nd",
            Some(b'3') => "rd",
            _ => "th",
        };
        if upper {
            self.out.push_str(&ending.to_uppercase());
        } else {
            self.out.push_str(ending);
        }
    }

    fn roman(&mut self, upper: bool) {
        let numeral = String::from_utf8_lossy(self.number);
        let numeral = if upper { numeral.into_owned() } else { numeral.to_lowercase() };
        if self.pattern.fill {
            self.out.push_str(&numeral);
        } else {
            self.out.push_str(&format!("{numeral:>width$}", width = roman::WIDTH));
        }
    }

    /// The zero before the point that a `9` leaves out: `.1` for 0.1.
    fn is_omitted_zero(&self) -> bool {
        !self.pattern.zero
            && self.at == 0
            && self.number.first() == Some(&b'0')
            && self.pattern.after != 0
    }

    fn last_is_point(&self) -> bool {
        self.last.is_some_and(|last| self.number[last] == b'.')
    }

    fn digit(&mut self, is_zero: bool) {
        if self.pattern.roman {
            return;
        }
        self.inside = false;
        let zero_start = self.pattern.zero_start.saturating_sub(1);
        let fills = self.pattern.zero && zero_start <= self.place;
        let starts = self.place >= self.blanks || self.pattern.zero && zero_start == self.place;
        if !self.sign_written && starts && (!self.is_omitted_zero() || self.last_is_point()) {
            self.leading_sign();
        }
        if self.place < self.blanks {
            if fills {
                self.out.push('0');
                self.inside = true;
            } else if !self.pattern.fill {
                self.out.push(' ');
            }
        } else {
            self.character(is_zero);
        }
        let end = match self.last {
            Some(last) if last == self.at => self.place,
            _ => self.end,
        };
        if self.place + 1 == end {
            self.trailing_sign();
        }
        self.place += 1;
    }

    /// The next character of the number.
    fn character(&mut self, is_zero: bool) {
        match self.number.get(self.at) {
            Some(b'.') => self.out.push('.'),
            Some(_) if self.last.is_some_and(|last| self.at > last) && !is_zero => {}
            Some(_) if self.is_omitted_zero() => {
                if !self.pattern.fill {
                    self.out.push(' ');
                } else if self.last_is_point() {
                    self.out.push('0');
                }
            }
            Some(digit) => {
                self.out.push(char::from(*digit));
                self.inside = true;
            }
            None => return,
        }
        self.at += 1;
    }

    fn leading_sign(&mut self) {
        match self.sign {
            Some(LocaleSign::Before) => self.out.push(if self.negative { '-' } else { '+' }),
            // It comes after the digits.
            Some(LocaleSign::After) => return,
            None if self.bracket => self.out.push(if self.negative { '<' } else { ' ' }),
            None if self.negative => self.out.push('-'),
            None if !self.pattern.fill => self.out.push(' '),
            None => {}
        }
        self.sign_written = true;
    }

    fn trailing_sign(&mut self) {
        if self.sign_written && self.bracket {
            self.out.push(if self.negative { '>' } else { ' ' });
        } else if self.sign == Some(LocaleSign::After) {
            self.out.push(if self.negative { '-' } else { '+' });
        }
    }
}
