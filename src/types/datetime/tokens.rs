//! The words of dates, times and intervals.

/// What a word in a date or time stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Now,
    Yesterday,
    Today,
    Tomorrow,
    /// Midnight UTC.
    AllBalls,
    Epoch,
    Infinity,
    NegativeInfinity,
    Month(i32),
    /// 0 is Sunday.
    Weekday(i32),
    Am,
    Pm,
    Ad,
    Bc,
    /// `DST`, which moves the zone before it by one hour.
    DaylightSaving,
    /// Labels the field after it.
    Unit(Unit),
    /// The `T` before an ISO time.
    IsoTime,
    Ignored,
}

/// A unit of an interval, a label of a field, or what `extract` takes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Julian,
    DayOfWeek,
    DayOfYear,
    IsoDayOfWeek,
    IsoYear,
    Epoch,
    Zone,
    ZoneHour,
    ZoneMinute,
}

/// Words are compared by their first ten characters.
const WORD_BYTES_MAX: usize = 10;

fn cut(word: &str) -> &str {
    word.get(..WORD_BYTES_MAX).unwrap_or(word)
}

/// The word of a date or time, in lower case.
pub fn date_word(word: &str) -> Option<Word> {
    Some(match cut(word) {
        "now" => Word::Now,
        "yesterday" => Word::Yesterday,
        "today" => Word::Today,
        "tomorrow" => Word::Tomorrow,
        "allballs" => Word::AllBalls,
        "epoch" => Word::Epoch,
        "infinity" | "+infinity" => Word::Infinity,
        "-infinity" => Word::NegativeInfinity,
        "jan" | "january" => Word::Month(1),
        "feb" | "february" => Word::Month(2),
        "mar" | "march" => Word::Month(3),
        "apr" | "april" => Word::Month(4),
        "may" => Word::Month(5),
        "jun" | "june" => Word::Month(6),
        "jul" | "july" => Word::Month(7),
        "aug" | "august" => Word::Month(8),
        "sep" | "sept" | "september" => Word::Month(9),
        "oct" | "october" => Word::Month(10),
        "nov" | "november" => Word::Month(11),
        "dec" | "december" => Word::Month(12),
        "sun" | "sunday" => Word::Weekday(0),
        "mon" | "monday" => Word::Weekday(1),
        "tue" | "tues" | "tuesday" => Word::Weekday(2),
        "wed" | "weds" | "wednesday" => Word::Weekday(3),
        "thu" | "thur" | "thurs" | "thursday" => Word::Weekday(4),
        "fri" | "friday" => Word::Weekday(5),
        "sat" | "saturday" => Word::Weekday(6),
        "am" => Word::Am,
        "pm" => Word::Pm,
        "ad" => Word::Ad,
        "bc" => Word::Bc,
        "dst" => Word::DaylightSaving,
        "at" | "on" => Word::Ignored,
        "t" => Word::IsoTime,
        "j" | "jd" | "julian" => Word::Unit(Unit::Julian),
        "y" => Word::Unit(Unit::Year),
        "m" => Word::Unit(Unit::Month),
        "d" => Word::Unit(Unit::Day),
        "h" => Word::Unit(Unit::Hour),
        "mm" => Word::Unit(Unit::Minute),
        "s" => Word::Unit(Unit::Second),
        "dow" => Word::Unit(Unit::DayOfWeek),
        "doy" => Word::Unit(Unit::DayOfYear),
        "isodow" => Word::Unit(Unit::IsoDayOfWeek),
        "isoyear" => Word::Unit(Unit::IsoYear),
        _ => return None,
    })
}

/// The unit that a word of an interval names, in lower case; `@` and the like never get here.
pub fn interval_unit(word: &str) -> Option<Unit> {
    Some(match cut(word) {
        "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecon" => Unit::Microsecond,
        "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecon" => Unit::Millisecond,
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "qtr" | "quarter" => Unit::Quarter,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennium" | "millennia" => Unit::Millennium,
        "timezone" => Unit::Zone,
        "timezone_h" => Unit::ZoneHour,
        "timezone_m" => Unit::ZoneMinute,
        _ => return None,
    })
}

/// The unit that `extract`, `date_part` and `date_trunc` name, in any case.
pub fn part_unit(name: &str) -> Option<Unit> {
    let name = name.to_ascii_lowercase();
    interval_unit(&name).or_else(|| match date_word(&name)? {
        Word::Unit(unit) => Some(unit),
        Word::Epoch => Some(Unit::Epoch),
        _ => None,
    })
}
