//! Days and microseconds to calendar fields and back.
//!
//! Source: the era-based day count of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
pub const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// The Julian day number of 2000-01-01.
pub const EPOCH_JULIAN: i64 = 2_451_545;
/// Days from 2000-01-01 back to 1970-01-01.
pub const UNIX_EPOCH_DAYS: i64 = -10_957;

pub const DATE_NEGATIVE_INFINITY: i32 = i32::MIN;
pub const DATE_INFINITY: i32 = i32::MAX;
pub const TIMESTAMP_NEGATIVE_INFINITY: i64 = i64::MIN;
pub const TIMESTAMP_INFINITY: i64 = i64::MAX;

/// The first valid day (Julian day 0, 4714-11-24 BC) and the first invalid one (5874898-01-01).
pub const DATE_MIN: i64 = -EPOCH_JULIAN;
pub const DATE_END: i64 = 2_147_483_494 - EPOCH_JULIAN;
/// The first valid timestamp (4714-11-24 00:00 BC) and the first invalid one (294277-01-01).
pub const TIMESTAMP_MIN: i64 = -211_813_488_000_000_000;
pub const TIMESTAMP_END: i64 = 9_223_371_331_200_000_000;

/// A moment as a calendar and clock show it. Year 0 is 1 BC, -1 is 2 BC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Civil {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub micro: i32,
}

impl Civil {
    pub fn of_date(days: i32) -> Self {
        let (year, month, day) = civil_of_days(i64::from(days));
        Self { year, month, day, ..Self::default() }
    }

    pub fn of_time(micros: i64) -> Self {
        let mut civil = Self::default();
        civil.set_time(micros);
        civil
    }

    /// The fields of a finite timestamp, in the zone it is expressed in.
    pub fn of_timestamp(micros: i64) -> Self {
        let mut civil = Self::of_date(micros.div_euclid(MICROS_PER_DAY) as i32);
        civil.set_time(micros.rem_euclid(MICROS_PER_DAY));
        civil
    }

    pub fn set_time(&mut self, micros: i64) {
        self.hour = (micros / MICROS_PER_HOUR) as i32;
        self.minute = (micros / MICROS_PER_MINUTE % 60) as i32;
        self.second = (micros / MICROS_PER_SECOND % 60) as i32;
        self.micro = (micros % MICROS_PER_SECOND) as i32;
    }

    /// Days since 2000-01-01, of a date within PostgreSQL's range.
    pub fn date(&self) -> Option<i32> {
        let days = days_of_civil(i64::from(self.year), self.month, self.day);
        (DATE_MIN..DATE_END).contains(&days).then_some(days as i32)
    }

    /// Microseconds since midnight.
    pub fn time(&self) -> i64 {
        i64::from(self.hour) * MICROS_PER_HOUR
            + i64::from(self.minute) * MICROS_PER_MINUTE
            + i64::from(self.second) * MICROS_PER_SECOND
            + i64::from(self.micro)
    }

    /// Microseconds since 2000-01-01 of these fields plus `shift` microseconds, if in range.
    pub fn timestamp(&self, shift_micros: i64) -> Option<i64> {
        let days = days_of_civil(i64::from(self.year), self.month, self.day);
        let micros = i128::from(days) * i128::from(MICROS_PER_DAY)
            + i128::from(self.time())
            + i128::from(shift_micros);
        i64::try_from(micros).ok().filter(|micros| is_timestamp(*micros))
    }
}

/// Whether a finite timestamp is within PostgreSQL's range.
pub fn is_timestamp(micros: i64) -> bool {
    (TIMESTAMP_MIN..TIMESTAMP_END).contains(&micros)
}

pub fn is_infinite_timestamp(micros: i64) -> bool {
    micros == TIMESTAMP_INFINITY || micros == TIMESTAMP_NEGATIVE_INFINITY
}

pub fn is_infinite_date(days: i32) -> bool {
    days == DATE_INFINITY || days == DATE_NEGATIVE_INFINITY
}

/// Days since 2000-01-01; `day` may lie outside of its month.
pub fn days_of_civil(year: i64, month: i32, day: i32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 + UNIX_EPOCH_DAYS
}

/// The `(year, month, day)` of days since 2000-01-01.
pub fn civil_of_days(days: i64) -> (i32, i32, i32) {
    let days = days - UNIX_EPOCH_DAYS + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as i32;
    let month =
        if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as i32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0 is Sunday.
pub fn weekday(days: i64) -> i32 {
    // 2000-01-01 was a Saturday.
    (days + 6).rem_euclid(7) as i32
}

/// 1 is January 1st.
pub fn day_of_year(civil: &Civil) -> i32 {
    let first = days_of_civil(i64::from(civil.year), 1, 1);
    (days_of_civil(i64::from(civil.year), civil.month, civil.day) - first + 1) as i32
}

/// The Monday that begins week 1 of the ISO year.
pub fn iso_year_start(year: i32) -> i64 {
    let fourth = days_of_civil(i64::from(year), 1, 4);
    fourth - i64::from((weekday(fourth) + 6) % 7)
}

/// The ISO 8601 year and week of a date.
pub fn iso_week(civil: &Civil) -> (i32, i32) {
    let days = days_of_civil(i64::from(civil.year), civil.month, civil.day);
    let mut year = civil.year;
    if days < iso_year_start(year) {
        year -= 1;
    } else if days >= iso_year_start(year + 1) {
        year += 1;
    }
    (year, ((days - iso_year_start(year)) / 7 + 1) as i32)
}
