//! Functions over tsvectors.

use super::{comparisons, vector};
use crate::{
    base::Result,
    err,
    fulltext::edit,
    query::functions::{Context, args::array},
    types::{Datum, array::ArrayValue, oid},
};

/// The strings of a text array; NULLs match nothing and are left out.
fn words(value: &Datum) -> Vec<&str> {
    match value {
        Datum::Text(word) => vec![word],
        value => {
            let elements = array(value).elements.iter();
            elements.filter(|element| !element.is_null()).map(Datum::as_str).collect()
        }
    }
}

pub fn length(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(vector(&args[0]).lexemes.len() as i32))
}

pub fn strip(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(edit::strip(vector(&args[0])).into())
}

pub fn setweight(_: &Context, args: &[Datum]) -> Result<Datum> {
    let weight = edit::weight_of_letter(args[1].as_str())?;
    let words = args.get(2).map(words);
    Ok(edit::set_weight(vector(&args[0]), weight, words.as_deref()).into())
}

pub fn concat(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(edit::concat(vector(&args[0]), vector(&args[1]))?.into())
}

pub fn ts_delete(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(edit::delete(vector(&args[0]), &words(&args[1])).into())
}

pub fn ts_filter(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut mask = 0;
    for letter in &array(&args[1]).elements {
        if letter.is_null() {
            return err!(NULL_VALUE_NOT_ALLOWED, "weight array may not contain nulls");
        }
        mask |= edit::weight_of_letter(letter.as_str())?.bit();
    }
    Ok(edit::filter(vector(&args[0]), mask).into())
}

pub fn tsvector_to_array(_: &Context, args: &[Datum]) -> Result<Datum> {
    let words = vector(&args[0]).lexemes.iter().map(|lexeme| Datum::text(&lexeme.word));
    Ok(Datum::Array(ArrayValue::of(oid::TEXT, words.collect()).into()))
}

pub fn array_to_tsvector(_: &Context, args: &[Datum]) -> Result<Datum> {
    if array(&args[0]).elements.iter().any(Datum::is_null) {
        return err!(NULL_VALUE_NOT_ALLOWED, "lexeme array may not contain nulls");
    }
    Ok(edit::from_words(&words(&args[0]))?.into())
}

comparisons!(vector: vectors_equal vectors_differ vector_less vector_less_or_equal vector_greater
    vector_greater_or_equal vector_order);
