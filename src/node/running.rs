//! A running node: everything between its first file and its last sync.

use std::{net::SocketAddr, sync::Arc, thread::JoinHandle as Thread, time::Duration};

use anyhow::{Context as _, anyhow};
use kameo::actor::ActorRef;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::{folder::DataFolder, meters, supervisor::Supervisor};
use crate::{
    base::PgError,
    config::{Config, Durability, LiveConfig},
    ingest::{Committer, CommitterOptions},
    metrics::{Sampling, metrics},
    serve::{
        health::{Health, Stage},
        http::Endpoint,
        pgwire::{Backends, Credentials, Engine, Listener, Phase},
    },
    storage::{self, Store, StoreOptions},
};

/// What an engine is made from.
pub struct Foundation {
    pub config: LiveConfig,
    pub store: Store,
    pub committer: Committer,
    pub backends: Arc<Backends>,
}

/// In the order of the start; stopped the other way round.
pub struct Node {
    config: LiveConfig,
    folder: DataFolder,
    store: Store,
    committer: Committer,
    committer_thread: Thread<()>,
    supervisor: ActorRef<Supervisor>,
    sampling: Sampling,
    credentials: Arc<Credentials>,
    phase: watch::Sender<Phase>,
    health: Health,
    listener: JoinHandle<()>,
    /// True once the listener has ended.
    listener_ended: watch::Receiver<bool>,
    endpoint: Endpoint,
    pub address: SocketAddr,
}

/// How long connections may take to say farewell once they are told to end.
const FAREWELL: Duration = Duration::from_secs(5);
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(60);

impl Node {
    /// Starts everything, in order, and serves. Errors: what could not be opened or taken;
    /// what had been started is stopped.
    pub async fn start<E: Engine>(
        config: LiveConfig,
        ephemeral: bool,
        engine: impl FnOnce(Foundation) -> Result<E, PgError>,
    ) -> anyhow::Result<Self> {
        let settings = config.load();
        let folder = folder(&settings, ephemeral)?;
        // Addresses first: the cheapest thing that can fail, and nothing is behind them yet.
        let socket = TcpListener::bind(settings.server.listen)
            .await
            .with_context(|| format!("server.listen {} is not free", settings.server.listen))?;
        let address = socket.local_addr()?;

        let path = folder.path().to_owned();
        let options = store_options(&settings);
        let store = tokio::task::spawn_blocking(move || Store::open(&path, options)).await??;
        let (committer, committer_thread) =
            Committer::start(store.clone(), committer_options(&settings))?;

        let health = Health::new(meters::heartbeat(committer.clone()));
        let endpoint = Endpoint::start(settings.server.http_listen, health.clone())
            .with_context(|| format!("server.http_listen {}", settings.server.http_listen))?;

        let backends = Arc::new(Backends::default());
        let foundation = Foundation {
            config: config.clone(),
            store: store.clone(),
            committer: committer.clone(),
            backends: backends.clone(),
        };
        let engine = Arc::new(engine(foundation)?);

        let supervisor = Supervisor::start();
        let swept = store.clone();
        Supervisor::tend(&supervisor, "housekeeper", HOUSEKEEPING_INTERVAL, move || {
            match swept.clear_stale_readers() {
                Ok(0) => {}
                Ok(count) => tracing::info!(target: "node", count, "stale readers cleared"),
                Err(error) => tracing::warn!(target: "node", %error, "stale readers not cleared"),
            }
        })
        .await;
        let sampling = meters::sample(
            store.clone(),
            committer.clone(),
            settings.ingest.queue_transactions,
            settings.storage.reserve_bytes.bytes(),
        );
        metrics().build_info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);

        let credentials = Arc::new(Credentials::new(&settings.auth));
        let (phase, receiver) = watch::channel(Phase::Serving);
        let listener = Listener {
            engine,
            config: config.clone(),
            credentials: credentials.clone(),
            backends,
            phase: receiver,
        };
        let (ended, listener_ended) = watch::channel(false);
        let listener = tokio::spawn(async move {
            let _ended = SetOnDrop(ended);
            listener.run(socket).await;
        });
        health.set(Stage::Ready);
        tracing::info!(
            target: "node",
            version = env!("CARGO_PKG_VERSION"),
            %address,
            http = %endpoint.address,
            data = %folder.path().display(),
            csn = committer.csn().0,
            "ready"
        );
        Ok(Self {
            config,
            folder,
            store,
            committer,
            committer_thread,
            supervisor,
            sampling,
            credentials,
            phase,
            health,
            listener,
            listener_ended,
            endpoint,
            address,
        })
    }

    /// Puts reloaded settings in force where they are kept as something else.
    pub fn reconfigured(&self, config: &Config) {
        self.credentials.replace(&config.auth);
    }

    /// Waits for a part without which the node is no use; returns what happened.
    pub async fn failed(&self) -> String {
        let mut ended = self.listener_ended.clone();
        let _ = ended.wait_for(|ended| *ended).await.is_ok();
        "the listener has ended".to_owned()
    }

    /// Where the pages for operators are.
    pub fn http_address(&self) -> SocketAddr {
        self.endpoint.address
    }

    pub fn is_alive(&self) -> bool {
        self.health.is_alive()
    }

    /// Drains, ends, syncs. Errors: the last sync or the committer failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { folder, store, committer, committer_thread, mut listener, phase, .. } = self;
        self.health.set(Stage::Draining);
        phase.send_replace(Phase::Draining);
        let drain = self.config.load().server.drain_timeout;
        tracing::info!(target: "node", ?drain, "draining");
        if tokio::time::timeout(drain, &mut listener).await.is_err() {
            tracing::info!(target: "node", "ending what still runs");
            phase.send_replace(Phase::Ending);
            if tokio::time::timeout(FAREWELL, &mut listener).await.is_err() {
                tracing::warn!(target: "node", "a connection did not end");
                listener.abort();
            }
        }
        let _ = self.supervisor.stop_gracefully().await;
        committer.stop();
        tokio::task::spawn_blocking(move || committer_thread.join())
            .await?
            .map_err(|_| anyhow!("the committer panicked"))?;
        let synced = store.clone();
        tokio::task::spawn_blocking(move || synced.sync()).await??;
        let csn = committer.csn().0;
        if let Err(error) = self.endpoint.stop().await {
            tracing::warn!(target: "node", %error, "the HTTP listener ended badly");
        }
        drop((self.sampling, self.health, committer, store));
        drop(folder);
        tracing::info!(target: "node", csn, "ended");
        Ok(())
    }
}

struct SetOnDrop(watch::Sender<bool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

fn folder(settings: &Config, ephemeral: bool) -> anyhow::Result<DataFolder> {
    if ephemeral {
        return DataFolder::ephemeral().context("no temporary folder could be made");
    }
    let path = &settings.storage.data_dir;
    DataFolder::open(path).with_context(|| format!("storage.data_dir {}", path.display()))
}

fn store_options(settings: &Config) -> StoreOptions {
    let storage = &settings.storage;
    StoreOptions {
        map_bytes: storage.map_bytes.bytes(),
        durability: match storage.durability {
            Durability::Full => storage::Durability::Full,
            Durability::Relaxed => storage::Durability::Relaxed,
        },
        readers_max: storage.readers_max,
        disk_reserve_bytes: storage.reserve_bytes.bytes(),
    }
}

fn committer_options(settings: &Config) -> CommitterOptions {
    CommitterOptions {
        queue_requests_max: settings.ingest.queue_transactions,
        queue_bytes_max: settings.ingest.queue_bytes.as_usize(),
        batch_bytes_max: settings.ingest.batch_bytes.as_usize(),
        sync_interval: settings.storage.sync_interval,
        observer: Some(Arc::new(meters::CommitMeter)),
    }
}
