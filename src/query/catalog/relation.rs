//! The list of system relations, and the way from a name to rows.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    activity, attribute, class, constraint, dependency, fixed, function, information, listing,
    operator, owner, sequence, setting, statistic,
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{INFORMATION_SCHEMA, PG_CATALOG, PUBLIC},
    types::{Datum, oid},
};

/// Makes the rows of a relation, each as wide as its columns.
pub(super) type RowsFn = fn(&Env) -> Result<Vec<Vec<Datum>>>;

/// A relation whose rows are computed.
#[derive(Debug)]
pub struct SystemRelation {
    pub oid: Oid,
    pub schema: Oid,
    /// Unique over both schemas.
    pub name: &'static str,
    pub kind: RelationKind,
    pub columns: &'static [(&'static str, Oid)],
    /// `attnotnull`, a column each.
    pub required: &'static [bool],
    pub rows: RowsFn,
}

/// What PostgreSQL has under that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    Table,
    View,
}

/// `schema, name, oid, relkind, columns`; a column is `name:type`, with `!` after it if NOT NULL.
const LIST: &str = include_str!("data/relations.tsv");

static RELATIONS: LazyLock<Vec<SystemRelation>> = LazyLock::new(|| {
    let families = families();
    LIST.lines().map(|line| relation(line, &families)).collect()
});

static BY_NAME: LazyLock<HashMap<&'static str, &'static SystemRelation>> =
    LazyLock::new(|| RELATIONS.iter().map(|relation| (relation.name, relation)).collect());

static BY_OID: LazyLock<HashMap<Oid, &'static SystemRelation>> =
    LazyLock::new(|| RELATIONS.iter().map(|relation| (relation.oid, relation)).collect());

fn families() -> HashMap<&'static str, RowsFn> {
    [
        activity::ROWS,
        attribute::ROWS,
        class::ROWS,
        constraint::ROWS,
        dependency::ROWS,
        fixed::ROWS,
        function::ROWS,
        information::ROWS,
        information::columns::ROWS,
        information::constraints::ROWS,
        information::routines::ROWS,
        listing::ROWS,
        operator::ROWS,
        owner::ROWS,
        sequence::ROWS,
        setting::ROWS,
        statistic::ROWS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect()
}

/// Reads a line of the list; it is part of the program, so a wrong one panics, in a test.
fn relation(line: &'static str, families: &HashMap<&'static str, RowsFn>) -> SystemRelation {
    let mut fields = line.split('\t');
    let mut field = || fields.next().expect("a relation has five fields");
    let schema = match field() {
        "pg_catalog" => PG_CATALOG,
        _ => INFORMATION_SCHEMA,
    };
    let name = field();
    let oid = Oid(field().parse().expect("an oid is a number"));
    let kind = if field() == "v" { RelationKind::View } else { RelationKind::Table };
    let (mut columns, mut required) = (Vec::new(), Vec::new());
    for column in field().split(' ') {
        let (name, ty) = column.split_once(':').expect("a column has a type");
        let bare = ty.strip_suffix('!');
        let ty = oid::by_name(bare.unwrap_or(ty)).expect("the type is in the table of types");
        columns.push((name, ty));
        required.push(bare.is_some());
    }
    SystemRelation {
        oid,
        schema,
        name,
        kind,
        columns: columns.leak(),
        required: required.leak(),
        rows: families.get(name).copied().unwrap_or(no_rows),
    }
}

fn no_rows(_: &Env) -> Result<Vec<Vec<Datum>>> {
    Ok(vec![])
}

/// All of them.
pub fn system_relations() -> &'static [SystemRelation] {
    &RELATIONS
}

/// The system relation of that name in that schema.
pub fn system_relation(schema: Oid, name: &str) -> Option<&'static SystemRelation> {
    BY_NAME.get(name).copied().filter(|relation| relation.schema == schema)
}

/// The system relation with that oid.
pub fn relation_by_oid(oid: Oid) -> Option<&'static SystemRelation> {
    BY_OID.get(&oid).copied()
}

/// The rows of a system relation, by the name a plan holds.
pub fn system_rows(name: &str, env: &Env) -> Result<Vec<Vec<Datum>>> {
    match BY_NAME.get(name) {
        Some(relation) => {
            let mut rows = (relation.rows)(env)?;
            settle_public(relation, &mut rows, env);
            Ok(rows)
        }
        None => Ok(vec![]),
    }
}

/// What lives in `public` is stored under the first database's; each database has one of its own.
fn settle_public(relation: &SystemRelation, rows: &mut [Vec<Datum>], env: &Env) {
    if env.catalog.schema(PUBLIC).is_some() {
        return;
    }
    let own = env.catalog.schema_named("public").map_or(Datum::Null, |own| Datum::Oid(own.oid.0));
    let columns = relation.columns.iter().enumerate();
    let namespaces = columns.filter(|(_, (name, _))| name.ends_with("namespace"));
    for position in namespaces.map(|(position, _)| position).collect::<Vec<_>>() {
        for row in rows.iter_mut() {
            if matches!(row[position], Datum::Oid(oid) if oid == PUBLIC.0) {
                row[position] = own.clone();
            }
        }
    }
}
