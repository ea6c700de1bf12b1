//! What depends on a column: it goes with it, forbids its change, or asks for CASCADE.

use std::sync::Arc;

use super::Alteration;
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        bind::{Binder, Mention},
        env::Env,
    },
    storage::catalog::{ForeignKey, Index, KeyTarget, Object, Table, View},
};

impl Alteration<'_> {
    /// Whether the stored text of an expression reads the column.
    pub(super) fn reads(&self, sql: &str, position: usize) -> Result<bool> {
        let origin = (self.old.oid, position as i16 + 1);
        let trace = Binder::new(self.draft.env, &[]).trace_expression(&self.draft.table, sql)?;
        Ok(trace.iter().any(|(_, mention)| *mention == Mention::Column { origin }))
    }

    /// Whether the index has the column among its keys, its condition or what it includes.
    pub(super) fn index_reads(&self, index: &Index, position: usize) -> Result<bool> {
        for key in &index.keys {
            let reads = match &key.target {
                KeyTarget::Column(at) => *at == position,
                KeyTarget::Expression(sql) => self.reads(sql, position)?,
            };
            if reads {
                return Ok(true);
            }
        }
        if let Some(sql) = &index.predicate
            && self.reads(sql, position)?
        {
            return Ok(true);
        }
        Ok(index.include.contains(&position))
    }

    /// The generated columns that are computed from this one.
    pub(super) fn generated_from(&self, position: usize) -> Result<Vec<usize>> {
        let mut found = Vec::new();
        for (at, column) in self.draft.table.columns.iter().enumerate() {
            if let Some(sql) = &column.generated
                && at != position
                && !column.dropped
                && self.reads(sql, position)?
            {
                found.push(at);
            }
        }
        Ok(found)
    }

    /// Foreign keys of any table that refer to this one: `(table's oid, its name, the key's name)`.
    pub(super) fn keys_over(&self, of: impl Fn(&ForeignKey) -> bool) -> Vec<(Oid, String, String)> {
        self.draft
            .env
            .catalog
            .tables()
            .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
            .filter(|(_, key)| key.target == self.old.oid && of(key))
            .map(|(table, key)| (table.oid, table.name.clone(), key.name.clone()))
            .collect()
    }

    /// Drops foreign keys that depend on what goes: `what`, in their DETAIL `on`.
    ///
    /// Errors: 2BP01 without CASCADE.
    pub(super) fn drop_keys(
        &mut self,
        what: &str,
        on: &str,
        keys: &[(Oid, String, String)],
        cascade: bool,
    ) -> Result<()> {
        let listed: Vec<String> = keys
            .iter()
            .map(|(_, table, key)| format!("constraint {key} on table {table}"))
            .collect();
        if !keys.is_empty() && !cascade {
            let mut error = depended_on(on, &listed);
            error.message = format!("cannot drop {what} because other objects depend on it");
            return Err(error);
        }
        for ((table, _, key), listed) in keys.iter().zip(&listed) {
            self.draft.session.notice(PgError::notice(format!("drop cascades to {listed}")));
            if *table == self.old.oid {
                self.draft.table.foreign_keys.retain(|own| own.name != *key);
                continue;
            }
            let changed = self.puts.iter().rev().find_map(|object| match object {
                Object::Table(changed) if changed.oid == *table => Some(changed.clone()),
                _ => None,
            });
            let Some(other) = changed.or_else(|| self.draft.env.catalog.table(*table).cloned())
            else {
                continue;
            };
            let mut other = (*other).clone();
            other.foreign_keys.retain(|of| of.name != *key);
            self.puts.push(Object::Table(Arc::new(other)));
        }
        Ok(())
    }

    /// The views that read the column.
    pub(super) fn views_of(&self, position: usize) -> Result<Vec<Arc<View>>> {
        views_reading(self.draft.env, &self.old, position)
    }
}

fn views_reading(env: &Env, table: &Table, position: usize) -> Result<Vec<Arc<View>>> {
    let origin = (table.oid, position as i16 + 1);
    let mut found = Vec::new();
    for object in env.catalog.objects() {
        let Object::View(view) = object else { continue };
        if !view.reads.contains(&table.oid) {
            continue;
        }
        // A view that no longer binds depends on nothing that is still there.
        let Ok(trace) = Binder::new(env, &[]).trace_query(&view.query) else { continue };
        let reads = trace.iter().any(|(_, mention)| match mention {
            Mention::Column { origin: of } => *of == origin,
            _ => false,
        });
        if reads {
            found.push(view.clone());
        }
    }
    Ok(found)
}

/// 2BP01 with the dependents in its DETAIL.
pub(super) fn depended_on(what: &str, dependents: &[String]) -> PgError {
    let detail: Vec<String> =
        dependents.iter().map(|dependent| format!("{dependent} depends on {what}")).collect();
    PgError::new(
        sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
        format!("cannot drop {what} because other objects depend on it"),
    )
    .detail(detail.join("\n"))
    .hint("Use DROP ... CASCADE to drop the dependent objects too.")
}
