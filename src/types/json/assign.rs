//! Assignment to a part of a `jsonb` value: `SET doc['a'][0] = x`.
//!
//! What is missing on the way is made: an array where the next step is a number, else an object.

use super::{Value, value::key_order};
use crate::{
    base::{PgError, Result},
    err, pg_error,
};

/// The value with `new` where `path` leads. Errors: 22023 through a scalar; 22P02 for an array's
/// step that is no integer.
pub fn assign<'a>(mut value: Value<'a>, path: &[&'a str], new: Value<'a>) -> Result<Value<'a>> {
    put(&mut value, path, 0, new)?;
    Ok(value)
}

fn scalar_on_the_way() -> PgError {
    pg_error!(INVALID_PARAMETER_VALUE, "cannot replace existing key")
        .detail("The path assumes key is a composite object, but it is a scalar value.")
}

fn put<'a>(value: &mut Value<'a>, path: &[&'a str], level: usize, new: Value<'a>) -> Result<()> {
    let Some(step) = path.get(level) else {
        *value = new;
        return Ok(());
    };
    match value {
        Value::Object(members) => {
            match members.binary_search_by(|(name, _)| key_order(name, step)) {
                Ok(at) => put(&mut members[at].1, path, level + 1, new),
                Err(at) => {
                    members.insert(at, ((*step).into(), made(&path[level + 1..], new)?));
                    Ok(())
                }
            }
        }
        Value::Array(elements) => {
            let Ok(index) = step.trim_start().parse::<i32>() else {
                return err!(
                    INVALID_TEXT_REPRESENTATION,
                    "path element at position {} is not an integer: \"{step}\"",
                    level + 1
                );
            };
            let at =
                if index < 0 { elements.len() as i64 + i64::from(index) } else { index.into() };
            let Ok(at) = usize::try_from(at) else {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "path element at position {} is out of range: {index}",
                    level + 1
                );
            };
            if let Some(element) = elements.get_mut(at) {
                return put(element, path, level + 1, new);
            }
            let last = made(&path[level + 1..], new)?;
            fill(elements, at)?;
            elements.push(last);
            Ok(())
        }
        _ => Err(scalar_on_the_way()),
    }
}

/// Nulls up to an element that is about to be added.
fn fill(elements: &mut Vec<Value>, length: usize) -> Result<()> {
    // jsonb counts elements in 28 bits.
    if length >= 1 << 28 {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "number of jsonb array elements exceeds the maximum allowed (268435455)"
        );
    }
    elements.resize(length, Value::Null);
    Ok(())
}

/// The containers that the rest of a path needs around `new`.
fn made<'a>(path: &[&'a str], new: Value<'a>) -> Result<Value<'a>> {
    let mut value = new;
    for step in path.iter().rev() {
        value = match step.parse::<i32>() {
            Ok(index) => {
                let mut elements = Vec::new();
                fill(&mut elements, usize::try_from(index).unwrap_or(0))?;
                elements.push(value);
                Value::Array(elements)
            }
            Err(_) => Value::Object(vec![((*step).into(), value)]),
        };
    }
    Ok(value)
}
