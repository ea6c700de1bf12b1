//! What the Committer does between batches: deletions, pruning of the change log and of old row
//! versions. In small steps, each a transaction of its own, so that clients wait little.

use std::time::{Duration, Instant};

use crate::{
    base::{PgError, Result},
    storage::{
        Progress, Purge, Store,
        writer::{CommitFailure, Writer},
    },
};

/// Keys a step looks at.
const STEP_KEYS: usize = 4096;
/// Under load a step is taken once in so many batches.
const BATCHES_A_STEP: u32 = 16;
/// After a failed step.
const REST: Duration = Duration::from_secs(1);
/// With pins in force, old versions are looked through no more often.
const VERSIONS_INTERVAL: Duration = Duration::from_secs(5);

pub(super) struct Housekeeping {
    /// Something may be left to do.
    work: bool,
    purge: Option<(Purge, Progress)>,
    batches: u32,
    rest_until: Option<Instant>,
    /// Versions may be superfluous since a pin went away.
    versions: bool,
    versions_pruned: Option<Instant>,
}

impl Housekeeping {
    /// What a crash left behind is taken up again.
    pub fn start(store: &Store) -> Result<Self> {
        let mut writer = Writer::begin(store)?;
        if writer.abandon_unpublished()? > 0 {
            writer.commit().map_err(|failure| failure.error)?;
        }
        Ok(Self {
            work: true,
            purge: None,
            batches: 0,
            rest_until: None,
            versions: false,
            versions_pruned: None,
        })
    }

    /// A commit may have left something to do.
    pub fn wake(&mut self) {
        self.work = true;
        self.batches += 1;
    }

    /// How long nothing needs to be done.
    pub fn patience(&self) -> Duration {
        match self.rest_until {
            _ if !self.work => Duration::MAX,
            Some(until) => until.saturating_duration_since(Instant::now()),
            None => Duration::ZERO,
        }
    }

    /// `abandoned`: stages in memory whose handle is gone.
    pub fn step(
        &mut self,
        store: &Store,
        abandoned: &[u64],
        idle: bool,
    ) -> Result<(), CommitFailure> {
        self.versions |= store.take_released_pins();
        self.work |= self.versions_due(store) || !abandoned.is_empty();
        let resting = self.rest_until.is_some_and(|until| Instant::now() < until);
        if !self.work || resting || !(idle || self.batches >= BATCHES_A_STEP) {
            // The caller keeps the abandoned stages until they are on record.
            return if abandoned.is_empty() { Ok(()) } else { self.record(store, abandoned) };
        }
        self.batches = 0;
        self.rest_until = None;
        let result = self.run(store, abandoned);
        if result.is_err() {
            self.purge = None;
            self.rest_until = Some(Instant::now() + REST);
        }
        result
    }

    fn record(&mut self, store: &Store, abandoned: &[u64]) -> Result<(), CommitFailure> {
        self.work = true;
        let mut writer = Writer::begin(store).map_err(harmless)?;
        for stage in abandoned {
            writer.abandon(*stage).map_err(harmless)?;
        }
        writer.commit().map(drop)
    }

    fn run(&mut self, store: &Store, abandoned: &[u64]) -> Result<(), CommitFailure> {
        let mut writer = Writer::begin(store).map_err(harmless)?;
        let mut changed = !abandoned.is_empty();
        for stage in abandoned {
            writer.abandon(*stage).map_err(harmless)?;
        }
        if self.versions_due(store) {
            self.versions = false;
            self.versions_pruned = Some(Instant::now());
            changed |= writer.prune_versions(&store.pinned()).map_err(harmless)?;
        }
        let mut left = false;
        if let Some(purge) = writer.first_purge().map_err(harmless)? {
            let mut progress = match self.purge.take() {
                Some((same, progress)) if same == purge => progress,
                _ => Progress::default(),
            };
            let done = writer.purge_step(&purge, &mut progress, STEP_KEYS).map_err(harmless)?;
            if !done {
                self.purge = Some((purge, progress));
            }
            changed = true;
            left = true;
        }
        let pruned = writer.prune_changes(STEP_KEYS).map_err(harmless)?;
        changed |= pruned.deleted;
        left |= !pruned.done;
        if changed {
            writer.commit()?;
        }
        self.work = left;
        Ok(())
    }

    fn versions_due(&self, store: &Store) -> bool {
        let recently =
            self.versions_pruned.is_some_and(|pruned| pruned.elapsed() < VERSIONS_INTERVAL);
        self.versions && (!recently || store.pinned().is_empty())
    }
}

/// The transaction is dropped: nothing happened.
fn harmless(error: PgError) -> CommitFailure {
    CommitFailure { error, fatal: false }
}
