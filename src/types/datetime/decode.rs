//! The second pass over date and time text: labelled fields become a calendar moment and a zone.

use super::{
    TimeZone, abbreviations,
    calendar::{Civil, EPOCH_JULIAN, MICROS_PER_DAY, civil_of_days, days_in_month, days_of_civil},
    clock::{number, parse_clock, parse_fraction, parse_offset, time_overflows},
    failure::Failure,
    fields::{Field, Kind},
    tokens::{Unit, Word, date_word},
};
use crate::types::text_io::Style;

/// Which fields have been seen, one bit each.
pub(super) mod seen {
    pub const YEAR: u32 = 1;
    pub const MONTH: u32 = 1 << 1;
    pub const DAY: u32 = 1 << 2;
    pub const DATE: u32 = YEAR | MONTH | DAY;
    pub const TIME: u32 = 1 << 3;
    pub const ZONE: u32 = 1 << 4;
    pub const DAY_OF_YEAR: u32 = 1 << 5;
    pub const DAYLIGHT: u32 = 1 << 6;
    pub const WEEKDAY: u32 = 1 << 7;
    pub const MERIDIEM: u32 = 1 << 8;
    pub const ERA: u32 = 1 << 9;
}

/// What a date or timestamp text says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// A moment, and the zone's seconds *east* of UTC.
    Moment(Civil, i32),
    Epoch,
    Infinity,
    NegativeInfinity,
}

/// A zone that the text names; its offset depends on the date.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Offset(i32),
    Named(TimeZone),
}

/// The state that fields are decoded into.
pub(super) struct Decoder<'a> {
    pub style: &'a Style,
    pub civil: Civil,
    pub seen: u32,
    pub zone: Option<Zone>,
    /// The label (`J`, `T`, ...) that waits for its number.
    pub label: Option<Label>,
    /// Whether the year was written with one or two digits.
    pub short_year: bool,
    pub month_by_name: bool,
    pub julian: bool,
    pub before_christ: bool,
    pub meridiem: Option<Word>,
    pub day_of_year: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Julian,
    Time,
    /// A unit that no date takes.
    Other,
}

type Decoded<T = u32> = Result<T, Failure>;

/// Reads a date, with or without a time and a zone.
pub fn date_time(fields: &[Field], style: &Style) -> Decoded<Reading> {
    let mut decoder = Decoder::new(style);
    for field in fields {
        let found = match field.kind {
            Kind::Date => decoder.date_field(field)?,
            Kind::Time => {
                decoder.expect_time_label()?;
                decoder.clock(&field.text)?
            }
            Kind::Zone => decoder.zone_field(&field.text)?,
            Kind::Number => decoder.number_field(field)?,
            Kind::Word | Kind::Special => match decoder.word_field(field)? {
                Found::Fields(found) => found,
                Found::Nothing => continue,
                Found::Whole(reading) => {
                    let found = seen::DATE | seen::TIME | seen::ZONE;
                    if decoder.seen & found != 0 || fields.len() > 1 && reading_ends(fields) {
                        return Err(Failure::BadFormat);
                    }
                    return Ok(reading);
                }
            },
        };
        decoder.add(found)?;
    }
    decoder.finish_date_time()
}

/// Whether more than the special word (and ignorable words) is there.
fn reading_ends(fields: &[Field]) -> bool {
    fields.iter().filter(|field| date_word(&field.text) != Some(Word::Ignored)).count() > 1
}

/// What a word contributes.
pub(super) enum Found {
    Fields(u32),
    Nothing,
    Whole(Reading),
}

impl<'a> Decoder<'a> {
    pub fn new(style: &'a Style) -> Self {
        Self {
            style,
            civil: Civil::default(),
            seen: 0,
            zone: None,
            label: None,
            short_year: false,
            month_by_name: false,
            julian: false,
            before_christ: false,
            meridiem: None,
            day_of_year: 0,
        }
    }

    pub fn add(&mut self, found: u32) -> Decoded<()> {
        if self.seen & found != 0 {
            return Err(Failure::BadFormat);
        }
        self.seen |= found;
        Ok(())
    }

    pub fn has(&self, all: u32) -> bool {
        self.seen & all == all
    }

    /// A time may follow a `T`, and no other label.
    pub fn expect_time_label(&mut self) -> Decoded<()> {
        match self.label.take() {
            None | Some(Label::Time) => Ok(()),
            Some(_) => Err(Failure::BadFormat),
        }
    }

    fn date_field(&mut self, field: &Field) -> Decoded {
        let text = &field.text;
        if self.label == Some(Label::Julian) {
            // `J2451187-08`: a Julian day with a zone run on.
            self.label = None;
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            self.set_julian(number(&text[..digits])?)?;
            self.zone = Some(Zone::Offset(parse_offset(&text[digits..])?));
            return Ok(seen::DATE | seen::TIME | seen::ZONE);
        }
        if self.label.is_none() && !self.has(seen::MONTH | seen::DAY) {
            return self.date(text);
        }
        if self.label.is_some() || text.starts_with(|c: char| c.is_ascii_digit()) {
            // `040506-08`: a run-together time with a zone.
            self.expect_time_label()?;
            if self.has(seen::TIME) {
                return Err(Failure::BadFormat);
            }
            let dash = text.find('-').ok_or(Failure::BadFormat)?;
            self.zone = Some(Zone::Offset(parse_offset(&text[dash..])?));
            return Ok(self.run_together(&text[..dash], self.seen)? | seen::ZONE);
        }
        self.named_zone(text)
    }

    pub fn named_zone(&mut self, text: &str) -> Decoded {
        let zone = TimeZone::by_name(text).ok_or_else(|| Failure::UnknownZone(text.to_owned()))?;
        self.zone = Some(Zone::Named(zone));
        Ok(seen::ZONE)
    }

    pub fn zone_field(&mut self, text: &str) -> Decoded {
        self.zone = Some(Zone::Offset(parse_offset(text)?));
        Ok(seen::ZONE)
    }

    fn number_field(&mut self, field: &Field) -> Decoded {
        let text = &field.text;
        if let Some(label) = self.label.take() {
            return self.labelled_number(label, text, self.seen | seen::DATE);
        }
        match text.find('.') {
            Some(_) if self.seen & seen::DATE == 0 => self.date(text),
            Some(point) if point > 2 => self.run_together(text, self.seen),
            // Six digits and more are a date or a time, but a year where both have begun.
            _ if text.len() >= 6
                && (self.seen & seen::DATE == 0 || self.seen & seen::TIME == 0) =>
            {
                self.run_together(text, self.seen)
            }
            _ => self.single_number(text, self.seen),
        }
    }

    /// A number after `J` or `T`; `seen` is what counts as known for a run-together time.
    pub fn labelled_number(&mut self, label: Label, text: &str, seen: u32) -> Decoded {
        let digits = text.split('.').next().unwrap_or_default();
        match label {
            Label::Julian => {
                self.set_julian(number(digits)?)?;
                let Some(fraction) = text.get(digits.len()..).filter(|rest| !rest.is_empty())
                else {
                    return Ok(seen::DATE);
                };
                let part: f64 = parse_fraction(fraction)?;
                self.civil.set_time((part * MICROS_PER_DAY as f64) as i64);
                Ok(seen::DATE | seen::TIME)
            }
            Label::Time => match self.run_together(text, seen)? {
                seen::TIME => Ok(seen::TIME),
                _ => Err(Failure::BadFormat),
            },
            Label::Other => Err(Failure::BadFormat),
        }
    }

    fn set_julian(&mut self, day: i32) -> Decoded<()> {
        if day < 0 {
            return Err(Failure::FieldOverflow);
        }
        let (year, month, day) = civil_of_days(i64::from(day) - EPOCH_JULIAN);
        (self.civil.year, self.civil.month, self.civil.day) = (year, month, day);
        self.julian = true;
        Ok(())
    }

    fn word_field(&mut self, field: &Field) -> Decoded<Found> {
        if let Some(found) = self.abbreviation(field)? {
            return Ok(Found::Fields(found));
        }
        let Some(word) = date_word(&field.text) else {
            // A zone name of letters alone, as in `UTC` or `Japan`.
            return match TimeZone::by_name(&field.text) {
                Some(zone) if field.kind == Kind::Word => {
                    self.zone = Some(Zone::Named(zone));
                    Ok(Found::Fields(seen::ZONE))
                }
                _ => Err(Failure::BadFormat),
            };
        };
        Ok(Found::Fields(match word {
            Word::Ignored => return Ok(Found::Nothing),
            Word::Epoch => return Ok(Found::Whole(Reading::Epoch)),
            Word::Infinity => return Ok(Found::Whole(Reading::Infinity)),
            Word::NegativeInfinity => return Ok(Found::Whole(Reading::NegativeInfinity)),
            Word::Now => {
                let zone = &self.style.time_zone;
                self.civil = Civil::of_timestamp(zone.to_local(self.style.now));
                self.zone = Some(Zone::Offset(zone.offset_at(self.style.now)));
                seen::DATE | seen::TIME | seen::ZONE
            }
            Word::Yesterday => self.set_day(-1),
            Word::Today => self.set_day(0),
            Word::Tomorrow => self.set_day(1),
            Word::AllBalls => {
                self.civil.set_time(0);
                self.zone = Some(Zone::Offset(0));
                seen::TIME | seen::ZONE
            }
            Word::Month(month) => {
                let mut found = seen::MONTH;
                // `8 Jan 1999` under MDY: the number that looked like a month is the day.
                if self.seen & seen::MONTH != 0
                    && !self.month_by_name
                    && self.seen & seen::DAY == 0
                    && (1..=31).contains(&self.civil.month)
                {
                    self.civil.day = self.civil.month;
                    found = seen::DAY;
                }
                self.month_by_name = true;
                self.civil.month = month;
                found
            }
            word => return self.common_word(word),
        }))
    }

    /// The words that a time alone may hold too.
    pub fn common_word(&mut self, word: Word) -> Decoded<Found> {
        Ok(Found::Fields(match word {
            Word::Ignored => return Ok(Found::Nothing),
            Word::Weekday(_) => seen::WEEKDAY,
            Word::Am | Word::Pm => {
                self.meridiem = Some(word);
                seen::MERIDIEM
            }
            Word::Ad | Word::Bc => {
                self.before_christ = word == Word::Bc;
                seen::ERA
            }
            Word::DaylightSaving => {
                if let Some(Zone::Offset(east)) = &mut self.zone {
                    *east += 3_600;
                }
                seen::DAYLIGHT
            }
            Word::Unit(unit) => {
                self.set_label(if unit == Unit::Julian { Label::Julian } else { Label::Other })?;
                0
            }
            Word::IsoTime => {
                if !self.has(seen::DATE) {
                    return Err(Failure::BadFormat);
                }
                self.set_label(Label::Time)?;
                0
            }
            _ => return Err(Failure::BadFormat),
        }))
    }

    pub fn set_label(&mut self, label: Label) -> Decoded<()> {
        if self.label.replace(label).is_some() {
            return Err(Failure::BadFormat);
        }
        Ok(())
    }

    /// A zone abbreviation: the session zone's own first, then the common ones.
    pub fn abbreviation(&mut self, field: &Field) -> Decoded<Option<u32>> {
        if field.kind != Kind::Word {
            return Ok(None);
        }
        let Some((east, daylight)) = abbreviations::find(&field.text) else { return Ok(None) };
        self.zone = Some(Zone::Offset(east));
        Ok(Some(seen::ZONE | if daylight { seen::DAYLIGHT } else { 0 }))
    }

    fn set_day(&mut self, shift_days: i64) -> u32 {
        let local = self.style.time_zone.to_local(self.style.now);
        let (year, month, day) = civil_of_days(local.div_euclid(MICROS_PER_DAY) + shift_days);
        (self.civil.year, self.civil.month, self.civil.day) = (year, month, day);
        seen::DATE
    }

    /// `hh:mm`, `hh:mm:ss`, `hh:mm:ss.ffffff`, `mm:ss.ffffff`.
    pub fn clock(&mut self, text: &str) -> Decoded {
        let clock = parse_clock(text)?;
        let hour = i32::try_from(clock.hour).map_err(|_| Failure::FieldOverflow)?;
        (self.civil.hour, self.civil.minute) = (hour, clock.minute);
        (self.civil.second, self.civil.micro) = (clock.second, clock.micro);
        if time_overflows(&self.civil) {
            return Err(Failure::FieldOverflow);
        }
        Ok(seen::TIME)
    }

    /// Checks and completes year, month and day.
    pub fn finish_date(&mut self) -> Decoded<()> {
        let civil = &mut self.civil;
        if self.seen & seen::YEAR != 0 && !self.julian {
            if self.before_christ {
                if civil.year <= 0 {
                    return Err(Failure::FieldOverflow);
                }
                civil.year = 1 - civil.year;
            } else if self.short_year {
                match civil.year {
                    0..70 => civil.year += 2000,
                    70..100 => civil.year += 1900,
                    _ => {}
                }
            } else if civil.year <= 0 {
                return Err(Failure::FieldOverflow);
            }
        }
        if self.seen & seen::DAY_OF_YEAR != 0 {
            let first = days_of_civil(i64::from(civil.year), 1, 1);
            let (year, month, day) = civil_of_days(first + i64::from(self.day_of_year) - 1);
            (civil.year, civil.month, civil.day) = (year, month, day);
        }
        if self.seen & seen::MONTH != 0 && !(1..=12).contains(&civil.month)
            || self.seen & seen::DAY != 0 && !(1..=31).contains(&civil.day)
        {
            return Err(Failure::MonthDayOverflow);
        }
        if self.seen & seen::DATE == seen::DATE
            && civil.day > days_in_month(civil.year, civil.month)
        {
            return Err(Failure::FieldOverflow);
        }
        Ok(())
    }

    pub fn finish_meridiem(&mut self) -> Decoded<()> {
        let Some(meridiem) = self.meridiem else { return Ok(()) };
        match (meridiem, self.civil.hour) {
            (_, 13..) => return Err(Failure::FieldOverflow),
            (Word::Am, 12) => self.civil.hour = 0,
            (Word::Pm, hour) if hour != 12 => self.civil.hour += 12,
            _ => {}
        }
        Ok(())
    }

    fn finish_date_time(mut self) -> Decoded<Reading> {
        if self.label.is_some() {
            return Err(Failure::BadFormat);
        }
        self.finish_date()?;
        self.finish_meridiem()?;
        if !self.has(seen::DATE) {
            return Err(Failure::BadFormat);
        }
        let daylight = self.seen & seen::DAYLIGHT != 0;
        let east = match &self.zone {
            Some(Zone::Offset(east)) => *east,
            Some(Zone::Named(_)) | None if daylight => return Err(Failure::BadFormat),
            Some(Zone::Named(zone)) => offset_of_civil(zone, &self.civil),
            None => offset_of_civil(&self.style.time_zone, &self.civil),
        };
        Ok(Reading::Moment(self.civil, east))
    }
}

/// The offset of a zone at a local time that may be out of a timestamp's range.
pub(super) fn offset_of_civil(zone: &TimeZone, civil: &Civil) -> i32 {
    civil.timestamp(0).map_or(0, |local| zone.offset_of_local(local))
}
