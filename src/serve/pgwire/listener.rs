//! Accepts connections and gives each a task: start up, authenticate, serve, say farewell.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::FutureExt;
use pgwire::messages::startup::{Authentication, BackendKeyData, ParameterStatus, SecretKey};
use tokio::{sync::watch, task::JoinSet};

use super::{
    auth::Credentials,
    backends::Backends,
    connection::{Connection, shutdown},
    doors::{Doors, Peer},
    session::{Cancel, Engine, Session, SessionStart},
    slots::{Slot, Slots, Starting},
    socket::Socket,
    startup::{Opening, Version, open},
    wire::{Failure, Transport, Wire},
};
use crate::{
    base::{PgError, Severity, sqlstate},
    config::LiveConfig,
    metrics::metrics,
};

/// How far the server has come towards its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Serving,
    /// No new connections; transactions may end.
    Draining,
    /// Whatever still runs is ended with 57P01.
    Ending,
}

/// Waits until the server has come so far; one whose sender is gone has ended.
pub(super) async fn reached(phase: &mut watch::Receiver<Phase>, goal: Phase) {
    let _ = phase.wait_for(|phase| *phase >= goal).await;
}

/// Settings that every client is told at the start (PostgreSQL's GUC_REPORT), with the value
/// for a session that does not know them.
const REPORTED: &[(&str, &str)] = &[
    ("application_name", ""),
    ("client_encoding", "UTF8"),
    ("DateStyle", "ISO, MDY"),
    ("default_transaction_read_only", "off"),
    ("in_hot_standby", "off"),
    ("integer_datetimes", "on"),
    ("IntervalStyle", "postgres"),
    ("is_superuser", "on"),
    ("scram_iterations", "4096"),
    ("search_path", "\"$user\", public"),
    ("server_encoding", "UTF8"),
    ("server_version", "18.0"),
    ("session_authorization", ""),
    ("standard_conforming_strings", "on"),
    ("TimeZone", "Etc/UTC"),
];

/// What all connections share.
pub struct Listener<E> {
    pub engine: Arc<E>,
    pub config: LiveConfig,
    pub credentials: Arc<Credentials>,
    pub backends: Arc<Backends>,
    pub phase: watch::Receiver<Phase>,
}

impl<E: Engine> Listener<E> {
    /// Serves who comes in by `doors` until the phase is `Draining`, then waits for the connections
    /// that are in; they end by themselves or by `Ending`. Errors: none; a failing accept is retried.
    pub async fn run(self, doors: Doors) {
        let slots = Slots::new(self.config.clone());
        let shared = Arc::new(self);
        let mut phase = shared.phase.clone();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = reached(&mut phase, Phase::Draining) => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = doors.accept() => match accepted {
                    Ok((socket, peer)) => shared.admit(&slots, socket, peer, &mut connections),
                    Err(error) => {
                        // Out of file descriptors, mostly: others must close first.
                        tracing::warn!(target: "serve", %error, "a connection was not accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        drop(doors);
        while connections.join_next().await.is_some() {}
    }

    fn admit(
        self: &Arc<Self>,
        slots: &Arc<Slots>,
        socket: Socket,
        peer: Peer,
        connections: &mut JoinSet<()>,
    ) {
        metrics().connections_accepted.inc();
        metrics().connections_max.set(self.config.load().server.connections_max.into());
        let Some(starting) = slots.start() else {
            metrics().connection_refusals.with_label_values(&["starting"]).inc();
            return;
        };
        let (shared, slots) = (self.clone(), slots.clone());
        connections.spawn(async move { shared.converse(socket, peer, slots, starting).await });
    }

    async fn converse(
        self: Arc<Self>,
        socket: Socket,
        peer: Peer,
        slots: Arc<Slots>,
        starting: Starting,
    ) {
        let config = self.config.load();
        let message_bytes_max = config.server.message_bytes_max.as_usize();
        let mut wire = Wire::new(socket.clone(), message_bytes_max, config.server.write_timeout);
        let started = tokio::time::timeout(
            config.server.startup_timeout,
            AssertUnwindSafe(self.start(&mut wire, peer, &slots)).catch_unwind(),
        );
        let outcome = match started.await {
            Ok(outcome) => outcome.unwrap_or_else(|panic| Err(defect(&panic))),
            // PostgreSQL closes without a word, too: there may be no protocol yet.
            Err(_) => {
                metrics().connection_refusals.with_label_values(&["timeout"]).inc();
                tracing::info!(target: "serve", %peer, "a client did not start up in time");
                return;
            }
        };
        drop(starting);
        match outcome {
            Ok(Some((session, version, slot))) => {
                let watch = tokio::spawn(watch(socket, session.cancel_handle()));
                self.serve(wire, session, version, peer).await;
                watch.abort();
                drop(slot);
            }
            Ok(None) => {}
            Err(failure) => farewell(&mut wire, failure, peer).await,
        }
    }

    /// From the first byte to a session; `None` if the client wanted something else.
    async fn start<T: Transport>(
        &self,
        wire: &mut Wire<T>,
        peer: Peer,
        slots: &Arc<Slots>,
    ) -> Result<Option<(E::Session, Version, Slot)>, Failure> {
        let (start, version) = match open(wire).await? {
            Opening::Closed => return Ok(None),
            Opening::Cancel { pid, key } => {
                self.backends.cancel_with_key(pid, &key);
                return Ok(None);
            }
            Opening::Start { start, version } => (start, version),
        };
        if *self.phase.borrow() != Phase::Serving {
            metrics().connection_refusals.with_label_values(&["draining"]).inc();
            let message = "the database system is shutting down";
            return Err(PgError::fatal(sqlstate::CANNOT_CONNECT_NOW, message).into());
        }
        let slot = slots.take()?;
        let role = |user: &str| self.engine.verifier(user);
        self.credentials.authenticate(wire, &start.user, peer.ip(), role).await?;
        slot.admit(self.engine.is_superuser(&start.user))?;
        let start = SessionStart { peer: peer.ip(), ..start };
        let session = self
            .engine
            .session(start)
            .map_err(|error| PgError { severity: Severity::Fatal, ..error })?;
        wire.output.message(&Authentication::Ok);
        Ok(Some((session, version, slot)))
    }

    async fn serve<T: Transport>(
        &self,
        mut wire: Wire<T>,
        session: E::Session,
        version: Version,
        peer: Peer,
    ) {
        let registration = self.backends.register(
            session.pid(),
            version.cancel_key_bytes(),
            Arc::new(session.cancel_handle()),
        );
        for (name, otherwise) in REPORTED {
            let value = session.setting(name).unwrap_or_else(|| (*otherwise).to_owned());
            wire.output.message(&ParameterStatus::new((*name).to_owned(), value));
        }
        let key = SecretKey::Bytes(Bytes::from(registration.key.clone()));
        wire.output.message(&BackendKeyData::new(registration.pid, key));
        tracing::debug!(target: "serve", %peer, pid = registration.pid, "connected");

        let signals = registration.signals.clone();
        let mut phase = self.phase.clone();
        let mut connection =
            Connection::new(wire, session, registration, self.config.clone(), self.phase.clone());
        let outcome = tokio::select! {
            biased;
            outcome = AssertUnwindSafe(connection.serve()).catch_unwind() => {
                outcome.unwrap_or_else(|panic| Err(defect(&panic)))
            }
            () = signals.terminated.notified() => Err(shutdown().into()),
            () = reached(&mut phase, Phase::Ending) => Err(shutdown().into()),
        };
        // The session goes first: what it holds is free before the client hears the end.
        let Connection { mut wire, session, portals, registration, .. } = connection;
        drop((portals, session));
        if let Err(failure) = outcome {
            farewell(&mut wire, failure, peer).await;
        } else {
            wire.shutdown().await;
        }
        tracing::debug!(target: "serve", %peer, pid = registration.pid, "disconnected");
    }
}

/// Cancels what runs for a client that has hung up, until the connection's task notices.
async fn watch(socket: Socket, cancel: impl Cancel) {
    socket.hung_up().await;
    loop {
        cancel.cancel();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A panic in a connection's task is a defect of ours: told as XX000, and the end of that
/// connection only.
fn defect(panic: &(dyn std::any::Any + Send)) -> Failure {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    metrics().session_panics.inc();
    tracing::error!(target: "serve", panic = message, "a connection was ended by a defect");
    PgError::fatal(sqlstate::INTERNAL_ERROR, "a defect of the server ended this connection").into()
}

/// The last message, if the client can still be told, and the end.
async fn farewell<T: Transport>(wire: &mut Wire<T>, failure: Failure, peer: Peer) {
    match failure {
        Failure::Report(error) => {
            if error.code == sqlstate::PROTOCOL_VIOLATION {
                metrics().connection_refusals.with_label_values(&["protocol"]).inc();
            }
            tracing::info!(target: "serve", %peer, code = error.code.0, message = error.message, "connection ended");
            wire.output.report(&error);
            // A client that does not read cannot hold up the end.
            wire.write_timeout = wire.write_timeout.min(Duration::from_secs(2));
            let _ = wire.flush().await;
        }
        Failure::Closed(error) => {
            tracing::debug!(target: "serve", %peer, %error, "the client is gone");
        }
    }
    wire.shutdown().await;
}
