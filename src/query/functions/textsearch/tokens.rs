//! What the parser and the dictionaries see: `ts_parse`, `ts_debug`, `ts_lexize` and their kin.

use super::{configured, statistics, vector};
use crate::{
    base::{Oid, Result},
    err,
    fulltext::{
        Config,
        dictionary::Dictionary,
        parser::{Parser, TokenKind},
    },
    query::functions::{Body, Context, Family, SetFn, table::ty},
    types::{Datum, array::ArrayValue, oid},
};

/// `pg_ts_parser.oid` of `default`, the only parser.
const DEFAULT_PARSER: Oid = Oid(3722);

const REGDICTIONARY_ARRAY: Oid = Oid(3770);

const TOKEN: &[(&str, Oid)] = &[("tokid", ty::INT4), ("token", ty::TEXT)];
const TOKEN_TYPE: &[(&str, Oid)] =
    &[("tokid", ty::INT4), ("alias", ty::TEXT), ("description", ty::TEXT)];
const DEBUGGED: &[(&str, Oid)] = &[
    ("alias", ty::TEXT),
    ("description", ty::TEXT),
    ("token", ty::TEXT),
    ("dictionaries", REGDICTIONARY_ARRAY),
    ("dictionary", ty::REGDICTIONARY),
    ("lexemes", ty::TEXT_ARRAY),
];
const UNNESTED: &[(&str, Oid)] =
    &[("lexeme", ty::TEXT), ("positions", ty::INT2_ARRAY), ("weights", ty::TEXT_ARRAY)];

/// Registers the set-returning functions.
pub fn sets(family: &mut Family) {
    let mut set = |number: u32, name, args, columns, body: SetFn| {
        family.push(name, args, oid::RECORD, Body::Set(body)).oid(number).columns(columns);
    };
    set(3715, "ts_parse", &[ty::OID, ty::TEXT], TOKEN, ts_parse);
    set(3716, "ts_parse", &[ty::TEXT, ty::TEXT], TOKEN, ts_parse);
    set(3713, "ts_token_type", &[ty::OID], TOKEN_TYPE, ts_token_type);
    set(3714, "ts_token_type", &[ty::TEXT], TOKEN_TYPE, ts_token_type);
    set(6183, "ts_debug", &[ty::REGCONFIG, ty::TEXT], DEBUGGED, ts_debug);
    set(6184, "ts_debug", &[ty::TEXT], DEBUGGED, ts_debug);
    set(3689, "ts_stat", &[ty::TEXT], statistics::COLUMNS, statistics::ts_stat);
    set(3690, "ts_stat", &[ty::TEXT, ty::TEXT], statistics::COLUMNS, statistics::ts_stat);
    set(3322, "unnest", &[ty::TSVECTOR], UNNESTED, unnest);
}

/// Errors: 42704 for any parser but the default one.
fn check_parser(parser: &Datum) -> Result<()> {
    match parser {
        Datum::Oid(parser) if Oid(*parser) == DEFAULT_PARSER => Ok(()),
        Datum::Oid(parser) => {
            err!(UNDEFINED_OBJECT, "text search parser with OID {parser} does not exist")
        }
        name => match name.as_str() {
            "default" | "pg_catalog.default" => Ok(()),
            name => err!(UNDEFINED_OBJECT, "text search parser \"{name}\" does not exist"),
        },
    }
}

fn ts_parse(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    check_parser(&args[0])?;
    let tokens = Parser::new(args[1].as_str());
    Ok(tokens.map(|token| vec![Datum::Int4(token.kind as i32), Datum::text(token.text)]).collect())
}

fn ts_token_type(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    check_parser(&args[0])?;
    let rows = TokenKind::ALL.iter().map(|kind| {
        let (alias, description) = (kind.alias(), kind.description());
        vec![Datum::Int4(*kind as i32), Datum::text(alias), Datum::text(description)]
    });
    Ok(rows.collect())
}

fn ts_debug(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let (config, args) = configured(context, args)?;
    let rows = Parser::new(args[0].as_str()).map(|token| {
        let dictionary = config.dictionary(token.kind);
        let named = dictionary.map(|dictionary| Datum::Oid(dictionary.oid().0));
        vec![
            Datum::text(token.kind.alias()),
            Datum::text(token.kind.description()),
            Datum::text(token.text),
            Datum::Array(
                ArrayValue::of(oid::REGDICTIONARY, named.clone().into_iter().collect()).into(),
            ),
            named.unwrap_or_default(),
            dictionary.map(|dictionary| lexemes(dictionary, token.text)).unwrap_or_default(),
        ]
    });
    Ok(rows.collect())
}

/// One lexeme, or none for a stop word.
fn lexemes(dictionary: Dictionary, token: &str) -> Datum {
    let lexeme = dictionary.lexeme(token).map(Datum::from);
    Datum::Array(ArrayValue::of(oid::TEXT, lexeme.into_iter().collect()).into())
}

pub fn ts_lexize(_: &Context, args: &[Datum]) -> Result<Datum> {
    let Datum::Oid(number) = args[0] else { unreachable!("regdictionary is an oid") };
    match Dictionary::by_oid(Oid(number)) {
        Some(dictionary) => Ok(lexemes(dictionary, args[1].as_str())),
        None => err!(UNDEFINED_OBJECT, "text search dictionary with OID {number} does not exist"),
    }
}

pub fn get_current_ts_config(context: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Oid(Config::by_name(&context.env.text_search_config)?.oid().0))
}

/// `unnest(tsvector)`: a lexeme without positions has NULL for both arrays.
fn unnest(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let rows = vector(&args[0]).lexemes.iter().map(|lexeme| {
        let mut row = vec![Datum::text(&lexeme.word), Datum::Null, Datum::Null];
        if !lexeme.positions.is_empty() {
            let positions = lexeme.positions.iter();
            let at = positions.clone().map(|position| Datum::Int2(position.at as i16)).collect();
            let weights = positions.map(|position| Datum::text(position.weight.letter())).collect();
            row[1] = Datum::Array(ArrayValue::of(oid::INT2, at).into());
            row[2] = Datum::Array(ArrayValue::of(oid::TEXT, weights).into());
        }
        row
    });
    Ok(rows.collect())
}
