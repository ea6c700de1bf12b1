//! Relation names: the search path, and what a name may be.

use std::sync::Arc;

use super::Binder;
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{catalog::SystemRelation, parse::ast},
    storage::catalog::{self, Object, Table, View},
};

/// What FROM can read.
pub enum Relation {
    Table(Arc<Table>),
    View(Arc<View>),
    System(&'static SystemRelation),
}

impl Binder<'_> {
    /// Errors: 42P01 `relation "x" does not exist`; 3F000 for its schema; 42809 for an index.
    pub(super) fn relation(&self, name: &ast::RangeVar) -> Result<Relation> {
        let shown = match name.schemaname.as_str() {
            "" => name.relname.clone(),
            schema => format!("{schema}.{}", name.relname),
        };
        if !name.catalogname.is_empty() && *name.catalogname != *self.env.database {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!(
                    "cross-database references are not implemented: \"{}.{shown}\"",
                    name.catalogname
                ),
            )
            .at(name.location));
        }
        for schema in self.schemas(&name.schemaname) {
            if let Some(system) = super::super::catalog::system_relation(schema, &name.relname) {
                return Ok(Relation::System(system));
            }
            match self.env.catalog.relation(schema, &name.relname) {
                Some(Object::Table(table)) => return Ok(Relation::Table(table.clone())),
                Some(Object::View(view)) => return Ok(Relation::View(view.clone())),
                Some(Object::Sequence(_)) => {
                    return Err(PgError::unsupported("SELECT from a sequence").at(name.location));
                }
                Some(_) => {
                    return Err(PgError::new(
                        sqlstate::WRONG_OBJECT_TYPE,
                        format!("cannot open relation \"{}\"", name.relname),
                    )
                    .detail("This operation is not supported for indexes.")
                    .at(name.location));
                }
                None => {}
            }
        }
        Err(PgError::new(sqlstate::UNDEFINED_TABLE, format!("relation \"{shown}\" does not exist"))
            .at(name.location))
    }

    /// What a relation name means, for COPY TO.
    pub fn any_relation(&self, name: &ast::RangeVar) -> Result<Relation> {
        self.relation(name)
    }

    /// The schemas to look in: the named one, or the search path with `pg_catalog` first.
    fn schemas(&self, schema: &str) -> Vec<Oid> {
        if !schema.is_empty() {
            return self
                .env
                .catalog
                .schema_named_on(&self.env.search_path, schema)
                .map(|schema| schema.oid)
                .into_iter()
                .collect();
        }
        let path = &self.env.search_path;
        let mut schemas = Vec::with_capacity(path.len() + 1);
        // A session's temporary relations hide even those of pg_catalog.
        let temporary = |oid: &Oid| self.env.catalog.schema(*oid).is_some_and(|of| of.temporary);
        let first = usize::from(path.first().is_some_and(temporary));
        schemas.extend(&path[..first]);
        if !path.contains(&catalog::PG_CATALOG) {
            schemas.push(catalog::PG_CATALOG);
        }
        schemas.extend(&path[first..]);
        schemas
    }

    /// The stored table that INSERT, UPDATE, DELETE or COPY names.
    ///
    /// Errors: 42809 for a view, 42501 for a system relation.
    pub(super) fn target_table(&self, name: &ast::RangeVar) -> Result<Arc<Table>> {
        match self.relation(name)? {
            Relation::Table(table) => Ok(table),
            Relation::View(view) => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("writing through view \"{}\" is not supported", view.name),
            )),
            Relation::System(system) => Err(PgError::new(
                sqlstate::INSUFFICIENT_PRIVILEGE,
                format!("permission denied: \"{}\" is a system catalog", system.name),
            )),
        }
    }
}
