//! Reading a text by a template, field by field.

use super::{
    DAYS, MONTHS, ROMAN_MONTHS,
    pattern::{Field, Item, Node, Ordinal, is_separator, parse},
};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    types::datetime::{TimeZone, abbreviations},
};

/// What the fields said; 0 is as good as not said, as in PostgreSQL.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    pub iso: Option<bool>,
    pub hour: i32,
    pub pm: i32,
    pub twelve_hours: bool,
    pub minute: i32,
    pub second: i32,
    pub second_of_day: i32,
    pub day_of_week: i32,
    pub day: i32,
    pub day_of_year: i32,
    pub month: i32,
    pub millisecond: i32,
    pub microsecond: i32,
    /// Digits of `FF`.
    pub precision: Option<i32>,
    pub year: i32,
    /// Digits that the year's field has.
    pub year_width: usize,
    pub before_christ: i32,
    pub week: i32,
    pub week_of_month: i32,
    pub century: i32,
    pub julian: i32,
    pub zone_sign: i32,
    pub zone_hour: i32,
    pub zone_minute: i32,
    pub zone: Option<TimeZone>,
    pub zone_is_named: bool,
}

fn spaces(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b').len()
}

struct Reader<'a> {
    input: &'a str,
    at: usize,
    /// Characters skipped beyond what the template asked for.
    extra: i32,
    readings: Readings,
}

/// How closely input must follow its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Any separators and spaces, and whatever follows: `to_timestamp`.
    Loose,
    /// Each character and all of it: `.datetime()` of JSON paths.
    Strict,
}

/// Reads `input` by `template`. Errors: 22007 for input that does not fit.
pub fn read(input: &str, template: &str, matching: Matching) -> Result<Readings> {
    let nodes = parse(template);
    let strict = matching == Matching::Strict;
    let mut reader = Reader { input, at: 0, extra: 0, readings: Readings::default() };
    let mut fixed = strict;
    for (index, node) in nodes.iter().enumerate() {
        if reader.at >= input.len() {
            if strict {
                return err!(
                    INVALID_DATETIME_FORMAT,
                    "input string is too short for datetime format"
                );
            }
            break;
        }
        if strict {
            reader.expect(node)?;
        }
        let is_fixed_mark = matches!(node, Node::Field(field) if field.item == Item::Fixed);
        let is_field = matches!(node, Node::Field(_));
        if !fixed && !is_fixed_mark && (is_field || index == 0) {
            reader.extra += reader.skip_spaces();
        }
        match node {
            Node::Space(_) | Node::Separator(_) if !fixed => {
                reader.extra -= 1;
                let next = reader.rest().chars().next();
                if next.is_some_and(|next| next.is_ascii_whitespace() || is_separator(next)) {
                    reader.at += 1;
                    reader.extra += 1;
                }
            }
            Node::Text(_) if !fixed && reader.extra > 0 => reader.extra -= 1,
            Node::Space(_) | Node::Separator(_) | Node::Text(_) => reader.skip_character(),
            Node::Field(field) => {
                if field.item == Item::Fixed {
                    fixed = true;
                } else {
                    reader.field(field, &nodes[index + 1..])?;
                }
                if !fixed {
                    reader.extra = reader.skip_spaces();
                }
            }
        }
    }
    if strict && !reader.rest().trim_start().is_empty() {
        return err!(
            INVALID_DATETIME_FORMAT,
            "trailing characters remain in input string after datetime format"
        );
    }
    Ok(reader.readings)
}

fn invalid(value: &str, field: &Field) -> PgError {
    pg_error!(INVALID_DATETIME_FORMAT, "invalid value \"{value}\" for \"{}\"", field.name)
}

const NOT_FIXED_HINT: &str =
    "If your source string is not fixed-width, try using the \"FM\" modifier.";

fn conflict(field: &Field) -> PgError {
    pg_error!(
        INVALID_DATETIME_FORMAT,
        "conflicting values for \"{}\" field in formatting string",
        field.name
    )
    .detail("This value contradicts a previous setting for the same field type.")
}

/// Whether the digits before `next` end where it begins.
fn ends_number(next: Option<&Node>) -> bool {
    match next {
        None => true,
        Some(Node::Field(field)) => !field.item.is_digits(),
        Some(Node::Separator(text) | Node::Space(text) | Node::Text(text)) => {
            !text.is_ascii_digit()
        }
    }
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    /// Checks that a separator or text stands here as the template has it.
    fn expect(&self, node: &Node) -> Result<()> {
        let here = self.rest().chars().next();
        match node {
            Node::Space(wanted) | Node::Separator(wanted) if here != Some(*wanted) => {
                err!(INVALID_DATETIME_FORMAT, "unmatched format separator \"{wanted}\"")
            }
            Node::Text(wanted) if here != Some(*wanted) => {
                err!(INVALID_DATETIME_FORMAT, "unmatched format character \"{wanted}\"")
            }
            _ => Ok(()),
        }
    }

    fn skip_spaces(&mut self) -> i32 {
        let count = spaces(self.rest());
        self.at += count;
        count as i32
    }

    fn skip_character(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    fn field(&mut self, field: &Field, next: &[Node]) -> Result<()> {
        let iso = match field.item {
            item if item.is_iso_date() => Some(true),
            item if item.is_gregorian_date() => Some(false),
            _ => None,
        };
        if let Some(iso) = iso
            && *self.readings.iso.get_or_insert(iso) != iso
        {
            return Err(pg_error!(
                INVALID_DATETIME_FORMAT,
                "invalid combination of date conventions"
            )
            .hint("Do not mix Gregorian and ISO week date conventions in a formatting template."));
        }
        match field.item {
            Item::Meridiem(dotted) => {
                let names: &[&str] = if dotted { &["a.m.", "p.m."] } else { &["am", "pm"] };
                let value = self.name(field, names)?;
                self.set(field, value, |readings| &mut readings.pm)?;
                self.readings.twelve_hours = true;
            }
            Item::Era(dotted) => {
                let names: &[&str] = if dotted { &["a.d.", "b.c."] } else { &["ad", "bc"] };
                let value = self.name(field, names)?;
                self.set(field, value, |readings| &mut readings.before_christ)?;
            }
            Item::MonthName => {
                let value = self.name(field, &MONTHS)? + 1;
                self.set(field, value, |readings| &mut readings.month)?;
            }
            Item::MonthShort => {
                let value = self.name(field, &MONTHS.map(|name| &name[..3]))? + 1;
                self.set(field, value, |readings| &mut readings.month)?;
            }
            Item::RomanMonth => {
                // Longer numerals first, for `I` begins most of them.
                let mut names = ROMAN_MONTHS;
                names.sort_by_key(|name| std::cmp::Reverse(name.len()));
                let name = names[self.name(field, &names)? as usize];
                let month = ROMAN_MONTHS.iter().position(|roman| *roman == name);
                let value = month.expect("a name of the list") as i32 + 1;
                self.set(field, value, |readings| &mut readings.month)?;
            }
            Item::DayName => {
                let value = self.name(field, &DAYS)? + 1;
                self.set(field, value, |readings| &mut readings.day_of_week)?;
            }
            Item::DayShort => {
                let value = self.name(field, &DAYS.map(|name| &name[..3]))? + 1;
                self.set(field, value, |readings| &mut readings.day_of_week)?;
            }
            Item::Zone | Item::Offset => self.zone(field)?,
            Item::YearComma => self.year_with_comma(field)?,
            _ => self.number_field(field, next)?,
        }
        Ok(())
    }

    fn number_field(&mut self, field: &Field, next: &[Node]) -> Result<()> {
        let width = field.name.len();
        let (value, digits) = match field.item {
            Item::Hour12 | Item::Hour24 => self.number(field, 2, next)?,
            Item::IsoDayOfYear => self.number(field, 3, next)?,
            Item::Fraction(digits) => self.number(field, digits, next)?,
            Item::Millisecond => self.number(field, 3, next)?,
            Item::Microsecond => self.number(field, 6, next)?,
            Item::IsoDayOfWeek => self.number(field, 1, next)?,
            Item::ZoneHour => {
                self.zone_sign();
                self.number(field, 2, next)?
            }
            Item::ZoneMinute => self.number(field, 2, next)?,
            _ => self.number(field, width, next)?,
        };
        // A fraction of fewer digits is aligned to the left.
        let aligned = |places: u32| value * 10_i32.pow(places.saturating_sub(digits as u32));
        match field.item {
            Item::Hour12 => {
                self.readings.twelve_hours = true;
                self.set(field, value, |readings| &mut readings.hour)?;
            }
            Item::Hour24 => self.set(field, value, |readings| &mut readings.hour)?,
            Item::Minute => self.set(field, value, |readings| &mut readings.minute)?,
            Item::Second => self.set(field, value, |readings| &mut readings.second)?,
            Item::Millisecond => {
                self.set(field, aligned(3), |readings| &mut readings.millisecond)?;
            }
            Item::Microsecond => {
                self.set(field, aligned(6), |readings| &mut readings.microsecond)?;
            }
            Item::Fraction(digits) => {
                self.readings.precision = Some(digits as i32);
                self.set(field, aligned(6), |readings| &mut readings.microsecond)?;
            }
            Item::SecondOfDay => {
                self.set(field, value, |readings| &mut readings.second_of_day)?;
            }
            Item::ZoneHour => self.set(field, value, |readings| &mut readings.zone_hour)?,
            Item::ZoneMinute => {
                if self.readings.zone_sign == 0 {
                    self.readings.zone_sign = 1;
                }
                self.set(field, value, |readings| &mut readings.zone_minute)?;
            }
            Item::Century => self.set(field, value, |readings| &mut readings.century)?,
            Item::Year(width) | Item::IsoYear(width) => {
                let value = if width < 4 && digits < 4 { nearest_year(value) } else { value };
                self.readings.year_width = width;
                self.set(field, value, |readings| &mut readings.year)?;
            }
            Item::Month => self.set(field, value, |readings| &mut readings.month)?,
            Item::Week | Item::IsoWeek => {
                self.set(field, value, |readings| &mut readings.week)?;
            }
            Item::WeekOfMonth => self.set(field, value, |readings| &mut readings.week_of_month)?,
            Item::DayOfYear | Item::IsoDayOfYear => {
                self.set(field, value, |readings| &mut readings.day_of_year)?;
            }
            Item::Day => self.set(field, value, |readings| &mut readings.day)?,
            Item::DayOfWeek => self.set(field, value, |readings| &mut readings.day_of_week)?,
            Item::IsoDayOfWeek => {
                let value = if value >= 7 { 1 } else { value + 1 };
                self.set(field, value, |readings| &mut readings.day_of_week)?;
            }
            Item::Julian => self.set(field, value, |readings| &mut readings.julian)?,
            // A quarter says nothing about the day.
            _ => {}
        }
        if field.ordinal != Ordinal::None {
            self.skip_character();
            self.skip_character();
        }
        Ok(())
    }

    fn set(
        &mut self,
        field: &Field,
        value: i32,
        place: impl Fn(&mut Readings) -> &mut i32,
    ) -> Result<()> {
        let place = place(&mut self.readings);
        if *place != 0 && *place != value {
            return Err(conflict(field));
        }
        *place = value;
        Ok(())
    }

    /// A number of at most `width` characters; exactly so many if digits may follow.
    fn number(&mut self, field: &Field, width: usize, next: &[Node]) -> Result<(i32, usize)> {
        self.skip_spaces();
        let rest = self.rest();
        let free = field.fill || field.ordinal != Ordinal::None || ends_number(next.first());
        let window = if free {
            rest
        } else {
            let end = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
            &rest[..end]
        };
        if !free && window.len() < width {
            return Err(pg_error!(
                INVALID_DATETIME_FORMAT,
                "source string too short for \"{}\" formatting field",
                field.name
            )
            .detail(format!("Field requires {width} characters, but only {} remain.", window.len()))
            .hint(NOT_FIXED_HINT));
        }
        let signed = usize::from(window.starts_with(['-', '+']));
        let digits = window[signed..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(window.len() - signed, |end| end);
        let used = if digits == 0 { 0 } else { signed + digits };
        let shown = || {
            let end = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
            &rest[..end]
        };
        if used == 0 {
            return Err(invalid(shown(), field).detail("Value must be an integer."));
        }
        if !free && used < width {
            return Err(invalid(window, field)
                .detail(format!(
                    "Field requires {width} characters, but only {used} could be parsed."
                ))
                .hint(NOT_FIXED_HINT));
        }
        let Ok(value) = window[..used].parse::<i32>() else {
            return Err(pg_error!(
                DATETIME_FIELD_OVERFLOW,
                "value for \"{}\" in source string is out of range",
                field.name
            )
            .detail(format!(
                "Value must be in the range {} to {}.",
                i32::MIN,
                i32::MAX
            )));
        };
        self.at += used;
        Ok((value, used))
    }

    /// The index of the name that comes here, in any case.
    fn name(&mut self, field: &Field, names: &[&str]) -> Result<i32> {
        let rest = self.rest();
        let found = names.iter().position(|name| {
            rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        match found {
            Some(index) => {
                self.at += names[index].len();
                Ok(index as i32)
            }
            None => {
                let word = rest.split_ascii_whitespace().next().unwrap_or_default();
                Err(invalid(word, field).detail(
                    "The given value did not match any of the allowed values for this field.",
                ))
            }
        }
    }

    fn year_with_comma(&mut self, field: &Field) -> Result<()> {
        self.skip_spaces();
        let rest = self.rest();
        let split = rest.split_once(',').and_then(|(thousands, tail)| {
            let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len()).min(3);
            let years: i32 = tail[..end].parse().ok()?;
            let thousands_value: i32 = thousands.parse().ok()?;
            Some((
                thousands_value.checked_mul(1_000)?.checked_add(years)?,
                thousands.len() + 1 + end,
            ))
        });
        let Some((year, used)) = split else {
            return err!(INVALID_DATETIME_FORMAT, "invalid input string for \"Y,YYY\"");
        };
        self.at += used;
        self.readings.year_width = 4;
        self.set(field, year, |readings| &mut readings.year)
    }

    /// A sign before `TZH`; a separator may have swallowed a minus.
    fn zone_sign(&mut self) {
        let rest = self.rest();
        self.readings.zone_sign = 1;
        if rest.starts_with(['+', '-', ' ']) {
            if rest.starts_with('-') {
                self.readings.zone_sign = -1;
            }
            self.at += 1;
        } else if self.extra > 0 && self.input[..self.at].ends_with('-') {
            self.readings.zone_sign = -1;
        }
    }

    /// An abbreviation, or hours and minutes as `OF` shows them.
    fn zone(&mut self, field: &Field) -> Result<()> {
        let rest = self.rest();
        if field.item == Item::Zone {
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            // The longest abbreviation that the input begins with.
            for end in (1..=letters).rev() {
                if let Some((east, _)) = abbreviations::find(&rest[..end]) {
                    self.readings.zone = Some(TimeZone::Fixed(east));
                    self.readings.zone_is_named = true;
                    self.at += end;
                    return Ok(());
                }
            }
            if letters > 0 {
                let word = rest.split_ascii_whitespace().next().unwrap_or_default();
                return Err(
                    invalid(word, field).detail("Time zone abbreviation is not recognized.")
                );
            }
        }
        self.zone_sign();
        let (hour, _) = self.number(field, 2, &[Node::Separator(':')])?;
        self.set(field, hour, |readings| &mut readings.zone_hour)?;
        if self.rest().starts_with(':') {
            self.at += 1;
            let (minute, _) = self.number(field, 2, &[Node::Separator(':')])?;
            self.set(field, minute, |readings| &mut readings.zone_minute)?;
        }
        Ok(())
    }
}

/// A year of fewer than four digits is the one nearest to 2020.
fn nearest_year(year: i32) -> i32 {
    match year {
        ..70 => year + 2000,
        70..100 => year + 1900,
        100..520 => year + 2000,
        520..1000 => year + 1000,
        _ => year,
    }
}
