//! Who may connect: trust where the configuration says so, SCRAM-SHA-256 otherwise.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use pgwire::messages::startup::Authentication;
use rand::RngCore;

use super::{
    frontend::{Body, Frame},
    scram::{Exchange, MECHANISM, Verifier},
    throttle::Throttle,
    wire::{Failure, Transport, Wire},
};
use crate::{
    base::{PgError, Result, Severity, sqlstate},
    config::{Auth, AuthMethod},
    metrics::metrics,
    types::charset::Charset,
};

/// PostgreSQL's bound on a password message is larger; no SCRAM message comes near ours.
const AUTH_BYTES_MAX: usize = 8 * 1024;
/// The role that the configuration's password belongs to.
const SUPERUSER: &str = "postgres";

/// What clients are checked against; replaced as a whole on reload.
#[derive(Debug)]
pub struct Credentials {
    table: ArcSwap<Table>,
    throttle: Throttle,
    /// Makes the salts that unknown users are shown; lives as long as the process.
    mock_secret: [u8; 32],
}

#[derive(Debug)]
struct Table {
    method: AuthMethod,
    verifiers: HashMap<String, Verifier>,
}

impl Table {
    fn new(auth: &Auth) -> Self {
        let mut verifiers = HashMap::new();
        if !auth.password.is_absent() {
            let text = auth.password.expose();
            let verifier = Verifier::parse(text).unwrap_or_else(|| Verifier::from_password(text));
            verifiers.insert(SUPERUSER.to_owned(), verifier);
        }
        Self { method: auth.method, verifiers }
    }
}

impl Credentials {
    pub fn new(auth: &Auth) -> Self {
        let mut mock_secret = [0; 32];
        rand::rng().fill_bytes(&mut mock_secret);
        let table = ArcSwap::from_pointee(Table::new(auth));
        Self { table, throttle: Throttle::default(), mock_secret }
    }

    /// Checks later connections against `auth`; those that are in stay in.
    pub fn replace(&self, auth: &Auth) {
        self.table.store(Arc::new(Table::new(auth)));
    }

    /// The configuration's word goes before the catalogue's, so that nobody is locked out.
    fn verifier(&self, user: &str, role: impl FnOnce(&str) -> Option<String>) -> Verifier {
        let configured = self.table.load().verifiers.get(user).cloned();
        configured
            .or_else(|| role(user).as_deref().and_then(Verifier::parse))
            .unwrap_or_else(|| Verifier::mock(user, &self.mock_secret))
    }

    /// Runs the exchange up to, and without, AuthenticationOk. `role` gives a role's verifier
    /// from the catalogue.
    ///
    /// Errors: FATAL 28P01, the same for a wrong password and an unknown user; 08P01.
    pub async fn authenticate<T: Transport>(
        &self,
        wire: &mut Wire<T>,
        user: &str,
        peer: Option<IpAddr>,
        role: impl FnOnce(&str) -> Option<String> + Send,
    ) -> Result<(), Failure> {
        if self.table.load().method == AuthMethod::Trust {
            return Ok(());
        }
        let delay = self.throttle.delay(user, peer, Instant::now());
        if delay > Duration::ZERO {
            wire.attend(tokio::time::sleep(delay)).await?;
        }
        match self.exchange(wire, user, role).await {
            Ok(true) => {
                self.throttle.succeeded(user, peer);
                Ok(())
            }
            Ok(false) => {
                self.throttle.failed(user, peer, Instant::now());
                metrics().auth_failures.inc();
                tracing::warn!(target: "serve", user, ?peer, "password authentication failed");
                let message = format!("password authentication failed for user \"{user}\"");
                Err(PgError::fatal(sqlstate::INVALID_PASSWORD, message).into())
            }
            Err(Failure::Report(error)) => {
                self.throttle.failed(user, peer, Instant::now());
                metrics().auth_failures.inc();
                Err(PgError { severity: Severity::Fatal, ..error }.into())
            }
            Err(closed) => Err(closed),
        }
    }

    async fn exchange<T: Transport>(
        &self,
        wire: &mut Wire<T>,
        user: &str,
        role: impl FnOnce(&str) -> Option<String> + Send,
    ) -> Result<bool, Failure> {
        wire.output.message(&Authentication::SASL(vec![MECHANISM.to_owned()]));
        wire.flush().await?;

        let mut first = Body(response(wire).await?);
        let mechanism = first.text(Charset::utf8())?;
        if mechanism != MECHANISM {
            return Err(violation("client selected an invalid SASL authentication mechanism"));
        }
        let client_first = first.value()?.filter(|_| first.0.is_empty());
        let Some(client_first) = client_first else {
            return Err(violation("malformed SCRAM message"));
        };
        let (exchange, server_first) =
            Exchange::begin(&Charset::utf8().decode(&client_first)?, self.verifier(user, role))?;
        wire.output.message(&Authentication::SASLContinue(server_first.into()));
        wire.flush().await?;

        let client_final = response(wire).await?;
        match exchange.finish(&Charset::utf8().decode(&client_final)?)? {
            Some(server_final) => {
                wire.output.message(&Authentication::SASLFinal(server_final.into()));
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

async fn response<T: Transport>(wire: &mut Wire<T>) -> Result<Bytes, Failure> {
    let bytes_max = std::mem::replace(&mut wire.message_bytes_max, AUTH_BYTES_MAX);
    let frame = wire.frame().await;
    wire.message_bytes_max = bytes_max;
    match frame? {
        Some(Frame { tag: b'p', body }) => Ok(body),
        Some(Frame { tag, .. }) => {
            Err(violation(format!("expected SASL response, got message type {tag}")))
        }
        None => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
    }
}

fn violation(message: impl Into<String>) -> Failure {
    PgError::fatal(sqlstate::PROTOCOL_VIOLATION, message).into()
}
