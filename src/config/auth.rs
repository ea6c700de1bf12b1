//! `[auth]`: who may connect.

use super::{
    section::section,
    units::{Secret, choice},
};

choice! {
    /// How a client proves who it is.
    AuthMethod {
        /// Not at all; loopback only.
        Trust = "trust",
        /// RFC 7677, as PostgreSQL does it.
        ScramSha256 = "scram-sha-256",
    }
    "\"trust\" or \"scram-sha-256\""
}

section! {
    /// Who may connect. The superuser is postgres.
    Auth = "auth" {
        /// "scram-sha-256", or "trust", which asks for no password (loopback addresses only).
        method: AuthMethod = "scram-sha-256", Live;
        /// The superuser's password, or its SCRAM-SHA-256$... verifier as PostgreSQL writes it.
        /// Better set by the variable FATHOM__AUTH__PASSWORD. Empty means none, and then
        /// scram-sha-256 refuses to start.
        password: Secret = "", Live;
    }
}
