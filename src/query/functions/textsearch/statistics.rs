//! `ts_stat`: how often the words of many tsvectors occur.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use super::vector;
use crate::{
    base::{Oid, PgError, Result},
    query::functions::{Body, Context, Function, FunctionRef, Volatility, args::array},
    types::{Datum, oid},
};

pub const COLUMNS: &[(&str, Oid)] =
    &[("word", oid::TEXT), ("ndoc", oid::INT4), ("nentry", oid::INT4)];

/// `(vectors, weights)`: what the binder makes of a query's text.
pub fn word_statistics() -> FunctionRef {
    static STATISTICS: LazyLock<FunctionRef> = LazyLock::new(|| {
        Arc::new(Function {
            oid: Oid(0),
            name: "ts_stat",
            args: &[oid::ANYARRAY, oid::TEXT],
            defaults: &[],
            variadic: false,
            result: oid::RECORD,
            columns: COLUMNS,
            strict: true,
            volatility: Volatility::Stable,
            body: Body::Set(statistics),
        })
    });
    STATISTICS.clone()
}

/// A text that is no literal would have to be run from within a function.
pub fn ts_stat(_: &Context, _: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    Err(PgError::unsupported("ts_stat with a query text that is not a literal"))
}

fn statistics(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let weights = args[1].as_str().to_ascii_uppercase();
    let mut words: BTreeMap<String, (i32, i32)> = BTreeMap::new();
    for document in array(&args[0]).elements.iter().filter(|document| !document.is_null()) {
        for lexeme in &vector(document).lexemes {
            let entries = if weights.is_empty() {
                lexeme.positions.len().max(1)
            } else {
                let wanted = lexeme.positions.iter();
                wanted.filter(|position| weights.contains(position.weight.letter())).count()
            };
            if entries > 0 {
                let word = words.entry(lexeme.word.to_string()).or_default();
                word.0 += 1;
                word.1 += entries as i32;
            }
        }
    }
    let rows = words.into_iter().map(|(word, (documents, entries))| {
        vec![Datum::from(word), Datum::Int4(documents), Datum::Int4(entries)]
    });
    Ok(rows.collect())
}
