//! The root of the actor tree: keeps actors that may crash running, with a budget and back-off.
//!
//! What crashes too often is left down and counted: the server goes on without it (exact scans
//! need no builder). The committer is not here: its end is the end of the process.

use std::{
    convert::Infallible,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use kameo::{
    actor::{Actor, ActorId, ActorRef, Spawn, WeakActorRef},
    error::ActorStopReason,
    message::{Context, Message},
    supervision::RestartPolicy,
};
use tokio::task::JoinHandle;

use crate::metrics::metrics;

/// Crashes that are forgiven within [`WINDOW`].
const RESTARTS_MAX: u32 = 5;
const WINDOW: Duration = Duration::from_secs(600);
const BACKOFF_MIN: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// The parent of all; owns nothing, and outlives its children's crashes.
pub struct Supervisor;

impl Actor for Supervisor {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }

    async fn on_link_died(
        &mut self,
        _: WeakActorRef<Self>,
        id: ActorId,
        reason: ActorStopReason,
    ) -> Result<ControlFlow<ActorStopReason>, Infallible> {
        if !reason.is_normal() {
            tracing::error!(target: "node", %id, %reason, "an actor is down for good");
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Supervisor {
    pub fn start() -> ActorRef<Self> {
        Self::spawn(Self)
    }

    /// Runs `chore` every `interval` in an actor of its own that is restarted if it panics.
    pub async fn tend(
        supervisor: &ActorRef<Self>,
        name: &'static str,
        interval: Duration,
        chore: impl Fn() + Send + Sync + 'static,
    ) -> ActorRef<Tender> {
        let args = Chore { name, interval, work: Arc::new(chore), starts: Arc::default() };
        Tender::supervise(supervisor, args)
            .restart_policy(RestartPolicy::Transient)
            .restart_limit(RESTARTS_MAX, WINDOW)
            .spawn()
            .await
    }
}

/// What a [`Tender`] does, and how often it has had to be started.
#[derive(Clone)]
pub struct Chore {
    name: &'static str,
    interval: Duration,
    work: Arc<dyn Fn() + Send + Sync>,
    starts: Arc<AtomicU32>,
}

/// Owns a chore; receives [`Tick`]s from its own clock; dies with a chore that panics.
pub struct Tender {
    chore: Chore,
    clock: JoinHandle<()>,
}

impl Drop for Tender {
    fn drop(&mut self) {
        // A restarted tender has a clock of its own.
        self.clock.abort();
    }
}

pub struct Tick;

impl Actor for Tender {
    type Args = Chore;
    type Error = Infallible;

    async fn on_start(chore: Chore, actor: ActorRef<Self>) -> Result<Self, Infallible> {
        let crashes = chore.starts.fetch_add(1, Ordering::Relaxed);
        let mut delay = chore.interval;
        if crashes > 0 {
            metrics().actor_restarts.with_label_values(&[chore.name]).inc();
            delay = (BACKOFF_MIN * 2u32.pow(crashes.min(10))).min(BACKOFF_MAX);
            tracing::warn!(target: "node", actor = chore.name, crashes, ?delay, "restarted");
        }
        let interval = chore.interval;
        // A strong reference: a weak one to a restarted actor cannot be upgraded (kameo 0.22). It
        // ends with the clock, and the clock with its tender.
        let clock = tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            loop {
                // Asked, not told: ticks do not pile up behind a slow chore.
                let _ = actor.ask(Tick).await;
                tokio::time::sleep(interval).await;
            }
        });
        Ok(Self { chore, clock })
    }
}

impl Message<Tick> for Tender {
    type Reply = ();

    async fn handle(&mut self, _: Tick, _: &mut Context<Self, ()>) {
        let work = self.chore.work.clone();
        // Chores read the store; the actor's thread serves connections, too.
        let done = tokio::task::spawn_blocking(move || work()).await;
        if let Err(error) = done
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_chore_that_panics_is_restarted_and_goes_on() {
        let supervisor = Supervisor::start();
        let runs = Arc::new(AtomicU32::new(0));
        let count = runs.clone();
        let tender = Supervisor::tend(&supervisor, "test", Duration::from_millis(2), move || {
            let run = count.fetch_add(1, Ordering::SeqCst);
            assert!(run != 1, "the second run fails");
        })
        .await;
        let restarted = async {
            while runs.load(Ordering::SeqCst) < 20 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let limit = Duration::from_secs(60);
        tokio::time::timeout(limit, restarted).await.expect("the chore runs again after its panic");
        let _ = tender.stop_gracefully().await;
        let _ = supervisor.stop_gracefully().await;
    }
}
