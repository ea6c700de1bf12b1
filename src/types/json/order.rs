//! jsonb's total order: Null < String < Number < Boolean < Array < Object; fewer elements first.

use std::cmp::Ordering;

use super::{Value, number};

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 1,
        Value::String(_) | Value::Moment(_) => 2,
        Value::Number(_) => 3,
        Value::Bool(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

/// Compares two canonical texts. An empty array by itself comes before every scalar, as in
/// PostgreSQL.
pub fn compare(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let parse = |text| Value::parse(text).expect("canonical text parses");
    let (a, b) = (parse(a), parse(b));
    let empty = |value: &Value| matches!(value, Value::Array(elements) if elements.is_empty());
    match (empty(&a), empty(&b)) {
        (true, true) => Ordering::Equal,
        (true, false) if rank(&b) < 5 => Ordering::Less,
        (false, true) if rank(&a) < 5 => Ordering::Greater,
        _ => compare_values(&a, &b),
    }
}

/// Compares two values as they lie inside of a document.
pub fn compare_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => number::compare(a, b),
        (Value::String(a), Value::String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Array(a), Value::Array(b)) => a.len().cmp(&b.len()).then_with(|| {
            let differing = a.iter().zip(b).map(|(a, b)| compare_values(a, b));
            differing.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }),
        (Value::Object(a), Value::Object(b)) => a.len().cmp(&b.len()).then_with(|| {
            a.iter()
                .zip(b)
                .map(|((a_key, a), (b_key, b))| {
                    a_key.as_bytes().cmp(b_key.as_bytes()).then_with(|| compare_values(a, b))
                })
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        }),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

/// Appends bytes that compare as [`compare`] does.
pub fn key(text: &str, out: &mut Vec<u8>) {
    if text == "[]" {
        return out.push(0);
    }
    push_key(&Value::parse(text).expect("canonical text parses"), out);
}

fn push_key(value: &Value, out: &mut Vec<u8>) {
    out.push(rank(value));
    match value {
        Value::Null => {}
        Value::Bool(value) => out.push(u8::from(*value)),
        Value::Number(text) => number::key(text, out),
        Value::String(text) => push_string(text, out),
        Value::Moment(moment) => push_string(&moment.to_text(), out),
        Value::Array(elements) => {
            out.extend((elements.len() as u32).to_be_bytes());
            elements.iter().for_each(|element| push_key(element, out));
        }
        Value::Object(members) => {
            out.extend((members.len() as u32).to_be_bytes());
            for (key, value) in members {
                push_string(key, out);
                push_key(value, out);
            }
        }
    }
}

/// Zero ends a string; jsonb strings hold none.
fn push_string(text: &str, out: &mut Vec<u8>) {
    out.extend(text.as_bytes());
    out.push(0);
}
