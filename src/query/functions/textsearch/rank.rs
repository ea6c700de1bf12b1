//! `ts_rank` and `ts_rank_cd`.

use super::{query, vector};
use crate::{
    base::Result,
    err,
    fulltext::{
        cover,
        rank::{self, DEFAULT_WEIGHTS, Weights},
    },
    query::functions::{
        Context,
        args::{array, int4},
    },
    types::{Datum, tsquery::TsQuery, tsvector::TsVector},
};

type Rank = fn(&Weights, &TsVector, &TsQuery, i32) -> f32;

/// Arguments: weights or none, tsvector, tsquery, normalisation or none.
fn ranked(args: &[Datum], rank: Rank) -> Result<Datum> {
    let (weights, args) = match args {
        [weights @ Datum::Array(_), rest @ ..] => (weights_of(weights)?, rest),
        args => (DEFAULT_WEIGHTS, args),
    };
    let bits = args.get(2).map_or(0, int4);
    Ok(Datum::Float4(rank(&weights, vector(&args[0]), query(&args[1]), bits)))
}

fn weights_of(value: &Datum) -> Result<Weights> {
    let array = array(value);
    if array.dimensions.len() != 1 {
        return err!(ARRAY_SUBSCRIPT_ERROR, "array of weight must be one-dimensional");
    }
    let values: Vec<_> = array
        .elements
        .iter()
        .map(|element| (!element.is_null()).then(|| element.as_f64() as f32))
        .collect();
    rank::weights(&values)
}

pub fn ts_rank(_: &Context, args: &[Datum]) -> Result<Datum> {
    ranked(args, rank::ts_rank)
}

pub fn ts_rank_cd(_: &Context, args: &[Datum]) -> Result<Datum> {
    ranked(args, cover::ts_rank_cd)
}
