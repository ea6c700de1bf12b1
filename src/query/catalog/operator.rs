//! `pg_operator` and `pg_cast`: those of the function catalogue, with PostgreSQL's oids.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::{
    extension, fixed,
    relation::RowsFn,
    row::{NONE, row},
};
use crate::{
    base::Oid,
    query::functions::{Operator, registry},
    storage::catalog::{PG_CATALOG, SUPERUSER},
    types::{Datum, oid},
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_operator", |env| Ok(extension::visible(env, "pg_operator", &OPERATORS))),
    ("pg_cast", |env| Ok(extension::visible(env, "pg_cast", &CASTS))),
];

pub(super) fn all() -> &'static Vec<Vec<Datum>> {
    &OPERATORS
}

pub(super) fn casts() -> &'static Vec<Vec<Datum>> {
    &CASTS
}

/// Operators that PostgreSQL does not have are numbered from here.
const FIRST_OWN_OID: u32 = 15_000;

fn oid_at(row: &[Datum], column: usize) -> Oid {
    match row[column] {
        Datum::Oid(value) => Oid(value),
        _ => NONE,
    }
}

/// `pg_operator.oid` of a type's own `=`; varchar has that of text.
pub(super) fn equality(ty: Oid) -> Oid {
    static EQUALITY: LazyLock<HashMap<Oid, Oid>> = LazyLock::new(|| {
        let equal = OPERATORS.iter().filter(|row| row[1].as_str() == "=");
        let own = equal.filter(|row| oid_at(row, 7) == oid_at(row, 8));
        own.map(|row| (oid_at(row, 7), oid_at(row, 0))).collect()
    });
    let ty = if ty == oid::VARCHAR { oid::TEXT } else { ty };
    EQUALITY.get(&ty).copied().unwrap_or(NONE)
}

static OPERATORS: LazyLock<Vec<Vec<Datum>>> = LazyLock::new(|| {
    let mut ours: HashMap<(&str, Oid, Oid), &Operator> = registry()
        .all_operators()
        .map(|found| ((found.name, found.left.unwrap_or(NONE), found.right), found))
        .collect();
    let mut rows = Vec::new();
    for row in fixed::operators() {
        let key = (row[1].as_str(), oid_at(row, 7), oid_at(row, 8));
        let Some(operator) = ours.remove(&key) else { continue };
        let mut row = row.clone();
        if let Some(function) = function_of(operator) {
            row[12] = Datum::Oid(function.0);
        }
        rows.push(row);
    }
    let mut rest: Vec<&Operator> = ours.into_values().collect();
    rest.sort_by_key(|operator| (operator.name, operator.left, operator.right));
    rows.extend(rest.into_iter().zip(FIRST_OWN_OID..).map(|(operator, oid)| own(operator, oid)));
    forget_absent(&mut rows);
    rows
});

/// A commutator or negator that is not here is none.
fn forget_absent(rows: &mut [Vec<Datum>]) {
    let present: HashSet<Oid> = rows.iter().map(|row| oid_at(row, 0)).collect();
    for row in rows {
        for column in [10, 11] {
            if !present.contains(&oid_at(row, column)) {
                row[column] = Datum::Oid(0);
            }
        }
    }
}

fn function_of(operator: &Operator) -> Option<Oid> {
    let args: Vec<Oid> = operator.left.into_iter().chain([operator.right]).collect();
    registry().exact(operator.function, &args).map(|function| function.oid)
}

fn own(operator: &Operator, oid: u32) -> Vec<Datum> {
    row![
        Oid(oid),
        operator.name,
        PG_CATALOG,
        SUPERUSER,
        if operator.left.is_some() { 'b' } else { 'l' },
        false,
        false,
        operator.left.unwrap_or(NONE),
        operator.right,
        operator.result,
        NONE,
        NONE,
        function_of(operator).unwrap_or(NONE),
        NONE,
        NONE,
    ]
}

static CASTS: LazyLock<Vec<Vec<Datum>>> = LazyLock::new(|| {
    let exists = |row: &&Vec<Datum>| {
        let (source, target) = (oid_at(row, 1), oid_at(row, 2));
        // A cast from a type to itself applies a length; here that is part of every assignment.
        source == target && oid::row(source).is_some() || registry().cast(source, target).is_some()
    };
    fixed::casts().iter().filter(exists).cloned().collect()
});
