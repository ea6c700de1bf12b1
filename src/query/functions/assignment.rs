//! Assignment to a part of a column, as functions from the old value to the new one.
//!
//! They are not in the catalogue: only the binder calls them.

use std::sync::{Arc, LazyLock};

use super::{Body, Context, Function, FunctionRef, Volatility, args};
use crate::{
    base::{Oid, PgError, Result},
    err, pg_error,
    types::{
        Datum,
        array::ArrayValue,
        json::{self, Value},
        oid,
    },
};

static ELEMENT: LazyLock<FunctionRef> = LazyLock::new(|| function("array_assign_element", element));
static SLICE: LazyLock<FunctionRef> = LazyLock::new(|| function("array_assign_slice", slice));
static JSONB: LazyLock<FunctionRef> = LazyLock::new(|| function("jsonb_assign", jsonb));

/// `(array, value, indexes integer[])`
pub fn array_element() -> FunctionRef {
    ELEMENT.clone()
}

/// `(array, source, lower integer[], upper integer[], given integer)`: two bits of `given` for each
/// dimension tell whether its lower and its upper bound were written.
pub fn array_slice() -> FunctionRef {
    SLICE.clone()
}

/// `(document, value jsonb, path text[], of_array boolean)`: the last tells what NULL becomes.
pub fn jsonb_part() -> FunctionRef {
    JSONB.clone()
}

fn function(name: &'static str, body: super::ScalarFn) -> FunctionRef {
    Arc::new(Function {
        oid: Oid(0),
        name,
        args: &[oid::ANY],
        defaults: &[],
        variadic: false,
        result: oid::ANY,
        columns: &[],
        strict: false,
        volatility: Volatility::Immutable,
        body: Body::Scalar(body),
    })
}

fn null_subscript(kind: &str) -> PgError {
    pg_error!(NULL_VALUE_NOT_ALLOWED, "{kind} subscript in assignment must not be null")
}

/// The array that is changed; one without elements in place of NULL.
fn container(context: &Context, value: &Datum) -> ArrayValue {
    match value {
        Datum::Array(array) => ArrayValue::clone(array),
        _ => {
            let element = oid::element_of(context.result.oid).unwrap_or(oid::TEXT);
            ArrayValue::of(element, vec![])
        }
    }
}

fn subscripts(value: &Datum) -> Result<Vec<i32>> {
    let all = args::array(value).elements.iter();
    all.map(|subscript| match subscript {
        Datum::Int4(subscript) => Ok(*subscript),
        _ => Err(null_subscript("array")),
    })
    .collect()
}

fn element(context: &Context, args: &[Datum]) -> Result<Datum> {
    let indexes = subscripts(&args[2])?;
    let changed = container(context, &args[0]).with_element(&indexes, args[1].clone())?;
    Ok(Datum::Array(changed.into()))
}

fn slice(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (lower, upper) = (args::array(&args[2]), args::array(&args[3]));
    let given = args::int4(&args[4]);
    let bound = |at: usize, bit: i32, value: &Datum| match value {
        _ if given >> (2 * at) & bit == 0 => Ok(None),
        Datum::Int4(value) => Ok(Some(*value)),
        _ => Err(null_subscript("array")),
    };
    let bounds = lower.elements.iter().zip(&upper.elements).enumerate();
    let bounds = bounds
        .map(|(at, (lower, upper))| Ok((bound(at, 1, lower)?, bound(at, 2, upper)?)))
        .collect::<Result<Vec<_>>>()?;
    let Datum::Array(source) = &args[1] else { return Ok(args[0].clone()) };
    Ok(Datum::Array(container(context, &args[0]).with_slice(&bounds, source)?.into()))
}

fn jsonb(_: &Context, args: &[Datum]) -> Result<Datum> {
    let path = args::array(&args[2]);
    let path = path
        .elements
        .iter()
        .map(|step| if step.is_null() { Err(null_subscript("jsonb")) } else { Ok(step.as_str()) })
        .collect::<Result<Vec<_>>>()?;
    let document = match (&args[0], &args[3]) {
        (Datum::Null, Datum::Bool(true)) => Value::Array(vec![]),
        (Datum::Null, _) => Value::Object(vec![]),
        (document, _) => Value::parse(document.as_str())?,
    };
    let new = match &args[1] {
        Datum::Null => Value::Null,
        new => Value::parse(new.as_str())?,
    };
    if path.is_empty() {
        return err!(INTERNAL_ERROR, "assignment without a subscript");
    }
    Ok(Datum::Jsonb(json::assign(document, &path, new)?.to_text().into()))
}
