//! The builder actor.
//!
//! Owns: the rhythm of upkeep; its data is the store's and the indexes', so that a restart begins
//! anew from there. Receives: [`Ring`] (commits happened, or time passed) and [`Done`] (a round
//! ended). Sends: itself a `Done`. Dies: when a round panics, to be restarted by its supervisor, ten
//! times a minute at most; then the server goes on without builders, tails are scanned, and
//! `index_builder_restarts_total` tells.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use kameo::{
    Actor,
    actor::{ActorId, ActorRef, Spawn, WeakActorRef},
    error::{ActorStopReason, Infallible},
    message::{Context, Message},
    supervision::RestartPolicy,
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinHandle},
    time::timeout,
};

use super::maintain::{Turn, back_off};
use crate::{
    base::{Csn, PgError, Result},
    index::{indexes::Indexes, stats::Counters},
};

/// Tails are looked at this often even if nothing rings.
const TICK: Duration = Duration::from_millis(500);
/// Commits ring at most this often: a round costs more than a commit.
const RING_GAP: Duration = Duration::from_millis(50);
const RESTARTS_MAX: u32 = 10;
const RESTARTS_WINDOW: Duration = Duration::from_secs(60);

pub struct Builder {
    indexes: Indexes,
    failures: Arc<AtomicU32>,
    doorbell: JoinHandle<()>,
    busy: bool,
    /// Something rang while busy.
    again: bool,
    not_before: Instant,
}

/// What a builder is made from, again after each crash.
#[derive(Clone)]
pub struct Start {
    indexes: Indexes,
    published: watch::Receiver<Csn>,
    /// Rounds that failed in a row.
    failures: Arc<AtomicU32>,
    /// Starts so far.
    starts: Arc<AtomicU32>,
}

/// Stops the builder; dropping it does not.
pub struct BuilderHandle {
    indexes: Indexes,
    supervisor: ActorRef<Supervisor>,
}

impl Builder {
    /// Starts the builder under its supervisor. `published` is the Committer's latest csn.
    pub async fn start(indexes: Indexes, published: watch::Receiver<Csn>) -> BuilderHandle {
        indexes.inner.attended.store(true, Ordering::Relaxed);
        let start = Start {
            indexes: indexes.clone(),
            published,
            failures: Arc::default(),
            starts: Arc::default(),
        };
        BuilderHandle { indexes, supervisor: Supervisor::spawn(start) }
    }
}

impl BuilderHandle {
    /// Lets a build under way stop at its next look around, then ends the actors.
    pub async fn stop(self) {
        self.indexes.stop();
        let _ = self.supervisor.stop_gracefully().await;
        self.supervisor.wait_for_shutdown().await;
        self.indexes.inner.attended.store(false, Ordering::Relaxed);
    }
}

/// Restarts the builder, and owns up when it is down for good.
struct Supervisor {
    indexes: Indexes,
}

impl Actor for Supervisor {
    type Args = Start;
    type Error = Infallible;

    async fn on_start(start: Start, actor: ActorRef<Self>) -> Result<Self, Infallible> {
        let indexes = start.indexes.clone();
        Builder::supervise(&actor, start)
            .restart_policy(RestartPolicy::Transient)
            .restart_limit(RESTARTS_MAX, RESTARTS_WINDOW)
            .spawn()
            .await;
        Ok(Self { indexes })
    }

    async fn on_link_died(
        &mut self,
        _: WeakActorRef<Self>,
        id: ActorId,
        reason: ActorStopReason,
    ) -> Result<ControlFlow<ActorStopReason>, Infallible> {
        if !reason.is_normal() {
            tracing::error!(target: "index", %id, %reason, "the builder is down for good");
        }
        self.indexes.inner.attended.store(false, Ordering::Relaxed);
        Ok(ControlFlow::Continue(()))
    }
}

impl Actor for Builder {
    type Args = Start;
    type Error = Infallible;

    async fn on_start(start: Start, actor: ActorRef<Self>) -> Result<Self, Infallible> {
        let Start { indexes, published, failures, starts } = start;
        if starts.fetch_add(1, Ordering::Relaxed) > 0 {
            Counters::add(&indexes.counters().builder_restarts, 1);
        }
        let doorbell = tokio::spawn(ring(indexes.clone(), published, actor));
        let not_before = Instant::now() + wait(&failures);
        Ok(Self { indexes, failures, doorbell, busy: false, again: false, not_before })
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        self.doorbell.abort();
    }
}

/// Turns commits, requests and time into messages. A full mailbox holds rings enough.
async fn ring(indexes: Indexes, mut published: watch::Receiver<Csn>, actor: ActorRef<Builder>) {
    loop {
        let urgent = indexes.inner.doorbell.notified();
        tokio::select! {
            () = urgent => {}
            _ = timeout(TICK, published.changed()) => {}
        }
        if !actor.is_alive() {
            return;
        }
        let _ = actor.tell(Ring).try_send();
        tokio::time::sleep(RING_GAP).await;
    }
}

/// Commits happened, or time passed.
struct Ring;

impl Message<Ring> for Builder {
    type Reply = ();

    async fn handle(&mut self, _: Ring, context: &mut Context<Self, ()>) {
        if self.indexes.inner.stopping.load(Ordering::Relaxed) || Instant::now() < self.not_before {
            return;
        }
        if self.busy {
            self.again = true;
            return;
        }
        self.busy = true;
        let (indexes, actor) = (self.indexes.clone(), context.actor_ref().clone());
        let round = tokio::task::spawn_blocking(move || indexes.maintain());
        tokio::spawn(async move {
            let _ = actor.tell(Done(round.await)).send().await;
        });
    }
}

/// A round ended.
struct Done(std::result::Result<Result<Turn>, JoinError>);

impl Message<Done> for Builder {
    type Reply = ();

    async fn handle(&mut self, done: Done, context: &mut Context<Self, ()>) {
        self.busy = false;
        match done.0 {
            Ok(Ok(turn)) => {
                self.failures.store(0, Ordering::Relaxed);
                if turn == Turn::Built || std::mem::take(&mut self.again) {
                    let _ = context.actor_ref().tell(Ring).try_send();
                }
            }
            Ok(Err(error)) => self.failed(&error),
            Err(panic) => {
                self.failed(&PgError::internal(panic.to_string()));
                // Nothing is known of what it left behind: begin anew.
                panic!("a round of index upkeep panicked");
            }
        }
    }
}

impl Builder {
    fn failed(&mut self, error: &PgError) {
        if self.indexes.inner.stopping.load(Ordering::Relaxed) {
            return;
        }
        Counters::add(&self.indexes.counters().build_failures, 1);
        self.failures.fetch_add(1, Ordering::Relaxed);
        let wait = wait(&self.failures);
        self.not_before = Instant::now() + wait;
        tracing::error!(target: "index", %error, ?wait, "index upkeep failed; tails are scanned");
    }
}

fn wait(failures: &AtomicU32) -> Duration {
    match failures.load(Ordering::Relaxed) {
        0 => Duration::ZERO,
        failures => back_off(failures - 1),
    }
}
