//! `routines` and `parameters`.

use super::data_type::DataType;
use crate::{
    base::Result,
    query::{
        catalog::{
            function::{functions, namespace},
            relation::{RowsFn, system_relation},
            row::{NULL, row, yes},
        },
        env::Env,
        functions::{Function, Volatility},
    },
    storage::catalog::{INFORMATION_SCHEMA, PG_CATALOG},
    types::{Datum, PgType},
};

pub(in crate::query::catalog) const ROWS: &[(&str, RowsFn)] =
    &[("routines", routines), ("parameters", parameters)];

fn schema(function: &Function) -> &'static str {
    if namespace(function) == PG_CATALOG { "pg_catalog" } else { "public" }
}

fn specific_name(function: &Function) -> String {
    format!("{}_{}", function.name, function.oid)
}

fn routines(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let database = Datum::text(&env.database);
    let width = system_relation(INFORMATION_SCHEMA, "routines")
        .map_or(0, |relation| relation.columns.len());
    let callable = functions().into_iter().filter(|function| !function.is_aggregate());
    let rows = callable.map(|function| {
        let data_type = DataType::of(PgType::new(function.result), &database);
        let mut row = Vec::with_capacity(width);
        row.extend(row![
            database.clone(),
            schema(function),
            specific_name(function),
            database.clone(),
            schema(function),
            function.name,
            "FUNCTION",
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            data_type.name,
        ]);
        row.extend(vec![NULL; 14]);
        row.extend(data_type.udt);
        row.extend(row![
            NULL,
            NULL,
            NULL,
            NULL,
            "0",
            "EXTERNAL",
            function.name,
            NULL,
            "INTERNAL",
            "GENERAL",
            yes(function.volatility == Volatility::Immutable),
            "MODIFIES",
            yes(function.strict),
            NULL,
            "YES",
            0,
            NULL,
            NULL,
            "INVOKER",
            NULL,
            NULL,
            NULL,
            "NO",
            NULL,
            NULL,
            NULL,
            "NO",
        ]);
        row.resize(width, NULL);
        row
    });
    Ok(rows.collect())
}

fn parameters(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let database = Datum::text(&env.database);
    let mut rows = Vec::new();
    for function in functions() {
        for (ty, number) in function.args.iter().zip(1..) {
            let data_type = DataType::of(PgType::new(*ty), &database);
            let mut row = row![
                database.clone(),
                schema(function),
                specific_name(function),
                number,
                "IN",
                "NO",
                "NO",
                NULL,
                data_type.name,
            ];
            row.extend(vec![NULL; 14]);
            row.extend(data_type.udt);
            row.extend(row![NULL, NULL, NULL, NULL, number.to_string(), NULL]);
            rows.push(row);
        }
    }
    Ok(rows)
}
