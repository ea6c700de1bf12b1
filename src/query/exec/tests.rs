//! SELECT statements from their text to their rows, in both engines, optimised and not. What they
//! must give was printed by PostgreSQL 18 over the same tables.

use std::sync::Arc;

use super::{
    batches::push_rows,
    execution::Execution,
    fixture::{self, Tables, table},
    lower,
    rows::{collect, open},
    run::drive,
    scope::{Row, Scope},
};
use crate::{
    base::{Oid, Result, TableId},
    query::{
        bind::Binder,
        env::Env,
        ir::{Expr, Plan},
        parse,
        rules::{self, Facts, Rules, Scans},
    },
    storage::catalog::{Catalog, Index, Object, Table},
    types::{Datum, oid, text_io},
};

struct NoIndexes;

impl Facts for NoIndexes {
    fn row_count(&self, _: TableId) -> u64 {
        1000
    }
    fn index_key(&self, _: &Table, _: &Index, _: usize) -> Option<Expr> {
        None
    }
    fn index_predicate(&self, _: &Table, _: &Index) -> Option<Expr> {
        None
    }
}

fn named(oid: u32, name: &str, columns: &[(&str, Oid)]) -> Arc<Table> {
    let mut table = Table::clone(&table(oid, columns));
    table.name = name.into();
    Arc::new(table)
}

/// The tables of `queries.txt`: `emp` (300 rows), `dept` (8), `big` (5,000).
fn setup() -> (Arc<Env>, Arc<Execution>) {
    let int4 = oid::INT4;
    let emp = named(
        60_000,
        "emp",
        &[("id", int4), ("name", oid::TEXT), ("dept", int4), ("salary", int4), ("boss", int4)],
    );
    let dept = named(60_001, "dept", &[("id", int4), ("title", oid::TEXT)]);
    let big = named(
        60_002,
        "big",
        &[("k", int4), ("v", oid::FLOAT8), ("grp", oid::TEXT), ("ts", oid::TIMESTAMP)],
    );
    let mut tables = Tables::default();
    let or_null = |value: i32| if value == 0 { Datum::Null } else { Datum::Int4(value) };
    for i in 1..=300 {
        let salary = Datum::Int4(1000 + (i * 37) % 500);
        let name = Datum::text(format!("e{i}"));
        tables.insert(&emp, &[Datum::Int4(i), name, or_null(i % 9), salary, or_null(i / 10)]);
    }
    for i in 1..=8 {
        tables.insert(&dept, &[Datum::Int4(i), Datum::text(format!("d{i}"))]);
    }
    for i in 0..5000i64 {
        let value = if i % 97 == 0 {
            Datum::Null
        } else {
            Datum::Float8(((i * 7919) % 1000) as f64 / 10.0)
        };
        // 2024-01-01 is 8766 days after 2000-01-01.
        let time = Datum::Timestamp((8766 * 24 + i) * 3_600_000_000);
        tables.insert(
            &big,
            &[Datum::Int4(i as i32), value, Datum::text(format!("g{}", i % 13)), time],
        );
    }
    let mut catalog = Catalog::bootstrap();
    for table in [emp, dept, big] {
        catalog.put(Object::Table(table));
    }
    let mut env = fixture::env();
    env.catalog = Arc::new(catalog);
    let mut execution = Arc::into_inner(fixture::execution(tables)).expect("nobody else has it");
    let env = Arc::new(env);
    execution.env = env.clone();
    (env, Arc::new(execution))
}

fn bound(sql: &str, env: &Env) -> Result<Plan> {
    let statement = parse::parse(sql)?.remove(0);
    let parse::NodeEnum::SelectStmt(select) = &*statement.node else {
        panic!("a SELECT expected: {sql}")
    };
    Binder::new(env, &[]).select(select)
}

fn printed(rows: &[Row], plan: &Plan, env: &Env) -> Vec<String> {
    let cell = |value: &Datum, type_oid| {
        let mut text = String::new();
        match value {
            Datum::Null => text.push_str("\\N"),
            value => text_io::format(value, type_oid, &env.style, &mut text),
        }
        text
    };
    rows.iter()
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .zip(plan.fields.iter())
                .map(|(value, field)| cell(value, field.ty.oid))
                .collect();
            cells.join("|")
        })
        .collect()
}

fn by_rows(plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    collect(&mut *open(plan, scope)?, scope, "a test")
}

fn by_batches(plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    use futures::TryStreamExt;
    let mut stream = lower::stream(plan, scope)?;
    drive(async {
        let mut rows = Vec::new();
        while let Some(batch) = stream.try_next().await? {
            push_rows(&batch, &plan.fields, &mut rows)?;
        }
        Ok(rows)
    })
}

#[test]
fn queries_give_what_postgresql_gives() {
    let (env, execution) = setup();
    let mut problems = Vec::new();
    for entry in include_str!("tests/queries.txt").split("\n\n\n") {
        let Some((sql, expected)) = entry.trim_start_matches('\n').split_once("\n----\n") else {
            continue;
        };
        let ordered = sql.contains(" order by ");
        let sorted = |mut lines: Vec<String>| {
            if !ordered {
                lines.sort();
            }
            lines
        };
        let expected = sorted(expected.lines().map(str::to_owned).collect());
        let plan = match bound(sql, &env) {
            Ok(plan) => plan,
            Err(error) => {
                problems.push(format!("{sql}\n  does not bind: {error}"));
                continue;
            }
        };
        let rules = Rules { env: &env, facts: &NoIndexes, scans: Scans::default() };
        let optimised = rules::optimise(plan.clone(), &rules);
        for (how, plan) in [("as bound", &plan), ("optimised", &optimised)] {
            for (engine, run) in [
                ("rows", by_rows as fn(&Plan, &Scope) -> Result<Vec<Row>>),
                ("batches", by_batches),
            ] {
                let scope = Scope::root(execution.clone());
                let found = match run(plan, &scope) {
                    Ok(rows) => sorted(printed(&rows, plan, &env)),
                    Err(error) => vec![error.to_string()],
                };
                if found != expected {
                    problems.push(format!(
                        "{sql}\n  {engine}, {how}: {} rows, {} expected\n  {:?}\n  {:?}",
                        found.len(),
                        expected.len(),
                        found.iter().find(|line| !expected.contains(line)),
                        expected.iter().find(|line| !found.contains(line)),
                    ));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
