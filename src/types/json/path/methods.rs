//! Item methods: `.type()`, `.size()`, `.double()` and the rest.

use std::borrow::Cow;

use super::{
    evaluate::{Item, Step, Stop},
    tree::Method,
};
use crate::{
    base::{PgError, SqlState, sqlstate},
    pg_error,
    types::{
        datetime::moment::Clock,
        json::Value,
        numeric::Numeric,
        oid,
        text_io::{float, integer},
        typmod,
    },
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

pub(super) fn refused<T>(code: SqlState, method: Method, wanted: &str) -> Step<T> {
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

/// What a method may look at besides its item.
pub struct Setting<'s, 'v> {
    pub root: &'s Value<'v>,
    pub lax: bool,
    pub forgiving: bool,
    pub clock: Clock<'s>,
}

/// Applies a method to an item. Errors, soft: 22036, 22039, 2203C; hard: 0A000.
pub fn apply<'v>(
    method: Method,
    args: &[String],
    item: &Item<'v>,
    setting: &Setting<'_, 'v>,
) -> Step<Vec<Item<'v>>> {
    let Setting { root, lax, forgiving, clock } = *setting;
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
            let number_of = numeric(value, method, "numeric")?;
            let part = |at: usize, name: &str| match args.get(at) {
                None => Ok(0),
                Some(text) => text.parse::<i32>().map_err(|_| {
                    Stop::Soft(pg_error!(
                        NON_NUMERIC_SQL_JSON_ITEM,
                        "{name} of jsonpath item method .{}() is out of range for type integer",
                        method.name()
                    ))
                }),
            };
            if args.is_empty() {
                return one(number(&number_of));
            }
            let (precision, scale) = (part(0, "precision")?, part(1, "scale")?);
            typmod::encode(oid::NUMERIC, &[precision, scale]).map_err(Stop::Hard)?;
            let fitted = number_of.apply_typmod(precision, scale);
            one(number(&fitted.map_err(|_| invalid(&text_of(value), method, "numeric"))?))
        }
        Method::BigInt | Method::Integer => {
            let (type_name, min, max) = match method {
                Method::BigInt => ("bigint", i64::MIN, i64::MAX),
                _ => ("integer", i32::MIN.into(), i32::MAX.into()),
            };
            let whole = match value {
                Value::String(text) => integer::parse(text, type_name, min, max).ok(),
                value => {
                    let whole = numeric(value, method, type_name)?.to_i64().ok();
                    whole.filter(|whole| (min..=max).contains(whole))
                }
            };
            let whole = whole.ok_or_else(|| invalid(&text_of(value), method, type_name))?;
            one(number(&Numeric::from_i64(whole)))
        }
        Method::Boolean => one(Cow::Owned(Value::Bool(boolean(value, method)?))),
        Method::String => match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Moment(_) => {
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
        | Method::TimestampTz => {
            let moment = super::datetime::moment(method, args, value, clock)?;
            one(Cow::Owned(Value::Moment(moment)))
        }
    }
}

fn size<'v>(length: usize) -> Item<'v> {
    Cow::Owned(Value::Number(Cow::Owned(length.to_string())))
}

/// The text of a scalar.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Moment(moment) => moment.to_text(),
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
    let float = float::parse_f64(text).map_err(|_| invalid(text, method, "double precision"))?;
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
