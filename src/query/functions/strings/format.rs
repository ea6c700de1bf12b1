//! `format`: `%s`, `%I`, `%L` with positions, widths and `-`.

use super::{
    output_text,
    quote::{quoted_identifier, quoted_literal},
};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::functions::Context,
    types::Datum,
};

/// One conversion, as written between `%` and its letter.
#[derive(Default)]
struct Specifier {
    position: Option<usize>,
    left_aligned: bool,
    width: Option<Width>,
}

enum Width {
    Columns(i32),
    /// The next argument, or the one at a position.
    Argument(Option<usize>),
}

fn unterminated() -> PgError {
    pg_error!(INVALID_PARAMETER_VALUE, "unterminated format() type specifier")
        .hint("For a single \"%\" use \"%%\".")
}

fn number(rest: &mut &str) -> Result<Option<i32>> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 {
        return Ok(None);
    }
    let (number, tail) = rest.split_at(digits);
    *rest = tail;
    if tail.is_empty() {
        return Err(unterminated());
    }
    match number.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => err!(NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range"),
    }
}

fn position(number: i32) -> Result<usize> {
    if number == 0 {
        return err!(
            INVALID_PARAMETER_VALUE,
            "format specifies argument 0, but arguments are numbered from 1"
        );
    }
    Ok(number as usize)
}

impl Specifier {
    /// Reads up to the letter. `rest` stands behind the `%`.
    fn parse(rest: &mut &str) -> Result<Self> {
        let mut specifier = Specifier::default();
        if let Some(first) = number(rest)? {
            match rest.strip_prefix('$') {
                Some(tail) => {
                    specifier.position = Some(position(first)?);
                    *rest = tail;
                }
                None => {
                    specifier.width = Some(Width::Columns(first));
                    return Ok(specifier);
                }
            }
        }
        while let Some(tail) = rest.strip_prefix('-') {
            specifier.left_aligned = true;
            *rest = tail;
        }
        if let Some(tail) = rest.strip_prefix('*') {
            *rest = tail;
            let at = match number(rest)? {
                Some(at) => {
                    let Some(tail) = rest.strip_prefix('$') else {
                        return err!(
                            INVALID_PARAMETER_VALUE,
                            "width argument position must be ended by \"$\""
                        );
                    };
                    *rest = tail;
                    Some(position(at)?)
                }
                None => None,
            };
            specifier.width = Some(Width::Argument(at));
        } else if let Some(columns) = number(rest)? {
            specifier.width = Some(Width::Columns(columns));
        }
        Ok(specifier)
    }
}

/// The arguments, and which one comes next.
struct Arguments<'a> {
    context: &'a Context<'a>,
    args: &'a [Datum],
    next: usize,
}

impl<'a> Arguments<'a> {
    /// The argument at a position or the next one, with its place among all arguments.
    fn take(&mut self, position: Option<usize>) -> Result<(usize, &'a Datum)> {
        let place = position.unwrap_or(self.next);
        self.next = place + 1;
        match self.args.get(place) {
            Some(value) => Ok((place, value)),
            None => err!(INVALID_PARAMETER_VALUE, "too few arguments for format()"),
        }
    }

    fn width(&mut self, width: Option<Width>) -> Result<i32> {
        let position = match width {
            None => return Ok(0),
            Some(Width::Columns(columns)) => return Ok(columns),
            Some(Width::Argument(position)) => position,
        };
        let (place, value) = self.take(position)?;
        Ok(match value {
            Datum::Null => 0,
            Datum::Int2(width) => i32::from(*width),
            Datum::Int4(width) => *width,
            value => {
                let text = output_text(self.context, value, self.context.arg_types[place].oid);
                text.trim().parse().map_err(|_| {
                    pg_error!(
                        INVALID_TEXT_REPRESENTATION,
                        "invalid input syntax for type integer: \"{text}\""
                    )
                })?
            }
        })
    }

    fn convert(&self, letter: char, place: usize, value: &Datum) -> Result<String> {
        let text = output_text(self.context, value, self.context.arg_types[place].oid);
        Ok(match letter {
            'I' if value.is_null() => {
                return err!(
                    NULL_VALUE_NOT_ALLOWED,
                    "null values cannot be formatted as an SQL identifier"
                );
            }
            'I' => quoted_identifier(&text).into_owned(),
            'L' if value.is_null() => "NULL".to_owned(),
            'L' => quoted_literal(&text),
            _ => text,
        })
    }
}

pub fn text_format(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() {
        return Ok(Datum::Null);
    }
    let mut arguments = Arguments { context, args, next: 1 };
    let mut out = String::new();
    let mut rest = args[0].as_str();
    while let Some((before, tail)) = rest.split_once('%') {
        out.push_str(before);
        rest = tail;
        if let Some(tail) = rest.strip_prefix('%') {
            out.push('%');
            rest = tail;
            continue;
        }
        let specifier = Specifier::parse(&mut rest)?;
        let letter = rest.chars().next().ok_or_else(unterminated)?;
        rest = &rest[letter.len_utf8()..];
        if !matches!(letter, 's' | 'I' | 'L') {
            return Err(pg_error!(
                INVALID_PARAMETER_VALUE,
                "unrecognized format() type specifier \"{letter}\""
            )
            .hint("For a single \"%\" use \"%%\"."));
        }
        let mut columns = arguments.width(specifier.width)?;
        let (place, value) = arguments.take(specifier.position)?;
        let text = arguments.convert(letter, place, value)?;
        let left_aligned = specifier.left_aligned || columns < 0;
        columns = columns.saturating_abs();
        let padding = " ".repeat((columns as usize).saturating_sub(text.chars().count()));
        let (left, right) = if left_aligned { (&text, &padding) } else { (&padding, &text) };
        out.push_str(left);
        out.push_str(right);
    }
    out.push_str(rest);
    Ok(out.into())
}

pub fn text_format_nv(context: &Context, args: &[Datum]) -> Result<Datum> {
    text_format(context, args)
}
