//! What `JSON_OBJECT`, `JSON_ARRAY` and `JSON(... WITH UNIQUE KEYS)` are bound to; only the binder
//! calls these.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use super::build::{push_key, to_json_into};
use crate::{
    base::{Oid, Result},
    err,
    query::functions::{Body, Context, Function, FunctionRef, ScalarFn, Volatility},
    types::{Datum, json::has_unique_keys, oid},
};

static OBJECT: LazyLock<FunctionRef> = LazyLock::new(|| function("json_object", object));
static ARRAY: LazyLock<FunctionRef> = LazyLock::new(|| function("json_array", array));
static UNIQUE: LazyLock<FunctionRef> = LazyLock::new(|| function("json", unique));

/// `(absent on null boolean, unique boolean, key, value, ...)`
pub fn json_object_of() -> FunctionRef {
    OBJECT.clone()
}

/// `(absent on null boolean, value, ...)`
pub fn json_array_of() -> FunctionRef {
    ARRAY.clone()
}

/// `(json)`: the same, if no object has a key twice.
pub fn unique_json() -> FunctionRef {
    UNIQUE.clone()
}

fn function(name: &'static str, body: ScalarFn) -> FunctionRef {
    Arc::new(Function {
        oid: Oid(0),
        name,
        args: &[oid::ANY],
        defaults: &[],
        variadic: false,
        result: oid::JSON,
        columns: &[],
        strict: false,
        volatility: Volatility::Stable,
        body: Body::Scalar(body),
    })
}

fn object(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (absent, unique) = (args[0].as_bool() == Some(true), args[1].as_bool() == Some(true));
    let mut seen = HashSet::new();
    let mut out = String::from("{");
    for at in (2..args.len()).step_by(2) {
        let (key, value) = (&args[at], &args[at + 1]);
        if key.is_null() {
            return err!(NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key");
        }
        let mut name = String::new();
        push_key(key, context.arg_types[at], context.env, &mut name)?;
        // A key that is left out has been there all the same.
        if unique && !seen.insert(name.clone()) {
            return err!(
                DUPLICATE_JSON_OBJECT_KEY_VALUE,
                "duplicate JSON object key value: {name}"
            );
        }
        if absent && value.is_null() {
            continue;
        }
        if out.len() > 1 {
            out.push_str(", ");
        }
        out.push_str(&name);
        out.push_str(" : ");
        to_json_into(value, context.arg_types[at + 1], context.env, &mut out);
    }
    out.push('}');
    Ok(Datum::from(out))
}

fn array(context: &Context, args: &[Datum]) -> Result<Datum> {
    let absent = args[0].as_bool() == Some(true);
    let mut out = String::from("[");
    for (value, ty) in args[1..].iter().zip(&context.arg_types[1..]) {
        if absent && value.is_null() {
            continue;
        }
        if out.len() > 1 {
            out.push_str(", ");
        }
        to_json_into(value, *ty, context.env, &mut out);
    }
    out.push(']');
    Ok(Datum::from(out))
}

fn unique(_: &Context, args: &[Datum]) -> Result<Datum> {
    match &args[0] {
        Datum::Null => Ok(Datum::Null),
        json if has_unique_keys(json.as_str()) => Ok(json.clone()),
        _ => err!(DUPLICATE_JSON_OBJECT_KEY_VALUE, "duplicate JSON object key value"),
    }
}
