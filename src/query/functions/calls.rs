//! For tests: calls written as text, `name(value:type, ...)`, against the registry.

use std::sync::Arc;

use super::{Body, CastMethod, Context, Function, registry};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::Catalog,
    types::{
        Datum, PgType,
        datetime::TimeZone,
        oid,
        text_io::{self, Style},
    },
};

/// A session in New York with PostgreSQL's default styles, at 2000-01-01 00:00 UTC.
pub fn env() -> Env {
    let time_zone = TimeZone::parse("America/New_York").unwrap();
    Env::without_session(Arc::new(Catalog::bootstrap()), Style { time_zone, ..Style::default() })
}

/// The text that a call written as `name|type:value|type:value` gives; rows of a set are joined
/// by `;`, a line's end is `\\n`, NULL is `null`, an error is `code: message / detail / hint`.
pub fn call(line: &str, env: &Env) -> String {
    let mut parts = line.split('|');
    // `\p` stands for the bar itself.
    let name = parts.next().unwrap().replace("\\p", "|");
    let args: Vec<(PgType, &str)> = parts
        .map(|part| {
            let (type_name, text) = part.split_once(':').unwrap();
            let element = type_name.strip_suffix("[]");
            let oid = match element {
                Some(element) => oid::array_of(oid::by_name(element).unwrap()).unwrap(),
                None => oid::by_name(type_name).unwrap_or_else(|| panic!("type {type_name}")),
            };
            (PgType::new(oid), text)
        })
        .collect();
    match run(&name, &args, env) {
        Ok(text) => text.replace('\n', "\\n"),
        Err(error) => {
            let mut text = format!("{}: {}", error.code, error.message);
            for field in [&error.fields.detail, &error.fields.hint].into_iter().flatten() {
                text.push_str(" / ");
                text.push_str(field);
            }
            text
        }
    }
}

fn run(name: &str, args: &[(PgType, &str)], env: &Env) -> Result<String> {
    let types: Vec<PgType> = args.iter().map(|(ty, _)| *ty).collect();
    let mut values = Vec::new();
    for (ty, text) in args {
        values.push(match *text {
            "null" if ty.oid != oid::JSON && ty.oid != oid::JSONB => Datum::Null,
            "NULL" => Datum::Null,
            text => text_io::parse(text, *ty, &env.style)?,
        });
    }
    if let Some(target) = name.strip_prefix("::") {
        let target = PgType::new(oid::by_name(target).unwrap());
        let cast = registry().cast(types[0].oid, target.oid).expect("a cast");
        let context = Context { env, arg_types: &types, result: target };
        let value = match cast.method {
            CastMethod::Function(body) => body(&context, &values)?,
            _ => values.remove(0),
        };
        return Ok(show(&value, target.oid, env));
    }
    let oids: Vec<Oid> = types.iter().map(|ty| ty.oid).collect();
    let function = find(name, &oids);
    if function.strict && values.iter().any(Datum::is_null) {
        return Ok("null".into());
    }
    let context = Context { env, arg_types: &types, result: PgType::new(function.result) };
    Ok(match function.body {
        Body::Scalar(body) | Body::Columnar(body, _) => {
            show(&body(&context, &values)?, function.result, env)
        }
        Body::Set(body) => {
            let columns: Vec<Oid> = match function.columns {
                [] => vec![function.result],
                columns => columns.iter().map(|(_, oid)| *oid).collect(),
            };
            let row = |row: &Vec<Datum>| -> String {
                let cells = row.iter().zip(&columns).map(|(cell, oid)| show(cell, *oid, env));
                cells.collect::<Vec<_>>().join(",")
            };
            let rows = body(&context, &values)?;
            if rows.is_empty() {
                return Ok("null".into());
            }
            rows.iter().map(row).collect::<Vec<_>>().join(";")
        }
        Body::Series(body) => {
            let mut series = body(&context, &values)?;
            let mut rows = Vec::new();
            while let Some(value) = series()? {
                rows.push(show(&value, function.result, env));
            }
            if rows.is_empty() { "null".into() } else { rows.join(";") }
        }
        _ => panic!("{name} is no scalar or set function"),
    })
}

/// The function, or the operator's function, of exactly these types (`any` takes every type).
fn find(name: &str, args: &[Oid]) -> Arc<Function> {
    let fits = |declared: &Oid, given: &Oid| {
        declared == given
            || matches!(*declared, oid::ANY | oid::ANYELEMENT | oid::ANYARRAY | oid::ANYCOMPATIBLE)
    };
    let operator = registry().operators(name).iter().find(|operator| match args {
        [right] => operator.left.is_none() && operator.right == *right,
        [left, right] => operator.left == Some(*left) && operator.right == *right,
        _ => false,
    });
    let name = operator.map_or(name, |operator| operator.function);
    let overloads = registry().functions(name);
    overloads
        .iter()
        .find(|function| function.args == args)
        .or_else(|| {
            overloads.iter().find(|function| {
                function.variadic && !function.args.is_empty()
                    || function.args.len() == args.len()
                        && function.args.iter().zip(args).all(|(a, b)| fits(a, b))
            })
        })
        .unwrap_or_else(|| panic!("no {name}{args:?}"))
        .clone()
}

fn show(value: &Datum, type_oid: Oid, env: &Env) -> String {
    match value {
        Datum::Null => return "null".into(),
        Datum::Bool(value) => return value.to_string(),
        _ => {}
    }
    let mut text = String::new();
    text_io::format(value, type_oid, &env.style, &mut text);
    text
}

/// Checks a table of `call => expected` lines.
pub fn check(table: &str) {
    let env = env();
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (request, expected) = line.split_once(" => ").unwrap();
        let got = call(request, &env);
        if got != expected {
            wrong.push(format!("{request}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
