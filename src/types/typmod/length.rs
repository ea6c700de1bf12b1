//! Length coercion: making a value obey its type modifier.

use std::sync::Arc;

use super::{characters, numeric_parts, too_long};
use crate::{
    base::Result,
    err,
    types::{Datum, PgType, array::ArrayValue, bits::BitString, datetime, oid, vector},
};

/// Fits `value`, which is of type `target.oid` already, to `target.typmod`.
///
/// An assignment refuses text that is too long, unless only blanks are lost; an explicit cast cuts
/// it. `char(n)` is padded, numbers and times are rounded. Errors: 22001, 22003, 22008; 22000
/// `expected 3 dimensions, not 2`.
pub fn coerce(value: Datum, target: PgType, explicit: bool) -> Result<Datum> {
    if target.typmod < 0 {
        return Ok(value);
    }
    let typmod = target.typmod;
    Ok(match (target.oid, value) {
        (_, Datum::Null) => Datum::Null,
        (oid::VARCHAR, Datum::Text(text)) => {
            let Some(length) = characters(typmod) else { return Ok(Datum::Text(text)) };
            match fit(&text, length, target, explicit)? {
                Some(cut) => Datum::text(cut),
                None => Datum::Text(text),
            }
        }
        (oid::BPCHAR, Datum::Text(text)) => {
            let Some(length) = characters(typmod) else { return Ok(Datum::Text(text)) };
            match fit(&text, length, target, explicit)? {
                Some(cut) => Datum::text(cut),
                None => pad(text, length),
            }
        }
        (oid::NUMERIC, Datum::Numeric(number)) => match numeric_parts(typmod) {
            Some((precision, scale)) => Datum::Numeric(number.apply_typmod(precision, scale)?),
            None => Datum::Numeric(number),
        },
        (oid::TIME, Datum::Time(time)) => Datum::Time(datetime::adjust_time(time, typmod)),
        (oid::TIMETZ, Datum::TimeTz(time, west)) => {
            Datum::TimeTz(datetime::adjust_time(time, typmod), west)
        }
        (oid::TIMESTAMP, Datum::Timestamp(at)) => {
            Datum::Timestamp(datetime::adjust_timestamp(at, typmod)?)
        }
        (oid::TIMESTAMPTZ, Datum::TimestampTz(at)) => {
            Datum::TimestampTz(datetime::adjust_timestamp(at, typmod)?)
        }
        (oid::INTERVAL, Datum::Interval(interval)) => {
            Datum::Interval(datetime::adjust_interval(interval, typmod)?)
        }
        (oid::VECTOR, Datum::Vector(elements)) => {
            vector::check_typmod(typmod, elements.len())?;
            Datum::Vector(elements)
        }
        (oid::HALFVEC, Datum::HalfVector(elements)) => {
            vector::check_typmod(typmod, elements.len())?;
            Datum::HalfVector(elements)
        }
        (oid::SPARSEVEC, Datum::SparseVector(value)) => {
            vector::check_typmod(typmod, value.dimensions as usize)?;
            Datum::SparseVector(value)
        }
        (oid::BIT | oid::VARBIT, Datum::Bits(bits)) => {
            Datum::Bits(fit_bits(bits, target, explicit)?)
        }
        (type_oid, Datum::Array(array)) => match oid::element_of(type_oid) {
            Some(element) => {
                let element = PgType::with_typmod(element, typmod);
                let elements = array
                    .elements
                    .iter()
                    .map(|value| coerce(value.clone(), element, explicit))
                    .collect::<Result<_>>()?;
                Datum::Array(Arc::new(ArrayValue {
                    element: array.element,
                    dimensions: array.dimensions.clone(),
                    elements,
                }))
            }
            None => Datum::Array(array),
        },
        (_, value) => value,
    })
}

/// `bit(n)` has exactly n bits, `bit varying(n)` at most; a cast cuts, and fills up the former.
fn fit_bits(bits: Arc<BitString>, target: PgType, explicit: bool) -> Result<Arc<BitString>> {
    let (found, wanted) = (bits.len(), target.typmod as usize);
    if found == wanted || (target.oid == oid::VARBIT && found < wanted) {
        return Ok(bits);
    }
    if explicit {
        return Ok(Arc::new(bits.resized(wanted)));
    }
    match target.oid {
        oid::BIT => err!(
            STRING_DATA_LENGTH_MISMATCH,
            "bit string length {found} does not match type bit({wanted})"
        ),
        _ => {
            err!(STRING_DATA_RIGHT_TRUNCATION, "bit string too long for type bit varying({wanted})")
        }
    }
}

/// The part of `text` that fits, or `None` if all of it does.
fn fit(text: &str, length: usize, target: PgType, explicit: bool) -> Result<Option<&str>> {
    // Never more characters than bytes: most values need no counting.
    if text.len() <= length {
        return Ok(None);
    }
    let Some((end, _)) = text.char_indices().nth(length) else { return Ok(None) };
    let (kept, rest) = text.split_at(end);
    if !explicit && !rest.bytes().all(|byte| byte == b' ') {
        return Err(too_long(target));
    }
    Ok(Some(kept))
}

fn pad(text: Arc<str>, length: usize) -> Datum {
    let missing = length.saturating_sub(text.chars().count());
    if missing == 0 {
        return Datum::Text(text);
    }
    let mut padded = String::with_capacity(text.len() + missing);
    padded.push_str(&text);
    padded.extend(std::iter::repeat_n(' ', missing));
    Datum::Text(padded.into())
}
