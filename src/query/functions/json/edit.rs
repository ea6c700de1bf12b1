//! `||`, `-`, `#-`, `jsonb_set`, `jsonb_insert`, `strip_nulls`, `jsonb_pretty`.

use super::{jsonb, texts, tree};
use crate::{
    base::Result,
    err, pg_error,
    query::functions::Context,
    types::{
        Datum,
        json::{self, Existing, Value},
    },
};

pub fn concat(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(jsonb(&json::concat(tree(&args[0])?, tree(&args[1])?)))
}

pub fn delete_key(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(jsonb(&json::delete_keys(tree(&args[0])?, &[args[1].as_str()])?))
}

pub fn delete_keys(_: &Context, args: &[Datum]) -> Result<Datum> {
    let keys: Vec<&str> = texts(&args[1]).into_iter().flatten().collect();
    Ok(jsonb(&json::delete_keys(tree(&args[0])?, &keys)?))
}

pub fn delete_index(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(jsonb(&json::delete_index(tree(&args[0])?, args[1].as_i64() as i32)?))
}

pub fn delete_path(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(jsonb(&json::delete_path(tree(&args[0])?, &texts(&args[1]))?))
}

fn flag(args: &[Datum], index: usize, default: bool) -> bool {
    args.get(index).and_then(Datum::as_bool).unwrap_or(default)
}

pub fn set(_: &Context, args: &[Datum]) -> Result<Datum> {
    let new = tree(&args[2])?;
    Ok(jsonb(&json::set(tree(&args[0])?, &texts(&args[1]), &new, flag(args, 3, true))?))
}

/// `jsonb_set_lax(target, path, value, create, what to do for a NULL value)`.
pub fn set_lax(context: &Context, args: &[Datum]) -> Result<Datum> {
    if args[0].is_null() || args[1].is_null() || args[3].is_null() {
        return Ok(Datum::Null);
    }
    let treatments = "\"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"";
    let treatment = match &args[4] {
        Datum::Null => "",
        treatment => treatment.as_str(),
    };
    if !matches!(treatment, "delete_key" | "return_target" | "use_json_null" | "raise_exception") {
        return err!(INVALID_PARAMETER_VALUE, "null_value_treatment must be {treatments}");
    }
    if !args[2].is_null() {
        return set(context, &args[..4]);
    }
    match treatment {
        "raise_exception" => Err(pg_error!(NULL_VALUE_NOT_ALLOWED, "JSON value must not be null")
            .detail("Exception was raised because null_value_treatment is \"raise_exception\".")
            .hint(
                "To avoid, either change the null_value_treatment argument or ensure that an SQL \
             NULL is not passed.",
            )),
        "return_target" => Ok(args[0].clone()),
        "delete_key" => delete_path(context, &args[..2]),
        _ => {
            let create = flag(args, 3, true);
            Ok(jsonb(&json::set(tree(&args[0])?, &texts(&args[1]), &Value::Null, create)?))
        }
    }
}

pub fn insert(_: &Context, args: &[Datum]) -> Result<Datum> {
    let new = tree(&args[2])?;
    let beside = if flag(args, 3, false) { Existing::After } else { Existing::Before };
    Ok(jsonb(&json::insert(tree(&args[0])?, &texts(&args[1]), &new, beside)?))
}

pub fn jsonb_strip_nulls(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(jsonb(&json::strip_nulls(tree(&args[0])?, flag(args, 1, false))))
}

pub fn json_strip_nulls(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut out = String::new();
    json::strip_nulls_in_json(args[0].as_str(), flag(args, 1, false), &mut out);
    Ok(Datum::from(out))
}

pub fn pretty(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut out = String::new();
    json::pretty(&tree(&args[0])?, 0, &mut out);
    Ok(Datum::from(out))
}
