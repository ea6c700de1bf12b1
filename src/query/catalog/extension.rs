//! What belongs to pgvector: its types, functions, operators and access methods stand in `public`
//! and are members of the extension, so that a dump names the extension instead of them.
//!
//! They are built in, and statements may use them without CREATE EXTENSION. Catalogues tell of
//! them, and of the extension, from when it has been made or a table has a column of its types.

use std::sync::LazyLock;

use super::{
    fixed, function, operator,
    owner::AVAILABLE,
    row::{NULL, row},
};
use crate::{
    base::Oid,
    query::env::Env,
    storage::catalog::{PUBLIC, SUPERUSER},
    types::{Datum, oid},
};

/// The extension's oid where nobody has made it.
const UNMADE: Oid = Oid(16_384);
/// Rows of catalogues without a schema are pgvector's from here.
const FIRST_OID: u32 = 16_384;

const PG_EXTENSION: Oid = Oid(3079);

type Rows = Vec<Vec<Datum>>;

/// The extension's oid, if catalogues tell of it.
fn vector(env: &Env) -> Option<Oid> {
    if let Some(extension) = env.catalog.extension_named("vector") {
        return Some(extension.oid);
    }
    let of_vectors = |ty: Oid| oid::is_vector(oid::element_of(ty).unwrap_or(ty));
    let used = env.catalog.tables().any(|table| {
        table.columns.iter().any(|column| !column.dropped && of_vectors(column.ty.oid))
    });
    used.then_some(UNMADE)
}

/// The row of `pg_extension` where tables use what nobody has made.
pub(super) fn unmade(env: &Env) -> Option<Vec<Datum>> {
    vector(env).filter(|oid| *oid == UNMADE)?;
    let (name, version, _) = AVAILABLE.first()?;
    Some(row![UNMADE, *name, SUPERUSER, PUBLIC, true, *version, NULL, NULL])
}

/// The rows of a catalogue, without the extension's where catalogues do not tell of it.
pub(super) fn visible(env: &Env, relation: &str, rows: &Rows) -> Rows {
    match vector(env) {
        Some(_) => rows.clone(),
        None => rows.iter().filter(|row| !is_member(relation, row)).cloned().collect(),
    }
}

fn is_member(relation: &str, row: &[Datum]) -> bool {
    let schema = match relation {
        "pg_type" | "pg_proc" | "pg_operator" => 2,
        "pg_opclass" | "pg_opfamily" => 3,
        _ => return matches!(row[0], Datum::Oid(oid) if oid >= FIRST_OID),
    };
    row[schema] == Datum::Oid(PUBLIC.0)
}

/// Edges of `pg_depend`: every member depends on the extension.
pub(super) fn members(env: &Env) -> Rows {
    static MEMBERS: LazyLock<Vec<(Oid, Datum)>> = LazyLock::new(|| {
        let catalogues: [(u32, &str, &Rows); 7] = [
            (1247, "pg_type", fixed::types()),
            (1255, "pg_proc", function::all()),
            (2601, "pg_am", fixed::methods()),
            (2605, "pg_cast", operator::casts()),
            (2616, "pg_opclass", fixed::opclasses()),
            (2617, "pg_operator", operator::all()),
            (2753, "pg_opfamily", fixed::opfamilies()),
        ];
        let of = |(class, name, rows): (u32, &'static str, &'static Rows)| {
            let members = rows.iter().filter(move |row| is_member(name, row));
            members.map(move |row| (Oid(class), row[0].clone()))
        };
        catalogues.into_iter().flat_map(of).collect()
    });
    let Some(extension) = vector(env) else { return vec![] };
    let edge = |(class, member): &(Oid, Datum)| {
        row![*class, member.clone(), 0, PG_EXTENSION, extension, 0, 'e']
    };
    MEMBERS.iter().map(edge).collect()
}
