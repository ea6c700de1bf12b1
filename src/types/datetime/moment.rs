//! A date or a time of any kind, as the items of JSON paths are.

use std::cmp::Ordering;

use super::{
    DateFormat, DateOrder, DateStyle, adjust_time, adjust_timestamp,
    arithmetic::{date_to_timestamp, timestamp_to_date, to_local},
    calendar::{Civil, MICROS_PER_DAY, MICROS_PER_SECOND, is_infinite_timestamp},
    format_date, format_time, format_timestamp,
};
use crate::{
    base::{PgError, Result},
    pg_error,
    types::text_io::Style,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Date(i32),
    Time(i64),
    /// The time, and seconds west of UTC.
    TimeTz(i64, i32),
    Timestamp(i64),
    /// The moment in UTC, and the seconds east of UTC that it is shown in.
    TimestampTz(i64, i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
}

impl Kind {
    /// The type's short name.
    fn name(self) -> &'static str {
        match self {
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::TimeTz => "timetz",
            Kind::Timestamp => "timestamp",
            Kind::TimestampTz => "timestamptz",
        }
    }
}

/// What conversions may look at.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    pub style: &'a Style,
    /// Whether the session's time zone may be used.
    pub zoned: bool,
}

impl Clock<'_> {
    /// 0A000 where the session's time zone would be needed and may not be used.
    fn require(&self, from: Kind, to: Kind) -> Result<()> {
        if self.zoned {
            return Ok(());
        }
        Err(pg_error!(
            FEATURE_NOT_SUPPORTED,
            "cannot convert value from {} to {} without time zone usage",
            from.name(),
            to.name()
        )
        .hint("Use *_tz() function for time zone support."))
    }
}

/// Appends a timestamp as ISO 8601 with a `T`; `east` is the offset that is shown behind it.
pub fn push_iso_timestamp(local: i64, east: Option<i32>, out: &mut String) {
    let style = iso_style();
    let mut text = String::new();
    format_timestamp(local, &style, &mut text);
    if is_infinite_timestamp(local) {
        return out.push_str(&text);
    }
    text = text.replacen(' ', "T", 1);
    if let Some(east) = east {
        let era = if Civil::of_timestamp(local).year <= 0 { " BC".len() } else { 0 };
        let mut offset = String::new();
        push_offset(east, &mut offset);
        text.insert_str(text.len() - era, &offset);
    }
    out.push_str(&text);
}

fn iso_style() -> Style {
    let date_style = DateStyle { format: DateFormat::Iso, order: DateOrder::Ymd };
    Style { date_style, ..Style::default() }
}

/// `+01:00`: unlike ISO style's, always with minutes.
fn push_offset(east: i32, out: &mut String) {
    super::output::iso_offset(east, out);
    if east % 3_600 == 0 {
        out.push_str(":00");
    }
}

impl Moment {
    pub fn kind(&self) -> Kind {
        match self {
            Moment::Date(_) => Kind::Date,
            Moment::Time(_) => Kind::Time,
            Moment::TimeTz(..) => Kind::TimeTz,
            Moment::Timestamp(_) => Kind::Timestamp,
            Moment::TimestampTz(..) => Kind::TimestampTz,
        }
    }

    /// The SQL name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Moment::Date(_) => "date",
            Moment::Time(_) => "time without time zone",
            Moment::TimeTz(..) => "time with time zone",
            Moment::Timestamp(_) => "timestamp without time zone",
            Moment::TimestampTz(..) => "timestamp with time zone",
        }
    }

    pub fn to_text(self) -> String {
        let mut out = String::new();
        match self {
            Moment::Date(days) => format_date(days, &iso_style(), &mut out),
            Moment::Time(micros) => format_time(micros, &iso_style(), &mut out),
            Moment::TimeTz(micros, west) => {
                format_time(micros, &iso_style(), &mut out);
                push_offset(-west, &mut out);
            }
            Moment::Timestamp(micros) => push_iso_timestamp(micros, None, &mut out),
            Moment::TimestampTz(micros, east) => {
                let local = micros.saturating_add(i64::from(east) * MICROS_PER_SECOND);
                push_iso_timestamp(local, Some(east), &mut out);
            }
        }
        out
    }

    /// The same as another kind; `None` if there is no such conversion.
    ///
    /// Errors: 0A000 if the session's time zone may not be used; 22008 out of range.
    pub fn convert(self, kind: Kind, clock: Clock) -> Result<Option<Moment>> {
        let zone = &clock.style.time_zone;
        let own = self.kind();
        if own == kind {
            return Ok(Some(self));
        }
        let needs_zone = !matches!(
            (own, kind),
            (Kind::Date, Kind::Timestamp)
                | (Kind::Timestamp, Kind::Date | Kind::Time)
                | (Kind::TimestampTz, Kind::TimeTz)
        );
        let require = || if needs_zone { clock.require(own, kind) } else { Ok(()) };
        let zoned = |local: i64| -> Result<Moment> {
            let east = zone.offset_of_local(local);
            let micros = super::arithmetic::to_utc(local, zone)?;
            Ok(Moment::TimestampTz(micros, east))
        };
        let converted = match (self, kind) {
            (Moment::Date(days), Kind::Timestamp) => Moment::Timestamp(date_to_timestamp(days)?),
            (Moment::Date(days), Kind::TimestampTz) => {
                require()?;
                zoned(date_to_timestamp(days)?)?
            }
            (Moment::Time(micros), Kind::TimeTz) => {
                require()?;
                let now = zone.to_local(clock.style.now);
                let local = now - now.rem_euclid(MICROS_PER_DAY) + micros;
                Moment::TimeTz(micros, -zone.offset_of_local(local))
            }
            (Moment::TimeTz(micros, _), Kind::Time) => {
                require()?;
                Moment::Time(micros)
            }
            (Moment::Timestamp(micros), Kind::Date) => Moment::Date(timestamp_to_date(micros)),
            (Moment::Timestamp(micros), Kind::Time) => {
                Moment::Time(micros.rem_euclid(MICROS_PER_DAY))
            }
            (Moment::Timestamp(micros), Kind::TimestampTz) => {
                require()?;
                zoned(micros)?
            }
            (Moment::TimestampTz(micros, _), Kind::Date) => {
                require()?;
                Moment::Date(timestamp_to_date(to_local(micros, zone)?))
            }
            (Moment::TimestampTz(micros, _), Kind::Time) => {
                require()?;
                Moment::Time(to_local(micros, zone)?.rem_euclid(MICROS_PER_DAY))
            }
            (Moment::TimestampTz(micros, _), Kind::TimeTz) => Moment::TimeTz(
                to_local(micros, zone)?.rem_euclid(MICROS_PER_DAY),
                -zone.offset_at(micros),
            ),
            (Moment::TimestampTz(micros, _), Kind::Timestamp) => {
                require()?;
                Moment::Timestamp(to_local(micros, zone)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(converted))
    }

    /// Rounded to so many digits of a second.
    pub fn rounded(self, digits: i32) -> Result<Moment, PgError> {
        Ok(match self {
            Moment::Date(_) => self,
            Moment::Time(micros) => Moment::Time(adjust_time(micros, digits)),
            Moment::TimeTz(micros, west) => Moment::TimeTz(adjust_time(micros, digits), west),
            Moment::Timestamp(micros) => Moment::Timestamp(adjust_timestamp(micros, digits)?),
            Moment::TimestampTz(micros, east) => {
                Moment::TimestampTz(adjust_timestamp(micros, digits)?, east)
            }
        })
    }

    /// The order of two; `None` if their kinds cannot be compared.
    ///
    /// Errors: 0A000 if the session's time zone may not be used.
    pub fn compare(self, other: Moment, clock: Clock) -> Result<Option<Ordering>> {
        let is_time = |kind| matches!(kind, Kind::Time | Kind::TimeTz);
        let (a, b) = (self.kind(), other.kind());
        if is_time(a) != is_time(b) {
            return Ok(None);
        }
        // The richer kind is the one they are compared as.
        let common = match (a, b) {
            (Kind::TimestampTz, _) | (_, Kind::TimestampTz) => Kind::TimestampTz,
            (Kind::Timestamp, _) | (_, Kind::Timestamp) => Kind::Timestamp,
            (Kind::TimeTz, _) | (_, Kind::TimeTz) => Kind::TimeTz,
            (same, _) => same,
        };
        let (Some(a), Some(b)) = (self.convert(common, clock)?, other.convert(common, clock)?)
        else {
            return Ok(None);
        };
        let key = |moment: Moment| match moment {
            Moment::Date(days) => (i64::from(days), 0),
            Moment::Time(micros) | Moment::Timestamp(micros) | Moment::TimestampTz(micros, _) => {
                (micros, 0)
            }
            // Equal moments of the day are told apart by their zones.
            Moment::TimeTz(micros, west) => (micros + i64::from(west) * MICROS_PER_SECOND, west),
        };
        Ok(Some(key(a).cmp(&key(b))))
    }
}
