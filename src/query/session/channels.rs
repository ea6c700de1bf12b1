//! LISTEN and NOTIFY: who listens to what, and notifications on their way.
//!
//! A transaction gathers what it says in [`News`]; its commit hands that to the [`Channels`], which
//! lay a copy into the inbox of every session that listens. A session's client is told between
//! transactions. Nothing is stored: who is not connected hears nothing, as in PostgreSQL.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Session;
use crate::base::{Oid, Result, limits};

/// PostgreSQL's limit: a payload is shorter than this.
const PAYLOAD_BYTES_MAX: usize = 8000;

/// What a listening client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Who sent it.
    pub pid: i32,
    pub channel: String,
    pub payload: String,
}

/// Notifications that wait for a session's client.
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Mutex<VecDeque<Notification>>,
    bell: Notify,
}

impl Inbox {
    pub fn take(&self) -> Vec<Notification> {
        self.waiting.lock().drain(..).collect()
    }

    /// Returns once something waits; it may have been taken by then.
    pub async fn filled(&self) {
        loop {
            let rung = self.bell.notified();
            if !self.waiting.lock().is_empty() {
                return;
            }
            rung.await;
        }
    }

    fn put(&self, notification: Notification) {
        self.waiting.lock().push_back(notification);
        self.bell.notify_one();
    }
}

/// LISTEN, UNLISTEN and UNLISTEN *.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    Begin(String),
    End(String),
    EndAll,
}

/// What a transaction will have said when it commits.
#[derive(Clone, Debug, Default)]
pub struct News {
    pub listening: Vec<Listening>,
    notifications: Vec<(String, String)>,
    said: HashSet<(String, String)>,
}

/// How much of it was said before a savepoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewsMark(usize, usize);

impl News {
    /// Equal notifications of one transaction are told once.
    ///
    /// Errors: 22023 for an empty or long channel, or a long payload.
    pub fn notify(&mut self, channel: &str, payload: &str) -> Result<()> {
        if channel.is_empty() {
            return crate::err!(INVALID_PARAMETER_VALUE, "channel name cannot be empty");
        }
        if channel.len() > limits::IDENTIFIER_BYTES_MAX {
            return crate::err!(INVALID_PARAMETER_VALUE, "channel name too long");
        }
        if payload.len() >= PAYLOAD_BYTES_MAX {
            return crate::err!(INVALID_PARAMETER_VALUE, "payload string too long");
        }
        let one = (channel.to_owned(), payload.to_owned());
        if self.said.insert(one.clone()) {
            self.notifications.push(one);
        }
        Ok(())
    }

    pub fn mark(&self) -> NewsMark {
        NewsMark(self.listening.len(), self.notifications.len())
    }

    /// ROLLBACK TO SAVEPOINT.
    pub fn return_to(&mut self, mark: NewsMark) {
        self.listening.truncate(mark.0);
        for one in self.notifications.drain(mark.1..) {
            self.said.remove(&one);
        }
    }
}

/// Who listens: sessions by database and channel.
#[derive(Debug, Default)]
pub struct Channels {
    listeners: Mutex<HashMap<(Oid, String), HashMap<i32, Arc<Inbox>>>>,
}

impl Channels {
    fn listen(&self, database: Oid, pid: i32, act: &Listening, inbox: &Arc<Inbox>) {
        let mut listeners = self.listeners.lock();
        match act {
            Listening::Begin(channel) => {
                let channel = listeners.entry((database, channel.clone())).or_default();
                channel.insert(pid, inbox.clone());
            }
            Listening::End(ended) => {
                if let Some(channel) = listeners.get_mut(&(database, ended.clone())) {
                    channel.remove(&pid);
                }
                listeners.retain(|_, channel| !channel.is_empty());
            }
            Listening::EndAll => Self::remove(&mut listeners, pid),
        }
    }

    fn remove(listeners: &mut HashMap<(Oid, String), HashMap<i32, Arc<Inbox>>>, pid: i32) {
        listeners.retain(|_, channel| {
            channel.remove(&pid);
            !channel.is_empty()
        });
    }

    /// The session has ended.
    pub fn leave(&self, pid: i32) {
        Self::remove(&mut self.listeners.lock(), pid);
    }

    /// The channels a session listens to, in order.
    pub fn of(&self, pid: i32) -> Vec<String> {
        let listeners = self.listeners.lock();
        let own = listeners.iter().filter(|(_, channel)| channel.contains_key(&pid));
        let mut names: Vec<String> = own.map(|((_, name), _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Under one lock, so that all listeners hear transactions in the same order.
    fn publish(&self, database: Oid, pid: i32, notifications: Vec<(String, String)>) {
        let listeners = self.listeners.lock();
        for (channel, payload) in notifications {
            let key = (database, channel);
            for inbox in listeners.get(&key).into_iter().flat_map(HashMap::values) {
                let (channel, payload) = (key.1.clone(), payload.clone());
                inbox.put(Notification { pid, channel, payload });
            }
        }
    }
}

impl Session {
    /// Hands a committed transaction's news over; its own LISTEN comes before its NOTIFY.
    pub(super) fn publish(&self, news: News) {
        let channels = &self.shared().channels;
        for act in &news.listening {
            channels.listen(self.database_oid, self.pid, act, &self.inbox);
        }
        if !news.notifications.is_empty() {
            channels.publish(self.database_oid, self.pid, news.notifications);
        }
    }

    pub fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_notifications_are_said_once_and_a_savepoint_takes_them_back() {
        let mut news = News::default();
        news.notify("a", "1").expect("said");
        news.notify("a", "1").expect("said again");
        let mark = news.mark();
        news.notify("a", "2").expect("said");
        news.listening.push(Listening::Begin("b".into()));
        news.return_to(mark);
        assert!(news.listening.is_empty());
        news.notify("a", "2").expect("said after the savepoint was left");
        let said: Vec<&str> = news.notifications.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(said, ["1", "2"]);
        assert!(news.notify("", "x").is_err());
        assert!(news.notify("a", &"x".repeat(8000)).is_err());
        assert!(news.notify("a", &"x".repeat(7999)).is_ok());
    }

    #[test]
    fn listeners_of_the_same_database_hear_in_order() {
        let channels = Channels::default();
        let (near, far) = (Arc::new(Inbox::default()), Arc::new(Inbox::default()));
        channels.listen(Oid(5), 1, &Listening::Begin("c".into()), &near);
        channels.listen(Oid(6), 2, &Listening::Begin("c".into()), &far);
        channels.publish(Oid(5), 9, vec![("c".into(), "1".into()), ("c".into(), "2".into())]);
        let heard: Vec<String> = near.take().into_iter().map(|told| told.payload).collect();
        assert_eq!(heard, ["1", "2"]);
        assert!(far.take().is_empty());
        assert_eq!(channels.of(1), ["c"]);
        channels.leave(1);
        channels.publish(Oid(5), 9, vec![("c".into(), "3".into())]);
        assert!(near.take().is_empty());
    }
}
