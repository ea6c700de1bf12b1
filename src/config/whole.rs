//! All sections together, and the rules that span sections.

use super::{
    auth::{Auth, AuthMethod},
    index::Index,
    ingest::Ingest,
    layers::Layers,
    log::Log,
    problems::Problems,
    query::Query,
    section::{Change, Section},
    server::Server,
    storage::Storage,
};

macro_rules! sections {
    ($($field:ident: $section:ty,)*) => {
        /// A configuration whose every value has its type and lies within its bounds.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $(pub $field: $section,)*
        }

        impl Config {
            /// Reads and checks. Errors: every problem there is.
            pub fn read(layers: Layers) -> Result<Self, Problems> {
                let (config, mut problems) = Self::read_unchecked(layers);
                if let Some(config) = &config {
                    config.check(&mut problems);
                }
                match config {
                    Some(config) if problems.is_empty() => Ok(config),
                    _ => Err(problems),
                }
            }

            /// As [`Config::read`] without the rules that span keys: a file may lack what a
            /// variable will bring.
            pub fn read_unchecked(mut layers: Layers) -> (Option<Self>, Problems) {
                let mut problems = layers.take_problems();
                $(let $field = <$section as Section>::read(&mut layers, &mut problems);)*
                let known: Vec<(&str, Vec<&str>)> = vec![$((
                    <$section as Section>::NAME,
                    <$section as Section>::KEYS.iter().map(|key| key.name).collect(),
                )),*];
                let known: Vec<(&str, &[&str])> =
                    known.iter().map(|(name, keys)| (*name, keys.as_slice())).collect();
                layers.refuse_rest(&known, &mut problems);
                let config = (|| Some(Self { $($field: $field?,)* }))();
                (config, problems)
            }

            pub fn changes(&self, new: &Self) -> Vec<Change> {
                let mut changes = Vec::new();
                $(changes.extend(self.$field.changes(&new.$field));)*
                changes
            }

            /// `new` where keys are live, `self` elsewhere.
            pub fn adopt(&self, new: &Self) -> Self {
                Self { $($field: self.$field.adopt(&new.$field),)* }
            }

            /// As [`Config::render`], with secrets hidden: it does not read back.
            pub fn render_safe(&self) -> String {
                let mut out = String::new();
                $(
                    out.push_str(&format!("[{}]\n", <$section as Section>::NAME));
                    let keys = <$section as Section>::KEYS.iter();
                    for (key, value) in keys.zip(self.$field.show_safe()) {
                        out.push_str(&format!("{} = {value}\n", key.name));
                    }
                    out.push('\n');
                )*
                out
            }

            /// The commented file that reads back as this configuration.
            pub fn render(&self) -> String {
                let mut out = String::from(HEADER);
                $(
                    out.push('\n');
                    self.$field.render(&mut out);
                )*
                out
            }
        }
    };
}

sections! {
    server: Server,
    auth: Auth,
    storage: Storage,
    ingest: Ingest,
    index: Index,
    query: Query,
    log: Log,
}

const HEADER: &str = "\
# Fathom's configuration: every key with its default.
#
# Later wins: this file, then FATHOM__SECTION__KEY variables, then command-line flags.
# Unknown keys are refused. `fathom check-config` reports every problem at once; SIGHUP reloads.
# Durations take a unit (us, ms, s, min, h, d), sizes too (B, KiB, MiB, GiB, TiB).
";

impl Config {
    pub fn defaults() -> Self {
        Self::read_unchecked(Layers::new()).0.expect("the defaults are right")
    }

    /// The rules that span keys.
    fn check(&self, problems: &mut Problems) {
        let Self { server, auth, ingest, .. } = self;
        if ingest.backlog_rows_wait > ingest.backlog_rows_refuse {
            problems.push(
                "ingest.backlog_rows_refuse",
                "must not be less than ingest.backlog_rows_wait",
            );
        }
        if auth.method == AuthMethod::ScramSha256 && auth.password.is_absent() {
            problems.push(
                "auth.password",
                "is required by auth.method = \"scram-sha-256\": set it here, in \
                 FATHOM__AUTH__PASSWORD or with --password, or choose --auth trust, which lets \
                 anyone on this machine in",
            );
        }
        if server.superuser_reserved >= server.connections_max {
            problems.push("server.superuser_reserved", "must be less than server.connections_max");
        }
        if !server.listen.ip().is_loopback() {
            if auth.method == AuthMethod::Trust {
                problems.push(
                    "auth.method",
                    format!(
                        "trust is for loopback only, and server.listen is {}: use scram-sha-256",
                        server.listen
                    ),
                );
            }
            if !server.allow_plaintext {
                problems.push("server.listen", plaintext_refused(&server.listen));
            }
        }
        if !server.http_listen.ip().is_loopback() && !server.allow_plaintext {
            problems.push("server.http_listen", plaintext_refused(&server.http_listen));
        }
    }
}

fn plaintext_refused(address: &std::net::SocketAddr) -> String {
    format!(
        "{address} is not a loopback address, and connections are not encrypted: put a TLS proxy \
         in front of a loopback address, or accept plain text with server.allow_plaintext = true"
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
