//! The Committer: the only writer of the store, on a thread of its own.
//!
//! Owns: the write side of LMDB. Receives: write sets and slices of stages through a bounded queue.
//! Sends: an answer each, and the latest csn through a watch channel. Dies: never alone; if it
//! panics, or a commit fails in a way that may have lost pages, the process ends, because a later
//! commit could be acknowledged and lost.

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{
    batch::{self, ActiveStages, Applied, Refusal, StageChange},
    housekeeping::Housekeeping,
    queue::{Message, Pressure, Queue, Request, Work},
    stage::Stage,
    write_set::{CommitError, RowOp, WriteSet},
};
use crate::{
    base::{Csn, PgError, Result, clock::now_unix_us},
    pg_error,
    storage::{
        Durability, Store,
        writer::{CommitFailure, Room, Writer},
    },
};

#[derive(Clone)]
pub struct CommitterOptions {
    /// Requests queued or being committed.
    pub queue_requests_max: usize,
    /// Bytes of those requests.
    pub queue_bytes_max: usize,
    /// A transaction takes in requests up to this size (and at least one).
    pub batch_bytes_max: usize,
    /// With relaxed durability: how often LMDB is synced.
    pub sync_interval: Duration,
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for CommitterOptions {
    fn default() -> Self {
        Self {
            queue_requests_max: 1024,
            queue_bytes_max: 256 << 20,
            batch_bytes_max: 16 << 20,
            sync_interval: Duration::from_millis(200),
            observer: None,
        }
    }
}

/// Told of every LMDB commit, on the Committer's thread: it must be quick.
pub trait Observer: Send + Sync {
    fn committed(&self, report: &CommitReport);
    /// Of every request that was not committed.
    fn refused(&self, error: &PgError);
}

#[derive(Clone, Copy, Debug)]
pub struct CommitReport {
    /// Requests answered with success by one sync.
    pub requests: usize,
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    pub bytes: u64,
    /// From taking the batch to its being durable.
    pub duration: Duration,
    /// The part of it spent in LMDB's commit.
    pub sync: Duration,
    pub csn: Csn,
}

/// Totals since the start, and the queue as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitterStatistics {
    /// LMDB transactions committed for clients; with full durability, syncs.
    pub batches: u64,
    pub requests: u64,
    pub refused: u64,
    pub rows: u64,
    pub bytes: u64,
    pub queue_requests: usize,
    pub queue_bytes: usize,
    /// When the thread last showed itself, microseconds since the Unix epoch.
    pub heartbeat_unix_us: i64,
}

/// A cheap handle.
#[derive(Clone)]
pub struct Committer {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub store: Store,
    pub queue: Queue,
    published: watch::Receiver<Csn>,
    /// Stages whose handle lives.
    pub open_stages: Mutex<HashSet<u64>>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    batches: AtomicU64,
    requests: AtomicU64,
    refused: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
    heartbeat_unix_us: AtomicI64,
}

impl Committer {
    /// Starts the thread. It ends, after a sync, when [`Committer::stop`] is called.
    pub fn start(store: Store, options: CommitterOptions) -> Result<(Self, JoinHandle<()>)> {
        let (queue, receiver) = Queue::new(options.queue_requests_max, options.queue_bytes_max);
        let csn = store.snapshot()?.csn();
        let (publisher, published) = watch::channel(csn);
        let counters = Arc::<Counters>::default();
        let shared = Arc::new(Shared {
            store: store.clone(),
            queue,
            published,
            open_stages: Mutex::default(),
            counters: counters.clone(),
        });
        let writer = Thread {
            housekeeping: Housekeeping::start(&store)?,
            store,
            options,
            // The thread ends when the last handle is gone, so it must not hold one itself.
            shared: Arc::downgrade(&shared),
            counters,
            publisher,
            stages: ActiveStages::default(),
            unsynced: None,
        };
        let thread = std::thread::Builder::new()
            .name("committer".into())
            .spawn(move || {
                let run = AssertUnwindSafe(|| writer.run(&receiver));
                if std::panic::catch_unwind(run).is_err() {
                    end_process("the committer panicked");
                }
            })
            .map_err(|error| pg_error!(SYSTEM_ERROR, "could not start the committer: {error}"))?;
        Ok((Self { shared }, thread))
    }

    /// Durable and visible when it answers with the commit's csn.
    ///
    /// Errors: 40001, 23505, 53100; nothing is committed then. Dropping the future does not take
    /// the request back.
    pub async fn commit(&self, set: WriteSet) -> Result<Csn, CommitError> {
        if set.is_empty() {
            return Ok(self.csn());
        }
        self.shared.queue.ask(Work::Commit { set: Box::new(set), stage: None }).await
    }

    /// As [`Committer::commit`], for threads outside the async runtime.
    pub fn commit_blocking(&self, set: WriteSet) -> Result<Csn, CommitError> {
        futures::executor::block_on(self.commit(set))
    }

    /// Rings with every commit that readers can see.
    pub fn published(&self) -> watch::Receiver<Csn> {
        self.shared.published.clone()
    }

    /// The latest csn that was published.
    pub fn csn(&self) -> Csn {
        *self.shared.published.borrow()
    }

    /// A bulk load that becomes visible at once when it is published.
    pub fn stage(&self) -> Stage {
        Stage::open(self.clone())
    }

    /// Slows or stops those who add rows, because the indexes are behind.
    pub fn set_pressure(&self, pressure: Pressure) {
        self.shared.queue.set_pressure(pressure);
    }

    /// Waits until those who add rows may go on. [`Committer::commit`] does so itself; this future may
    /// be dropped without a doubt about what was committed.
    ///
    /// Errors: 53400 if they are refused.
    pub async fn eased(&self) -> Result<()> {
        self.shared.queue.ease().await
    }

    pub fn statistics(&self) -> CommitterStatistics {
        let counters = &self.shared.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CommitterStatistics {
            batches: read(&counters.batches),
            requests: read(&counters.requests),
            refused: read(&counters.refused),
            rows: read(&counters.rows),
            bytes: read(&counters.bytes),
            queue_requests: self.shared.queue.depth(),
            queue_bytes: self.shared.queue.depth_bytes(),
            heartbeat_unix_us: counters.heartbeat_unix_us.load(Ordering::Relaxed),
        }
    }

    /// Refuses new requests (57P01), finishes those queued, syncs and ends the thread.
    pub fn stop(&self) {
        self.shared.queue.stop();
    }
}

/// The thread's own state.
struct Thread {
    store: Store,
    options: CommitterOptions,
    shared: std::sync::Weak<Shared>,
    counters: Arc<Counters>,
    publisher: watch::Sender<Csn>,
    housekeeping: Housekeeping,
    stages: ActiveStages,
    /// With relaxed durability: since when a commit waits for its sync.
    unsynced: Option<Instant>,
}

impl Thread {
    fn run(mut self, receiver: &Receiver<Message>) {
        loop {
            self.counters.heartbeat_unix_us.store(now_unix_us(), Ordering::Relaxed);
            let mut stop = false;
            match receiver.recv_timeout(self.patience()) {
                Ok(Message::Request(first)) => {
                    let (batch, stopped) = self.gather(first, receiver);
                    stop = stopped;
                    self.commit_all(batch);
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => stop = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if stop {
                break;
            }
            self.keep_house(receiver.is_empty());
            self.sync_if_due();
        }
        if let Err(error) = self.store.sync() {
            end_process(&format!("the last sync failed: {error}"));
        }
    }

    /// How long to wait for a request.
    fn patience(&self) -> Duration {
        let second = Duration::from_secs(1);
        let sync = self
            .unsynced
            .map_or(second, |since| self.options.sync_interval.saturating_sub(since.elapsed()));
        sync.min(self.housekeeping.patience()).min(second)
    }

    /// What is queued already, up to the batch's size; the rest waits one sync.
    fn gather(&self, first: Request, receiver: &Receiver<Message>) -> (Vec<Request>, bool) {
        let mut bytes = first.bytes;
        let mut batch = vec![first];
        while bytes < self.options.batch_bytes_max {
            match receiver.try_recv() {
                Ok(Message::Request(request)) => {
                    bytes += request.bytes;
                    batch.push(request);
                }
                Ok(Message::Stop) => return (batch, true),
                Err(_) => break,
            }
        }
        (batch, false)
    }

    /// Commits a batch in one transaction; if that cannot be, its requests one by one.
    fn commit_all(&mut self, batch: Vec<Request>) {
        match self.try_commit(&batch) {
            Ok(outcomes) => {
                for (request, outcome) in batch.into_iter().zip(outcomes) {
                    if let Err(error) = &outcome {
                        self.refused(error);
                    }
                    // A client that is gone needs no answer.
                    let _ = request.answer.send(outcome);
                }
            }
            Err(error) if batch.len() == 1 => {
                for request in batch {
                    let error = CommitError::from(error.clone());
                    self.refused(&error);
                    let _ = request.answer.send(Err(error));
                }
            }
            Err(_) => batch.into_iter().for_each(|request| self.commit_all(vec![request])),
        }
    }

    fn refused(&self, error: &CommitError) {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(observer) = &self.options.observer {
            observer.refused(&PgError::from(error.clone()));
        }
    }

    /// One transaction. The outer error means that nothing at all was committed.
    fn try_commit(&mut self, batch: &[Request]) -> Result<Vec<Result<Csn, CommitError>>> {
        let started = Instant::now();
        let store = self.store.clone();
        let mut writer = Writer::begin(&store)?;
        let mut room = writer.room()?;
        let open = self.open_stages();
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut stage_changes = Vec::new();
        let mut totals = Totals::default();
        for request in batch {
            let outcome = self.admit(request, &mut room).and_then(|()| {
                match batch::run(&mut writer, request, &self.stages, &open, &stage_changes) {
                    Ok(Applied { csn, stage }) => {
                        stage_changes.extend(stage);
                        totals.add(request);
                        Ok(Ok(csn))
                    }
                    Err(Refusal::Refused(error)) => Err(error),
                    Err(Refusal::Broken(error)) => Ok(Err(error)),
                }
            });
            match outcome {
                Ok(Ok(csn)) => outcomes.push(Ok(csn)),
                Ok(Err(broken)) => return Err(broken),
                Err(refused) => outcomes.push(Err(refused)),
            }
        }
        self.counters.refused.fetch_add((batch.len() - totals.requests) as u64, Ordering::Relaxed);
        if totals.requests > 0 {
            let syncing = Instant::now();
            let csn = self.commit(writer)?;
            let report = CommitReport {
                requests: totals.requests,
                inserted: totals.inserted,
                updated: totals.updated,
                deleted: totals.deleted,
                bytes: totals.bytes,
                duration: started.elapsed(),
                sync: syncing.elapsed(),
                csn,
            };
            self.committed(report, stage_changes);
        }
        Ok(outcomes)
    }

    fn open_stages(&self) -> HashSet<u64> {
        self.shared.upgrade().map(|shared| shared.open_stages.lock().clone()).unwrap_or_default()
    }

    /// Refuses what there is no room for.
    fn admit(&self, request: &Request, room: &mut Room) -> Result<(), CommitError> {
        if request.work.rows().iter().any(RowOp::grows) {
            room.take(request.bytes as u64)?;
        }
        Ok(())
    }

    /// Ends the process if the store may have lost pages.
    fn commit(&self, writer: Writer<'_>) -> Result<Csn> {
        writer.commit().map_err(|CommitFailure { error, fatal }| {
            if fatal {
                end_process(&format!("a commit failed, and later ones could be lost: {error}"));
            }
            error
        })
    }

    fn committed(&mut self, report: CommitReport, stage_changes: Vec<StageChange>) {
        for change in stage_changes {
            match change {
                StageChange::Wrote(stage, slice) => {
                    let stage = self.stages.entry(stage).or_default();
                    stage.slices += 1;
                    stage.written.merge(slice);
                }
                StageChange::Published(stage) => {
                    self.stages.remove(&stage);
                }
            }
        }
        self.publisher.send_if_modified(|csn| {
            let rings = *csn != report.csn;
            *csn = report.csn;
            rings
        });
        if self.store.durability() == Durability::Relaxed {
            self.unsynced.get_or_insert_with(Instant::now);
        }
        self.housekeeping.wake();
        let counters = &self.counters;
        counters.batches.fetch_add(1, Ordering::Relaxed);
        counters.requests.fetch_add(report.requests as u64, Ordering::Relaxed);
        let rows = report.inserted + report.updated + report.deleted;
        counters.rows.fetch_add(rows, Ordering::Relaxed);
        counters.bytes.fetch_add(report.bytes, Ordering::Relaxed);
        if let Some(observer) = &self.options.observer {
            observer.committed(&report);
        }
    }

    /// One step of the background's work, if it is due.
    fn keep_house(&mut self, idle: bool) {
        let abandoned: Vec<u64> = match self.stages.is_empty() {
            true => Vec::new(),
            false => {
                let open = self.open_stages();
                self.stages.keys().filter(|stage| !open.contains(stage)).copied().collect()
            }
        };
        match self.housekeeping.step(&self.store, &abandoned, idle) {
            Ok(()) => {
                for stage in abandoned {
                    self.stages.remove(&stage);
                }
            }
            Err(CommitFailure { error, fatal: true }) => {
                end_process(&format!("a commit failed, and later ones could be lost: {error}"));
            }
            Err(CommitFailure { error, fatal: false }) => {
                tracing::warn!(target: "ingest", %error, "background deletion failed, will retry");
            }
        }
    }

    fn sync_if_due(&mut self) {
        let due = |since: &mut Instant| since.elapsed() >= self.options.sync_interval;
        if self.unsynced.take_if(due).is_some()
            && let Err(error) = self.store.sync()
        {
            end_process(&format!("a sync failed, and later ones would hide it: {error}"));
        }
    }
}

#[derive(Default)]
struct Totals {
    requests: usize,
    inserted: u64,
    updated: u64,
    deleted: u64,
    bytes: u64,
}

impl Totals {
    fn add(&mut self, request: &Request) {
        self.requests += 1;
        self.bytes += request.bytes as u64;
        for op in request.work.rows() {
            match op {
                RowOp::Insert { .. } => self.inserted += 1,
                RowOp::Update { .. } => self.updated += 1,
                RowOp::Delete { .. } => self.deleted += 1,
                RowOp::Truncate { .. } | RowOp::IndexOnly { .. } => {}
            }
        }
    }
}

/// Logs why and ends the process, so that nothing is acknowledged any more.
fn end_process(why: &str) -> ! {
    tracing::error!(target: "ingest", "{why}; the process ends to recover from what is durable");
    eprintln!("fathom: {why}; the process ends to recover from what is durable");
    std::process::abort()
}

#[cfg(test)]
mod tests;
