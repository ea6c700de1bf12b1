//! `x IS JSON`: a function that only the binder calls.

use std::sync::{Arc, LazyLock};

use crate::{
    base::{Oid, Result},
    query::functions::{Body, Context, Function, FunctionRef, Volatility},
    types::{
        Datum,
        json::{
            has_unique_keys,
            scan::{self, Kind},
            validate,
        },
        oid,
    },
};

static PREDICATE: LazyLock<FunctionRef> = LazyLock::new(|| {
    Arc::new(Function {
        oid: Oid(0),
        name: "is_json",
        args: &[oid::ANY],
        defaults: &[],
        variadic: false,
        result: oid::BOOL,
        columns: &[],
        strict: true,
        volatility: Volatility::Immutable,
        body: Body::Scalar(is_json),
    })
});

/// `(value, kind text, unique boolean)`, where the kind is `value`, `scalar`, `array` or `object`.
pub fn json_predicate() -> FunctionRef {
    PREDICATE.clone()
}

fn is_json(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = match &args[0] {
        Datum::Bytea(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return Ok(Datum::Bool(false)),
        },
        text => text.as_str(),
    };
    if validate(text).is_err() {
        return Ok(Datum::Bool(false));
    }
    let kind = scan::kind(text);
    let fits = match args[1].as_str() {
        "object" => kind == Kind::Object,
        "array" => kind == Kind::Array,
        "scalar" => kind.is_scalar(),
        _ => true,
    };
    let unique = args[2].as_bool() != Some(true) || has_unique_keys(text);
    Ok(Datum::Bool(fits && unique))
}
