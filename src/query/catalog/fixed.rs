//! Rows that never change: `data/pg_*.tsv`, each in COPY's text format, read once.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    extension,
    relation::{RowsFn, system_relation},
};
use crate::{
    base::Oid,
    storage::catalog::{IndexMethod, PG_CATALOG},
    types::{
        Datum, PgType, oid,
        text_io::{self, Style},
    },
};

type Rows = Vec<Vec<Datum>>;

macro_rules! tables {
    ($($table:ident $name:literal;)*) => {
        $(
            static $table: LazyLock<Rows> =
                LazyLock::new(|| read($name, include_str!(concat!("data/", $name, ".tsv"))));
        )*
    };
}

tables! {
    AM "pg_am";
    AMOP "pg_amop";
    AMPROC "pg_amproc";
    CAST "pg_cast";
    COLLATION "pg_collation";
    LANGUAGE "pg_language";
    OPCLASS "pg_opclass";
    OPERATOR "pg_operator";
    OPFAMILY "pg_opfamily";
    PROC "pg_proc";
    RANGE "pg_range";
    TABLESPACE "pg_tablespace";
    TS_CONFIG "pg_ts_config";
    TS_CONFIG_MAP "pg_ts_config_map";
    TS_DICT "pg_ts_dict";
    TS_PARSER "pg_ts_parser";
    TS_TEMPLATE "pg_ts_template";
    TYPE "pg_type";
}

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_am", |env| Ok(extension::visible(env, "pg_am", &AM))),
    ("pg_amop", |_| Ok(AMOP.clone())),
    ("pg_amproc", |_| Ok(AMPROC.clone())),
    ("pg_collation", |_| Ok(COLLATION.clone())),
    ("pg_language", |_| Ok(LANGUAGE.clone())),
    ("pg_opclass", |env| Ok(extension::visible(env, "pg_opclass", &OPCLASS))),
    ("pg_opfamily", |env| Ok(extension::visible(env, "pg_opfamily", &OPFAMILY))),
    ("pg_range", |_| Ok(RANGE.clone())),
    ("pg_tablespace", |_| Ok(TABLESPACE.clone())),
    ("pg_ts_config", |_| Ok(TS_CONFIG.clone())),
    ("pg_ts_config_map", |_| Ok(TS_CONFIG_MAP.clone())),
    ("pg_ts_dict", |_| Ok(TS_DICT.clone())),
    ("pg_ts_parser", |_| Ok(TS_PARSER.clone())),
    ("pg_ts_template", |_| Ok(TS_TEMPLATE.clone())),
    ("pg_type", |env| Ok(extension::visible(env, "pg_type", &TYPE))),
];

/// Types belong to the bootstrap superuser, and so does everything else here.
pub(super) fn types() -> &'static Rows {
    &TYPE
}

pub(super) fn methods() -> &'static Rows {
    &AM
}

pub(super) fn opclasses() -> &'static Rows {
    &OPCLASS
}

pub(super) fn opfamilies() -> &'static Rows {
    &OPFAMILY
}

/// Parses a table of this program; a wrong cell panics, in a test.
fn read(name: &str, text: &str) -> Rows {
    let relation = system_relation(PG_CATALOG, name).expect("a fixed table is in the list");
    let style = Style::default();
    let cell = |(text, ty): (&str, Oid)| match text {
        "\\N" => Datum::Null,
        text => text_io::parse(&text.replace("\\\\", "\\"), PgType::new(ty), &style)
            .unwrap_or_else(|error| panic!("{name}: {text}: {error}")),
    };
    text.lines()
        .map(|line| {
            let types = relation.columns.iter().map(|(_, ty)| *ty);
            let row: Vec<Datum> = line.split('\t').zip(types).map(cell).collect();
            assert_eq!(row.len(), relation.columns.len(), "{name}: {line}");
            row
        })
        .collect()
}

/// Operators as PostgreSQL numbers them; the registry says which of them exist.
pub(super) fn operators() -> &'static Rows {
    &OPERATOR
}

/// Casts as PostgreSQL numbers them.
pub(super) fn casts() -> &'static Rows {
    &CAST
}

/// Functions that catalogues name and no statement calls: input and output, access methods'
/// support, selectivity.
pub(super) fn support_functions() -> &'static Rows {
    &PROC
}

fn oid_at(row: &[Datum], column: usize) -> Oid {
    match row[column] {
        Datum::Oid(value) => Oid(value),
        ref other => unreachable!("oid expected, found {other:?}"),
    }
}

static FUNCTION_NAMES: LazyLock<HashMap<Oid, &'static str>> =
    LazyLock::new(|| PROC.iter().map(|row| (oid_at(row, 0), row[1].as_str())).collect());

/// The name of a support function (`int4in`), for `regproc`'s output.
pub fn function_name(oid: Oid) -> Option<&'static str> {
    FUNCTION_NAMES.get(&oid).copied()
}

/// A support function by name (`array_in`), for `regproc`'s input.
pub fn function_named(name: &str) -> Option<Oid> {
    PROC.iter().find(|row| row[1].as_str() == name).map(|row| oid_at(row, 0))
}

/// How values of a type are stored, as `pg_attribute` repeats it from `pg_type`.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    pub len: i16,
    pub by_value: bool,
    pub align: Datum,
    pub storage: Datum,
    pub collation: Oid,
    pub name: &'static str,
    pub namespace: Oid,
}

static STORAGE: LazyLock<HashMap<Oid, Storage>> = LazyLock::new(|| {
    let storage = |row: &'static Vec<Datum>| Storage {
        len: row[4].as_i64() as i16,
        by_value: row[5].as_bool() == Some(true),
        align: row[22].clone(),
        storage: row[23].clone(),
        collation: oid_at(row, 28),
        name: row[1].as_str(),
        namespace: oid_at(row, 2),
    };
    TYPE.iter().map(|row| (oid_at(row, 0), storage(row))).collect()
});

/// `None` for a type that is not built in: the record of a dropped column.
pub(super) fn storage(type_oid: Oid) -> Option<&'static Storage> {
    STORAGE.get(&type_oid)
}

/// `pg_am.oid` of an index's method.
pub fn method_oid(method: IndexMethod) -> Oid {
    let name = method_name(method);
    AM.iter()
        .find(|row| row[1].as_str() == name)
        .map(|row| oid_at(row, 0))
        .expect("every method is in pg_am")
}

pub fn method_name(method: IndexMethod) -> &'static str {
    match method {
        IndexMethod::Btree => "btree",
        IndexMethod::Hnsw => "hnsw",
        IndexMethod::IvfFlat => "ivfflat",
        IndexMethod::Gin => "gin",
    }
}

/// The operator class of a key: the named one, or the default for its type.
pub(super) fn opclass(method: IndexMethod, name: &str, key: Oid) -> Option<Oid> {
    let method = method_oid(method);
    let input = match key {
        oid::VARCHAR | oid::UNKNOWN => oid::TEXT,
        key if oid::is_array(key) && !oid::is_blank_separated(key) => oid::ANYARRAY,
        key if oid::is_reg(key) => oid::OID,
        key => key,
    };
    let fits = |row: &&Vec<Datum>| {
        oid_at(row, 1) == method
            && if name.is_empty() {
                row[7].as_bool() == Some(true) && oid_at(row, 6) == input
            } else {
                row[2].as_str() == name
            }
    };
    OPCLASS.iter().find(fits).map(|row| oid_at(row, 0))
}

/// Whether an operator class goes without saying for that type.
pub(super) fn is_default_opclass(method: IndexMethod, name: &str, key: Oid) -> bool {
    name.is_empty()
        || opclass(method, "", key).is_some_and(|oid| opclass(method, name, key) == Some(oid))
}

/// Argument types and result type of a support function.
pub fn support_signature(oid: Oid) -> Option<(Vec<Oid>, Oid)> {
    let row = PROC.iter().find(|row| oid_at(row, 0) == oid)?;
    let Datum::Array(args) = &row[19] else { return None };
    let args = args.elements.iter().filter_map(|arg| match arg {
        Datum::Oid(arg) => Some(Oid(*arg)),
        _ => None,
    });
    Some((args.collect(), oid_at(row, 18)))
}
