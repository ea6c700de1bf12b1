//! One connection: what it owns, and the loop that reads a message and answers it.

use std::{
    collections::{HashMap, HashSet},
    future::pending,
    sync::LazyLock,
    time::{Duration, Instant},
};

use pgwire::messages::response::NotificationResponse;
use tokio::sync::watch;

use super::{
    backends::Registration,
    frontend::Message,
    listener::{Phase, reached},
    portal::{Portal, State},
    session::{Prepared as _, Session, TransactionStatus},
    wire::{Failure, Transport, Wire},
};
use crate::{
    base::{PgError, Severity, sqlstate},
    config::LiveConfig,
    metrics::{IntGauge, metrics},
    types::charset::Charset,
};

/// What this connection's queries live in.
pub struct Connection<T, S: Session> {
    pub wire: Wire<T>,
    pub session: S,
    pub registration: Registration,
    pub config: LiveConfig,
    pub phase: watch::Receiver<Phase>,
    /// Parse's unnamed statement; `Some(None)` is an empty one.
    pub unnamed: Option<Option<S::Prepared>>,
    /// Named statements that are empty; the session keeps the others.
    pub empty: HashSet<String>,
    pub portals: HashMap<String, Portal<S>>,
    /// An error in the extended protocol: messages are skipped until Sync.
    pub skipping: bool,
    /// The extended protocol has begun to answer, and Sync has not come.
    pub unsynced: bool,
}

/// Whether the loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Next,
    Over,
}

impl<T: Transport, S: Session> Connection<T, S> {
    pub fn new(
        wire: Wire<T>,
        session: S,
        registration: Registration,
        config: LiveConfig,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        let mut wire = wire;
        let charset = session.setting("client_encoding").and_then(|name| Charset::named(&name));
        wire.output.charset = charset.unwrap_or_default();
        Self {
            wire,
            session,
            registration,
            config,
            phase,
            unnamed: None,
            empty: HashSet::new(),
            portals: HashMap::new(),
            skipping: false,
            unsynced: false,
        }
    }

    /// Serves messages until the client leaves. Errors: what ends the connection.
    pub async fn serve(&mut self) -> Result<(), Failure> {
        self.ready();
        loop {
            let Some(message) = self.next_message().await? else {
                return Ok(());
            };
            match message {
                Ok(message) => {
                    if self.turn(message).await? == Turn::Over {
                        return Ok(());
                    }
                }
                Err((tag, error)) => self.undecoded(tag, error).await?,
            }
        }
    }

    /// A body that could not be read: an error like a statement's.
    async fn undecoded(&mut self, tag: u8, error: PgError) -> Result<(), Failure> {
        if self.skipping {
            return Ok(());
        }
        match tag {
            b'Q' => self.simple_failed(error, "").await,
            b'd' | b'c' | b'f' => Ok(()),
            _ => self.extended_failed(error, ""),
        }
    }

    async fn turn(&mut self, message: Message) -> Result<Turn, Failure> {
        if self.skipping && !matches!(message, Message::Sync | Message::Terminate) {
            return Ok(Turn::Next);
        }
        self.unsynced = message.is_extended();
        let _active = Gauge::enter(match self.session.status() {
            TransactionStatus::Idle => Doing::Active,
            _ => Doing::Transaction,
        });
        match message {
            Message::Query(sql) => self.simple_query(sql).await?,
            Message::Parse { name, sql, types } => self.parse(name, sql, types).await?,
            Message::Bind(bind) => self.bind(bind)?,
            Message::Describe(target) => self.describe(target)?,
            Message::Execute { portal, rows_max } => self.execute(portal, rows_max).await?,
            Message::Close(target) => self.close(target),
            Message::Sync => self.sync().await?,
            Message::Flush => self.wire.flush().await?,
            Message::Terminate => return Ok(Turn::Over),
            // What is left of a COPY that has failed.
            Message::CopyData(_) | Message::CopyDone | Message::CopyFail(_) => {}
            Message::FunctionCall => {
                // The only clients that still use it are those of large objects.
                let error = PgError::new(
                    sqlstate::FEATURE_NOT_SUPPORTED,
                    "large objects and the function call protocol are not supported",
                );
                self.simple_failed(error, "").await?;
            }
            Message::Password => {
                return Err(PgError::fatal(
                    sqlstate::PROTOCOL_VIOLATION,
                    "invalid frontend message type 112",
                )
                .into());
            }
        }
        Ok(Turn::Next)
    }

    /// Waits for the client, within the timeouts, with no snapshot open.
    async fn next_message(&mut self) -> Result<Option<Result<Message, (u8, PgError)>>, Failure> {
        let frame = match self.wire.frame_buffered()? {
            Some(frame) => Some(frame),
            None => {
                self.settle_portals().await?;
                // As PostgreSQL does: a pipeline's answers go out with Sync, Flush or an error.
                if !self.unsynced || self.skipping {
                    self.wire.flush().await?;
                }
                self.wait_for_frame().await?
            }
        };
        Ok(frame.map(|frame| {
            let tag = frame.tag;
            Message::decode(frame, self.wire.output.charset).map_err(|error| (tag, error))
        }))
    }

    /// Waits for the client's next frame; an idle client is told its notifications meanwhile.
    async fn wait_for_frame(&mut self) -> Result<Option<super::frontend::Frame>, Failure> {
        loop {
            if let Some(frame) = self.wait_for_news().await? {
                return Ok(frame);
            }
            self.notifications();
            self.wire.flush().await?;
        }
    }

    /// `Some`: what the client sent. `None`: there are notifications.
    async fn wait_for_news(&mut self) -> Result<Option<Option<super::frontend::Frame>>, Failure> {
        let inbox = self.session.inbox();
        let status = self.session.status();
        let _idle = Gauge::enter(match status {
            TransactionStatus::Idle => Doing::Idle,
            _ => Doing::Transaction,
        });
        let (timer, timeout) = (self.session.timer(), self.session.idle_timeout());
        let unsynced = self.unsynced;
        let phase = &mut self.phase;
        let draining = async {
            // Between transactions there is nothing to lose; a transaction may run to its end.
            if status == TransactionStatus::Idle {
                reached(phase, Phase::Draining).await;
            } else {
                pending::<()>().await;
            }
        };
        let told = async {
            // An answer that has begun ends with ReadyForQuery, which brings the news itself.
            if status == TransactionStatus::Idle && !unsynced {
                inbox.filled().await;
            } else {
                pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            frame = self.wire.frame() => frame.map(Some),
            () = told => Ok(None),
            () = draining => Err(shutdown().into()),
            error = timer.expired() => Err(error.into()),
            () = after(timeout) => Err(idle_too_long(status).into()),
        }
    }

    /// Takes the rows of suspended portals into memory before the client is waited for.
    async fn settle_portals(&mut self) -> Result<(), Failure> {
        let bytes_max = self.config.load().query.memory.as_usize();
        let mut failed = None;
        for (name, portal) in &mut self.portals {
            if let State::Rows(rows) = &mut portal.state
                && rows.is_live()
                && let Err(error) = self.wire.attend(rows.settle(bytes_max)).await?
            {
                failed = Some((name.clone(), error));
                break;
            }
        }
        if let Some((name, error)) = failed {
            self.portals.remove(&name);
            if !self.skipping {
                self.extended_failed(error, "")?;
            }
        }
        Ok(())
    }

    /// What others have notified this client of. Only between transactions, as PostgreSQL does.
    fn notifications(&mut self) {
        for told in self.session.inbox().take() {
            self.wire.output.message(&NotificationResponse::new(
                told.pid,
                told.channel,
                told.payload,
            ));
        }
    }

    /// Notices and changed settings that a statement has left behind.
    pub fn tidings(&mut self) {
        for notice in self.session.take_notices() {
            self.wire.output.report(&notice);
        }
        for (name, value) in self.session.take_parameter_changes() {
            if name == "client_encoding" {
                self.wire.output.charset = Charset::named(&value).unwrap_or_default();
            }
            let status = pgwire::messages::startup::ParameterStatus::new(name, value);
            self.wire.output.message(&status);
        }
    }

    pub fn ready(&mut self) {
        self.tidings();
        self.session.rest();
        let status = self.session.status();
        if status == TransactionStatus::Idle {
            self.notifications();
            // Portals end with their transaction.
            self.portals.clear();
        }
        self.wire.output.ready(status);
    }

    /// Tells an error and fails the transaction; its position is a byte offset into `sql`, if
    /// there is one. FATAL is left to the connection's end.
    pub fn report(&mut self, error: PgError, sql: &str) -> Result<(), Failure> {
        if error.severity == Severity::Fatal || error.code == sqlstate::ADMIN_SHUTDOWN {
            return Err(Failure::Report(PgError { severity: Severity::Fatal, ..error }));
        }
        let class = &error.code.0[..2];
        metrics().query_errors.with_label_values(&[class]).inc();
        if error.code == sqlstate::INTERNAL_ERROR || error.code == sqlstate::DATA_CORRUPTED {
            tracing::error!(target: "serve", pid = self.registration.pid, %error, "a statement failed");
        } else {
            tracing::debug!(
                target: "serve",
                pid = self.registration.pid,
                code = error.code.0,
                "a statement failed"
            );
        }
        self.session.fail();
        self.tidings();
        let mut error = error.locate(sql);
        if sql.is_empty() {
            error.fields.position = None;
        }
        self.wire.output.report(&error);
        Ok(())
    }

    /// Counts a statement that has run to its end.
    pub fn count(&self, prepared: &S::Prepared, started: Instant) {
        let labels = [prepared.kind()];
        metrics().queries.with_label_values(&labels).inc();
        metrics().query_seconds.with_label_values(&labels).observe(started.elapsed().as_secs_f64());
    }
}

async fn after(timeout: Option<Duration>) {
    match timeout.filter(|timeout| !timeout.is_zero()) {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => pending().await,
    }
}

pub fn shutdown() -> PgError {
    PgError::fatal(sqlstate::ADMIN_SHUTDOWN, "terminating connection due to administrator command")
}

fn idle_too_long(status: TransactionStatus) -> PgError {
    match status {
        TransactionStatus::Idle => PgError::fatal(
            sqlstate::IDLE_SESSION_TIMEOUT,
            "terminating connection due to idle-session timeout",
        ),
        _ => PgError::fatal(
            sqlstate::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            "terminating connection due to idle-in-transaction timeout",
        ),
    }
}

/// The states of `fathom_connections`.
#[derive(Clone, Copy)]
enum Doing {
    Idle,
    Active,
    Transaction,
}

/// Holds a connection in one state.
struct Gauge(&'static IntGauge);

impl Gauge {
    fn enter(doing: Doing) -> Self {
        /// Every message changes them, so that their labels are looked up once.
        static STATES: LazyLock<[IntGauge; 3]> = LazyLock::new(|| {
            ["idle", "active", "transaction"]
                .map(|state| metrics().connections.with_label_values(&[state]))
        });
        let state = &STATES[doing as usize];
        state.inc();
        Self(state)
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}
