//! One run of a plan: what it reads, what it may use, and when it must stop.

use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use tokio::sync::Notify;

use super::{
    profile::Profile,
    scope::CteRows,
    search::Search,
    source::Source,
    transaction_timer::{self, TransactionTimer},
};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    query::env::Env,
    types::Datum,
};

/// The rows of a system relation, by its name.
pub type SystemRows = fn(&str, &Env) -> Result<Vec<Vec<Datum>>>;

/// Everything one run of a plan shares, from the statement down to every subquery.
pub struct Execution {
    pub env: Arc<Env>,
    /// The snapshot, with the session's own uncommitted rows over it.
    pub source: Arc<dyn Source>,
    pub search: Arc<dyn Search>,
    pub params: Arc<[Datum]>,
    pub settings: SearchSettings,
    pub system: SystemRows,
    pub cancel: CancelToken,
    pub memory: Arc<dyn MemoryPool>,
    /// Rows of the common table expressions that were run before: data-modifying WITH.
    pub ctes: Vec<(usize, CteRows)>,
    /// Set by EXPLAIN ANALYZE.
    pub profile: Option<Arc<Profile>>,
}

/// The settings that searches follow.
#[derive(Clone, Copy, Debug)]
pub struct SearchSettings {
    /// `hnsw.ef_search`
    pub ef_search: usize,
    /// `ivfflat.probes`
    pub probes: usize,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self { ef_search: 40, probes: 1 }
    }
}

const RUNNING: u8 = 0;
const BY_USER: u8 = 1;
const BY_SHUTDOWN: u8 = 2;

/// Stops a statement from another thread; the run asks it between batches.
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    flag: Arc<Flag>,
    deadline: Option<Deadline>,
}

/// When a statement is cancelled by itself, and why.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    cause: Cause,
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// `statement_timeout`
    Statement,
    /// `query.snapshot_timeout`
    Snapshot,
    /// `transaction_timeout`, which ends the session too.
    Transaction,
}

impl Deadline {
    /// `limit` from now on; zero is none.
    pub fn after(limit: Duration, cause: Cause) -> Option<Self> {
        (!limit.is_zero()).then(|| Self { at: Instant::now() + limit, cause })
    }

    fn error(self) -> PgError {
        let whose = match self.cause {
            Cause::Statement => "statement",
            Cause::Snapshot => "snapshot",
            Cause::Transaction => return transaction_timer::too_long(),
        };
        pg_error!(QUERY_CANCELED, "canceling statement due to {whose} timeout")
    }
}

#[derive(Debug, Default)]
struct Flag {
    state: AtomicU8,
    /// For those who wait and do not run.
    bell: Notify,
    timer: Arc<TransactionTimer>,
}

impl CancelToken {
    pub fn new() -> Self {
        Self::default()
    }

    /// The same token, which also stops at `deadline`, if that is the sooner end.
    pub fn with_deadline(&self, deadline: Option<Deadline>) -> Self {
        let deadline = self.deadline.into_iter().chain(deadline).min_by_key(|one| one.at);
        Self { flag: self.flag.clone(), deadline }
    }

    /// The timer of the session's transactions, which all its tokens look at.
    pub fn timer(&self) -> &Arc<TransactionTimer> {
        &self.flag.timer
    }

    /// The first of the limits; of two that end at once, the transaction's.
    fn first_deadline(&self) -> Option<Deadline> {
        let transaction = self.flag.timer.end();
        let transaction = transaction.map(|at| Deadline { at, cause: Cause::Transaction });
        transaction.into_iter().chain(self.deadline).min_by_key(|one| one.at)
    }

    /// CancelRequest or `pg_cancel_backend`.
    pub fn cancel(&self) {
        // An end that is already meant stays one.
        let state = &self.flag.state;
        let _ = state.compare_exchange(RUNNING, BY_USER, Ordering::Relaxed, Ordering::Relaxed);
        self.flag.bell.notify_waiters();
    }

    /// The server is going down.
    pub fn shut_down(&self) {
        self.flag.state.store(BY_SHUTDOWN, Ordering::Relaxed);
        self.flag.bell.notify_waiters();
    }

    /// Makes the token ready for the next statement.
    pub fn reset(&self) {
        let state = &self.flag.state;
        let _ = state.compare_exchange(BY_USER, RUNNING, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Returns when the statement must stop, with the reason: what [`CancelToken::check`] says.
    pub async fn stopped(&self) -> PgError {
        loop {
            let mut rung = pin!(self.flag.bell.notified());
            rung.as_mut().enable();
            if let Err(error) = self.check() {
                return error;
            }
            match self.first_deadline() {
                Some(deadline) => {
                    let _ = tokio::time::timeout_at(deadline.at.into(), rung).await;
                }
                None => rung.await,
            }
        }
    }

    /// Waits for `future`, unless the statement is stopped first.
    ///
    /// Errors: its own; those of [`CancelToken::check`], and the future is dropped.
    pub async fn watch<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            outcome = future => outcome,
            error = self.stopped() => Err(error),
        }
    }

    /// Errors: 57014 if the statement was cancelled or has run out of time, 25P04 if its transaction
    /// has, 57P01 on shutdown.
    pub fn check(&self) -> Result<()> {
        match self.flag.state.load(Ordering::Relaxed) {
            RUNNING => {}
            BY_USER => {
                return err!(QUERY_CANCELED, "canceling statement due to user request");
            }
            _ => {
                return err!(ADMIN_SHUTDOWN, "terminating connection due to administrator command");
            }
        }
        match self.first_deadline() {
            Some(deadline) if Instant::now() >= deadline.at => Err(deadline.error()),
            _ => Ok(()),
        }
    }
}

/// Memory that one operator holds, counted against the statement's limit.
pub struct Ledger {
    pool: Arc<dyn MemoryPool>,
    operator: &'static str,
    reservation: OnceLock<MemoryReservation>,
    pending: usize,
}

/// Small sums are counted together: the pool's lock is shared by all sessions.
const LEDGER_STEP_BYTES: usize = 64 * 1024;

impl Ledger {
    pub fn new(execution: &Execution, operator: &'static str) -> Self {
        Self { pool: execution.memory.clone(), operator, reservation: OnceLock::new(), pending: 0 }
    }

    /// Errors: 53200 if the statement's memory limit is reached.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        self.pending += bytes;
        if self.pending < LEDGER_STEP_BYTES {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.pending);
        let reservation = self
            .reservation
            .get_or_init(|| MemoryConsumer::new(self.operator).register(&self.pool));
        reservation.try_grow(bytes).map_err(|_| out_of_memory(self.operator, bytes))
    }
}

/// 53200, naming the operator that asked.
pub fn out_of_memory(operator: &str, bytes: usize) -> PgError {
    pg_error!(OUT_OF_MEMORY, "out of memory")
        .detail(format!("Failed on request of {bytes} bytes for {operator}."))
        .hint("Raise query.memory in the configuration, or make the query handle fewer rows at a time.")
}

/// Roughly the bytes of a row in memory.
pub fn row_bytes(row: &[Datum]) -> usize {
    row.iter().map(datum_bytes).sum::<usize>() + 24
}

fn datum_bytes(value: &Datum) -> usize {
    size_of::<Datum>()
        + match value {
            Datum::Text(value) | Datum::Jsonb(value) => value.len() + 16,
            Datum::Bytea(value) => value.len() + 16,
            Datum::Vector(value) => value.len() * 4 + 16,
            Datum::HalfVector(value) => value.len() * 2 + 16,
            Datum::SparseVector(value) => value.values.len() * 8 + 64,
            Datum::Bits(value) => value.bytes().len() + 40,
            Datum::Range(_) => 2 * size_of::<Datum>() + 16,
            Datum::Multirange(value) => value.len() * (2 * size_of::<Datum>() + 16),
            Datum::Array(value) => value.elements.iter().map(datum_bytes).sum::<usize>() + 64,
            Datum::TsVector(value) => {
                value.lexemes.iter().map(|lexeme| lexeme.word.len() + 64).sum()
            }
            Datum::Record(fields) => fields.iter().map(|(_, value)| datum_bytes(value) + 8).sum(),
            Datum::Numeric(_) => 32,
            _ => 0,
        }
}
