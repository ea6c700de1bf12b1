//! Changes to `jsonb` values: concatenation, deletion, `jsonb_set`, `jsonb_insert`; pretty printing.

use std::borrow::Cow;

use super::{
    Value,
    scan::{self, Kind},
    text::{escape_into, unescape},
    value::key_order,
};
use crate::{base::Result, err};

/// `a || b`: objects are merged, anything else is joined as arrays.
pub fn concat<'a>(a: Value<'a>, b: Value<'a>) -> Value<'a> {
    match (a, b) {
        (Value::Object(mut a), Value::Object(b)) => {
            a.extend(b);
            Value::object(a)
        }
        (a, b) => {
            let elements = |value| match value {
                Value::Array(elements) => elements,
                value => vec![value],
            };
            let mut joined = elements(a);
            joined.extend(elements(b));
            Value::Array(joined)
        }
    }
}

/// `value - keys`: without these keys, or these strings in an array.
/// Errors: 22023 for a scalar.
pub fn delete_keys<'a>(mut value: Value<'a>, keys: &[&str]) -> Result<Value<'a>> {
    match &mut value {
        Value::Object(members) => {
            members.retain(|(name, _)| !keys.contains(&name.as_ref()));
        }
        Value::Array(elements) => elements.retain(
            |element| !matches!(element, Value::String(text) if keys.contains(&text.as_ref())),
        ),
        _ => return err!(INVALID_PARAMETER_VALUE, "cannot delete from scalar"),
    }
    Ok(value)
}

/// `value - index`: without this element; a negative index counts from the end.
/// Errors: 22023 for a scalar or an object.
pub fn delete_index(mut value: Value<'_>, index: i32) -> Result<Value<'_>> {
    match &mut value {
        Value::Array(elements) => {
            if let Some(place) = place_of(index, elements.len()) {
                elements.remove(place);
            }
            Ok(value)
        }
        Value::Object(_) => {
            err!(INVALID_PARAMETER_VALUE, "cannot delete from object using integer index")
        }
        _ => err!(INVALID_PARAMETER_VALUE, "cannot delete from scalar"),
    }
}

/// The place of an index that may count from the end.
fn place_of(index: i32, length: usize) -> Option<usize> {
    let place = if index < 0 { length as i64 + i64::from(index) } else { i64::from(index) };
    usize::try_from(place).ok().filter(|place| *place < length)
}

/// What is done where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Delete,
    Replace { create: bool },
    InsertBefore,
    InsertAfter,
}

/// Where `jsonb_insert` puts a value beside an existing element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Before,
    After,
}

/// Whether a container has nothing in it: no path leads anywhere then, not even a wrong one.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// `value #- path`. Errors: 22023, 22004, 22P02.
pub fn delete_path<'a>(mut value: Value<'a>, path: &[Option<&'a str>]) -> Result<Value<'a>> {
    if value.is_scalar() {
        return err!(INVALID_PARAMETER_VALUE, "cannot delete path in scalar");
    }
    if is_empty(&value) {
        return Ok(value);
    }
    walk(&mut value, path, 0, &Value::Null, Act::Delete)?;
    Ok(value)
}

/// `jsonb_set`. Errors: 22023, 22004, 22P02.
pub fn set<'a>(
    mut value: Value<'a>,
    path: &[Option<&'a str>],
    new: &Value<'a>,
    create: bool,
) -> Result<Value<'a>> {
    if value.is_scalar() {
        return err!(INVALID_PARAMETER_VALUE, "cannot set path in scalar");
    }
    if is_empty(&value) && !create {
        return Ok(value);
    }
    walk(&mut value, path, 0, new, Act::Replace { create })?;
    Ok(value)
}

/// `jsonb_insert`. Errors: 22023, 22004, 22P02.
pub fn insert<'a>(
    mut value: Value<'a>,
    path: &[Option<&'a str>],
    new: &Value<'a>,
    beside: Existing,
) -> Result<Value<'a>> {
    if value.is_scalar() {
        return err!(INVALID_PARAMETER_VALUE, "cannot set path in scalar");
    }
    let act = if beside == Existing::Before { Act::InsertBefore } else { Act::InsertAfter };
    walk(&mut value, path, 0, new, act)?;
    Ok(value)
}

fn walk<'a>(
    value: &mut Value<'a>,
    path: &[Option<&'a str>],
    level: usize,
    new: &Value<'a>,
    act: Act,
) -> Result<()> {
    let Some(step) = path.get(level) else { return Ok(()) };
    if value.is_scalar() {
        return Ok(());
    }
    let Some(step) = step else {
        return err!(NULL_VALUE_NOT_ALLOWED, "path element at position {} is null", level + 1);
    };
    let last = level + 1 == path.len();
    match value {
        Value::Object(members) => {
            let found = members.binary_search_by(|(name, _)| key_order(name, step));
            match (found, act) {
                (Ok(index), _) if !last => walk(&mut members[index].1, path, level + 1, new, act),
                (Ok(index), Act::Delete) => {
                    members.remove(index);
                    Ok(())
                }
                (Ok(index), Act::Replace { .. }) => {
                    members[index].1 = new.clone();
                    Ok(())
                }
                (Ok(_), Act::InsertBefore | Act::InsertAfter) => {
                    Err(crate::pg_error!(INVALID_PARAMETER_VALUE, "cannot replace existing key")
                        .hint("Try using the function jsonb_set to replace key value."))
                }
                (Err(_), Act::Delete | Act::Replace { create: false }) => Ok(()),
                (Err(_), _) if !last => Ok(()),
                (Err(index), _) => {
                    members.insert(index, (Cow::Borrowed(*step), new.clone()));
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
            match place_of(index, elements.len()) {
                Some(place) if !last => walk(&mut elements[place], path, level + 1, new, act),
                Some(place) => {
                    match act {
                        Act::Delete => drop(elements.remove(place)),
                        Act::Replace { .. } => elements[place] = new.clone(),
                        Act::InsertBefore => elements.insert(place, new.clone()),
                        Act::InsertAfter => elements.insert(place + 1, new.clone()),
                    }
                    Ok(())
                }
                None if !last || matches!(act, Act::Delete | Act::Replace { create: false }) => {
                    Ok(())
                }
                // Beyond an end the value goes to that end.
                None if index < 0 => {
                    elements.insert(0, new.clone());
                    Ok(())
                }
                None => {
                    elements.push(new.clone());
                    Ok(())
                }
            }
        }
        _ => Ok(()),
    }
}

/// Without object members that are null, and optionally without null elements.
pub fn strip_nulls(value: Value<'_>, in_arrays: bool) -> Value<'_> {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| *value != Value::Null)
                .map(|(key, value)| (key, strip_nulls(value, in_arrays)))
                .collect(),
        ),
        Value::Array(elements) => Value::Array(
            elements
                .into_iter()
                .filter(|value| !in_arrays || *value != Value::Null)
                .map(|value| strip_nulls(value, in_arrays))
                .collect(),
        ),
        scalar => scalar,
    }
}

/// The same for `json`: order and duplicates stay, spaces go.
pub fn strip_nulls_in_json(text: &str, in_arrays: bool, out: &mut String) {
    match scan::kind(text) {
        Kind::Object => {
            out.push('{');
            let mut first = true;
            for (key, value) in scan::members(text) {
                if scan::kind(value) == Kind::Null {
                    continue;
                }
                if !first {
                    out.push(',');
                }
                first = false;
                escape_into(&unescape(key), out);
                out.push(':');
                strip_nulls_in_json(value, in_arrays, out);
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            let mut first = true;
            for element in scan::elements(text) {
                if in_arrays && scan::kind(element) == Kind::Null {
                    continue;
                }
                if !first {
                    out.push(',');
                }
                first = false;
                strip_nulls_in_json(element, in_arrays, out);
            }
            out.push(']');
        }
        Kind::String => escape_into(&unescape(text.trim()), out),
        _ => out.push_str(text.trim()),
    }
}

/// `jsonb_pretty`: a line for each element, four spaces for each level.
pub fn pretty(value: &Value, level: usize, out: &mut String) {
    let indent = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    match value {
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                indent(level + 1, out);
                pretty(element, level + 1, out);
            }
            indent(level, out);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                indent(level + 1, out);
                escape_into(key, out);
                out.push_str(": ");
                pretty(value, level + 1, out);
            }
            indent(level, out);
            out.push('}');
        }
        scalar => scalar.write(out),
    }
}
