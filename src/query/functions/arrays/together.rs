//! `unnest` of several arrays side by side: a row has the n-th element of each.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use parking_lot::Mutex;

use crate::{
    base::{Oid, Result},
    query::functions::{Body, Context, Function, FunctionRef, Volatility},
    types::{Datum, oid},
};

/// One function for each list of array types in use; its columns are as static as those of the
/// table's functions.
static BY_TYPES: LazyLock<Mutex<HashMap<Vec<Oid>, FunctionRef>>> = LazyLock::new(Mutex::default);

/// The function that turns arrays of these types to rows; `None` if one of them is no array.
pub fn unnest_together(arrays: &[Oid]) -> Option<FunctionRef> {
    let columns: Option<Vec<_>> =
        arrays.iter().map(|array| Some(("unnest", oid::element_of(*array)?))).collect();
    let columns = columns?;
    let mut functions = BY_TYPES.lock();
    let function = functions.entry(arrays.to_vec()).or_insert_with(|| {
        Arc::new(Function {
            oid: Oid(0),
            name: "unnest",
            args: arrays.to_vec().leak(),
            defaults: &[],
            variadic: false,
            result: oid::RECORD,
            columns: columns.leak(),
            strict: false,
            volatility: Volatility::Immutable,
            body: Body::Set(rows),
        })
    });
    Some(function.clone())
}

/// As many rows as the longest array has elements; the shorter ones end in NULLs.
fn rows(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let elements = |array: &Datum| match array {
        Datum::Array(array) => array.elements.clone(),
        _ => vec![],
    };
    let arrays: Vec<Vec<Datum>> = args.iter().map(elements).collect();
    let longest = arrays.iter().map(Vec::len).max().unwrap_or(0);
    let row =
        |at: usize| arrays.iter().map(|array| array.get(at).cloned().unwrap_or_default()).collect();
    Ok((0..longest).map(row).collect())
}
