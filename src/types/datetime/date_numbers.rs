//! The numbers of a date: which is the year, the month, the day.

use super::{
    DateOrder,
    clock::{number, parse_micros},
    decode::{Decoder, seen},
    failure::Failure,
    tokens::{Word, date_word},
};

type Decoded<T = u32> = Result<T, Failure>;

const YEAR_MONTH: u32 = seen::YEAR | seen::MONTH;
const MONTH_DAY: u32 = seen::MONTH | seen::DAY;

impl Decoder<'_> {
    /// A date in one field: parts of digits or a month's name, with anything else between them.
    pub fn date(&mut self, text: &str) -> Decoded {
        let parts = date_parts(text)?;
        let mut found = 0;
        for part in parts.iter().filter(|part| !part.starts_with(|c: char| c.is_ascii_digit())) {
            match date_word(part) {
                Some(Word::Ignored) => {}
                Some(Word::Month(month)) => {
                    self.civil.month = month;
                    self.month_by_name = true;
                    if (self.seen | found) & seen::MONTH != 0 {
                        return Err(Failure::BadFormat);
                    }
                    found |= seen::MONTH;
                }
                _ => return Err(Failure::BadFormat),
            }
        }
        for part in parts.iter().filter(|part| part.starts_with(|c: char| c.is_ascii_digit())) {
            let one = self.single_number(part, self.seen | found)?;
            if (self.seen | found) & one != 0 {
                return Err(Failure::BadFormat);
            }
            found |= one;
        }
        let all = (self.seen | found) & !(seen::DAY_OF_YEAR | seen::ZONE);
        if all != seen::DATE {
            return Err(Failure::BadFormat);
        }
        Ok(found)
    }

    /// One number of a date: which field it is depends on what is there and on `DateStyle`.
    pub fn single_number(&mut self, text: &str, seen: u32) -> Decoded {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return Err(Failure::BadFormat);
        }
        let value = number(&text[..digits])?;
        if let Some(fraction) = text.get(digits..).filter(|rest| !rest.is_empty()) {
            if digits > 2 {
                return self.run_together(text, seen | seen::DATE);
            }
            self.civil.micro = parse_micros(fraction)?;
        }
        let order = self.style.date_style.order;
        let length = text.len();
        if length == 3 && seen & seen::DATE == seen::YEAR && (1..=366).contains(&value) {
            self.day_of_year = value;
            return Ok(seen::DAY_OF_YEAR | seen::MONTH | seen::DAY);
        }
        let found = match (seen & seen::DATE, self.month_by_name) {
            (0, _) if length >= 3 || order == DateOrder::Ymd => seen::YEAR,
            (0, _) if order == DateOrder::Dmy => seen::DAY,
            (0 | seen::YEAR | seen::DAY, _) => seen::MONTH,
            (seen::MONTH, true) if length >= 3 || order == DateOrder::Ymd => seen::YEAR,
            (seen::MONTH, _) => seen::DAY,
            (YEAR_MONTH, true) if length >= 3 && self.short_year => {
                // `08-Jan-1999` under YMD: what looked like the year is the day.
                self.civil.day = self.civil.year;
                self.civil.year = value;
                self.short_year = false;
                return Ok(seen::DAY);
            }
            (YEAR_MONTH, _) => seen::DAY,
            (MONTH_DAY, _) => seen::YEAR,
            (seen::DATE, _) => return self.run_together(text, seen),
            _ => return Err(Failure::BadFormat),
        };
        match found {
            seen::YEAR => {
                self.civil.year = value;
                self.short_year = length <= 2;
            }
            seen::MONTH => self.civil.month = value,
            _ => self.civil.day = value,
        }
        Ok(found)
    }

    /// Digits run together: `yyyymmdd`, `yymmdd`, `hhmmss`, `hhmm`, the times with a fraction.
    pub fn run_together(&mut self, text: &str, seen: u32) -> Decoded {
        let digits = match text.split_once('.') {
            Some((digits, fraction)) => {
                self.civil.micro = parse_micros(&format!(".{fraction}"))?;
                digits
            }
            None => text,
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Failure::BadFormat);
        }
        let length = digits.len();
        if length == text.len() && seen & seen::DATE != seen::DATE && length >= 6 {
            self.civil.day = number(&digits[length - 2..])?;
            self.civil.month = number(&digits[length - 4..length - 2])?;
            self.civil.year = number(&digits[..length - 4])?;
            self.short_year = length == 6;
            return Ok(seen::DATE);
        }
        if seen & seen::TIME == 0 && (length == 6 || length == 4) {
            self.civil.hour = number(&digits[..2])?;
            self.civil.minute = number(&digits[2..4])?;
            self.civil.second = if length == 6 { number(&digits[4..])? } else { 0 };
            return Ok(seen::TIME);
        }
        Err(Failure::BadFormat)
    }
}

fn date_parts(text: &str) -> Decoded<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let start = rest.find(|c: char| c.is_ascii_alphanumeric());
        rest = match start {
            Some(start) => &rest[start..],
            None if rest.is_empty() => break,
            None => return Err(Failure::BadFormat),
        };
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest
            .find(|c: char| if digits { !c.is_ascii_digit() } else { !c.is_ascii_alphabetic() })
            .unwrap_or(rest.len());
        parts.push(&rest[..end]);
        // The one character after a part is dropped, whatever it is.
        rest = rest.get(end + 1..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
    }
    Ok(parts)
}
