//! The write path that INSERT, UPDATE, DELETE and COPY share: a row is completed and checked, its
//! index keys are made, its unique keys are locked and looked up.

use std::{collections::HashSet, ops::Bound, sync::Arc, time::Duration};

use parking_lot::Mutex;

use crate::{
    base::{Csn, Oid, PgError, Result, RowId, ids::IndexId, sqlstate},
    ingest::{
        EntryKind, IndexEntry,
        locks::{Granted, LockMode, LockTarget, Wait},
    },
    query::{
        bind::{IndexRules, TableRules},
        env::Env,
        exec::{EvalContext, evaluate, index_key, source::Source},
        session::{Session, services::Live, writes::Writes},
    },
    storage::{
        Snapshot,
        catalog::{KeyTarget, Table},
    },
    types::{Datum, row, stored, text_io},
};

/// Completes and checks rows of one table, for one statement.
pub struct RowWriter {
    pub rules: Arc<TableRules>,
    pub env: Arc<Env>,
}

/// A row ready to be stored.
pub struct ReadyRow {
    pub bytes: Vec<u8>,
    pub keys: Vec<IndexEntry>,
}

impl RowWriter {
    pub fn new(session: &Session, env: Arc<Env>, table: &Arc<Table>) -> Result<Self> {
        Ok(Self { rules: session.shared().rules(&env, table)?, env })
    }

    pub fn table(&self) -> &Arc<Table> {
        &self.rules.table
    }

    pub fn context(&self) -> EvalContext<'_> {
        EvalContext::new(&self.env)
    }

    /// Computes the generated columns of `values`, a full row, and checks it.
    ///
    /// Errors: 23502, 23514, and whatever the expressions raise.
    pub fn complete(&self, values: &mut [Datum]) -> Result<()> {
        let context = self.context();
        for (position, expr) in &self.rules.generated {
            values[*position] = evaluate(expr, values, &context)?;
        }
        self.check(values)
    }

    /// NOT NULL and CHECK of a complete row. Errors: 23502, 23514.
    pub fn check(&self, values: &[Datum]) -> Result<()> {
        let context = self.context();
        let table = &self.rules.table;
        for (column, value) in table.columns.iter().zip(values.iter()) {
            if column.not_null && !column.dropped && value.is_null() {
                return Err(self.not_null_violation(&column.name, values));
            }
        }
        for (name, check) in &self.rules.checks {
            if evaluate(check, values, &context)?.as_bool() == Some(false) {
                return Err(PgError::new(
                    sqlstate::CHECK_VIOLATION,
                    format!(
                        "new row for relation \"{}\" violates check constraint \"{name}\"",
                        table.name
                    ),
                )
                .detail(self.failing_row(values))
                .table(self.schema_name(), &table.name)
                .constraint(name));
            }
        }
        Ok(())
    }

    fn not_null_violation(&self, column: &str, values: &[Datum]) -> PgError {
        let table = &self.rules.table;
        PgError::new(
            sqlstate::NOT_NULL_VIOLATION,
            format!(
                "null value in column \"{column}\" of relation \"{}\" violates not-null constraint",
                table.name
            ),
        )
        .detail(self.failing_row(values))
        .table(self.schema_name(), &table.name)
        .column(column)
    }

    pub fn schema_name(&self) -> String {
        let schema = self.env.catalog.schema(self.rules.table.schema);
        schema.map_or_else(String::new, |schema| schema.name.clone())
    }

    /// `Failing row contains (1, null, ...).`, each value cut at 64 bytes as PostgreSQL does.
    fn failing_row(&self, values: &[Datum]) -> String {
        let columns = self.rules.table.columns.iter().zip(values);
        let shown: Vec<String> = columns
            .filter(|(column, _)| !column.dropped)
            .map(|(column, value)| {
                let text = self.show(value, column.ty.oid);
                if text.len() <= 64 {
                    return text;
                }
                let end = (0..=64).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                format!("{}...", &text[..end])
            })
            .collect();
        format!("Failing row contains ({}).", shown.join(", "))
    }

    fn show(&self, value: &Datum, type_oid: Oid) -> String {
        let mut text = String::new();
        match value {
            Datum::Null => text.push_str("null"),
            value => text_io::format(value, type_oid, &self.env.style, &mut text),
        }
        text
    }

    /// The row's stored bytes and its index entries.
    ///
    /// Errors: those of index expressions.
    pub fn encode(&self, values: &[Datum]) -> Result<ReadyRow> {
        let mut bytes = Vec::new();
        row::encode(values, &mut bytes);
        Ok(ReadyRow { bytes, keys: self.keys(values)? })
    }

    /// The entries of a full row.
    ///
    /// Errors: those of index expressions, also of vector indexes, which have no entries.
    pub fn keys(&self, values: &[Datum]) -> Result<Vec<IndexEntry>> {
        let rules = self.rules.indexes.iter().filter(|rule| rule.index.sees_writes());
        rules.filter_map(|rule| self.entry(rule, values).transpose()).collect()
    }

    /// The entry of a full row in one index; `None` if it has none there.
    pub fn key_of(&self, index: IndexId, values: &[Datum]) -> Result<Option<IndexEntry>> {
        match self.rules.indexes.iter().find(|rule| rule.index.oid == index) {
            Some(rule) => self.entry(rule, values),
            None => Ok(None),
        }
    }

    fn entry(&self, rule: &IndexRules, values: &[Datum]) -> Result<Option<IndexEntry>> {
        let context = self.context();
        if let Some(predicate) = &rule.predicate
            && evaluate(predicate, values, &context)?.as_bool() != Some(true)
        {
            return Ok(None);
        }
        let keys = rule.keys.iter().map(|key| evaluate(key, values, &context));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let index = &rule.index;
        if !index.has_entries() {
            return Ok(None);
        }
        if index.is_inverted() {
            let key = index_key::inverted(index, &keys);
            let entry = IndexEntry { index: index.oid, key, kind: EntryKind::Inverted };
            return Ok((!entry.key.is_empty()).then_some(entry));
        }
        let types: Vec<_> = rule.keys.iter().map(|key| key.ty().oid).collect();
        let distinct =
            index.unique && (index.nulls_not_distinct || !keys.iter().any(Datum::is_null));
        let kind = if distinct { EntryKind::Unique } else { EntryKind::Plain };
        Ok(Some(IndexEntry { index: index.oid, key: index_key::entry(&keys, &types), kind }))
    }

    /// A stored row as a full row of datums.
    pub fn decode(&self, bytes: &[u8]) -> Result<Vec<Datum>> {
        decode_row(&self.rules.table, bytes)
    }

    /// 23505 with PostgreSQL's words, for the row `values` and the index of `entry`.
    pub fn unique_violation(&self, entry: &IndexEntry, values: &[Datum]) -> PgError {
        let Some(rule) = self.rules.indexes.iter().find(|rule| rule.index.oid == entry.index)
        else {
            return PgError::internal("a unique key without its index");
        };
        let context = self.context();
        let (mut names, mut shown) = (Vec::new(), Vec::new());
        for (key, expr) in rule.index.keys.iter().zip(&rule.keys) {
            names.push(match &key.target {
                KeyTarget::Column(position) => self.rules.table.columns[*position].name.clone(),
                KeyTarget::Expression(sql) => sql.clone(),
            });
            let value = evaluate(expr, values, &context).unwrap_or_default();
            shown.push(self.show(&value, expr.ty().oid));
        }
        PgError::new(
            sqlstate::UNIQUE_VIOLATION,
            format!("duplicate key value violates unique constraint \"{}\"", rule.index.name),
        )
        .detail(format!("Key ({})=({}) already exists.", names.join(", "), shown.join(", ")))
        .table(self.schema_name(), &self.rules.table.name)
        .constraint(&rule.index.name)
    }
}

/// A stored row as a full row of datums: dropped columns are NULL, columns added after the row was
/// written hold what the catalogue says.
pub fn decode_row(table: &Table, bytes: &[u8]) -> Result<Vec<Datum>> {
    let row = row::Row::new(bytes)?;
    let columns = table.columns.iter().enumerate();
    columns
        .map(|(position, column)| match &column.missing {
            _ if column.dropped => Ok(Datum::Null),
            _ if position < row.columns() => row.datum(position, column.ty.oid),
            Some(bytes) => stored::decode(column.ty.oid, bytes),
            None => Ok(Datum::Null),
        })
        .collect()
}

/// How long a statement waits for a lock.
pub fn patience(live: &Mutex<Live>) -> Wait {
    match live.lock().settings.resolved().lock_timeout {
        Duration::ZERO => Wait::Forever,
        limit => Wait::AtMost(limit),
    }
}

/// Takes a table's lock until the transaction ends.
pub async fn lock_table(session: &mut Session, table: &Table, mode: LockMode) -> Result<()> {
    lock(session, LockTarget::Table(table.oid), mode).await.map(drop)
}

pub async fn lock(session: &mut Session, target: LockTarget, mode: LockMode) -> Result<Granted> {
    let wait = patience(&session.live);
    let owner = session.transaction().id;
    let locks = session.shared().locks.clone();
    let running = session.running().clone();
    running.watch(locks.lock(owner, target, mode, wait)).await
}

/// Locks the unique keys of new rows. Whoever holds one is writing the same key: the caller looks
/// the keys up after this, when the other has ended.
pub async fn lock_keys(session: &mut Session, entries: &[IndexEntry]) -> Result<()> {
    for entry in entries.iter().filter(|entry| entry.is_unique()) {
        let target = LockTarget::Key(entry.index, entry.key.clone());
        lock(session, target, LockMode::ForUpdate).await?;
    }
    Ok(())
}

/// Locks rows for a change.
pub async fn lock_rows(
    session: &mut Session,
    table: &Table,
    rows: &[RowId],
    mode: LockMode,
) -> Result<()> {
    let owner = session.transaction().id;
    let locks = session.shared().locks.clone();
    let busy = locks.try_lock_rows(owner, table.oid, rows.iter().copied(), mode);
    for row in busy {
        lock(session, LockTarget::Row(table.oid, row), mode).await?;
    }
    Ok(())
}

/// A live row with the unique key of `entry`, other than those of `except`: stored, or written by
/// this transaction. `newest` must have been opened after the key was locked.
///
/// Long keys are stored shortened with a hash: two of them that agree in that are equal.
pub fn row_with_key(
    writes: &Writes,
    newest: &Snapshot,
    table: &Table,
    entry: &IndexEntry,
    except: &HashSet<RowId>,
) -> Result<Option<RowId>> {
    let own = writes.rows_with_key(entry).find(|row| !except.contains(row));
    if own.is_some() {
        return Ok(own);
    }
    if writes.overlay.is_truncated(table.oid) || newest.catalog().index(entry.index).is_none() {
        return Ok(None);
    }
    let bound = Bound::Included(entry.key.as_slice());
    for row in newest.index_range(entry.index, bound, bound, false)? {
        let row = row?;
        // What this transaction wrote was looked up above.
        if !except.contains(&row)
            && !writes.has_written(table.oid, row)
            && newest.row(table.oid, row)?.is_some()
        {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The newest committed csn of a row, or `None` if it is gone.
pub fn newest_csn(newest: &Snapshot, table: &Table, row: RowId) -> Result<Option<Csn>> {
    Ok(newest.row(table.oid, row)?.map(|stored| stored.csn))
}

/// A full row as a view has it.
pub fn full_row(view: &dyn Source, table: &Table, row: RowId) -> Result<Option<Vec<Datum>>> {
    let mut found = None;
    view.row(table.oid, row, &mut |_, _, bytes| {
        found = Some(decode_row(table, bytes)?);
        Ok(true)
    })?;
    Ok(found)
}
