//! PostgreSQL's wire protocol, versions 3.0 and 3.2: our own connection loop.
//!
//! What the backend sends is made of pgwire's messages. What a client sends is read by
//! [`frontend`], because nothing of a client's is trusted: every length and count is checked, and
//! text must be of the client's encoding, which is UTF-8 unless it says otherwise. (pgwire's decoders
//! stop the process on a truncated body and replace bytes that are not UTF-8.)
//!
//! One task a connection. It owns the socket's two buffers and the session, flushes what it
//! writes at 32 KiB and wherever the protocol waits for the client, and never keeps a snapshot
//! open while it waits to read.

mod auth;
mod backends;
mod connection;
mod copy;
mod doors;
mod engine;
mod extended;
mod frontend;
mod listener;
mod output;
mod portal;
mod rows;
mod scram;
mod session;
mod simple;
mod slots;
mod socket;
mod startup;
mod throttle;
mod translated;
mod wire;

pub use auth::Credentials;
pub use backends::Backends;
pub use doors::Doors;
pub use listener::{Listener, Phase};
pub use session::{
    Cancel, CopyIn, CopyOut, Engine, Inbox, Outcome, Prepared, Session, SessionStart, Tag,
    TransactionStatus,
};

#[cfg(test)]
pub(crate) mod tests;
