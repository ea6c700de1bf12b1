//! Item methods: `.type()`, `.size()`, `.double()` and the rest.

use std::borrow::Cow;

use super::{
    evaluate::{Item, Step, Stop},
    tree::Method,
};
use crate::{
    base::{PgError, SqlState, sqlstate},
    pg_error,
    types::{json::Value, numeric::Numeric},
};

/// Whether lax mode takes an array apart before this method.
pub fn unwraps(method: Method) -> bool {
    !matches!(method, Method::Type | Method::Size)
}

pub fn number<'v>(value: &Numeric) -> Item<'v> {
    let mut text = String::new();
    value.format(&mut text);
    Cow::Owned(Value::Number(Cow::Owned(text)))
}

fn refused<T>(code: SqlState, method: Method, wanted: &str) -> Step<T> {
    Err(Stop::Soft(PgError::new(
        code,
        format!("jsonpath item method .{}() can only be applied to {wanted}", method.name()),
    )))
}

fn invalid(text: &str, method: Method, type_name: &str) -> Stop {
    Stop::Soft(pg_error!(
        NON_NUMERIC_SQL_JSON_ITEM,
        "argument \"{text}\" of jsonpath item method .{}() is invalid for type {type_name}",
        method.name()
    ))
}

/// Applies a method to an item. Errors, soft: 22036, 22039, 2203C; hard: 0A000.
pub fn apply<'v>(
    method: Method,
    args: &[String],
    item: &Item<'v>,
    root: &Value<'v>,
    lax: bool,
    forgiving: bool,
) -> Step<Vec<Item<'v>>> {
    let value = &**item;
    let one = |item: Item<'v>| Ok(vec![item]);
    match method {
        Method::Type => one(Cow::Owned(Value::string(value.type_name()))),
        Method::Size => match value {
            Value::Array(elements) => one(size(elements.len())),
            _ if lax => one(size(1)),
            _ if forgiving => Ok(Vec::new()),
            _ => refused(sqlstate::SQL_JSON_ARRAY_NOT_FOUND, method, "an array"),
        },
        Method::Abs | Method::Floor | Method::Ceiling => {
            let Value::Number(text) = value else {
                return refused(sqlstate::NON_NUMERIC_SQL_JSON_ITEM, method, "a numeric value");
            };
            let value = Numeric::parse(text)?;
            one(number(&match method {
                Method::Abs => value.abs(),
                Method::Floor => value.floor()?,
                _ => value.ceil()?,
            }))
        }
        Method::Double => one(double(value, method)?),
        Method::Number => one(number(&numeric(value, method, "numeric")?)),
        Method::Decimal => {
            let value = numeric(value, method, "numeric")?;
            let parts: Vec<i32> = args.iter().filter_map(|arg| arg.parse().ok()).collect();
            one(number(&match parts[..] {
                [] => value,
                [precision] => value.apply_typmod(precision, 0)?,
                [precision, scale, ..] => value.apply_typmod(precision, scale)?,
            }))
        }
        Method::BigInt | Method::Integer => {
            let type_name = if method == Method::BigInt { "bigint" } else { "integer" };
            let wanted = numeric(value, method, type_name)?;
            let whole = if method == Method::BigInt {
                wanted.to_i64()
            } else {
                wanted.to_i32().map(i64::from)
            };
            let whole = whole.map_err(|_| invalid(&text_of(value), method, type_name))?;
            one(number(&Numeric::from_i64(whole)))
        }
        Method::Boolean => one(Cow::Owned(Value::Bool(boolean(value, method)?))),
        Method::String => match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => {
                one(Cow::Owned(Value::String(Cow::Owned(text_of(value)))))
            }
            _ => refused(
                sqlstate::NON_NUMERIC_SQL_JSON_ITEM,
                method,
                "a boolean, string, numeric, or datetime value",
            ),
        },
        Method::KeyValue => key_values(item, root, method),
        Method::DateTime
        | Method::Date
        | Method::Time
        | Method::TimeTz
        | Method::Timestamp
        | Method::TimestampTz => Err(Stop::Hard(PgError::unsupported(format_args!(
            "jsonpath item method .{}()",
            method.name()
        )))),
    }
}

fn size<'v>(length: usize) -> Item<'v> {
    Cow::Owned(Value::Number(Cow::Owned(length.to_string())))
}

/// The text of a scalar.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => other.to_text(),
    }
}

fn double<'v>(value: &Value<'v>, method: Method) -> Step<Item<'v>> {
    let text = match value {
        Value::Number(text) | Value::String(text) => text,
        _ => {
            return refused(
                sqlstate::NON_NUMERIC_SQL_JSON_ITEM,
                method,
                "a string or numeric value",
            );
        }
    };
    let float: f64 = text.trim().parse().map_err(|_| invalid(text, method, "double precision"))?;
    if !float.is_finite() {
        return Err(Stop::Soft(pg_error!(
            NON_NUMERIC_SQL_JSON_ITEM,
            "NaN or Infinity is not allowed for jsonpath item method .{}()",
            method.name()
        )));
    }
    match value {
        Value::Number(_) => Ok(Cow::Owned(value.clone())),
        _ => Ok(number(&Numeric::from_f64(float))),
    }
}

fn numeric(value: &Value, method: Method, type_name: &str) -> Step<Numeric> {
    match value {
        Value::Number(text) => Ok(Numeric::parse(text)?),
        Value::String(text) => {
            let parsed = Numeric::parse(text).map_err(|_| invalid(text, method, type_name))?;
            if !parsed.is_finite() {
                return Err(Stop::Soft(pg_error!(
                    NON_NUMERIC_SQL_JSON_ITEM,
                    "NaN or Infinity is not allowed for jsonpath item method .{}()",
                    method.name()
                )));
            }
            if type_name != "numeric" && !parsed.is_integer() {
                return Err(invalid(text, method, type_name));
            }
            Ok(parsed)
        }
        _ => refused(sqlstate::NON_NUMERIC_SQL_JSON_ITEM, method, "a string or numeric value"),
    }
}

fn boolean(value: &Value, method: Method) -> Step<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::Number(text) => {
            let number = Numeric::parse(text)?;
            let whole = number.is_integer().then(|| number.to_i32().ok()).flatten();
            whole.map(|whole| whole != 0).ok_or_else(|| invalid(text, method, "boolean"))
        }
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Ok(true),
            "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => Ok(false),
            _ => Err(invalid(text, method, "boolean")),
        },
        _ => refused(
            sqlstate::NON_NUMERIC_SQL_JSON_ITEM,
            method,
            "a boolean, string, or numeric value",
        ),
    }
}

/// A row `{"id", "key", "value"}` for each member. The id tells the objects of a document apart;
/// it is 0 for the document itself.
fn key_values<'v>(item: &Item<'v>, root: &Value<'v>, method: Method) -> Step<Vec<Item<'v>>> {
    let Value::Object(members) = &**item else {
        return refused(sqlstate::SQL_JSON_OBJECT_NOT_FOUND, method, "an object");
    };
    let mut next = 0;
    let id = place(root, item, &mut next).unwrap_or_default().to_string();
    Ok(members
        .iter()
        .map(|(key, value)| {
            Cow::Owned(Value::object(vec![
                (Cow::Borrowed("id"), Value::Number(Cow::Owned(id.clone()))),
                (Cow::Borrowed("key"), Value::String(key.clone())),
                (Cow::Borrowed("value"), value.clone()),
            ]))
        })
        .collect())
}

/// The position of an object among all containers of a document, depth first.
fn place(within: &Value, wanted: &Value, next: &mut u64) -> Option<u64> {
    if std::ptr::eq(within as *const Value as *const u8, wanted as *const Value as *const u8) {
        return Some(*next);
    }
    *next += 1;
    match within {
        Value::Array(elements) => elements.iter().find_map(|element| place(element, wanted, next)),
        Value::Object(members) => members.iter().find_map(|(_, value)| place(value, wanted, next)),
        _ => None,
    }
}
