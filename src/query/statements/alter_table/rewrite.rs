//! A table's stored rows under its new definition: verified where they stand, or written anew.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::Value;
use crate::{
    base::{PgError, Result, RowId, sqlstate},
    query::{
        exec::{evaluate, source::Source},
        session::{Session, view::View},
        statements::{
            index_fill::{fill, not_unique},
            write::{RowWriter, decode_row},
        },
    },
    storage::catalog::{Index, IndexMethod, Table},
    types::{Datum, stored},
};

pub struct StoredRows<'a> {
    /// As the rows were written.
    pub old: &'a Arc<Table>,
    pub table: &'a Arc<Table>,
}

impl StoredRows<'_> {
    /// Errors: 23502 `column "a" of relation "t" contains null values`; 23514.
    pub fn verify(
        &self,
        session: &mut Session,
        view: &View,
        not_null: &[usize],
        checks: &[String],
    ) -> Result<()> {
        if not_null.is_empty() && checks.is_empty() {
            return Ok(());
        }
        let writer = self.writer(session)?;
        let table = self.table;
        view.rows.scan(table.oid, None, &mut |_, _, bytes| {
            self.check(&writer, &decode_row(table, bytes)?, not_null, checks)?;
            Ok(true)
        })
    }

    /// The btree entries of a new index.
    ///
    /// Errors: 23505 `could not create unique index "x"`.
    pub async fn fill(&self, session: &mut Session, view: &View, index: &Arc<Index>) -> Result<()> {
        if index.method != IndexMethod::Btree {
            return Ok(());
        }
        let writer = self.writer(session)?;
        fill(session, &writer, &*view.rows, index, false).await
    }

    /// Writes every row anew, under new row ids: what was derived from the old ones is void.
    ///
    /// Errors: those of the values; 23502, 23505, 23514.
    pub async fn rewrite(
        &self,
        session: &mut Session,
        view: &View,
        values: &BTreeMap<usize, Value>,
    ) -> Result<()> {
        let writer = self.writer(session)?;
        let (old, table) = (self.old, self.table);
        let all: Vec<usize> = (0..table.columns.len())
            .filter(|at| table.columns[*at].not_null && !table.columns[*at].dropped)
            .collect();
        let checks: Vec<String> = table.checks.iter().map(|check| check.name.clone()).collect();
        let mut seen = HashSet::new();
        let mut ready = Vec::new();
        view.rows.scan(table.oid, None, &mut |_, _, bytes| {
            let before = decode_row(old, bytes)?;
            let mut row = self.row(&writer, &before, values)?;
            for (position, expr) in &writer.rules.generated {
                row[*position] = evaluate(expr, &row, &writer.context())?;
            }
            self.check(&writer, &row, &all, &checks)?;
            let stored = writer.encode(&row)?;
            for entry in stored.keys.iter().filter(|entry| entry.unique) {
                if !seen.insert((entry.index, entry.key.clone())) {
                    return Err(not_unique(&writer, entry, &row));
                }
            }
            ready.push(stored);
            Ok(true)
        })?;
        let first = session.shared().store.allocate_rows(ready.len() as u64);
        let writes = &mut session.transaction().writes;
        writes.truncate(table.oid);
        for (offset, row) in ready.into_iter().enumerate() {
            let id = RowId(first.0 + offset as u64);
            writes.insert(table.oid, id, row.bytes.into(), row.keys);
        }
        Ok(())
    }

    fn writer(&self, session: &mut Session) -> Result<RowWriter> {
        let (env, _) = session.environment()?;
        RowWriter::new(session, env, self.table)
    }

    /// The new full row, generated columns apart.
    fn row(
        &self,
        writer: &RowWriter,
        before: &[Datum],
        values: &BTreeMap<usize, Value>,
    ) -> Result<Vec<Datum>> {
        let context = writer.context();
        let columns = self.table.columns.iter().enumerate();
        columns
            .map(|(position, column)| match values.get(&position) {
                _ if column.dropped => Ok(Datum::Null),
                Some(Value::Of(expr)) => evaluate(expr, before, &context),
                Some(Value::Default) => evaluate(&writer.rules.defaults[position], &[], &context),
                None => match (before.get(position), &column.missing) {
                    (Some(value), _) => Ok(value.clone()),
                    (None, Some(bytes)) => stored::decode(column.ty.oid, bytes),
                    (None, None) => Ok(Datum::Null),
                },
            })
            .collect()
    }

    fn check(
        &self,
        writer: &RowWriter,
        row: &[Datum],
        not_null: &[usize],
        checks: &[String],
    ) -> Result<()> {
        let table = self.table;
        if let Some(position) = not_null.iter().find(|position| row[**position].is_null()) {
            let column = &table.columns[*position].name;
            return Err(PgError::new(
                sqlstate::NOT_NULL_VIOLATION,
                format!("column \"{column}\" of relation \"{}\" contains null values", table.name),
            )
            .table(writer.schema_name(), &table.name)
            .column(column));
        }
        for (name, check) in writer.rules.checks.iter().filter(|(name, _)| checks.contains(name)) {
            if evaluate(check, row, &writer.context())?.as_bool() == Some(false) {
                return Err(PgError::new(
                    sqlstate::CHECK_VIOLATION,
                    format!(
                        "check constraint \"{name}\" of relation \"{}\" is violated by some row",
                        table.name
                    ),
                )
                .table(writer.schema_name(), &table.name)
                .constraint(name));
            }
        }
        Ok(())
    }
}
