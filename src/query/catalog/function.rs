//! `pg_proc` and `pg_aggregate`, from the function catalogue.

use std::sync::LazyLock;

use super::{
    extension, fixed,
    relation::RowsFn,
    row::{NONE, NULL, array, oidvector, row},
};
use crate::{
    base::Oid,
    query::functions::{Body, Function, Volatility, registry},
    storage::catalog::{PG_CATALOG, PUBLIC, SUPERUSER},
    types::{Datum, oid},
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_proc", |env| Ok(extension::visible(env, "pg_proc", &FUNCTIONS))),
    ("pg_aggregate", |_| Ok(AGGREGATES.clone())),
];

pub(super) fn all() -> &'static Vec<Vec<Datum>> {
    &FUNCTIONS
}

/// `pg_language.oid` of `internal`.
const INTERNAL: Oid = Oid(12);
/// What PostgreSQL expects of a set-returning function.
const ROWS_EXPECTED: f32 = 1_000.0;

static FUNCTIONS: LazyLock<Vec<Vec<Datum>>> = LazyLock::new(|| {
    let named = |row: &&Vec<Datum>| {
        let Datum::Oid(oid) = row[0] else { return false };
        registry().function_by_oid(Oid(oid)).is_none()
    };
    let support = fixed::support_functions().iter().filter(named).cloned();
    functions().into_iter().map(function_row).chain(support).collect()
});

static AGGREGATES: LazyLock<Vec<Vec<Datum>>> = LazyLock::new(|| {
    let aggregates = functions().into_iter().filter(|function| function.is_aggregate());
    aggregates.map(aggregate_row).collect()
});

/// All functions that a statement may call, by oid.
pub(super) fn functions() -> Vec<&'static Function> {
    let mut functions: Vec<&Function> =
        registry().all_functions().map(|function| function.as_ref()).collect();
    functions.sort_by_key(|function| function.oid);
    functions
}

/// Functions over vectors belong to the extension, which lives in `public`.
pub fn namespace(function: &Function) -> Oid {
    let is_vector = |ty: &Oid| oid::is_vector(oid::element_of(*ty).unwrap_or(*ty));
    let distance = matches!(function.name, "hamming_distance" | "jaccard_distance");
    match distance || function.args.iter().chain([&function.result]).any(is_vector) {
        true => PUBLIC,
        false => PG_CATALOG,
    }
}

fn function_row(function: &Function) -> Vec<Datum> {
    let variadic = match function.args.last() {
        Some(last) if function.variadic => oid::element_of(*last).unwrap_or(*last),
        _ => NONE,
    };
    let columns = function.columns;
    let all = |inputs: usize| {
        let inputs = std::iter::repeat_n("", inputs);
        inputs.chain(columns.iter().map(|(name, _)| *name))
    };
    let (all_types, modes, names) = if columns.is_empty() {
        (NULL, NULL, NULL)
    } else {
        let types = function.args.iter().copied().chain(columns.iter().map(|(_, ty)| *ty));
        let names = all(function.args.len());
        let modes = names.clone().map(|name| if name.is_empty() { 'i' } else { 'o' });
        (array(oid::OID, types), array(oid::CHAR, modes), array(oid::TEXT, names))
    };
    row![
        function.oid,
        function.name,
        namespace(function),
        SUPERUSER,
        INTERNAL,
        1.0_f32,
        if function.is_set() { ROWS_EXPECTED } else { 0.0 },
        variadic,
        NONE,
        kind(function),
        false,
        false,
        function.strict && !function.is_aggregate(),
        function.is_set(),
        volatility(function),
        if function.volatility == Volatility::Volatile { 'u' } else { 's' },
        function.args.len() as i16,
        function.defaults.len() as i16,
        function.result,
        oidvector(function.args.iter().copied()),
        all_types,
        modes,
        names,
        NULL,
        NULL,
        if function.is_aggregate() { "aggregate_dummy" } else { function.name },
        NULL,
        NULL,
        NULL,
        NULL,
    ]
}

/// `pg_proc.prokind`
pub fn kind(function: &Function) -> char {
    match function.body {
        Body::Aggregate(_) => 'a',
        Body::Window => 'w',
        _ => 'f',
    }
}

/// `pg_proc.provolatile`
pub fn volatility(function: &Function) -> char {
    match function.volatility {
        Volatility::Immutable => 'i',
        Volatility::Stable => 's',
        Volatility::Volatile => 'v',
    }
}

fn aggregate_row(function: &Function) -> Vec<Datum> {
    let (kind, direct) = match function.name {
        "percentile_cont" | "percentile_disc" => ('o', 1),
        "mode" => ('o', 0),
        _ => ('n', 0),
    };
    row![
        function.oid,
        kind,
        direct as i16,
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        false,
        false,
        'r',
        'r',
        NONE,
        oid::INTERNAL,
        0,
        NONE,
        0,
        NULL,
        NULL,
    ]
}
