//! LISTEN, UNLISTEN and NOTIFY: they take effect when their transaction commits.

use super::command;
use crate::{
    base::Result,
    query::session::{Outcome, Session, channels::Listening},
};

pub fn listen(session: &mut Session, channel: &str) -> Result<Outcome> {
    session.live.lock().news.listening.push(Listening::Begin(channel.to_owned()));
    command("LISTEN")
}

/// An empty channel is `UNLISTEN *`.
pub fn unlisten(session: &mut Session, channel: &str) -> Result<Outcome> {
    let act = match channel {
        "" => Listening::EndAll,
        channel => Listening::End(channel.to_owned()),
    };
    session.live.lock().news.listening.push(act);
    command("UNLISTEN")
}

/// Errors: 22023 for a payload that is too long.
pub fn notify(session: &mut Session, channel: &str, payload: &str) -> Result<Outcome> {
    session.live.lock().news.notify(channel, payload)?;
    command("NOTIFY")
}
