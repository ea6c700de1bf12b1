//! `pg_catalog` and `information_schema`: system relations, made from the catalogue when read.

use crate::{
    base::{Oid, Result},
    query::env::Env,
    types::Datum,
};

/// A relation whose rows are computed.
#[derive(Debug)]
pub struct SystemRelation {
    pub oid: Oid,
    pub schema: Oid,
    /// Unique over both schemas.
    pub name: &'static str,
    pub columns: &'static [(&'static str, Oid)],
    pub rows: fn(&Env) -> Result<Vec<Vec<Datum>>>,
}

static RELATIONS: &[SystemRelation] = &[];

/// The system relation of that name in that schema.
pub fn system_relation(schema: Oid, name: &str) -> Option<&'static SystemRelation> {
    RELATIONS.iter().find(|relation| relation.schema == schema && relation.name == name)
}

/// The rows of a system relation, by the name a plan holds.
pub fn system_rows(name: &str, env: &Env) -> Result<Vec<Vec<Datum>>> {
    match RELATIONS.iter().find(|relation| relation.name == name) {
        Some(relation) => (relation.rows)(env),
        None => Ok(vec![]),
    }
}

/// The system relation with that oid.
pub fn relation_by_oid(oid: Oid) -> Option<&'static SystemRelation> {
    RELATIONS.iter().find(|relation| relation.oid == oid)
}
