//! Whether the process is alive and ready, as /healthz and /readyz tell it.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use crate::metrics::metrics;

/// Where the process stands between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// The store is being opened and recovered.
    Starting = 0,
    Ready = 1,
    /// No new connections are served.
    Draining = 2,
}

type Heartbeat = Box<dyn Fn() -> bool + Send + Sync>;

/// Shared by those who change the stage and those who tell of it.
#[derive(Clone)]
pub struct Health(Arc<State>);

struct State {
    stage: AtomicU8,
    /// Whether the committer answers; it must not block.
    heartbeat: Heartbeat,
}

impl Health {
    pub fn new(heartbeat: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let stage = AtomicU8::new(Stage::Starting as u8);
        Self(Arc::new(State { stage, heartbeat: Box::new(heartbeat) }))
    }

    pub fn set(&self, stage: Stage) {
        self.0.stage.store(stage as u8, Ordering::Release);
        metrics().ready.set(i64::from(stage == Stage::Ready));
    }

    pub fn stage(&self) -> Stage {
        match self.0.stage.load(Ordering::Acquire) {
            0 => Stage::Starting,
            1 => Stage::Ready,
            _ => Stage::Draining,
        }
    }

    /// The process runs and its committer's heart beats.
    pub fn is_alive(&self) -> bool {
        (self.0.heartbeat)()
    }

    pub fn is_ready(&self) -> bool {
        self.stage() == Stage::Ready && self.is_alive()
    }
}
