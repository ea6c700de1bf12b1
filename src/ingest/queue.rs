//! The Committer's queue: bounded in requests and in bytes; senders wait for room.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crossbeam_channel::{Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::write_set::{CommitError, RowOp, WriteSet};
use crate::{
    base::{Csn, PgError, Result, sqlstate},
    pg_error,
};

/// What is asked.
pub(super) enum Work {
    Commit { set: Box<WriteSet>, stage: Option<u64> },
    Slice { stage: u64, rows: Vec<RowOp> },
}

impl Work {
    pub fn stage(&self) -> Option<u64> {
        match self {
            Work::Commit { stage, .. } => *stage,
            Work::Slice { stage, .. } => Some(*stage),
        }
    }

    pub fn bytes(&self) -> usize {
        match self {
            Work::Commit { set, .. } => set.bytes(),
            Work::Slice { rows, .. } => rows.iter().map(RowOp::bytes).sum(),
        }
    }

    pub fn rows(&self) -> &[RowOp] {
        match self {
            Work::Commit { set, .. } => &set.rows,
            Work::Slice { rows, .. } => rows,
        }
    }
}

pub(super) struct Request {
    pub work: Work,
    pub bytes: usize,
    pub answer: oneshot::Sender<Result<Csn, CommitError>>,
    /// Given back when the request is answered.
    _room: [OwnedSemaphorePermit; 2],
}

/// What the Committer will say to a request; to be awaited.
pub(super) struct Answer(oneshot::Receiver<Result<Csn, CommitError>>);

impl Answer {
    /// The answer, if it has come.
    pub fn now(&mut self) -> Option<Result<Csn, CommitError>> {
        match self.0.try_recv() {
            Ok(answer) => Some(answer),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(stopped())),
        }
    }
}

impl Future for Answer {
    type Output = Result<Csn, CommitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.map_err(|_| stopped())?)
    }
}

/// What goes through the channel.
pub(super) enum Message {
    Request(Request),
    /// Finish what is queued, sync and end.
    Stop,
}

/// How far what is derived from the store is behind, as far as writers must care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pressure {
    #[default]
    None,
    /// Those who add rows wait until it eases; deletions go on.
    Wait,
    /// Those who add rows are refused (53400).
    Refuse,
}

pub(super) struct Queue {
    pressure: watch::Sender<Pressure>,
    sender: Sender<Message>,
    /// One permit a request; as many as the channel has places, but for one kept for `Stop`.
    places: Arc<Semaphore>,
    places_max: usize,
    bytes: Arc<Semaphore>,
    bytes_max: usize,
}

impl Queue {
    pub fn new(places_max: usize, bytes_max: usize) -> (Self, Receiver<Message>) {
        let (sender, receiver) = crossbeam_channel::bounded(places_max + 1);
        let bytes_max = bytes_max.clamp(1, u32::MAX as usize);
        let queue = Self {
            pressure: watch::Sender::default(),
            sender,
            places: Arc::new(Semaphore::new(places_max)),
            places_max,
            bytes: Arc::new(Semaphore::new(bytes_max)),
            bytes_max,
        };
        (queue, receiver)
    }

    /// Requests queued or being committed.
    pub fn depth(&self) -> usize {
        self.places_max - self.places.available_permits()
    }

    /// Bytes of those requests.
    pub fn depth_bytes(&self) -> usize {
        self.bytes_max - self.bytes.available_permits()
    }

    pub fn set_pressure(&self, pressure: Pressure) {
        self.pressure.send_replace(pressure);
    }

    /// Waits until those who add rows may go on.
    ///
    /// Errors: 53400 if they are refused.
    pub async fn ease(&self) -> Result<()> {
        let mut pressure = self.pressure.subscribe();
        let eased = pressure.wait_for(|pressure| *pressure != Pressure::Wait).await;
        match eased.map(|pressure| *pressure) {
            Ok(Pressure::Refuse) => {
                Err(pg_error!(CONFIGURATION_LIMIT_EXCEEDED, "index building is too far behind")
                    .hint("Write again when the indexes have caught up."))
            }
            _ => Ok(()),
        }
    }

    /// Waits for room, then for the answer.
    pub async fn ask(&self, work: Work) -> Result<Csn, CommitError> {
        self.send(work).await?.await
    }

    /// Waits for room only.
    pub async fn send(&self, work: Work) -> Result<Answer, CommitError> {
        if work.rows().iter().any(RowOp::grows) {
            self.ease().await?;
        }
        let bytes = work.bytes();
        // One request larger than the whole queue waits until it is alone.
        let share = bytes.min(self.bytes_max) as u32;
        let place = self.places.clone().acquire_owned().await.map_err(|_| stopped())?;
        let room = self.bytes.clone().acquire_many_owned(share).await.map_err(|_| stopped())?;
        let (answer, receiver) = oneshot::channel();
        let request = Request { work, bytes, answer, _room: [place, room] };
        // The place is ours, so that this does not block.
        self.sender.send(Message::Request(request)).map_err(|_| stopped())?;
        Ok(Answer(receiver))
    }

    /// Refuses what comes from now on and lets the Committer end.
    pub fn stop(&self) {
        if !self.places.is_closed() {
            self.places.close();
            // Those who wait for it to ease find the queue closed.
            self.set_pressure(Pressure::None);
            self.bytes.close();
            // Its place is the one beyond `places_max`; a Committer that has ended needs no word.
            let _ = self.sender.send(Message::Stop);
        }
    }
}

fn stopped() -> CommitError {
    PgError::fatal(sqlstate::ADMIN_SHUTDOWN, "terminating connection due to administrator command")
        .into()
}
