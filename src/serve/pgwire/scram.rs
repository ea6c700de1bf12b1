//! SCRAM-SHA-256, the server's side: verifiers, and the exchange as a state machine of pure
//! functions.
//!
//! Source: RFC 5802 and RFC 7677; the verifier's text form is PostgreSQL's.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{base::Result, err, pg_error};

pub const MECHANISM: &str = "SCRAM-SHA-256";
/// PostgreSQL's `scram_iterations` default.
pub const ITERATIONS: u32 = 4096;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 18;

type Key = [u8; 32];

/// What a server keeps instead of a password: it proves a password right and tells nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: Key,
    server_key: Key,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}

impl Verifier {
    /// Derives a verifier with a fresh salt. Time: about a millisecond per 4096 iterations.
    pub fn from_password(password: &str) -> Self {
        let mut salt = vec![0; SALT_BYTES];
        rand::rng().fill_bytes(&mut salt);
        Self::derive(password, salt, ITERATIONS)
    }

    fn derive(password: &str, salt: Vec<u8>, iterations: u32) -> Self {
        // A password that SASLprep refuses is used as it is, as PostgreSQL does.
        let prepared = stringprep::saslprep(password).unwrap_or(password.into());
        let salted: Key =
            pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(prepared.as_bytes(), &salt, iterations);
        let stored_key = Sha256::digest(hmac(&salted, &[b"Client Key"])).into();
        let server_key = hmac(&salted, &[b"Server Key"]);
        Self { iterations, salt, stored_key, server_key }
    }

    /// Reads `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (parameters, keys) = text.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
        let (iterations, salt) = parameters.split_once(':')?;
        let (stored_key, server_key) = keys.split_once(':')?;
        let key = |text| BASE64.decode(text).ok()?.try_into().ok();
        Some(Self {
            iterations: iterations.parse().ok().filter(|count| *count > 0)?,
            salt: BASE64.decode(salt).ok().filter(|salt| !salt.is_empty())?,
            stored_key: key(stored_key)?,
            server_key: key(server_key)?,
        })
    }

    /// What an unknown user is shown: the same salt every time, and no password fits.
    pub fn mock(user: &str, secret: &Key) -> Self {
        let salt = hmac(secret, &[b"salt", user.as_bytes()])[..SALT_BYTES].to_vec();
        let mut stored_key = Key::default();
        rand::rng().fill_bytes(&mut stored_key);
        Self { iterations: ITERATIONS, salt, stored_key, server_key: Key::default() }
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Key {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The exchange after the client's first message.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    /// The GS2 header, which the client's final message repeats in base64.
    header: String,
    client_first_bare: String,
    server_first: String,
    nonce: String,
}

impl Exchange {
    /// Answers the client's first message with ours. Errors: 08P01 for what is no such message.
    pub fn begin(client_first: &str, verifier: Verifier) -> Result<(Self, String)> {
        let mut bytes = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self::begin_with(client_first, verifier, &BASE64.encode(bytes))
    }

    fn begin_with(
        client_first: &str,
        verifier: Verifier,
        server_nonce: &str,
    ) -> Result<(Self, String)> {
        let malformed = || pg_error!(PROTOCOL_VIOLATION, "malformed SCRAM message");
        let (binding, rest) = client_first.split_once(',').ok_or_else(malformed)?;
        let (authorization, bare) = rest.split_once(',').ok_or_else(malformed)?;
        match binding {
            // "y": the client can bind channels and believes that we cannot, which is so.
            "n" | "y" => {}
            binding if binding.starts_with("p=") => {
                return err!(
                    PROTOCOL_VIOLATION,
                    "client requires SCRAM channel binding, but it is not supported"
                );
            }
            _ => return Err(malformed()),
        }
        if !authorization.is_empty() {
            return err!(
                FEATURE_NOT_SUPPORTED,
                "client uses authorization identity, but it is not supported"
            );
        }
        // The name in here is ignored, as in PostgreSQL: the start-up packet has named the user.
        let mut fields = bare.split(',');
        fields.next().filter(|field| field.starts_with("n=")).ok_or_else(malformed)?;
        let client_nonce =
            fields.next().and_then(|field| field.strip_prefix("r=")).ok_or_else(malformed)?;
        let printable = client_nonce.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        if client_nonce.is_empty() || !printable {
            return Err(malformed());
        }
        let nonce = format!("{client_nonce}{server_nonce}");
        let salt = BASE64.encode(&verifier.salt);
        let server_first = format!("r={nonce},s={salt},i={}", verifier.iterations);
        let exchange = Self {
            header: format!("{binding},{authorization},"),
            client_first_bare: bare.to_owned(),
            server_first: server_first.clone(),
            nonce,
            verifier,
        };
        Ok((exchange, server_first))
    }

    /// Checks the client's proof. `None`: the password is wrong. Otherwise our final message.
    ///
    /// Errors: 08P01 for what is no such message, or repeats the wrong nonce or binding.
    pub fn finish(self, client_final: &str) -> Result<Option<String>> {
        let malformed = || pg_error!(PROTOCOL_VIOLATION, "malformed SCRAM message");
        let (without_proof, proof) = client_final.rsplit_once(",p=").ok_or_else(malformed)?;
        let mut fields = without_proof.split(',');
        let binding =
            fields.next().and_then(|field| field.strip_prefix("c=")).ok_or_else(malformed)?;
        let nonce =
            fields.next().and_then(|field| field.strip_prefix("r=")).ok_or_else(malformed)?;
        if binding != BASE64.encode(&self.header) || nonce != self.nonce {
            return err!(PROTOCOL_VIOLATION, "invalid SCRAM response: binding or nonce mismatch");
        }
        let proof: Key = BASE64
            .decode(proof)
            .ok()
            .and_then(|proof| proof.try_into().ok())
            .ok_or_else(malformed)?;
        let message = [
            self.client_first_bare.as_bytes(),
            b",",
            self.server_first.as_bytes(),
            b",",
            without_proof.as_bytes(),
        ];
        let signature = hmac(&self.verifier.stored_key, &message);
        let mut client_key = proof;
        for (byte, mask) in client_key.iter_mut().zip(signature) {
            *byte ^= mask;
        }
        let stored_key: Key = Sha256::digest(client_key).into();
        if !bool::from(stored_key.ct_eq(&self.verifier.stored_key)) {
            return Ok(None);
        }
        let server_signature = hmac(&self.verifier.server_key, &message);
        Ok(Some(format!("v={}", BASE64.encode(server_signature))))
    }
}

/// The client's side, for tests of the whole exchange.
#[cfg(test)]
pub mod client {
    use super::*;

    pub const FIRST: &str = "n,,n=,r=rOprNGfwEbeRWgbNEkqO";

    /// The client's final message for `password`.
    pub fn last(password: &str, server_first: &str) -> String {
        let fields: Vec<&str> = server_first.splitn(3, ',').collect();
        let salt = BASE64.decode(&fields[1][2..]).expect("a salt");
        let iterations = fields[2][2..].parse().expect("a count");
        let salted: Key =
            pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), &salt, iterations);
        let client_key = hmac(&salted, &[b"Client Key"]);
        let without_proof = format!("c=biws,{}", fields[0]);
        let message = format!("{},{server_first},{without_proof}", &FIRST[3..]);
        let signature = hmac(&Sha256::digest(client_key), &[message.as_bytes()]);
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        format!("{without_proof},p={}", BASE64.encode(proof))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_exchange_of_rfc_7677_is_reproduced() {
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base64");
        let verifier = Verifier::derive("pencil", salt, 4096);
        let (exchange, server_first) = Exchange::begin_with(
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            verifier,
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        )
        .expect("a first message");
        assert_eq!(
            server_first,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        );
        let answer = exchange
            .finish(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                 p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            )
            .expect("a final message");
        assert_eq!(answer.as_deref(), Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn a_wrong_password_and_an_unknown_user_look_alike() {
        let secret = [7; 32];
        let verifiers = [Verifier::from_password("right"), Verifier::mock("nobody", &secret)];
        for verifier in verifiers {
            let (exchange, first) = Exchange::begin(client::FIRST, verifier).expect("a message");
            assert_eq!(exchange.finish(&client::last("wrong", &first)), Ok(None));
        }
        assert_eq!(Verifier::mock("a", &secret).salt, Verifier::mock("a", &secret).salt);
        assert_ne!(Verifier::mock("a", &secret).salt, Verifier::mock("b", &secret).salt);
    }

    #[test]
    fn postgresqls_verifiers_are_read() {
        let text = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$\
                    WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        let verifier = Verifier::parse(text).expect("a verifier");
        let (exchange, first) = Exchange::begin(client::FIRST, verifier).expect("a message");
        assert!(exchange.finish(&client::last("pencil", &first)).expect("a message").is_some());
        for wrong in ["", "md5abc", "SCRAM-SHA-256$0:AAAA$AAAA:AAAA", "SCRAM-SHA-256$1:AA==$x:y"] {
            assert_eq!(Verifier::parse(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn no_text_stops_the_exchange(first in "[a-z=,]{0,30}", last in "[a-zA-Z0-9=,+/]{0,60}") {
            let verifier = Verifier::mock("u", &[0; 32]);
            let _ = Exchange::begin(&first, verifier.clone());
            let (exchange, _) = Exchange::begin(client::FIRST, verifier).expect("a message");
            let _ = exchange.finish(&last);
        }
    }
}
