//! What depends on a relation that is to go: views, defaults that take from its sequence, foreign
//! keys. They forbid it, or go with it under CASCADE.

use std::sync::Arc;

use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{catalog::spelling, env::Env, functions::strings::quoted_identifier, session::Session},
    storage::{
        CatalogChange,
        catalog::{Object, Sequence, Table, View},
    },
};

enum Dependent {
    View(Arc<View>),
    /// A column's default.
    Default(Arc<Table>, usize),
    /// A foreign key, by its name.
    Constraint(Arc<Table>, String),
}

/// Everything that depends on some relations, each behind what it depends on.
pub(super) struct Dependents<'e> {
    env: &'e Env,
    /// What is dropped anyway.
    gone: Vec<Oid>,
    found: Vec<Dependent>,
    /// `view v depends on table t`
    lines: Vec<String>,
}

impl<'e> Dependents<'e> {
    /// `gone`: relations that are dropped by the same statement.
    pub fn new(env: &'e Env, gone: &[Oid]) -> Self {
        Self { env, gone: gone.to_vec(), found: vec![], lines: vec![] }
    }

    /// Adds what depends on a relation.
    pub fn of(&mut self, object: &Object) {
        let shown = described(self.env, object);
        let mut direct: Vec<(Oid, Dependent)> = Vec::new();
        let oid = object.oid();
        for other in self.env.catalog.objects() {
            if self.gone.contains(&other.oid()) {
                continue;
            }
            match other {
                Object::View(view) if view.reads.contains(&oid) => {
                    direct.push((view.oid, Dependent::View(view.clone())));
                }
                Object::Table(table) if table.oid != oid => {
                    for key in table.foreign_keys.iter().filter(|key| key.target == oid) {
                        let dependent = Dependent::Constraint(table.clone(), key.name.clone());
                        direct.push((key.oid, dependent));
                    }
                    if let Object::Sequence(sequence) = object {
                        for position in taking_from(self.env, table, sequence) {
                            direct.push((table.oid, Dependent::Default(table.clone(), position)));
                        }
                    }
                }
                // A serial column's sequence goes with its table.
                Object::Sequence(sequence)
                    if sequence.owned_by.is_some_and(|(table, _)| table == oid) =>
                {
                    self.of_owned(other, oid);
                }
                _ => {}
            }
        }
        direct.sort_by_key(|(oid, _)| *oid);
        for (_, dependent) in direct {
            self.add(dependent, &shown);
        }
    }

    fn of_owned(&mut self, sequence: &Object, owner: Oid) {
        let known = self.gone.contains(&owner);
        self.gone.push(owner);
        self.of(sequence);
        if !known {
            self.gone.retain(|oid| *oid != owner);
        }
    }

    fn add(&mut self, dependent: Dependent, on: &str) {
        self.lines.push(format!("{} depends on {on}", self.shown(&dependent)));
        if let Dependent::View(view) = &dependent {
            self.gone.push(view.oid);
        }
        let view = match &dependent {
            Dependent::View(view) => Some(Object::View(view.clone())),
            _ => None,
        };
        self.found.push(dependent);
        if let Some(view) = view {
            self.of(&view);
        }
    }

    fn shown(&self, dependent: &Dependent) -> String {
        let table_name = |table: &Arc<Table>| described(self.env, &Object::Table(table.clone()));
        match dependent {
            Dependent::View(view) => described(self.env, &Object::View(view.clone())),
            Dependent::Default(table, position) => format!(
                "default value for column {} of {}",
                quoted_identifier(&table.columns[*position].name),
                table_name(table)
            ),
            Dependent::Constraint(table, key) => {
                format!("constraint {} on {}", quoted_identifier(key), table_name(table))
            }
        }
    }

    /// Drops them all.
    ///
    /// Errors: 2BP01 without CASCADE, which names `what` is to go if that is one object.
    pub fn settle(self, session: &mut Session, what: Option<&str>, cascade: bool) -> Result<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        if !cascade {
            let message = match what {
                Some(what) => format!("cannot drop {what} because other objects depend on it"),
                None => {
                    "cannot drop desired object(s) because other objects depend on them".to_owned()
                }
            };
            return Err(PgError::new(sqlstate::DEPENDENT_OBJECTS_STILL_EXIST, message)
                .detail(self.lines.join("\n"))
                .hint("Use DROP ... CASCADE to drop the dependent objects too."));
        }
        let shown: Vec<String> = self.found.iter().map(|dependent| self.shown(dependent)).collect();
        cascades(session, &shown);
        for dependent in &self.found {
            // An earlier one of the same table may have changed it.
            let (env, _) = session.environment()?;
            let change = match dependent {
                Dependent::View(view) => CatalogChange::Drop(view.oid),
                Dependent::Default(table, position) => {
                    let Some(table) = env.catalog.table(table.oid) else { continue };
                    let mut changed = (**table).clone();
                    changed.columns[*position].default = None;
                    changed.columns[*position].sequence = None;
                    CatalogChange::Put(Object::Table(changed.into()))
                }
                Dependent::Constraint(table, name) => {
                    let Some(table) = env.catalog.table(table.oid) else { continue };
                    let mut changed = (**table).clone();
                    changed.foreign_keys.retain(|key| key.name != *name);
                    CatalogChange::Put(Object::Table(changed.into()))
                }
            };
            session.transaction().writes.change(&env.catalog, change);
        }
        Ok(())
    }
}

/// The NOTICE of what goes along.
pub(super) fn cascades(session: &Session, shown: &[String]) {
    match shown {
        [] => {}
        [one] => session.notice(PgError::notice(format!("drop cascades to {one}"))),
        many => {
            let detail: Vec<String> =
                many.iter().map(|object| format!("drop cascades to {object}")).collect();
            session.notice(
                PgError::notice(format!("drop cascades to {} other objects", many.len()))
                    .detail(detail.join("\n")),
            );
        }
    }
}

/// A relation as messages name it: `table t`, qualified unless the search path finds it.
pub(super) fn described(env: &Env, object: &Object) -> String {
    let kind = match object {
        Object::View(_) => "view",
        Object::Sequence(_) => "sequence",
        Object::Index(_) => "index",
        _ => "table",
    };
    let Some((schema, name)) = object.relation_name(&env.catalog) else { return kind.to_owned() };
    let visible = super::names::find_relation(env, "", &name)
        .is_some_and(|found| found.oid() == object.oid());
    let schema = env.catalog.schema(schema).filter(|_| !visible);
    match schema {
        None => format!("{kind} {}", quoted_identifier(&name)),
        Some(schema) => {
            format!("{kind} {}.{}", quoted_identifier(&schema.name), quoted_identifier(&name))
        }
    }
}

/// The columns of a table whose defaults take from a sequence.
fn taking_from(env: &Env, table: &Table, sequence: &Sequence) -> Vec<usize> {
    // A sequence named by a text is looked up when it is used: nothing depends on it.
    let takes = |sql: &str| spelling::sequence_of(env, sql) == Some(sequence.oid);
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(_, column)| !column.dropped && column.default.as_deref().is_some_and(takes))
        .map(|(position, _)| position)
        .collect()
}
