//! The process around a node: runtime, signals, reload, exit code.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{cli::Flags, running::Node, service, telemetry::Telemetry};
use crate::{
    config::{Config, LiveConfig, Reload},
    metrics::metrics,
};

/// Deeply nested statements are bound by recursion. Address space; memory only as it is used.
const STACK_BYTES: usize = 16 << 20;

/// Serves until a signal ends it. Exit codes: 0 after a clean end, 1 otherwise.
pub fn run(flags: Flags, config: Config) -> ExitCode {
    let telemetry = match Telemetry::start(&config.log) {
        Ok(telemetry) => telemetry,
        Err(problem) => {
            eprintln!("fathom: {problem}");
            return ExitCode::from(2);
        }
    };
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(match config.server.threads {
        // A quick search keeps its thread for a fraction of a millisecond; others go on meanwhile.
        0 => 2 * std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    });
    builder.enable_all().thread_name("serve").thread_stack_size(STACK_BYTES);
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(target: "node", %error, "the runtime did not start");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(serve(&flags, config, &telemetry));
    // Statements that ignore their end must not hold the process up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(target: "node", error = format!("{error:#}"), "the node failed");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: &Flags, config: Config, telemetry: &Telemetry) -> anyhow::Result<()> {
    // Before the node starts, so that a signal during recovery is not lost.
    let mut signals = Signals::listen()?;
    let mut hangup = signal(SignalKind::hangup())?;
    let config = LiveConfig::new(config);
    let node = tokio::select! {
        biased;
        node = Node::start(config.clone(), flags.ephemeral) => node?,
        () = signals.end() => return Ok(()),
    };
    service::notify("READY=1");
    let mut watchdog = service::watchdog_interval().map(tokio::time::interval);
    loop {
        tokio::select! {
            biased;
            () = signals.end() => break,
            () = tick(&mut watchdog) => if node.is_alive() {
                service::notify("WATCHDOG=1");
            },
            _ = hangup.recv() => reload(flags, &config, &node, telemetry),
            reason = node.failed() => {
                service::notify("STOPPING=1");
                node.stop().await?;
                anyhow::bail!("{reason}");
            }
        }
    }
    service::notify("STOPPING=1");
    node.stop().await
}

async fn tick(interval: &mut Option<tokio::time::Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => tracing::info!(target: "node", "SIGTERM: ending"),
            _ = self.interrupt.recv() => tracing::info!(target: "node", "SIGINT: ending"),
        }
    }
}

/// Reads every layer anew and checks all of it; then applies what is live, or keeps the old.
fn reload(flags: &Flags, config: &LiveConfig, node: &Node, telemetry: &Telemetry) {
    let outcome = flags.read().map_err(|problems| problems.to_string()).and_then(|new| {
        // The level first: it is the only key that can still turn out wrong.
        telemetry.relevel(&new.log)?;
        Ok(new)
    });
    match outcome {
        Ok(new) => {
            let changes = config.adopt(&new);
            for change in &changes {
                let applied = change.reload == Reload::Live;
                let (key, from, to) = (&change.key, &change.from, &change.to);
                tracing::info!(target: "node", key, from, to, applied, "configuration changed");
            }
            node.reconfigured(&config.load());
            metrics().reloads.with_label_values(&["applied"]).inc();
            tracing::info!(target: "node", changes = changes.len(), "configuration reloaded");
        }
        Err(problems) => {
            metrics().reloads.with_label_values(&["refused"]).inc();
            tracing::error!(target: "node", problems, "configuration kept: the new one is wrong");
        }
    }
}
