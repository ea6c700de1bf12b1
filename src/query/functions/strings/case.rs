//! Letter case, one character for one as the C library maps them.

use super::mapped;
use crate::{base::Result, query::functions::Context, types::Datum};

fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// A character whose capital is several (`ß`) stays.
fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

/// The text in lower case.
pub fn lower_text(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(lower_char).collect() }
}

pub fn lower(_: &Context, args: &[Datum]) -> Result<Datum> {
    mapped(args, lower_text)
}

pub fn upper(_: &Context, args: &[Datum]) -> Result<Datum> {
    mapped(args, |text| {
        if text.is_ascii() {
            text.to_ascii_uppercase()
        } else {
            text.chars().map(upper_char).collect()
        }
    })
}

pub fn casefold(context: &Context, args: &[Datum]) -> Result<Datum> {
    lower(context, args)
}

/// The first letter of each run of letters and digits in upper case, the others in lower case.
pub fn initcap(_: &Context, args: &[Datum]) -> Result<Datum> {
    mapped(args, |text| {
        let mut inside = false;
        text.chars()
            .map(|c| {
                let mapped = if inside { lower_char(c) } else { upper_char(c) };
                inside = c.is_alphanumeric();
                mapped
            })
            .collect()
    })
}
