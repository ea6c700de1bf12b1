//! A time of day alone, or with a zone; a date is allowed where it tells the zone's offset.

use super::{
    abbreviations,
    calendar::{Civil, MICROS_PER_DAY},
    clock::{parse_offset, time_overflows},
    decode::{Decoder, Found, Label, Zone, offset_of_civil, seen},
    failure::Failure,
    fields::{Field, Kind},
    tokens::{Unit, Word, date_word},
};
use crate::types::text_io::Style;

/// Reads a time of day: microseconds since midnight and the zone's seconds *east* of UTC.
pub fn time_of_day(fields: &[Field], style: &Style) -> Result<(i64, i32), Failure> {
    let mut decoder = Decoder::new(style);
    let date_first = fields.len() >= 2
        && (fields[fields.len() - 1].kind == Kind::Date || fields[1].kind == Kind::Time);
    for (index, field) in fields.iter().enumerate() {
        let text = &field.text;
        // A time is complete without a date: what comes next is never one.
        let known = decoder.seen | seen::DATE;
        let found = match field.kind {
            Kind::Date if index == 0 && date_first => decoder.date(text)?,
            Kind::Date if text.starts_with(|c: char| c.is_ascii_digit()) => {
                if decoder.has(seen::TIME) {
                    return Err(Failure::BadFormat);
                }
                let dash = text.find('-').ok_or(Failure::BadFormat)?;
                decoder.zone = Some(Zone::Offset(parse_offset(&text[dash..])?));
                decoder.run_together(&text[..dash], known)? | seen::ZONE
            }
            Kind::Date => decoder.named_zone(text)?,
            Kind::Time => {
                decoder.expect_time_label()?;
                decoder.clock(text)?
            }
            Kind::Zone => decoder.zone_field(text)?,
            Kind::Number => match (decoder.label.take(), text.find('.')) {
                (Some(label), _) => decoder.labelled_number(label, text, known)?,
                (None, Some(_)) if index == 0 && fields[fields.len() - 1].kind == Kind::Date => {
                    decoder.date(text)?
                }
                (None, Some(point)) if point > 2 => decoder.run_together(text, known)?,
                (None, Some(_)) => return Err(Failure::BadFormat),
                (None, None) if text.len() > 4 => decoder.run_together(text, known)?,
                (None, None) => decoder.single_number(text, known)?,
            },
            Kind::Word | Kind::Special => match word(&mut decoder, field)? {
                Found::Fields(found) => found,
                _ => continue,
            },
        };
        decoder.add(found)?;
    }
    finish(decoder)
}

fn word(decoder: &mut Decoder, field: &Field) -> Result<Found, Failure> {
    if field.kind == Kind::Word && abbreviations::find(&field.text).is_some() {
        return Ok(Found::Fields(decoder.abbreviation(field)?.unwrap_or_default()));
    }
    match date_word(&field.text) {
        None if field.kind == Kind::Word => {
            decoder.named_zone(&field.text).map(Found::Fields).map_err(|_| Failure::BadFormat)
        }
        Some(Word::Now) => {
            let zone = &decoder.style.time_zone;
            decoder.civil.set_time(zone.to_local(decoder.style.now).rem_euclid(MICROS_PER_DAY));
            Ok(Found::Fields(seen::TIME))
        }
        Some(Word::AllBalls) => {
            decoder.civil.set_time(0);
            decoder.zone = Some(Zone::Offset(0));
            Ok(Found::Fields(seen::TIME | seen::ZONE))
        }
        // A time may begin with `T`, without a date.
        Some(Word::IsoTime) => {
            decoder.set_label(Label::Time)?;
            Ok(Found::Nothing)
        }
        Some(Word::Unit(unit)) => {
            decoder.set_label(if unit == Unit::Julian { Label::Julian } else { Label::Other })?;
            Ok(Found::Nothing)
        }
        Some(other @ (Word::Am | Word::Pm | Word::Ad | Word::Bc | Word::DaylightSaving)) => {
            decoder.common_word(other)
        }
        Some(Word::Ignored) => Ok(Found::Nothing),
        _ => Err(Failure::BadFormat),
    }
}

fn finish(mut decoder: Decoder) -> Result<(i64, i32), Failure> {
    if decoder.label.is_some() {
        return Err(Failure::BadFormat);
    }
    decoder.finish_date()?;
    decoder.finish_meridiem()?;
    if time_overflows(&decoder.civil) {
        return Err(Failure::FieldOverflow);
    }
    if !decoder.has(seen::TIME) {
        return Err(Failure::BadFormat);
    }
    let daylight = decoder.seen & seen::DAYLIGHT != 0;
    let dated = decoder.has(seen::DATE);
    let east = match &decoder.zone {
        Some(Zone::Offset(east)) => *east,
        _ if daylight => return Err(Failure::BadFormat),
        Some(Zone::Named(zone)) if dated => offset_of_civil(zone, &decoder.civil),
        Some(Zone::Named(zone)) => match zone.fixed_offset() {
            Some(east) => east,
            None => return Err(Failure::BadFormat),
        },
        None if dated => offset_of_civil(&decoder.style.time_zone, &decoder.civil),
        None if decoder.seen & seen::DATE != 0 => return Err(Failure::BadFormat),
        None => {
            let zone = &decoder.style.time_zone;
            let today = zone.to_local(decoder.style.now).div_euclid(MICROS_PER_DAY);
            let mut civil = Civil::of_date(today as i32);
            civil.set_time(decoder.civil.time());
            offset_of_civil(zone, &civil)
        }
    };
    Ok((decoder.civil.time(), east))
}
