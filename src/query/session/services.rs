//! What running functions reach of the session: sequences, settings, notices, statistics.

use std::{collections::HashMap, fmt, sync::Arc};

use parking_lot::Mutex;

use super::{engine::Shared, settings::Settings};
use crate::{
    base::{Notice, Oid, PgError, Result, sqlstate},
    err,
    query::{
        env::{Services, TextStatistics},
        exec::CancelToken,
    },
    storage::{
        Snapshot,
        catalog::{Catalog, Object},
    },
    types::Datum,
};

/// The part of a session that its functions may change while a statement runs.
#[derive(Default)]
pub(in crate::query) struct Live {
    pub settings: Settings,
    /// What this session's nextval gave last, by sequence, and the last sequence of all.
    pub sequence_values: HashMap<Oid, i64>,
    pub last_sequence: Option<Oid>,
    pub notices: Vec<Notice>,
    /// Settings before this transaction, for ROLLBACK; and those that `SET LOCAL` hides.
    pub changed: bool,
    pub before: Option<Settings>,
    pub local: Option<Settings>,
}

/// The services of one statement.
pub(in crate::query) struct StatementServices {
    pub shared: Arc<Shared>,
    pub live: Arc<Mutex<Live>>,
    pub catalog: Arc<Catalog>,
    pub cancel: CancelToken,
}

impl fmt::Debug for StatementServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatementServices")
    }
}

impl StatementServices {
    fn sequence(&self, oid: Oid) -> Result<Arc<crate::storage::catalog::Sequence>> {
        self.catalog.sequence(oid).cloned().ok_or_else(|| {
            PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                format!("relation with oid {oid} is not a sequence"),
            )
        })
    }
}

impl Services for StatementServices {
    fn next_value(&self, sequence: Oid) -> Result<i64> {
        let definition = self.sequence(sequence)?;
        let value = self.shared.wait(self.shared.sequences.next(&definition))?;
        let mut live = self.live.lock();
        live.sequence_values.insert(sequence, value);
        live.last_sequence = Some(sequence);
        Ok(value)
    }

    fn current_value(&self, sequence: Oid) -> Result<i64> {
        let definition = self.sequence(sequence)?;
        match self.live.lock().sequence_values.get(&sequence) {
            Some(value) => Ok(*value),
            None => err!(
                OBJECT_NOT_IN_PREREQUISITE_STATE,
                "currval of sequence \"{}\" is not yet defined in this session",
                definition.name
            ),
        }
    }

    fn last_value(&self) -> Result<i64> {
        let live = self.live.lock();
        match live.last_sequence.and_then(|sequence| live.sequence_values.get(&sequence)) {
            Some(value) => Ok(*value),
            None => {
                err!(OBJECT_NOT_IN_PREREQUISITE_STATE, "lastval is not yet defined in this session")
            }
        }
    }

    fn set_value(&self, sequence: Oid, value: i64, is_called: bool) -> Result<()> {
        let definition = self.sequence(sequence)?;
        self.shared.wait(self.shared.sequences.set(&definition, value, is_called))?;
        if is_called {
            self.live.lock().sequence_values.insert(sequence, value);
        }
        Ok(())
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.live.lock().settings.get(name)
    }

    fn set_setting(&self, name: &str, value: &str, local: bool) -> Result<()> {
        self.live.lock().set(name, value, local)
    }

    fn notice(&self, notice: Notice) {
        self.live.lock().notices.push(notice);
    }

    fn text_statistics(&self, index: Oid, lexemes: &[(String, bool)]) -> Result<TextStatistics> {
        let snapshot: Snapshot = self.shared.store.snapshot()?;
        let Some(definition) = self.catalog.index(index) else {
            return err!(UNDEFINED_OBJECT, "index with oid {index} does not exist");
        };
        let Some(table) = self.catalog.table(definition.table) else {
            return err!(UNDEFINED_OBJECT, "table with oid {} does not exist", definition.table);
        };
        let found = self.shared.indexes.text_statistics(table, definition, lexemes, &snapshot)?;
        Ok(TextStatistics {
            documents: found.documents,
            mean_length: found.mean_length(),
            frequencies: found.frequencies,
        })
    }

    fn signal(&self, pid: i32, terminate: bool) -> bool {
        let Some(cancel) =
            self.shared.backends.lock().get(&pid).map(|backend| backend.cancel.clone())
        else {
            return false;
        };
        if terminate {
            cancel.shut_down();
            if let Some(end) = self.shared.terminate.get() {
                end(pid);
            }
        } else {
            cancel.cancel();
        }
        true
    }

    fn relation_bytes(&self, relation: Oid) -> u64 {
        // A share of the file by rows: LMDB keeps all tables in one.
        let Ok(snapshot) = self.shared.store.snapshot() else { return 0 };
        let total: u64 =
            self.catalog.tables().map(|table| snapshot.row_count(table.oid).unwrap_or(0)).sum();
        let rows = snapshot.row_count(relation).unwrap_or(0);
        let used = self.shared.store.statistics().live_bytes;
        if total == 0 { 0 } else { (used as u128 * u128::from(rows) / u128::from(total)) as u64 }
    }

    fn system_rows(&self, relation: &str) -> Option<Vec<Vec<Datum>>> {
        match relation {
            "pg_stat_activity" => Some(self.activity()),
            "pg_settings" => Some(self.settings_rows()),
            "pg_stat_all_tables" => self.row_counts().ok(),
            "pg_sequences" => self.last_values().ok(),
            _ => None,
        }
    }

    fn check_cancel(&self) -> Result<()> {
        self.cancel.check()
    }
}

impl StatementServices {
    /// pid, datname, usename, application_name, state, query, backend_start
    fn activity(&self) -> Vec<Vec<Datum>> {
        let mut backends: Vec<_> = self.shared.backends.lock().values().cloned().collect();
        backends.sort_by_key(|backend| backend.pid);
        backends
            .into_iter()
            .map(|backend| {
                vec![
                    Datum::Int4(backend.pid),
                    Datum::text(&backend.database),
                    Datum::text(&backend.user),
                    Datum::text(&backend.application),
                    Datum::text(if backend.active { "active" } else { "idle" }),
                    Datum::Text(backend.query.clone()),
                    Datum::TimestampTz(backend.started),
                ]
            })
            .collect()
    }

    /// relid, n_live_tup
    fn row_counts(&self) -> Result<Vec<Vec<Datum>>> {
        let snapshot = self.shared.store.snapshot()?;
        let tables = self.catalog.tables();
        tables
            .map(|table| {
                let rows = snapshot.row_count(table.oid)?;
                Ok(vec![Datum::Oid(table.oid.0), Datum::Int8(rows as i64)])
            })
            .collect()
    }

    /// Of each sequence: oid, last value or NULL before the first.
    fn last_values(&self) -> Result<Vec<Vec<Datum>>> {
        let sequences = self.catalog.objects().filter_map(|object| match object {
            Object::Sequence(sequence) => Some(sequence),
            _ => None,
        });
        sequences
            .map(|sequence| {
                let state = self.shared.wait(self.shared.sequences.current(sequence))?;
                let last =
                    if state.is_called { Datum::Int8(state.last_value) } else { Datum::Null };
                Ok(vec![Datum::Oid(sequence.oid.0), last])
            })
            .collect()
    }

    /// name, setting, unit, short_desc
    fn settings_rows(&self) -> Vec<Vec<Datum>> {
        self.live
            .lock()
            .settings
            .all()
            .into_iter()
            .map(|(name, value, help)| vec![name.into(), value.into(), Datum::Null, help.into()])
            .collect()
    }
}

impl Live {
    /// SET and SET LOCAL. Errors: those of [`Settings::set`].
    pub fn set(&mut self, name: &str, value: &str, local: bool) -> Result<()> {
        if local {
            let hidden = self.settings.clone();
            self.settings.set(name, value)?;
            self.local.get_or_insert(hidden);
        } else {
            self.settings.set(name, value)?;
            // A plain SET survives the transaction even if SET LOCAL hides it.
            if let Some(hidden) = &mut self.local {
                hidden.set(name, value)?;
            }
        }
        self.changed = true;
        Ok(())
    }

    /// The transaction begins: ROLLBACK returns to these settings.
    pub fn begin(&mut self) {
        self.before = Some(self.settings.clone());
    }

    /// The transaction ends.
    pub fn end(&mut self, committed: bool) {
        let before = self.before.take();
        let hidden = self.local.take();
        match (committed, before, hidden) {
            (true, _, Some(hidden)) => self.settings = hidden,
            (true, _, None) => return,
            (false, Some(before), _) => self.settings = before,
            (false, None, _) => return,
        }
        self.changed = true;
    }
}
