//! Cases of every function with what PostgreSQL 18 answered: `[function, arguments, answer]`, one a
//! line; an error is `ERR code message`.

use serde_json::Value;

use super::{
    Config, cover, edit,
    headline::{HeadlineOptions, ts_headline},
    matching,
    query::{QueryForm, to_tsquery},
    rank, rewrite,
};
use crate::{
    base::Result,
    types::{
        tsquery::{QueryNode, TsQuery},
        tsvector::{TsVector, Weight},
    },
};

const CASES: &str = include_str!("testdata/cases.jsonl");

#[test]
fn every_function_answers_as_postgres() {
    for line in CASES.lines() {
        let case: (String, Value, Option<String>) = serde_json::from_str(line).unwrap();
        assert_eq!(answer(&case.0, &case.1), case.2, "{} {}", case.0, case.1);
    }
}

/// The answer of `function`; `None` for NULL.
pub fn answer(function: &str, arguments: &Value) -> Option<String> {
    call(function, &Arguments(arguments))
        .unwrap_or_else(|error| Some(format!("ERR {} {}", error.code, error.message)))
}

struct Arguments<'a>(&'a Value);

impl<'a> Arguments<'a> {
    fn text(&self, index: usize) -> &'a str {
        self.0[index].as_str().unwrap()
    }

    fn words(&self, index: usize) -> Vec<&'a str> {
        self.0[index].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
    }

    fn int(&self, index: usize) -> i32 {
        self.0[index].as_i64().unwrap() as i32
    }

    fn config(&self, index: usize) -> Config {
        Config::by_name(self.text(index)).unwrap()
    }

    fn vector(&self, index: usize) -> Result<TsVector> {
        TsVector::parse(self.text(index))
    }

    fn query(&self, index: usize) -> Result<TsQuery> {
        TsQuery::parse(self.text(index))
    }

    fn weights(&self, index: usize) -> Result<rank::Weights> {
        let values = self.0[index].as_array().unwrap().iter();
        let values: Vec<_> = values.map(|value| value.as_f64().map(|value| value as f32)).collect();
        rank::weights(&values)
    }
}

fn call(function: &str, arguments: &Arguments) -> Result<Option<String>> {
    let a = arguments;
    let text = match function {
        "to_tsvector" => print(&super::document::to_tsvector(a.config(0), a.text(1))?.0),
        "to_tsquery" | "plainto_tsquery" | "phraseto_tsquery" | "websearch_to_tsquery" => {
            let form = match function {
                "to_tsquery" => QueryForm::Operators,
                "plainto_tsquery" => QueryForm::Plain,
                "phraseto_tsquery" => QueryForm::Phrase,
                _ => QueryForm::Web,
            };
            print_query(&to_tsquery(a.config(0), form, a.text(1))?.0)
        }
        "match" => matching::matches(&a.vector(0)?, &a.query(1)?).to_string(),
        "rank" => {
            real(rank::ts_rank(&rank::DEFAULT_WEIGHTS, &a.vector(0)?, &a.query(1)?, a.int(2)))
        }
        "rank_cd" => {
            real(cover::ts_rank_cd(&rank::DEFAULT_WEIGHTS, &a.vector(0)?, &a.query(1)?, a.int(2)))
        }
        "rankw" => real(rank::ts_rank(&a.weights(0)?, &a.vector(1)?, &a.query(2)?, a.int(3))),
        "rankw_cd" => {
            real(cover::ts_rank_cd(&a.weights(0)?, &a.vector(1)?, &a.query(2)?, a.int(3)))
        }
        "rank_text" => {
            let vector = super::document::to_tsvector(Config::ENGLISH, a.text(0))?.0;
            let query = to_tsquery(Config::ENGLISH, QueryForm::Operators, a.text(1))?.0;
            let weights = &rank::DEFAULT_WEIGHTS;
            format!(
                "{} {} {}",
                matching::matches(&vector, &query),
                real(rank::ts_rank(weights, &vector, &query, a.int(2))),
                real(cover::ts_rank_cd(weights, &vector, &query, a.int(2)))
            )
        }
        "headline" => {
            let query = to_tsquery(Config::ENGLISH, QueryForm::Operators, a.text(1))?.0;
            let options = HeadlineOptions::parse(a.text(2))?;
            ts_headline(Config::ENGLISH, a.text(0), &query, &options).0
        }
        "rewrite" => print_query(&rewrite::ts_rewrite(&a.query(0)?, &a.query(1)?, &a.query(2)?)?),
        "unnest" if a.vector(0)?.lexemes.is_empty() => return Ok(None),
        _ => edited(function, a)?,
    };
    Ok(Some(text))
}

fn edited(function: &str, a: &Arguments) -> Result<String> {
    Ok(match function {
        "tsq_and" => print_query(&edit::join(&a.query(0)?, &a.query(1)?, QueryNode::And)?),
        "tsq_or" => print_query(&edit::join(&a.query(0)?, &a.query(1)?, QueryNode::Or)?),
        "tsq_phrase" => print_query(&edit::phrase(&a.query(0)?, &a.query(1)?, 1)?),
        "tsq_phrase3" => {
            print_query(&edit::phrase(&a.query(0)?, &a.query(1)?, i64::from(a.int(2)))?)
        }
        "tsq_not" => print_query(&edit::not(&a.query(0)?)?),
        "tsq_contains" => edit::contains(&a.query(0)?, &a.query(1)?).to_string(),
        "tsq_cmp" => (a.query(0)?.compare(&a.query(1)?) as i32).to_string(),
        "querytree" => match edit::searchable(&a.query(0)?) {
            Some(query) => print_query(&query),
            None => "T".to_owned(),
        },
        "numnode" => a.query(0)?.count().to_string(),
        "concat" => print(&edit::concat(&a.vector(0)?, &a.vector(1)?)?),
        "v_cmp" => (a.vector(0)?.compare(&a.vector(1)?) as i32).to_string(),
        "strip" => print(&edit::strip(&a.vector(0)?)),
        "setweight" => {
            print(&edit::set_weight(&a.vector(0)?, edit::weight_of_letter(a.text(1))?, None))
        }
        "setweight3" => {
            let weight = edit::weight_of_letter(a.text(1))?;
            print(&edit::set_weight(&a.vector(0)?, weight, Some(&a.words(2))))
        }
        "delete" => print(&edit::delete(&a.vector(0)?, &a.words(1))),
        "filter" => {
            let letters = a.words(1);
            let bits = letters.iter().map(|letter| edit::weight_of_letter(letter).map(Weight::bit));
            let mask =
                bits.collect::<Result<Vec<_>>>()?.into_iter().fold(0, |mask, bit| mask | bit);
            print(&edit::filter(&a.vector(0)?, mask))
        }
        "v_length" => a.vector(0)?.lexemes.len().to_string(),
        "unnest" => unnested(&a.vector(0)?),
        "tsvector" => print(&a.vector(0)?),
        other => panic!("no such function: {other}"),
    })
}

fn print(vector: &TsVector) -> String {
    let mut out = String::new();
    vector.format(&mut out);
    out
}

fn print_query(query: &TsQuery) -> String {
    let mut out = String::new();
    query.format(&mut out);
    out
}

/// The rows of `unnest(tsvector)` as records.
fn unnested(vector: &TsVector) -> String {
    let rows = vector.lexemes.iter().map(|lexeme| {
        let list = |items: Vec<String>| match items.len() {
            0 => String::new(),
            1 => format!("{{{}}}", items[0]),
            _ => format!("\"{{{}}}\"", items.join(",")),
        };
        let positions = lexeme.positions.iter().map(|position| position.at.to_string()).collect();
        let weights = lexeme.positions.iter().map(|position| format!("{:?}", position.weight));
        format!("({},{},{})", lexeme.word, list(positions), list(weights.collect()))
    });
    rows.collect::<Vec<_>>().join(";")
}

/// `float4` as PostgreSQL prints it.
fn real(value: f32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if (-5..15).contains(&exponent) && exponent >= -4 {
        return format!("{value}");
    }
    format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}
