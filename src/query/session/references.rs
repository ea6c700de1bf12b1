//! Referential integrity: what foreign keys ask of the rows that a statement has written.
//!
//! Each question is a statement of its own, as in PostgreSQL: the referred row is locked FOR KEY
//! SHARE, referring rows are deleted or updated, so that actions cascade by the same way. Checks that
//! are deferred wait in the transaction's writes, where a savepoint takes them back.

use std::{collections::HashMap, sync::Arc};

use futures::{TryStreamExt, future::BoxFuture};

use super::{Outcome, Prepared, Session, names::quoted};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        env::Env,
        parse,
        statements::{self, write::decode_row},
    },
    storage::catalog::{Catalog, ForeignKey, ReferenceAction, Table},
    types::{Datum, PgType, text_io},
};

/// A check that waits for the end of the statement or of the transaction.
#[derive(Clone, Debug)]
pub struct Pending {
    constraint: Oid,
    check: Check,
    /// Of the referring columns, or of the target's.
    key: Vec<Datum>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// Rows with this key refer to a row that must be there.
    Referring,
    /// The row with this key is gone: nobody may refer to it.
    Referred,
}

/// SET CONSTRAINTS of the transaction: by constraint, and for all others.
#[derive(Clone, Debug, Default)]
pub struct ConstraintModes {
    pub all: Option<bool>,
    pub deferred: HashMap<Oid, bool>,
}

impl ConstraintModes {
    fn is_deferred(&self, key: &ForeignKey) -> bool {
        let said = self.deferred.get(&key.oid).copied().or(self.all);
        key.deferrable && said.unwrap_or(key.initially_deferred)
    }
}

/// The statements that one foreign key needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// Locks the row referred to.
    Target,
    /// Whether any row refers.
    Referrer,
    Delete,
    /// Sets the referring columns to new values.
    Follow,
    SetNull,
    SetDefault,
}

/// A foreign key with its two tables.
struct Reference {
    key: ForeignKey,
    child: Arc<Table>,
    target: Arc<Table>,
}

impl Reference {
    fn of(catalog: &Catalog, child: &Arc<Table>, key: &ForeignKey) -> Option<Self> {
        let target = catalog.table(key.target)?.clone();
        Some(Self { key: key.clone(), child: child.clone(), target })
    }

    fn sql(&self, question: Question, catalog: &Catalog) -> String {
        let (child, target) = (table_name(catalog, &self.child), table_name(catalog, &self.target));
        let equal = |table: &Table, columns: &[usize], from: usize| {
            let each = columns.iter().enumerate().map(|(at, position)| {
                format!("{} = ${}", quoted(&table.columns[*position].name), from + at)
            });
            each.collect::<Vec<_>>().join(" AND ")
        };
        let referring = |from| equal(&self.child, &self.key.columns, from);
        let set = |value: &str| {
            let columns = match self.key.set_columns.as_slice() {
                [] => &self.key.columns,
                some => some,
            };
            let each = columns.iter().map(|position| {
                format!("{} = {value}", quoted(&self.child.columns[*position].name))
            });
            each.collect::<Vec<_>>().join(", ")
        };
        let width = self.key.columns.len();
        match question {
            Question::Target => {
                let condition = equal(&self.target, &self.key.target_columns, 1);
                format!("SELECT 1 FROM {target} x WHERE {condition} FOR KEY SHARE OF x")
            }
            Question::Referrer => {
                format!("SELECT 1 FROM {child} x WHERE {} LIMIT 1 FOR KEY SHARE OF x", referring(1))
            }
            Question::Delete => format!("DELETE FROM {child} WHERE {}", referring(1)),
            Question::Follow => {
                let columns = self.key.columns.iter().enumerate();
                let new = columns.map(|(at, position)| {
                    let name = quoted(&self.child.columns[*position].name);
                    format!("{name} = ${}", width + 1 + at)
                });
                let new = new.collect::<Vec<_>>().join(", ");
                format!("UPDATE {child} SET {new} WHERE {}", referring(1))
            }
            Question::SetNull => {
                format!("UPDATE {child} SET {} WHERE {}", set("NULL"), referring(1))
            }
            Question::SetDefault => {
                format!("UPDATE {child} SET {} WHERE {}", set("DEFAULT"), referring(1))
            }
        }
    }

    /// The types of the question's parameters.
    fn types(&self, question: Question) -> Vec<Oid> {
        let of = |table: &Table, columns: &[usize]| -> Vec<Oid> {
            columns.iter().map(|position| table.columns[*position].ty.oid).collect()
        };
        let child = of(&self.child, &self.key.columns);
        let target = of(&self.target, &self.key.target_columns);
        match question {
            Question::Target => child,
            Question::Follow => [target.clone(), target].concat(),
            _ => target,
        }
    }

    fn key_text(&self, env: &Env, table: &Table, columns: &[usize], key: &[Datum]) -> String {
        let names: Vec<&str> =
            columns.iter().map(|position| table.columns[*position].name.as_str()).collect();
        let shown: Vec<String> = columns
            .iter()
            .zip(key)
            .map(|(position, value)| {
                let mut text = String::new();
                text_io::format(value, table.columns[*position].ty.oid, &env.style, &mut text);
                text
            })
            .collect();
        format!("Key ({})=({})", names.join(", "), shown.join(", "))
    }

    fn violation(&self, env: &Env, message: String) -> PgError {
        let schema = env.catalog.schema(self.child.schema).map(|schema| schema.name.clone());
        PgError::new(sqlstate::FOREIGN_KEY_VIOLATION, message)
            .table(schema.unwrap_or_default(), &self.child.name)
            .constraint(&self.key.name)
    }

    fn not_present(&self, env: &Env, key: &[Datum]) -> PgError {
        let shown = self.key_text(env, &self.child, &self.key.columns, key);
        self.violation(
            env,
            format!(
                "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
                self.child.name, self.key.name
            ),
        )
        .detail(format!("{shown} is not present in table \"{}\".", self.target.name))
    }

    fn still_referenced(&self, env: &Env, key: &[Datum], restrict: bool) -> PgError {
        let (target, child) = (&self.target.name, &self.child.name);
        let shown = self.key_text(env, &self.target, &self.key.target_columns, key);
        let (what, is) = match restrict {
            true => ("violates RESTRICT setting of foreign key constraint", "is referenced"),
            false => ("violates foreign key constraint", "is still referenced"),
        };
        let name = &self.key.name;
        let message = format!(
            "update or delete on table \"{target}\" {what} \"{name}\" on table \"{child}\""
        );
        let mut error =
            self.violation(env, message).detail(format!("{shown} {is} from table \"{child}\"."));
        if restrict {
            error.code = sqlstate::RESTRICT_VIOLATION;
        }
        error
    }
}

fn table_name(catalog: &Catalog, table: &Table) -> String {
    let schema = catalog.schema(table.schema).map_or("public", |schema| schema.name.as_str());
    format!("{}.{}", quoted(schema), quoted(&table.name))
}

fn pick(row: &[Datum], columns: &[usize]) -> Vec<Datum> {
    columns.iter().map(|position| row[*position].clone()).collect()
}

/// What a row was and what it is; `None` where it did not or does not exist.
pub struct Change<'a> {
    pub old: Option<&'a [Datum]>,
    pub new: Option<&'a [Datum]>,
}

impl Session {
    /// Whether foreign keys look at the table's rows at all.
    pub(in crate::query) fn is_referential(catalog: &Catalog, table: &Table) -> bool {
        !table.foreign_keys.is_empty() || catalog.referring(table.oid).next().is_some()
    }

    /// After a statement has written rows of `table`: acts and checks, or leaves checks for later.
    ///
    /// Errors: 23503, 23001; those of the statements that actions are.
    pub(in crate::query) fn refer<'a>(
        &'a mut self,
        env: &'a Arc<Env>,
        table: &'a Arc<Table>,
        changes: &'a [Change<'a>],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            // What is referred to may have been written by another step of the statement.
            let steps = self.steps.take();
            let result = self.refer_now(env, table, changes).await;
            self.steps = steps;
            result
        })
    }

    async fn refer_now(
        &mut self,
        env: &Arc<Env>,
        table: &Arc<Table>,
        changes: &[Change<'_>],
    ) -> Result<()> {
        let mut after = Vec::new();
        for key in &table.foreign_keys {
            let Some(reference) = Reference::of(&env.catalog, table, key) else { continue };
            for change in changes {
                after.extend(self.referring_key(env, &reference, change)?);
            }
        }
        let referring: Vec<Reference> = env
            .catalog
            .referring(table.oid)
            .filter_map(|(child, key)| Reference::of(&env.catalog, child, key))
            .collect();
        for reference in &referring {
            for change in changes {
                after.extend(self.target_changed(env, reference, change).await?);
            }
        }
        for pending in after {
            self.running.check()?;
            self.look_or_defer(env, pending).await?;
        }
        Ok(())
    }

    /// What a finished COPY has left becomes part of the transaction.
    ///
    /// Errors: 23503.
    pub async fn take_copied(&mut self) -> Result<()> {
        let Some(copied) = self.copied.lock().take() else { return Ok(()) };
        let (env, _) = self.environment()?;
        let table = env.catalog.table(copied.table).cloned();
        let referring = table.filter(|table| !table.foreign_keys.is_empty());
        let mut rows = Vec::new();
        if let Some(table) = &referring {
            for (_, row) in &copied.rows {
                rows.push(decode_row(table, &row.bytes)?);
            }
        }
        self.transaction().take_in(copied);
        let Some(table) = referring else { return Ok(()) };
        let changes: Vec<Change<'_>> =
            rows.iter().map(|row| Change { old: None, new: Some(row) }).collect();
        self.refer(&env, &table, &changes).await
    }

    /// The key a new row refers with, if it must be looked up.
    ///
    /// Errors: 23503 for a key that is NULL in part, with MATCH FULL.
    fn referring_key(
        &self,
        env: &Env,
        reference: &Reference,
        change: &Change<'_>,
    ) -> Result<Option<Pending>> {
        let key = &reference.key;
        let Some(new) = change.new.map(|row| pick(row, &key.columns)) else { return Ok(None) };
        if change.old.is_some_and(|old| pick(old, &key.columns) == new) {
            return Ok(None);
        }
        let nulls = new.iter().filter(|value| value.is_null()).count();
        if nulls > 0 {
            if key.full && nulls < new.len() {
                let message = format!(
                    "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
                    reference.child.name, key.name
                );
                return Err(reference
                    .violation(env, message)
                    .detail("MATCH FULL does not allow mixing of null and nonnull key values."));
            }
            return Ok(None);
        }
        Ok(Some(Pending { constraint: key.oid, check: Check::Referring, key: new }))
    }

    /// What a foreign key does when a row it may refer to has gone or changed. `Some`: the check
    /// that comes at the end.
    async fn target_changed(
        &mut self,
        env: &Arc<Env>,
        reference: &Reference,
        change: &Change<'_>,
    ) -> Result<Option<Pending>> {
        let key = &reference.key;
        let Some(old) = change.old.map(|row| pick(row, &key.target_columns)) else {
            return Ok(None);
        };
        let new = change.new.map(|row| pick(row, &key.target_columns));
        if new.as_ref() == Some(&old) || old.iter().any(Datum::is_null) {
            return Ok(None);
        }
        let action = if new.is_some() { key.on_update } else { key.on_delete };
        let question = match (action, &new) {
            (ReferenceAction::NoAction, _) => {
                return Ok(Some(Pending { constraint: key.oid, check: Check::Referred, key: old }));
            }
            (ReferenceAction::Restrict, _) => {
                if self.ask(env, reference, Question::Referrer, old.clone()).await? > 0 {
                    return Err(reference.still_referenced(env, &old, true));
                }
                return Ok(None);
            }
            (ReferenceAction::Cascade, None) => Question::Delete,
            (ReferenceAction::Cascade, Some(_)) => Question::Follow,
            (ReferenceAction::SetNull, _) => Question::SetNull,
            (ReferenceAction::SetDefault, _) => Question::SetDefault,
        };
        let params = match (question, new) {
            (Question::Follow, Some(new)) => [old.clone(), new].concat(),
            _ => old.clone(),
        };
        self.ask(env, reference, question, params).await?;
        // A default may refer to the very row that has gone.
        let left = question == Question::SetDefault;
        Ok(left.then_some(Pending { constraint: key.oid, check: Check::Referred, key: old }))
    }

    async fn look_or_defer(&mut self, env: &Arc<Env>, pending: Pending) -> Result<()> {
        let Some(reference) = find(&env.catalog, pending.constraint) else { return Ok(()) };
        if self.transaction().constraint_modes.is_deferred(&reference.key) {
            self.transaction().writes.pending.push(pending);
            return Ok(());
        }
        self.look(env, &reference, &pending).await
    }

    async fn look(
        &mut self,
        env: &Arc<Env>,
        reference: &Reference,
        pending: &Pending,
    ) -> Result<()> {
        let key = pending.key.clone();
        match pending.check {
            Check::Referring => {
                if self.ask(env, reference, Question::Target, key.clone()).await? == 0 {
                    return Err(reference.not_present(env, &key));
                }
            }
            Check::Referred => {
                // Another row may have taken the key over.
                if self.ask(env, reference, Question::Referrer, key.clone()).await? > 0
                    && self.ask(env, reference, Question::Target, key.clone()).await? == 0
                {
                    return Err(reference.still_referenced(env, &key, false));
                }
            }
        }
        Ok(())
    }

    /// The checks that were deferred, at COMMIT or SET CONSTRAINTS; of `only` one constraint, or all.
    ///
    /// Errors: 23503.
    pub(in crate::query) fn settle_references(
        &mut self,
        only: Option<Oid>,
    ) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            loop {
                let pending = &mut self.transaction().writes.pending;
                let wanted = |one: &Pending| only.is_none_or(|only| one.constraint == only);
                let Some(at) = pending.iter().position(wanted) else { return Ok(()) };
                let pending = pending.remove(at);
                let (env, _) = self.environment()?;
                let Some(reference) = find(&env.catalog, pending.constraint) else { continue };
                if pending.check == Check::Referring
                    && !self.refers(&env, &reference, &pending).await?
                {
                    continue;
                }
                self.look(&env, &reference, &pending).await?;
            }
        })
    }

    /// Whether any row has the referring key still: the one that was checked may be gone by now.
    async fn refers(
        &mut self,
        env: &Arc<Env>,
        reference: &Reference,
        pending: &Pending,
    ) -> Result<bool> {
        Ok(self.ask(env, reference, Question::Referrer, pending.key.clone()).await? > 0)
    }

    /// Runs one of a foreign key's statements; how many rows it found or wrote.
    async fn ask(
        &mut self,
        env: &Arc<Env>,
        reference: &Reference,
        question: Question,
        params: Vec<Datum>,
    ) -> Result<u64> {
        let known = self.questions.get(&(reference.key.oid, question)).cloned();
        let prepared = match known {
            Some(prepared) => self.current(&prepared)?,
            None => {
                let sql = reference.sql(question, &env.catalog);
                let mut statements = parse::parse(&sql)?;
                let statement = statements
                    .pop()
                    .ok_or_else(|| PgError::internal("a question without words"))?;
                let types = reference.types(question).into_iter().map(PgType::new).collect();
                self.bind(statement, types)?
            }
        };
        self.questions.insert((reference.key.oid, question), prepared.clone());
        count(Box::pin(statements::execute(self, &prepared, params)).await?).await
    }
}

/// The constraint as the catalogue has it now.
fn find(catalog: &Catalog, constraint: Oid) -> Option<Reference> {
    catalog.tables().find_map(|table| {
        let key = table.foreign_keys.iter().find(|key| key.oid == constraint)?;
        Reference::of(catalog, table, key)
    })
}

async fn count(outcome: Outcome) -> Result<u64> {
    match outcome {
        Outcome::Rows { stream, .. } => {
            let count = |sum, batch: datafusion::arrow::record_batch::RecordBatch| async move {
                Ok(sum + batch.num_rows() as u64)
            };
            stream.try_fold(0, count).await
        }
        Outcome::Command(tag) => {
            Ok(tag.rsplit(' ').next().and_then(|rows| rows.parse().ok()).unwrap_or(0))
        }
        _ => Ok(0),
    }
}

/// By constraint and question: bound once for each version of the definitions.
pub(super) type Questions = HashMap<(Oid, Question), Prepared>;
