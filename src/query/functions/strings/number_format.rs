//! `to_char` of numbers and `to_number`: patterns such as `FM999G990D00`.

use num_bigint::BigInt;

use crate::{
    base::Result,
    query::functions::{Context, args::numeric},
    types::{Datum, numeric::Numeric},
};

mod pattern;
mod reader;
mod roman;
mod writer;

use pattern::Pattern;
use writer::{Digits, write};

/// Significant decimal digits that the floats are sure of.
const FLOAT4_DIGITS: usize = 6;
const FLOAT8_DIGITS: usize = 15;

/// Where a value cannot be shown, as many `#` as the pattern has places.
fn hashes(pattern: &Pattern) -> String {
    format!("{}.{}", "#".repeat(pattern.before), "#".repeat(pattern.after))
}

/// Writes a plain decimal number (`-12.50`) by the pattern.
fn decimal(pattern: &Pattern, number: &str) -> String {
    let (negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number),
    };
    let whole = number.find('.').unwrap_or(number.len());
    if whole > pattern.before {
        return write(pattern, Digits { number: &hashes(pattern), negative, blanks: 0 });
    }
    write(pattern, Digits { number, negative, blanks: pattern.before - whole })
}

/// `x` in scientific notation, as C's `%+.*e` but with a space for a plus.
fn scientific(pattern: &Pattern, mantissa: &str, exponent: i64, negative: bool) -> String {
    let sign = if negative { '-' } else { ' ' };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let exponent = exponent.unsigned_abs();
    write(
        pattern,
        Digits {
            number: &format!("{sign}{mantissa}e{exponent_sign}{exponent:02}"),
            negative,
            blanks: 0,
        },
    )
}

fn scientific_hashes(pattern: &Pattern) -> String {
    format!(" {}.{}", "#".repeat(pattern.before), "#".repeat(pattern.after + 4))
}

fn roman(pattern: &Pattern, value: Option<i64>) -> String {
    let number = value.and_then(roman::numeral).unwrap_or_else(|| "#".repeat(roman::WIDTH));
    write(pattern, Digits { number: &number, negative: false, blanks: 0 })
}

/// `value * 10^shift`
fn shifted(value: &Numeric, shift: usize) -> Result<Numeric> {
    value.mul(&Numeric::new(BigInt::from(10).pow(shift as u32), 0)?)
}

fn format_numeric(pattern: &mut Pattern, value: &Numeric) -> Result<String> {
    if pattern.roman {
        return Ok(roman(pattern, value.to_i64().ok()));
    }
    let Some((coefficient, scale)) = value.parts() else {
        if pattern.scientific {
            return Ok(scientific_hashes(pattern));
        }
        pattern.before += pattern.shift;
        return Ok(decimal(pattern, &value.to_string()));
    };
    if pattern.scientific {
        let float = format!("{coefficient}");
        let digits = float.trim_start_matches('-').len() as i64;
        let places = pattern.after as i64;
        let mut exponent = if value.is_zero() { 0 } else { digits - scale - 1 };
        let mut rounded = round_mantissa(value, exponent, places)?;
        if rounded.trim_start_matches('-').find('.').unwrap_or(rounded.len()) > 1
            && !rounded.starts_with("-0")
            && rounded.trim_start_matches('-').starts_with("10")
        {
            exponent += 1;
            rounded = round_mantissa(value, exponent, places)?;
        }
        let mantissa = rounded.trim_start_matches('-');
        return Ok(scientific(pattern, mantissa, exponent, value.signum() < 0));
    }
    let value = if pattern.shift > 0 { shifted(value, pattern.shift)? } else { value.clone() };
    pattern.before += pattern.shift;
    Ok(decimal(pattern, &value.round(pattern.after as i64)?.to_string()))
}

/// `value / 10^exponent` at `places` digits after the point.
fn round_mantissa(value: &Numeric, exponent: i64, places: i64) -> Result<String> {
    let Some((coefficient, scale)) = value.parts() else { return Ok(value.to_string()) };
    let scale = scale + exponent;
    let mantissa = if scale >= 0 {
        Numeric::new(coefficient.into_owned(), scale)?
    } else {
        Numeric::new(coefficient.into_owned() * BigInt::from(10).pow(-scale as u32), 0)?
    };
    Ok(mantissa.round(places)?.to_string())
}

fn format_float(pattern: &mut Pattern, value: f64, digits: usize) -> String {
    if pattern.roman {
        let rounded = value.round_ties_even();
        return roman(pattern, (rounded.abs() < 1e9).then_some(rounded as i64));
    }
    if pattern.scientific {
        if !value.is_finite() {
            return scientific_hashes(pattern);
        }
        let text = format!("{:.*e}", pattern.after, value.abs());
        let (mantissa, exponent) = text.split_once('e').expect("Rust prints an exponent");
        let exponent = exponent.parse().expect("the exponent is a number");
        return scientific(pattern, mantissa, exponent, value.is_sign_negative());
    }
    let value = value * 10_f64.powi(pattern.shift as i32);
    pattern.before += pattern.shift;
    let text = |places: usize| match value {
        value if value.is_nan() => "NaN".to_owned(),
        value if value.is_infinite() => format!("{value}").replace("inf", "Infinity"),
        value => format!("{value:.places$}"),
    };
    let whole = text(0).trim_start_matches('-').len();
    pattern.after = pattern.after.min(digits.saturating_sub(whole));
    decimal(pattern, &text(pattern.after))
}

pub fn numeric_to_char(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut pattern = Pattern::parse(args[1].as_str())?;
    Ok(format_numeric(&mut pattern, numeric(&args[0]))?.into())
}

pub fn int4_to_char(context: &Context, args: &[Datum]) -> Result<Datum> {
    int8_to_char(context, args)
}

pub fn int8_to_char(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut pattern = Pattern::parse(args[1].as_str())?;
    Ok(format_numeric(&mut pattern, &Numeric::from_i64(args[0].as_i64()))?.into())
}

pub fn float4_to_char(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut pattern = Pattern::parse(args[1].as_str())?;
    Ok(format_float(&mut pattern, args[0].as_f64(), FLOAT4_DIGITS).into())
}

pub fn float8_to_char(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut pattern = Pattern::parse(args[1].as_str())?;
    Ok(format_float(&mut pattern, args[0].as_f64(), FLOAT8_DIGITS).into())
}

pub fn numeric_to_number(_: &Context, args: &[Datum]) -> Result<Datum> {
    let pattern = Pattern::parse(args[1].as_str())?;
    Ok(reader::read(&pattern, args[0].as_str())?.map_or(Datum::Null, Datum::Numeric))
}
