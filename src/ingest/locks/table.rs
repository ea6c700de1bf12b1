//! Who holds and who waits for what.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use tokio::sync::oneshot;

use super::{LockInfo, LockMode, LockTarget, TransactionId, mode::Modes};

#[derive(Default)]
pub(super) struct LockTable {
    locks: HashMap<LockTarget, Lock>,
    /// Per owner, what it took, in order: a target appears once for each mode.
    owners: HashMap<TransactionId, Vec<(LockTarget, LockMode)>>,
    /// What an owner waits for; a transaction waits for one lock at a time.
    waiting: HashMap<TransactionId, (LockTarget, u64)>,
    next_waiter: u64,
}

#[derive(Default)]
struct Lock {
    holders: Vec<(TransactionId, Modes)>,
    queue: VecDeque<Waiter>,
}

struct Waiter {
    id: u64,
    owner: TransactionId,
    mode: LockMode,
    /// Rung when the lock is granted.
    bell: oneshot::Sender<()>,
}

pub(super) enum Attempt {
    Granted,
    Blocked,
}

impl Lock {
    fn held_by(&self, owner: TransactionId) -> Modes {
        self.holders
            .iter()
            .find(|(holder, _)| *holder == owner)
            .map_or_else(Modes::default, |h| h.1)
    }

    fn others_conflict(&self, owner: TransactionId, mode: LockMode) -> bool {
        let conflicts = mode.conflicts();
        self.holders.iter().any(|(holder, modes)| *holder != owner && conflicts.meets(*modes))
    }

    fn grant(&mut self, owner: TransactionId, mode: LockMode) {
        match self.holders.iter_mut().find(|(holder, _)| *holder == owner) {
            Some((_, modes)) => modes.insert(mode),
            None => {
                let mut modes = Modes::default();
                modes.insert(mode);
                self.holders.push((owner, modes));
            }
        }
    }

    fn revoke(&mut self, owner: TransactionId, mode: LockMode) {
        for (holder, modes) in &mut self.holders {
            if *holder == owner {
                modes.remove(mode);
            }
        }
        self.holders.retain(|(_, modes)| !modes.is_empty());
    }

    fn is_idle(&self) -> bool {
        self.holders.is_empty() && self.queue.is_empty()
    }
}

/// Whether holding `held` makes taking `mode` superfluous.
fn covers(held: Modes, mode: LockMode) -> bool {
    held.contains(mode)
        || held.iter().any(|held| {
            held.conflicts().iter().count() >= mode.conflicts().iter().count()
                && mode.conflicts().iter().all(|other| held.conflicts().contains(other))
        })
}

impl LockTable {
    /// Grants a lock that nobody conflicts with, neither holding nor waiting. Who holds it in some
    /// mode already does not queue behind those who wait: they wait for it.
    pub fn attempt(
        &mut self,
        owner: TransactionId,
        target: &LockTarget,
        mode: LockMode,
    ) -> Attempt {
        if let Some(lock) = self.locks.get_mut(target) {
            let held = lock.held_by(owner);
            if covers(held, mode) {
                return Attempt::Granted;
            }
            let queued = held.is_empty()
                && lock
                    .queue
                    .iter()
                    .any(|waiter| waiter.owner != owner && mode.conflicts().contains(waiter.mode));
            if queued || lock.others_conflict(owner, mode) {
                return Attempt::Blocked;
            }
            lock.grant(owner, mode);
        } else {
            let mut lock = Lock::default();
            lock.grant(owner, mode);
            self.locks.insert(target.clone(), lock);
        }
        self.owners.entry(owner).or_default().push((target.clone(), mode));
        Attempt::Granted
    }

    /// Queues a blocked request; one that strengthens a lock goes before all who hold nothing.
    pub fn enqueue(
        &mut self,
        owner: TransactionId,
        target: &LockTarget,
        mode: LockMode,
        bell: oneshot::Sender<()>,
    ) -> u64 {
        let id = self.next_waiter;
        self.next_waiter += 1;
        let lock = self.locks.entry(target.clone()).or_default();
        let waiter = Waiter { id, owner, mode, bell };
        if lock.held_by(owner).is_empty() {
            lock.queue.push_back(waiter);
        } else {
            let holders: Vec<_> = lock.holders.iter().map(|(holder, _)| *holder).collect();
            let behind = |other: &Waiter| holders.contains(&other.owner);
            let at = lock.queue.iter().position(|other| !behind(other));
            lock.queue.insert(at.unwrap_or(lock.queue.len()), waiter);
        }
        self.waiting.insert(owner, (target.clone(), id));
        id
    }

    /// Takes a waiter out of its queue, if it is still there.
    pub fn give_up(&mut self, target: &LockTarget, id: u64) {
        let Some(lock) = self.locks.get_mut(target) else { return };
        if let Some(at) = lock.queue.iter().position(|waiter| waiter.id == id) {
            if let Some(waiter) = lock.queue.remove(at) {
                self.waiting.remove(&waiter.owner);
            }
            self.wake(target);
        }
    }

    /// Grants what has become free, in the queue's order.
    fn wake(&mut self, target: &LockTarget) {
        let Entry::Occupied(mut entry) = self.locks.entry(target.clone()) else { return };
        let lock = entry.get_mut();
        let mut waiting: Vec<(TransactionId, LockMode)> = Vec::new();
        let mut queue = std::mem::take(&mut lock.queue);
        while let Some(waiter) = queue.pop_front() {
            let (owner, mode) = (waiter.owner, waiter.mode);
            let blocked = lock.others_conflict(owner, mode)
                || waiting
                    .iter()
                    .any(|(other, earlier)| *other != owner && mode.conflicts().contains(*earlier));
            if blocked {
                waiting.push((owner, mode));
                lock.queue.push_back(waiter);
                continue;
            }
            self.waiting.remove(&owner);
            // A waiter that is gone has dropped its end, and its lock is not wanted.
            if waiter.bell.send(()).is_ok() {
                lock.grant(owner, mode);
                self.owners.entry(owner).or_default().push((target.clone(), mode));
            }
        }
        if lock.is_idle() {
            entry.remove();
        }
    }

    pub fn held(&self, owner: TransactionId) -> usize {
        self.owners.get(&owner).map_or(0, Vec::len)
    }

    pub fn holds(&self, owner: TransactionId, target: &LockTarget, mode: LockMode) -> bool {
        self.locks.get(target).is_some_and(|lock| covers(lock.held_by(owner), mode))
    }

    /// Gives up all locks taken after the first `keep`.
    pub fn release_to(&mut self, owner: TransactionId, keep: usize) {
        let Some(taken) = self.owners.get_mut(&owner) else { return };
        let released = taken.split_off(keep.min(taken.len()));
        if taken.is_empty() {
            self.owners.remove(&owner);
        }
        for (target, mode) in released {
            self.revoke(owner, &target, mode);
        }
    }

    pub fn release_one(
        &mut self,
        owner: TransactionId,
        target: &LockTarget,
        mode: LockMode,
    ) -> bool {
        let Some(taken) = self.owners.get_mut(&owner) else { return false };
        let Some(at) = taken.iter().rposition(|(t, m)| t == target && *m == mode) else {
            return false;
        };
        taken.remove(at);
        if taken.is_empty() {
            self.owners.remove(&owner);
        }
        self.revoke(owner, target, mode);
        true
    }

    fn revoke(&mut self, owner: TransactionId, target: &LockTarget, mode: LockMode) {
        let Some(lock) = self.locks.get_mut(target) else { return };
        lock.revoke(owner, mode);
        if lock.is_idle() {
            self.locks.remove(target);
        } else if !lock.queue.is_empty() {
            self.wake(target);
        }
    }

    /// Those whom a waiting owner waits for: conflicting holders, and conflicting waiters before it.
    pub fn blockers(&self, owner: TransactionId) -> Vec<TransactionId> {
        let Some((target, id)) = self.waiting.get(&owner) else { return Vec::new() };
        let Some(lock) = self.locks.get(target) else { return Vec::new() };
        let Some(at) = lock.queue.iter().position(|waiter| waiter.id == *id) else {
            return Vec::new();
        };
        let conflicts = lock.queue[at].mode.conflicts();
        let holders = lock.holders.iter().filter(|(_, modes)| conflicts.meets(*modes));
        let earlier = lock.queue.iter().take(at).filter(|w| conflicts.contains(w.mode));
        let mut blockers: Vec<_> = holders
            .map(|(holder, _)| *holder)
            .chain(earlier.map(|waiter| waiter.owner))
            .filter(|blocker| *blocker != owner)
            .collect();
        blockers.sort_unstable();
        blockers.dedup();
        blockers
    }

    pub fn list(&self) -> Vec<LockInfo> {
        let mut list = Vec::new();
        for (target, lock) in &self.locks {
            let info =
                |owner, mode, granted| LockInfo { target: target.clone(), mode, owner, granted };
            for (owner, modes) in &lock.holders {
                list.extend(modes.iter().map(|mode| info(*owner, mode, true)));
            }
            list.extend(lock.queue.iter().map(|waiter| info(waiter.owner, waiter.mode, false)));
        }
        list
    }
}
