//! A template taken apart: fields with their modifiers, separators, and text.

/// What a field shows; the letters' case is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Fixed,
    /// `AM`; dotted or not.
    Meridiem(bool),
    /// `AD`; dotted or not.
    Era(bool),
    Hour12,
    Hour24,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    /// `FF1`..`FF6`
    Fraction(usize),
    SecondOfDay,
    Zone,
    ZoneHour,
    ZoneMinute,
    Offset,
    Century,
    /// `Y,YYY`
    YearComma,
    /// `Y`..`YYYY`
    Year(usize),
    /// `I`..`IYYY`
    IsoYear(usize),
    Month,
    MonthName,
    MonthShort,
    RomanMonth,
    Quarter,
    Week,
    IsoWeek,
    WeekOfMonth,
    DayName,
    DayShort,
    DayOfYear,
    IsoDayOfYear,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    Julian,
}

impl Item {
    /// Whether input of this field is digits.
    pub fn is_digits(self) -> bool {
        !matches!(
            self,
            Item::Fixed
                | Item::Meridiem(_)
                | Item::Era(_)
                | Item::Zone
                | Item::Offset
                | Item::MonthName
                | Item::MonthShort
                | Item::RomanMonth
                | Item::DayName
                | Item::DayShort
        )
    }

    pub fn is_time(self) -> bool {
        matches!(
            self,
            Item::Meridiem(_)
                | Item::Hour12
                | Item::Hour24
                | Item::Minute
                | Item::Second
                | Item::Millisecond
                | Item::Microsecond
                | Item::Fraction(_)
                | Item::SecondOfDay
        )
    }

    pub fn is_zone(self) -> bool {
        matches!(self, Item::Zone | Item::ZoneHour | Item::ZoneMinute | Item::Offset)
    }

    pub fn is_iso_date(self) -> bool {
        matches!(self, Item::IsoYear(_) | Item::IsoWeek | Item::IsoDayOfYear | Item::IsoDayOfWeek)
    }

    pub fn is_gregorian_date(self) -> bool {
        matches!(
            self,
            Item::Era(_)
                | Item::Century
                | Item::YearComma
                | Item::Year(_)
                | Item::Month
                | Item::MonthName
                | Item::MonthShort
                | Item::RomanMonth
                | Item::Week
                | Item::WeekOfMonth
                | Item::DayOfYear
                | Item::Day
                | Item::DayOfWeek
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Upper,
    Capital,
    Lower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordinal {
    None,
    Upper,
    Lower,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub item: Item,
    pub case: Case,
    /// As written in the template, for errors.
    pub name: &'static str,
    /// `FM`: no padding.
    pub fill: bool,
    /// `TM`: names in the session's language, which is English here; no padding.
    pub translated: bool,
    pub ordinal: Ordinal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Field(Field),
    /// Printable and neither letter, digit nor space.
    Separator(char),
    Space(char),
    Text(char),
}

/// Field names in upper case with their items; those of letters exist capitalised too.
const NAMES: &[(&str, &str, &str, Item)] = &[
    ("A.D.", "", "a.d.", Item::Era(true)),
    ("B.C.", "", "b.c.", Item::Era(true)),
    ("A.M.", "", "a.m.", Item::Meridiem(true)),
    ("P.M.", "", "p.m.", Item::Meridiem(true)),
    ("AD", "", "ad", Item::Era(false)),
    ("BC", "", "bc", Item::Era(false)),
    ("AM", "", "am", Item::Meridiem(false)),
    ("PM", "", "pm", Item::Meridiem(false)),
    ("CC", "", "cc", Item::Century),
    ("DAY", "Day", "day", Item::DayName),
    ("DDD", "", "ddd", Item::DayOfYear),
    ("DD", "", "dd", Item::Day),
    ("DY", "Dy", "dy", Item::DayShort),
    ("D", "", "d", Item::DayOfWeek),
    ("FF1", "", "ff1", Item::Fraction(1)),
    ("FF2", "", "ff2", Item::Fraction(2)),
    ("FF3", "", "ff3", Item::Fraction(3)),
    ("FF4", "", "ff4", Item::Fraction(4)),
    ("FF5", "", "ff5", Item::Fraction(5)),
    ("FF6", "", "ff6", Item::Fraction(6)),
    ("FX", "", "fx", Item::Fixed),
    ("HH24", "", "hh24", Item::Hour24),
    ("HH12", "", "hh12", Item::Hour12),
    ("HH", "", "hh", Item::Hour12),
    ("IDDD", "", "iddd", Item::IsoDayOfYear),
    ("ID", "", "id", Item::IsoDayOfWeek),
    ("IW", "", "iw", Item::IsoWeek),
    ("IYYY", "", "iyyy", Item::IsoYear(4)),
    ("IYY", "", "iyy", Item::IsoYear(3)),
    ("IY", "", "iy", Item::IsoYear(2)),
    ("I", "", "i", Item::IsoYear(1)),
    ("J", "", "j", Item::Julian),
    ("MONTH", "Month", "month", Item::MonthName),
    ("MON", "Mon", "mon", Item::MonthShort),
    ("MI", "", "mi", Item::Minute),
    ("MM", "", "mm", Item::Month),
    ("MS", "", "ms", Item::Millisecond),
    ("OF", "", "of", Item::Offset),
    ("Q", "", "q", Item::Quarter),
    ("RM", "", "rm", Item::RomanMonth),
    ("SSSSS", "", "sssss", Item::SecondOfDay),
    ("SSSS", "", "ssss", Item::SecondOfDay),
    ("SS", "", "ss", Item::Second),
    ("TZH", "", "tzh", Item::ZoneHour),
    ("TZM", "", "tzm", Item::ZoneMinute),
    ("TZ", "", "tz", Item::Zone),
    ("US", "", "us", Item::Microsecond),
    ("WW", "", "ww", Item::Week),
    ("W", "", "w", Item::WeekOfMonth),
    ("Y,YYY", "", "y,yyy", Item::YearComma),
    ("YYYY", "", "yyyy", Item::Year(4)),
    ("YYY", "", "yyy", Item::Year(3)),
    ("YY", "", "yy", Item::Year(2)),
    ("Y", "", "y", Item::Year(1)),
];

/// The longest field name that `rest` begins with.
fn field_name(rest: &str) -> Option<(&'static str, Case, Item)> {
    NAMES
        .iter()
        .flat_map(|(upper, capital, lower, item)| {
            [
                (*upper, Case::Upper, *item),
                (*capital, Case::Capital, *item),
                (*lower, Case::Lower, *item),
            ]
        })
        .filter(|(name, ..)| !name.is_empty() && rest.starts_with(name))
        .max_by_key(|(name, ..)| name.len())
}

pub fn is_separator(character: char) -> bool {
    character.is_ascii_punctuation()
}

/// How much of the template a field with its modifiers takes here; `None` if no field begins here.
pub fn field_length(rest: &str) -> Option<usize> {
    let after = ["FM", "fm", "TM", "tm"]
        .iter()
        .find_map(|modifier| rest.strip_prefix(modifier))
        .unwrap_or(rest);
    let Some((name, ..)) = field_name(after) else {
        return (after.len() < rest.len()).then(|| rest.len() - after.len());
    };
    let after = &after[name.len()..];
    let ordinal = ["TH", "th", "SP"].iter().any(|ordinal| after.starts_with(ordinal));
    Some(rest.len() - after.len() + if ordinal { 2 } else { 0 })
}

/// Takes a template apart.
pub fn parse(template: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let (mut fill, mut translated) = (false, false);
        if let Some(after) = rest.strip_prefix("FM").or_else(|| rest.strip_prefix("fm")) {
            (fill, rest) = (true, after);
        } else if let Some(after) = rest.strip_prefix("TM").or_else(|| rest.strip_prefix("tm")) {
            (translated, rest) = (true, after);
        }
        if let Some((name, case, item)) = field_name(rest) {
            rest = &rest[name.len()..];
            let mut ordinal = Ordinal::None;
            if let Some(after) = rest.strip_prefix("TH") {
                (ordinal, rest) = (Ordinal::Upper, after);
            } else if let Some(after) = rest.strip_prefix("th") {
                (ordinal, rest) = (Ordinal::Lower, after);
            } else if let Some(after) = rest.strip_prefix("SP") {
                // Spelled numbers are accepted and shown as digits.
                rest = after;
            }
            nodes.push(Node::Field(Field { item, case, name, fill, translated, ordinal }));
            continue;
        }
        if fill || translated {
            continue;
        }
        rest = if first == '"' { quoted(&rest[1..], &mut nodes) } else { plain(rest, &mut nodes) };
    }
    nodes
}

/// Text up to the closing quote; a backslash takes the next character as it is.
fn quoted<'a>(rest: &'a str, nodes: &mut Vec<Node>) -> &'a str {
    let mut characters = rest.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return &rest[at + 1..],
            '\\' => nodes.push(Node::Text(characters.next().map_or('\\', |(_, next)| next))),
            other => nodes.push(Node::Text(other)),
        }
    }
    ""
}

fn plain<'a>(rest: &'a str, nodes: &mut Vec<Node>) -> &'a str {
    let rest = if rest.starts_with("\\\"") { &rest[1..] } else { rest };
    let Some(first) = rest.chars().next() else { return rest };
    nodes.push(match first {
        first if is_separator(first) => Node::Separator(first),
        first if first.is_ascii_whitespace() => Node::Space(first),
        first => Node::Text(first),
    });
    &rest[first.len_utf8()..]
}
