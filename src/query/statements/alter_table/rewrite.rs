//! A table's stored rows under its new definition: verified where they stand, or written anew.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use super::Value;
use crate::{
    base::{PgError, Result, RowId, sqlstate},
    query::{
        bind::Binder,
        catalog::definition::qualified,
        exec::{self, evaluate, source::Source},
        functions::strings::quoted_identifier,
        parse::{self, NodeEnum},
        session::{Session, view::View},
        statements::{
            index_fill::{fill, not_unique},
            write::{RowWriter, decode_row},
        },
    },
    storage::catalog::{ForeignKey, Index, Table},
    types::{Datum, stored, text_io},
};

pub struct StoredRows<'a> {
    /// As the rows were written.
    pub old: &'a Arc<Table>,
    pub table: &'a Arc<Table>,
}

impl StoredRows<'_> {
    /// Errors: 23502 `column "a" of relation "t" contains null values`; 23514; 57014.
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
        let (table, running) = (self.table, session.running());
        view.rows.scan(table.oid, None, &mut |_, _, bytes| {
            running.check()?;
            self.check(&writer, &decode_row(table, bytes)?, not_null, checks)?;
            Ok(true)
        })
    }

    /// Every row's key of a new foreign key must be there.
    ///
    /// Errors: 23503 as for an INSERT of the row.
    pub async fn verify_references(&self, session: &mut Session, key: &ForeignKey) -> Result<()> {
        let (env, view) = session.environment()?;
        let target = env
            .catalog
            .table(key.target)
            .cloned()
            .ok_or_else(|| PgError::internal("a foreign key without its target"))?;
        let named = |table: &Table, columns: &[usize], alias: &str| -> Vec<String> {
            let name = |at: &usize| quoted_identifier(&table.columns[*at].name).into_owned();
            columns.iter().map(|at| format!("{alias}{}", name(at))).collect()
        };
        let own = named(self.table, &key.columns, "r.");
        let other = named(&target, &key.target_columns, "t.");
        let equal: Vec<String> =
            own.iter().zip(&other).map(|(own, other)| format!("{own} = {other}")).collect();
        let present: Vec<String> = own.iter().map(|own| format!("{own} IS NOT NULL")).collect();
        let sql = format!(
            "SELECT {} FROM {} r WHERE {} AND NOT EXISTS (SELECT 1 FROM {} t WHERE {}) LIMIT 1",
            own.join(", "),
            qualified(&env.catalog, self.table.schema, &self.table.name),
            present.join(" AND "),
            qualified(&env.catalog, target.schema, &target.name),
            equal.join(" AND "),
        );
        let statements = parse::parse(&sql)?;
        let Some(NodeEnum::SelectStmt(select)) = statements.first().map(|one| one.node.as_ref())
        else {
            return Err(PgError::internal("a query was expected"));
        };
        let plan = session.optimise(Binder::new(&env, &[]).select(select)?, &env, &view);
        let execution = session.execution(env.clone(), view, vec![]);
        let rows = exec::rows(&plan, Arc::new(execution)).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let shown: Vec<String> = row
            .iter()
            .zip(plan.fields.iter())
            .map(|(value, field)| {
                let mut text = String::new();
                text_io::format(value, field.ty.oid, &env.style, &mut text);
                text
            })
            .collect();
        Err(PgError::new(
            sqlstate::FOREIGN_KEY_VIOLATION,
            format!(
                "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
                self.table.name, key.name
            ),
        )
        .detail(format!(
            "Key ({})=({}) is not present in table \"{}\".",
            named(self.table, &key.columns, "").join(", "),
            shown.join(", "),
            target.name
        ))
        .constraint(&key.name))
    }

    /// The entries of a new index, if it has any.
    ///
    /// Errors: 23505 `could not create unique index "x"`.
    pub async fn fill(&self, session: &mut Session, view: &View, index: &Arc<Index>) -> Result<()> {
        if !index.has_entries() {
            return Ok(());
        }
        let writer = self.writer(session)?;
        fill(session, &writer, &*view.rows, index, false).await
    }

    /// Writes every row anew, under new row ids: what was derived from the old ones is void.
    ///
    /// Errors: those of the values; 23502, 23505, 23514; 57014.
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
        let running = session.running();
        view.rows.scan(table.oid, None, &mut |_, _, bytes| {
            running.check()?;
            let before = decode_row(old, bytes)?;
            let mut row = self.row(&writer, &before, values)?;
            for (position, expr) in &writer.rules.generated {
                row[*position] = evaluate(expr, &row, &writer.context())?;
            }
            self.check(&writer, &row, &all, &checks)?;
            let stored = writer.encode(&row)?;
            for entry in stored.keys.iter().filter(|entry| entry.is_unique()) {
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
