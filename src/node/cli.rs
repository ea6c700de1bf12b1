//! The command line: `fathom serve`, `fathom check-config`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use super::process;
use crate::config::{Config, Layers, Problems};

/// Streaming ingestion and hybrid search in one process that speaks PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "fathom", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server until SIGTERM or SIGINT.
    Serve(Flags),
    /// Reports every problem of the configuration, or prints it as it would be used.
    CheckConfig(Flags),
}

/// Flags win over variables, which win over the file.
#[derive(Clone, Debug, Default, Args)]
pub struct Flags {
    /// The configuration file; without it, the defaults hold.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where everything is stored.
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub data_dir: Option<String>,
    /// Store in a new temporary folder and remove it at the end.
    #[arg(long)]
    pub ephemeral: bool,
    /// Where PostgreSQL clients connect, such as 127.0.0.1:5432.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Where /metrics, /healthz and /readyz are served.
    #[arg(long, value_name = "ADDRESS")]
    pub http_listen: Option<String>,
    /// trust or scram-sha-256.
    #[arg(long, value_name = "METHOD")]
    pub auth: Option<String>,
    /// The superuser's password. FATHOM__AUTH__PASSWORD does not show in the process list.
    #[arg(long, value_name = "PASSWORD")]
    pub password: Option<String>,
}

impl Flags {
    /// Reads all layers anew. Errors: every problem there is.
    pub fn read(&self) -> Result<Config, Problems> {
        let mut layers = Layers::new();
        if let Some(path) = &self.config {
            layers = layers.file(path);
        }
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let layers = layers
            .variables(variables)
            .flag("--data-dir", ("storage", "data_dir"), self.data_dir.as_deref())
            .flag("--listen", ("server", "listen"), self.listen.as_deref())
            .flag("--http-listen", ("server", "http_listen"), self.http_listen.as_deref())
            .flag("--auth", ("auth", "method"), self.auth.as_deref())
            .flag("--password", ("auth", "password"), self.password.as_deref());
        Config::read(layers)
    }
}

/// The whole program.
///
/// Exit codes: 0 after a clean end, 1 after a failure, 2 for a wrong command line or configuration.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    let (Command::Serve(flags) | Command::CheckConfig(flags)) = &command;
    let config = match flags.read() {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("fathom: {problems}");
            return ExitCode::from(2);
        }
    };
    match command {
        Command::CheckConfig(_) => {
            print!("{}", config.render_safe());
            ExitCode::SUCCESS
        }
        Command::Serve(flags) => process::run(flags, config),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_reach_their_keys() {
        let cli = Cli::try_parse_from([
            "fathom",
            "serve",
            "--listen",
            "127.0.0.1:1",
            "--http-listen",
            "[::1]:2",
            "--auth",
            "trust",
            "--data-dir",
            "/tmp/x",
        ]);
        let Command::Serve(flags) = cli.expect("right flags").command else { panic!("serve") };
        let config = flags.read().expect("a right configuration");
        assert_eq!(config.server.listen.port(), 1);
        assert_eq!(config.server.http_listen.port(), 2);
        assert_eq!(config.storage.data_dir, PathBuf::from("/tmp/x"));
        assert!(
            Cli::try_parse_from(["fathom", "serve", "--ephemeral", "--data-dir", "x"]).is_err()
        );
    }
}
