//! The catalogue against PostgreSQL: each case in `tests/cases.txt` is a call and what
//! PostgreSQL 18 with pgvector 0.8.5 answered.
//!
//! ```text
//! fn|set|agg TAB name TAB declared types TAB actual types TAB result type TAB answer {TAB row}
//! ```
//!
//! Types are oids joined by commas, the values of a row are joined by `|`; `\N` is NULL, an answer
//! that begins with `!` is an SQLSTATE and a message.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use datafusion::arrow::array::ArrayRef;

use super::{Body, Context, Function, registry};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{self, Catalog},
    types::{
        ColumnBuilder, Datum, PgType,
        column::datum_at,
        text_io::{self, Style},
    },
};

fn env() -> Env {
    let mut env = Env::without_session(Arc::new(Catalog::bootstrap()), Style::default());
    env.search_path = [catalog::PG_CATALOG, catalog::PUBLIC].into();
    env
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('p') => '|',
                Some(c) => c,
                None => '\\',
            },
            c => c,
        });
    }
    out
}

fn types(text: &str) -> Vec<PgType> {
    let oids = text.split(',').filter(|oid| !oid.is_empty());
    oids.map(|oid| PgType::new(Oid(oid.parse().unwrap()))).collect()
}

fn parse_row(text: &str, types: &[PgType], style: &Style) -> Result<Vec<Datum>> {
    if types.is_empty() {
        return Ok(vec![]);
    }
    text.split('|')
        .zip(types)
        .map(|(value, ty)| match value {
            "\\N" => Ok(Datum::Null),
            value => text_io::parse(&unescape(value), *ty, style),
        })
        .collect()
}

fn show(value: &Datum, ty: Oid, style: &Style) -> String {
    let mut out = String::new();
    if !value.is_null() {
        text_io::format(value, ty, style, &mut out);
    }
    out
}

/// The answer as the case file writes it; `None` is NULL.
fn answer(function: &Function, context: &Context, rows: &[Vec<Datum>]) -> Result<Option<String>> {
    let style = &context.env.style;
    let ty = context.result.oid;
    let printed = |value: Datum| (!value.is_null()).then(|| show(&value, ty, style));
    let is_skipped = |row: &[Datum]| function.strict && row.iter().any(Datum::is_null);
    match function.body {
        Body::Scalar(body) | Body::Columnar(body, _) => {
            let row = &rows[0];
            Ok(if is_skipped(row) { None } else { printed(body(context, row)?) })
        }
        Body::Set(body) => {
            if is_skipped(&rows[0]) {
                return Ok(None);
            }
            let set: Vec<String> = body(context, &rows[0])?
                .into_iter()
                .map(|row| {
                    row.into_iter().next().and_then(printed).unwrap_or_else(|| "NULL".into())
                })
                .collect();
            Ok((!set.is_empty()).then(|| set.join(";")))
        }
        Body::Series(body) => {
            if is_skipped(&rows[0]) {
                return Ok(None);
            }
            let mut series = body(context, &rows[0])?;
            let mut set = Vec::new();
            while let Some(value) = series()? {
                set.push(printed(value).unwrap_or_else(|| "NULL".into()));
            }
            Ok((!set.is_empty()).then(|| set.join(";")))
        }
        Body::Aggregate(start) => {
            let mut accumulator = start(context);
            for row in rows.iter().filter(|row| !is_skipped(row)) {
                accumulator.add(context, row)?;
            }
            accumulator.value(context).map(printed)
        }
        Body::Window => unreachable!("no case calls a window function"),
    }
}

/// A line of the case file.
struct Case<'a> {
    function: &'static Arc<Function>,
    arg_types: Vec<PgType>,
    result: PgType,
    expected: &'a str,
    rows: Vec<&'a str>,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, name, declared, actual, result, expected, rows @ ..] = fields.as_slice() else {
            panic!("malformed: {line}")
        };
        let declared: Vec<Oid> = types(declared).iter().map(|ty| ty.oid).collect();
        let function = registry().exact(name, &declared);
        let function = function.unwrap_or_else(|| panic!("missing: {name}{declared:?}"));
        let result = match result.parse() {
            Ok(0) | Err(_) => function.result,
            Ok(oid) => Oid(oid),
        };
        let arg_types = types(actual);
        Self { function, arg_types, result: PgType::new(result), expected, rows: rows.to_vec() }
    }

    fn context<'c>(&'c self, env: &'c Env) -> Context<'c> {
        Context { env, arg_types: &self.arg_types, result: self.result }
    }

    fn rows(&self, env: &Env) -> Result<Vec<Vec<Datum>>> {
        self.rows.iter().map(|row| parse_row(row, &self.arg_types, &env.style)).collect()
    }
}

/// Runs one case; `Some` says how it went wrong.
fn run(line: &str, env: &Env) -> Option<String> {
    let case = Case::parse(line);
    let context = case.context(env);
    let got = case.rows(env).and_then(|rows| answer(case.function, &context, &rows));
    let expected = case.expected;
    let got = match got {
        Ok(None) => "\\N".to_owned(),
        Ok(Some(text)) => text,
        Err(error) => format!("!{} {}", error.code, error.message),
    };
    let expected = if expected == "\\N" { "\\N".to_owned() } else { unescape(expected) };
    (got != expected).then(|| format!("{line}\n    got {got}"))
}

#[test]
fn every_call_answers_as_postgres_does() {
    let env = env();
    let path = std::env::var("FATHOM_FUNCTION_CASES");
    let cases = match &path {
        Ok(path) => std::fs::read_to_string(path).unwrap(),
        Err(_) => include_str!("tests/cases.txt").to_owned(),
    };
    let wrong: Vec<String> = cases.lines().filter_map(|line| run(line, &env)).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every columnar form gives, row by row, what the row form gives; also where the last argument is
/// one cell that stands for the whole column.
#[test]
fn columnar_forms_agree_with_row_forms() {
    let env = env();
    let mut groups: BTreeMap<(&str, String), Vec<Case>> = BTreeMap::new();
    for line in include_str!("tests/cases.txt").lines() {
        let case = Case::parse(line);
        if matches!(case.function.body, Body::Columnar(..)) {
            let key = (case.function.name, format!("{:?}", case.arg_types));
            groups.entry(key).or_default().push(case);
        }
    }
    assert!(groups.len() > 100);
    for cases in groups.values() {
        let context = cases[0].context(&env);
        let Body::Columnar(row_form, _) = cases[0].function.body else { unreachable!() };
        let mut rows: Vec<Vec<Datum>> =
            cases.iter().filter_map(|case| case.rows(&env).ok()).flatten().collect();
        rows.retain(|row| row.iter().any(Datum::is_null) || row_form(&context, row).is_ok());
        rows.push(vec![Datum::Null; context.arg_types.len()]);
        compare_forms(cases[0].function, &context, &rows, false);
        let Some(last) = rows[0].last().filter(|last| !last.is_null()).cloned() else { continue };
        for row in &mut rows {
            *row.last_mut().unwrap() = last.clone();
        }
        rows.retain(|row| row.iter().any(Datum::is_null) || row_form(&context, row).is_ok());
        compare_forms(cases[0].function, &context, &rows, true);
    }
}

fn compare_forms(function: &Function, context: &Context, rows: &[Vec<Datum>], constant: bool) {
    let Body::Columnar(row_form, columnar_form) = function.body else { unreachable!() };
    let width = context.arg_types.len();
    let columns: Vec<ArrayRef> = (0..width)
        .map(|column| {
            let ty = context.arg_types[column].oid;
            let cells = if constant && column + 1 == width { 1 } else { rows.len() };
            let mut builder = ColumnBuilder::new(ty, cells);
            for row in &rows[..cells] {
                builder.push(&row[column]).unwrap();
            }
            builder.finish()
        })
        .collect();
    let answers = columnar_form(context, &columns, rows.len()).unwrap();
    assert_eq!(answers.len(), rows.len(), "{function:?}");
    for (at, row) in rows.iter().enumerate() {
        let is_null = row.iter().any(Datum::is_null);
        let expected = if is_null { Datum::Null } else { row_form(context, row).unwrap() };
        let ty = context.result.oid;
        let got = datum_at(&answers, ty, at).unwrap();
        let style = &context.env.style;
        assert_eq!(
            (got.is_null(), show(&got, ty, style)),
            (expected.is_null(), show(&expected, ty, style)),
            "{function:?} {row:?}"
        );
    }
}

#[test]
fn signatures_and_oids_are_unique_and_operators_have_their_functions() {
    let mut signatures = HashSet::new();
    let mut oids = HashSet::new();
    let mut count = 0;
    for family in super::families() {
        for function in &family.functions {
            count += 1;
            assert!(signatures.insert((function.name, function.args)), "{function:?} twice");
            assert!(function.oid.0 == 0 || oids.insert(function.oid), "oid of {function:?}");
        }
    }
    assert_eq!(registry().all_functions().count(), count);
    for operator in registry().all_operators() {
        let args: Vec<Oid> = operator.left.into_iter().chain([operator.right]).collect();
        assert!(registry().exact(operator.function, &args).is_some(), "{operator:?}");
    }
}
