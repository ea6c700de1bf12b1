//! The threads that searches run on: FAISS and tantivy calls never run on an async thread.
//!
//! Plain OS threads behind one bounded queue, not an actix `SyncArbiter`: that needs an actix
//! `System` of its own, hands every message through an extra arbiter thread (two wake-ups where a
//! graph walk takes 0.2 ms), queues without bound, and loses a thread to a panic.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio::sync::{Semaphore, oneshot};

use super::vector::faiss;
use crate::base::{PgError, Result};

/// Searches that may wait for a thread; further ones wait to be queued.
const QUEUE_CAPACITY: usize = 1024;

type Task = Box<dyn FnOnce() + Send>;

/// Dropped, it lets running searches end and stops its threads.
pub struct Pool {
    queue: Sender<Task>,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicU64>,
}

impl Pool {
    pub fn start(threads: usize) -> Result<Self> {
        let (queue, tasks) = bounded::<Task>(QUEUE_CAPACITY);
        for number in 0..threads.max(1) {
            let tasks: Receiver<Task> = tasks.clone();
            thread::Builder::new()
                .name(format!("search-{number}"))
                .spawn(move || {
                    // OpenMP's count is per thread: parallelism comes from searches, not from within.
                    faiss::set_threads(1);
                    tasks.iter().for_each(|task| task());
                })
                .map_err(|error| PgError::internal(format!("could not start a thread: {error}")))?;
        }
        Ok(Self {
            queue,
            places: Arc::new(Semaphore::new(QUEUE_CAPACITY)),
            waiting: Arc::new(AtomicU64::new(0)),
        })
    }

    /// Runs `search` on one of the threads.
    ///
    /// Dropping the future does not stop a search that has begun: its cancel check does.
    /// Errors: its own; XX000 if it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        search: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| PgError::internal("the search pool is closed"))?;
        let (answer, answered) = oneshot::channel();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = self.waiting.clone();
        let task: Task = Box::new(move || {
            waiting.fetch_sub(1, Ordering::Relaxed);
            drop(place);
            if answer.is_closed() {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(search))
                .unwrap_or_else(|_| Err(PgError::internal("a search panicked")));
            let _ = answer.send(result);
        });
        // A place was acquired, so the queue has room.
        self.queue.send(task).map_err(|_| PgError::internal("the search pool is closed"))?;
        answered.await.map_err(|_| PgError::internal("a search was dropped"))?
    }

    /// Searches that wait for a thread.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub fn capacity(&self) -> u64 {
        QUEUE_CAPACITY as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panicking_search_is_an_error_and_its_thread_lives_on() {
        let pool = Pool::start(1).unwrap();
        let panicked = pool.run::<()>(|| panic!("on purpose")).await;
        assert_eq!(panicked.unwrap_err().message, "a search panicked");
        assert_eq!(pool.run(|| Ok(7)).await.unwrap(), 7);
    }
}
