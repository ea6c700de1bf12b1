//! What an expression may know of its session: one immutable value per statement.

use std::{fmt::Debug, sync::Arc};

use super::session::names::CatalogNames;
use crate::{
    base::{Csn, Notice, Oid, PgError, Result, RowId, TableId},
    ingest::locks::LockMode,
    storage::catalog::{self, Catalog},
    types::{Datum, text_io::Style},
};

/// The session as one statement sees it.
#[derive(Debug)]
pub struct Env {
    pub catalog: Arc<Catalog>,
    /// Output and input style: time zone, DateStyle, `extra_float_digits`, the transaction's time.
    pub style: Style,
    /// Microseconds since 2000-01-01 UTC.
    pub statement_time: i64,
    pub session_user: Arc<str>,
    pub current_user: Arc<str>,
    pub database: Arc<str>,
    /// Schemas that unqualified names are looked up in, `pg_catalog` first unless named.
    pub search_path: Arc<[Oid]>,
    pub backend_pid: i32,
    /// `default_text_search_config` without its schema, e.g. `english`.
    pub text_search_config: Arc<str>,
    pub services: Arc<dyn Services>,
}

impl Env {
    /// Without a session: what stored expressions are evaluated in. Nothing outside of the row is
    /// reached.
    pub fn without_session(catalog: Arc<Catalog>, style: Style) -> Env {
        Env {
            catalog,
            statement_time: style.now,
            style,
            session_user: "postgres".into(),
            current_user: "postgres".into(),
            database: "postgres".into(),
            search_path: [catalog::PUBLIC].into(),
            backend_pid: 0,
            text_search_config: "english".into(),
            services: Arc::new(NoSession),
        }
    }

    /// The same session over other definitions: those of a statement that is making them.
    pub fn with_catalog(&self, catalog: Arc<Catalog>) -> Env {
        let mut style = self.style.clone();
        style.names = Some(Arc::new(CatalogNames {
            catalog: catalog.clone(),
            search_path: self.search_path.clone(),
        }));
        Env {
            catalog,
            style,
            statement_time: self.statement_time,
            session_user: self.session_user.clone(),
            current_user: self.current_user.clone(),
            database: self.database.clone(),
            search_path: self.search_path.clone(),
            backend_pid: self.backend_pid,
            text_search_config: self.text_search_config.clone(),
            services: self.services.clone(),
        }
    }
}

/// What functions reach outside of their arguments. The session provides it; by default there is
/// none.
pub trait Services: Send + Sync + Debug {
    /// `nextval`; durable before the value is used.
    fn next_value(&self, _sequence: Oid) -> Result<i64> {
        no_session()
    }
    /// `currval`; 55000 if this session has not called nextval.
    fn current_value(&self, _sequence: Oid) -> Result<i64> {
        no_session()
    }
    fn last_value(&self) -> Result<i64> {
        no_session()
    }
    fn set_value(&self, _sequence: Oid, _value: i64, _is_called: bool) -> Result<()> {
        no_session()
    }
    /// `current_setting`; `None` if there is no such setting.
    fn setting(&self, _name: &str) -> Option<String> {
        None
    }
    /// `set_config`
    fn set_setting(&self, _name: &str, _value: &str, _local: bool) -> Result<()> {
        no_session()
    }
    fn notice(&self, _notice: Notice) {}
    /// Statistics of a text index for `bm25_score`: documents, mean length, and the number of
    /// documents that hold each lexeme (a prefix where the flag is set).
    fn text_statistics(&self, _index: Oid, _lexemes: &[(String, bool)]) -> Result<TextStatistics> {
        no_session()
    }
    /// `pg_notify`; told to listeners when the transaction commits.
    fn notify(&self, _channel: &str, _payload: &str) -> Result<()> {
        no_session()
    }
    /// `pg_listening_channels`
    fn listening(&self) -> Vec<String> {
        vec![]
    }
    /// Locks a row for the transaction: FOR UPDATE and its kin.
    ///
    /// Errors: 40001 if the row has changed since it was read, 40P01, 55P03, 57014.
    fn lock_row(&self, _wanted: &RowLock) -> Result<RowLocked> {
        no_session()
    }
    /// `pg_cancel_backend` and `pg_terminate_backend`: whether there is such a session.
    fn signal(&self, _pid: i32, _terminate: bool) -> bool {
        false
    }
    /// Sizes for `pg_relation_size` and its kin, bytes.
    fn relation_bytes(&self, _relation: Oid) -> u64 {
        0
    }
    /// Rows of a system view that only the running server knows (`pg_stat_activity`, `pg_settings`).
    fn system_rows(&self, _relation: &str) -> Option<Vec<Vec<Datum>>> {
        None
    }
    /// Errors with 57014 when the statement was cancelled or has run out of time.
    fn check_cancel(&self) -> Result<()> {
        Ok(())
    }
}

/// A stored expression reaches nothing outside of its row.
#[derive(Debug)]
struct NoSession;

impl Services for NoSession {}

fn no_session<T>() -> Result<T> {
    Err(PgError::internal("a stored expression asked for a session"))
}

/// A row that a query found, and the lock it wants.
#[derive(Clone, Copy, Debug)]
pub struct RowLock {
    pub table: TableId,
    pub row: RowId,
    /// The version that was read.
    pub read: Csn,
    pub mode: LockMode,
    pub wait: LockWait,
}

/// FOR UPDATE, FOR UPDATE NOWAIT, FOR UPDATE SKIP LOCKED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockWait {
    Block,
    Skip,
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLocked {
    Locked,
    /// Another transaction holds it, and the query does not wait.
    Skipped,
}

#[derive(Clone, Debug, Default)]
pub struct TextStatistics {
    pub documents: u64,
    pub mean_length: f64,
    pub frequencies: Vec<u64>,
}
