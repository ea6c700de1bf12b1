//! Advisory locks: named by an application, held by a session or a transaction of it.
//!
//! A session that ends calls [`release_session`], a transaction that ends [`release_transaction`].

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Context, Family, system, table::functions};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    types::Datum,
};

pub fn family() -> Family {
    let mut family = Family::default();
    let rows = &mut family;
    functions! { rows:
        2880 "pg_advisory_lock" (INT8) -> VOID [volatile] scalar(pg_advisory_lock);
        2886 "pg_advisory_lock" (INT4 INT4) -> VOID [volatile] scalar(pg_advisory_lock);
        2881 "pg_advisory_lock_shared" (INT8) -> VOID [volatile] scalar(pg_advisory_lock_shared);
        2887 "pg_advisory_lock_shared" (INT4 INT4) -> VOID [volatile] scalar(pg_advisory_lock_shared);
        2884 "pg_advisory_unlock" (INT8) -> BOOL [volatile] scalar(pg_advisory_unlock);
        2890 "pg_advisory_unlock" (INT4 INT4) -> BOOL [volatile] scalar(pg_advisory_unlock);
        2892 "pg_advisory_unlock_all" () -> VOID [volatile] scalar(pg_advisory_unlock_all);
        2885 "pg_advisory_unlock_shared" (INT8) -> BOOL [volatile] scalar(pg_advisory_unlock_shared);
        2891 "pg_advisory_unlock_shared" (INT4 INT4) -> BOOL [volatile] scalar(pg_advisory_unlock_shared);
        3089 "pg_advisory_xact_lock" (INT8) -> VOID [volatile] scalar(pg_advisory_xact_lock);
        3093 "pg_advisory_xact_lock" (INT4 INT4) -> VOID [volatile] scalar(pg_advisory_xact_lock);
        3090 "pg_advisory_xact_lock_shared" (INT8) -> VOID [volatile] scalar(pg_advisory_xact_lock_shared);
        3094 "pg_advisory_xact_lock_shared" (INT4 INT4) -> VOID [volatile] scalar(pg_advisory_xact_lock_shared);
        2882 "pg_try_advisory_lock" (INT8) -> BOOL [volatile] scalar(pg_try_advisory_lock);
        2888 "pg_try_advisory_lock" (INT4 INT4) -> BOOL [volatile] scalar(pg_try_advisory_lock);
        2883 "pg_try_advisory_lock_shared" (INT8) -> BOOL [volatile] scalar(pg_try_advisory_lock_shared);
        2889 "pg_try_advisory_lock_shared" (INT4 INT4) -> BOOL [volatile] scalar(pg_try_advisory_lock_shared);
        3091 "pg_try_advisory_xact_lock" (INT8) -> BOOL [volatile] scalar(pg_try_advisory_xact_lock);
        3095 "pg_try_advisory_xact_lock" (INT4 INT4) -> BOOL [volatile] scalar(pg_try_advisory_xact_lock);
        3092 "pg_try_advisory_xact_lock_shared" (INT8) -> BOOL [volatile] scalar(pg_try_advisory_xact_lock_shared);
        3096 "pg_try_advisory_xact_lock_shared" (INT4 INT4) -> BOOL [volatile] scalar(pg_try_advisory_xact_lock_shared);
    }
    family
}

/// How often a waiter looks again.
const WAIT_SLICE: Duration = Duration::from_millis(5);

/// One number and two numbers name different locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    One(i64),
    Two(i32, i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Exclusive,
    Shared,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Session,
    Transaction,
}

/// A lock that a session holds, as often as it took it.
#[derive(Debug)]
struct Hold {
    pid: i32,
    mode: Mode,
    owner: Owner,
    count: usize,
}

#[derive(Debug, Default)]
struct Locks {
    held: HashMap<Key, Vec<Hold>>,
    waiting: HashMap<i32, (Key, Mode)>,
}

static LOCKS: LazyLock<Mutex<Locks>> = LazyLock::new(Mutex::default);

fn locks() -> MutexGuard<'static, Locks> {
    LOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Releases all that a session holds.
pub fn release_session(pid: i32) {
    locks().release(|hold| hold.pid == pid);
}

/// Releases what a session's transaction holds.
pub fn release_transaction(pid: i32) {
    locks().release(|hold| hold.pid == pid && hold.owner == Owner::Transaction);
}

/// A lock held or waited for, as pg_locks shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvisoryInfo {
    pub class: u32,
    pub object: u32,
    /// 1 for a key of one number, 2 for a key of two.
    pub part: i16,
    pub pid: i32,
    pub mode: &'static str,
    pub granted: bool,
}

/// Every lock held or waited for.
pub fn list() -> Vec<AdvisoryInfo> {
    let info = |key: &Key, mode: Mode, pid: i32, granted: bool| {
        let (class, object, part) = match *key {
            Key::One(key) => ((key >> 32) as u32, key as u32, 1),
            Key::Two(class, object) => (class as u32, object as u32, 2),
        };
        AdvisoryInfo { class, object, part, pid, mode: mode.name(), granted }
    };
    let locks = locks();
    let held = locks.held.iter().flat_map(|(key, holds)| {
        holds.iter().map(move |hold| info(key, hold.mode, hold.pid, true))
    });
    let waiting = locks.waiting.iter().map(|(pid, (key, mode))| info(key, *mode, *pid, false));
    held.chain(waiting).collect()
}

impl Mode {
    /// As PostgreSQL's messages and pg_locks have it.
    fn name(self) -> &'static str {
        match self {
            Mode::Exclusive => "ExclusiveLock",
            Mode::Shared => "ShareLock",
        }
    }
}

impl Locks {
    fn release(&mut self, is_released: impl Fn(&Hold) -> bool) {
        self.held.retain(|_, holds| {
            holds.retain(|hold| !is_released(hold));
            !holds.is_empty()
        });
    }

    /// The other sessions that keep `pid` from a lock.
    fn blockers(&self, key: Key, mode: Mode, pid: i32) -> impl Iterator<Item = i32> + '_ {
        let holds = self.held.get(&key).map_or(&[][..], Vec::as_slice);
        holds
            .iter()
            .filter(move |hold| {
                hold.pid != pid && (mode == Mode::Exclusive || hold.mode == Mode::Exclusive)
            })
            .map(|hold| hold.pid)
    }

    fn take(&mut self, key: Key, mode: Mode, owner: Owner, pid: i32) -> bool {
        if self.blockers(key, mode, pid).next().is_some() {
            return false;
        }
        let holds = self.held.entry(key).or_default();
        let same = |hold: &&mut Hold| hold.pid == pid && hold.mode == mode && hold.owner == owner;
        match holds.iter_mut().find(same) {
            Some(hold) => hold.count += 1,
            None => holds.push(Hold { pid, mode, owner, count: 1 }),
        }
        true
    }

    /// Whether someone that `pid` waits for waits, in the end, for `pid`.
    fn is_deadlocked(&self, pid: i32) -> bool {
        let mut seen = vec![];
        let mut next = vec![pid];
        while let Some(waiter) = next.pop() {
            let Some((key, mode)) = self.waiting.get(&waiter) else { continue };
            for blocker in self.blockers(*key, *mode, waiter) {
                if blocker == pid {
                    return true;
                }
                if !seen.contains(&blocker) {
                    seen.push(blocker);
                    next.push(blocker);
                }
            }
        }
        false
    }

    /// Gives one hold of a session back. `false`: there is none.
    fn give_back(&mut self, key: Key, mode: Mode, pid: i32) -> bool {
        let Some(holds) = self.held.get_mut(&key) else { return false };
        let held = holds
            .iter()
            .position(|hold| hold.pid == pid && hold.mode == mode && hold.owner == Owner::Session);
        let Some(at) = held else { return false };
        holds[at].count -= 1;
        if holds[at].count == 0 {
            holds.swap_remove(at);
        }
        if holds.is_empty() {
            self.held.remove(&key);
        }
        true
    }
}

fn key(args: &[Datum]) -> Key {
    match args {
        [Datum::Int4(first), Datum::Int4(second)] => Key::Two(*first, *second),
        args => Key::One(args[0].as_i64()),
    }
}

/// Waits for a lock. Errors: 40P01 in a circle of waiters; 57014 when cancelled.
fn lock(context: &Context, args: &[Datum], mode: Mode, owner: Owner) -> Result<Datum> {
    let (key, pid) = (key(args), context.env.backend_pid);
    let outcome = wait(context, key, mode, owner, pid);
    locks().waiting.remove(&pid);
    outcome.map(|()| Datum::text(""))
}

fn wait(context: &Context, key: Key, mode: Mode, owner: Owner, pid: i32) -> Result<()> {
    loop {
        {
            let mut locks = locks();
            if locks.take(key, mode, owner, pid) {
                return Ok(());
            }
            locks.waiting.insert(pid, (key, mode));
            if locks.is_deadlocked(pid) {
                return err!(DEADLOCK_DETECTED, "deadlock detected");
            }
        }
        context.env.services.check_cancel()?;
        system::wait(WAIT_SLICE);
    }
}

fn try_lock(context: &Context, args: &[Datum], mode: Mode, owner: Owner) -> Result<Datum> {
    Ok(Datum::Bool(locks().take(key(args), mode, owner, context.env.backend_pid)))
}

fn unlock(context: &Context, args: &[Datum], mode: Mode) -> Result<Datum> {
    let released = locks().give_back(key(args), mode, context.env.backend_pid);
    if !released {
        context.env.services.notice(PgError::warning(
            sqlstate::WARNING,
            format!("you don't own a lock of type {}", mode.name()),
        ));
    }
    Ok(Datum::Bool(released))
}

macro_rules! locking {
    ($($name:ident $try_name:ident $mode:ident $owner:ident;)*) => {$(
        fn $name(context: &Context, args: &[Datum]) -> Result<Datum> {
            lock(context, args, Mode::$mode, Owner::$owner)
        }

        fn $try_name(context: &Context, args: &[Datum]) -> Result<Datum> {
            try_lock(context, args, Mode::$mode, Owner::$owner)
        }
    )*};
}

locking! {
    pg_advisory_lock pg_try_advisory_lock Exclusive Session;
    pg_advisory_lock_shared pg_try_advisory_lock_shared Shared Session;
    pg_advisory_xact_lock pg_try_advisory_xact_lock Exclusive Transaction;
    pg_advisory_xact_lock_shared pg_try_advisory_xact_lock_shared Shared Transaction;
}

fn pg_advisory_unlock(context: &Context, args: &[Datum]) -> Result<Datum> {
    unlock(context, args, Mode::Exclusive)
}

fn pg_advisory_unlock_shared(context: &Context, args: &[Datum]) -> Result<Datum> {
    unlock(context, args, Mode::Shared)
}

fn pg_advisory_unlock_all(context: &Context, _: &[Datum]) -> Result<Datum> {
    let pid = context.env.backend_pid;
    locks().release(|hold| hold.pid == pid && hold.owner == Owner::Session);
    Ok(Datum::text(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_holders_keep_writers_out_and_a_circle_is_seen() {
        let mut locks = Locks::default();
        let (first, second) = (Key::One(1), Key::Two(0, 1));
        assert!(locks.take(first, Mode::Shared, Owner::Session, 1));
        assert!(locks.take(first, Mode::Shared, Owner::Transaction, 2));
        assert!(!locks.take(first, Mode::Exclusive, Owner::Session, 1));
        assert!(locks.take(second, Mode::Exclusive, Owner::Session, 2));
        locks.waiting.insert(1, (second, Mode::Shared));
        assert!(!locks.is_deadlocked(1));
        locks.waiting.insert(2, (first, Mode::Exclusive));
        assert!(locks.is_deadlocked(2));
        locks.release(|hold| hold.pid == 1);
        assert!(!locks.is_deadlocked(2));
        assert!(locks.take(first, Mode::Exclusive, Owner::Session, 2));
        assert!(locks.give_back(first, Mode::Exclusive, 2));
        assert!(!locks.give_back(first, Mode::Exclusive, 2));
    }
}
