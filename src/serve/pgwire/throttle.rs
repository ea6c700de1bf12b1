//! Guessing passwords is made slow, per user and address, and nobody is ever locked out.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Failed attempts that cost nothing, for those who mistype.
const FREE: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(200);
const DELAY_MAX: Duration = Duration::from_secs(5);
/// After this long without a failure, the past is forgotten.
const MEMORY: Duration = Duration::from_secs(120);
const ENTRIES_MAX: usize = 10_000;

type Origin = (String, Option<IpAddr>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<Origin, Failures>>);

impl Throttle {
    /// How long the next attempt waits before it is heard.
    pub fn delay(&self, user: &str, peer: Option<IpAddr>, now: Instant) -> Duration {
        let entries = self.0.lock();
        let Some(failures) = entries.get(&(user.to_owned(), peer)) else {
            return Duration::ZERO;
        };
        if now.duration_since(failures.last) > MEMORY {
            return Duration::ZERO;
        }
        match failures.count.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(over) => (FIRST_DELAY * 2u32.pow(over.min(10))).min(DELAY_MAX),
        }
    }

    pub fn failed(&self, user: &str, peer: Option<IpAddr>, now: Instant) {
        let mut entries = self.0.lock();
        if entries.len() >= ENTRIES_MAX {
            entries.retain(|_, failures| now.duration_since(failures.last) <= MEMORY);
        }
        if entries.len() >= ENTRIES_MAX {
            // Under a flood of names the oldest half goes: memory is bounded, delays are a courtesy.
            let mut ages: Vec<Instant> = entries.values().map(|failures| failures.last).collect();
            let middle = ages.len() / 2;
            let median = *ages.select_nth_unstable(middle).1;
            entries.retain(|_, failures| failures.last > median);
        }
        let failures =
            entries.entry((user.to_owned(), peer)).or_insert(Failures { count: 0, last: now });
        if now.duration_since(failures.last) > MEMORY {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    pub fn succeeded(&self, user: &str, peer: Option<IpAddr>) {
        self.0.lock().remove(&(user.to_owned(), peer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_are_bounded_and_are_forgotten() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let delays: Vec<u128> = (0..12)
            .map(|_| {
                throttle.failed("ada", None, now);
                throttle.delay("ada", None, now).as_millis()
            })
            .collect();
        assert_eq!(delays[..7], [0, 0, 200, 400, 800, 1600, 3200]);
        assert_eq!(delays[11], 5000);
        assert_eq!(throttle.delay("eve", None, now), Duration::ZERO);
        assert_eq!(throttle.delay("ada", None, now + MEMORY * 2), Duration::ZERO);
        throttle.succeeded("ada", None);
        assert_eq!(throttle.delay("ada", None, now), Duration::ZERO);
    }

    #[test]
    fn a_flood_of_names_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for name in 0..3 * ENTRIES_MAX {
            throttle.failed(&name.to_string(), None, now + Duration::from_micros(name as u64));
        }
        assert!(throttle.0.lock().len() <= ENTRIES_MAX);
    }
}
