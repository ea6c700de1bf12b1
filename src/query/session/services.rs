//! What running functions reach of the session: sequences, settings, notices, statistics.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::{
    Shelf,
    channels::{News, NewsMark},
    cursor::Cursor,
    engine::Shared,
    prepared::Named,
    view::View,
};
use crate::{
    base::{Notice, Oid, PgError, Result, sqlstate},
    err,
    ingest::TransactionId,
    query::{
        env::{RowLock, RowLocked, Services, TextStatistics},
        exec::{CancelToken, TransactionTimer},
        settings::Settings,
    },
    storage::{Snapshot, catalog::Catalog},
    types::Datum,
};

/// The part of a session that its functions may change while a statement runs.
#[derive(Default)]
pub(in crate::query) struct Live {
    pub settings: Settings,
    /// Runs while a transaction is open that `transaction_timeout` limits.
    pub timer: Arc<TransactionTimer>,
    /// What this session's nextval gave last, by sequence, and the last sequence of all.
    pub sequence_values: HashMap<Oid, i64>,
    pub last_sequence: Option<Oid>,
    pub notices: Vec<Notice>,
    /// What LISTEN and NOTIFY have said in this transaction.
    pub news: News,
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
    pub pid: i32,
    pub prepared: Shelf<Named>,
    pub cursors: Shelf<Cursor>,
    /// The transaction that row locks belong to.
    pub owner: TransactionId,
    pub view: Arc<View>,
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

impl StatementServices {
    /// Errors: 25006 for a sequence that outlives the session.
    fn writable(&self, sequence: &crate::storage::catalog::Sequence, what: &str) -> Result<()> {
        let lasting = self.catalog.schema(sequence.schema).is_none_or(|schema| !schema.temporary);
        if lasting && self.live.lock().settings.is_on("transaction_read_only") {
            return err!(
                READ_ONLY_SQL_TRANSACTION,
                "cannot execute {what} in a read-only transaction"
            );
        }
        Ok(())
    }
}

impl Services for StatementServices {
    fn next_value(&self, sequence: Oid) -> Result<i64> {
        let definition = self.sequence(sequence)?;
        self.writable(&definition, "nextval()")?;
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
        self.writable(&definition, "setval()")?;
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

    fn notify(&self, channel: &str, payload: &str) -> Result<()> {
        self.live.lock().news.notify(channel, payload)
    }

    fn listening(&self) -> Vec<String> {
        self.shared.channels.of(self.pid)
    }

    fn lock_row(&self, wanted: &RowLock) -> Result<RowLocked> {
        self.lock_row_of(wanted)
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
        self.shared.signal(pid, terminate)
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
            "pg_locks" => Some(self.locks()),
            "pg_cursors" => Some(self.open_cursors()),
            "pg_prepared_statements" => Some(self.prepared_statements()),
            _ => None,
        }
    }

    fn check_cancel(&self) -> Result<()> {
        self.cancel.check()
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
        self.time(name);
        Ok(())
    }

    /// Errors: 42704 if there is no such setting.
    pub fn reset(&mut self, name: &str) -> Result<()> {
        self.settings.reset(name)?;
        self.changed = true;
        self.time(name);
        Ok(())
    }

    pub fn reset_all(&mut self) {
        self.settings.reset_all();
        self.changed = true;
        self.timer.change(self.transaction_timeout());
    }

    /// ROLLBACK TO: what was set and said since the savepoint is taken back. A limit that comes back
    /// by this does not start the timer, as it does not in PostgreSQL.
    pub fn return_to(&mut self, settings: Settings, news: NewsMark) {
        self.news.return_to(news);
        self.settings = settings;
        self.changed = true;
        if self.transaction_timeout().is_zero() {
            self.timer.stop();
        }
    }

    /// A setting has changed that may be the open transaction's limit.
    fn time(&self, name: &str) {
        if name.eq_ignore_ascii_case("transaction_timeout") {
            self.timer.change(self.transaction_timeout());
        }
    }

    fn transaction_timeout(&self) -> Duration {
        self.settings.resolved().transaction_timeout
    }

    /// The transaction begins: ROLLBACK returns to these settings.
    pub fn begin(&mut self) {
        self.before = Some(self.settings.clone());
        self.timer.start(self.transaction_timeout());
    }

    /// The transaction ends; what it has said is the caller's to hand on.
    pub fn end(&mut self, committed: bool) -> News {
        self.timer.stop();
        let news = std::mem::take(&mut self.news);
        let before = self.before.take();
        let hidden = self.local.take();
        match (committed, before, hidden) {
            (true, _, Some(hidden)) => self.settings = hidden,
            (true, _, None) => return news,
            (false, Some(before), _) => self.settings = before,
            (false, None, _) => return news,
        }
        self.changed = true;
        news
    }
}
